"""Student-made text made safe and short enough to be shown."""

from __future__ import annotations

import html
import re

LONGEST = 2000  # characters of one value, message or note
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` without terminal escapes, control characters and lone surrogates, at most ``longest`` long."""
    shown = text[: longest + 200]
    shown = shown.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    shown = _CONTROL.sub("", _ANSI.sub("", shown))
    if len(text) > longest:
        return f"{shown[:longest]}… ({len(text) - longest:,} more characters)"
    return shown


def line(text: str) -> str:
    """Return ``text`` on a single line."""
    return " ".join(plain(text).split())


def shortened(text: str, longest: int) -> str:
    """Return ``text`` on a single line of at most ``longest`` characters."""
    shown = line(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def escaped(text: str) -> str:
    """Return ``text`` as HTML that shows it and does nothing else."""
    return html.escape(plain(text))


def points(value: float) -> str:
    """Return a number of points without needless zeros: "2", "1.5", "0.33"."""
    return f"{value:.2f}".rstrip("0").rstrip(".")

"""Text for people: student-made text made fit to be shown, for a log line, a note or a file; and small wordings."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from autograder.writable_text import writable

LONGEST = 2000  # characters of one value, message or note
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` without terminal escapes, control characters and lone surrogates, at most ``longest`` long."""
    shown = writable(text[: longest + 200]).replace("\r\n", "\n")
    shown = _CONTROL.sub("", without_escapes(shown))
    if len(text) > longest:
        return f"{shown[:longest]}… ({len(text) - longest:,} more characters)"
    return shown


def without_escapes(text: str) -> str:
    """Return ``text`` without a terminal's escape sequences."""
    return _ANSI.sub("", text)


def line(text: str) -> str:
    """Return ``text`` on a single line."""
    return " ".join(plain(text).split())


def shortened(text: str, longest: int) -> str:
    """Return ``text`` on a single line of at most ``longest`` characters."""
    shown = line(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def escaped(text: str, longest: int = LONGEST) -> str:
    """Return ``text``, ``longest`` characters at most, as HTML that shows it and does nothing else."""
    return html.escape(plain(text, longest))


def points(value: float) -> str:
    """Return a number of points without needless zeros: "2", "1.5", "0.33"."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def one_line(text: object, limit: int = 200) -> str:
    """Return ``text`` on one printable line of at most ``limit`` characters.

    File names, kernel names and grade ids are the student's: they may hold line breaks, terminal escapes or bytes that
    are no UTF-8, and none of that may reach a log, a notebook or a terminal.
    """
    line = " ".join(_CONTROL.sub("?", writable(str(text)[: 4 * limit])).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def capitalised(clause: str) -> str:
    """Return a clause of ours as the start of a sentence. It must not begin with a file's name."""
    return clause[:1].upper() + clause[1:]


def quoted(text: object, limit: int = 80) -> str:
    """Return student-made ``text`` on one line, in quotation marks."""
    return f"“{one_line(text, limit)}”"


def listed(names: list[str], limit: int = 5) -> str:
    """Return the first names in words: "a, b, c and 4 more"."""
    shown = ", ".join(one_line(name, 60) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def gist(notes: Sequence[str]) -> str:
    """Return the first of some notes, and how many more there are: one line of a log."""
    more = len(notes) - 1
    rest = f" ({more} more {'note' if more == 1 else 'notes'}: see the graded notebook)" if more else ""
    return notes[0] + rest

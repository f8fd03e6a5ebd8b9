"""The frame in which a page shows what a student's code displays as HTML.

It has no scripts, no origin and nothing from outside: it can neither touch nor cover nor imitate the page around it.
"""

from __future__ import annotations

import html
import re

TITLE = "Shown by the student's code"
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_LOOKS = (
    "body{margin:4px 8px;font:13px/1.4 system-ui,sans-serif;color:#000;background:#fff}"
    "table{border-collapse:collapse;border:0}td,th{padding:2px 8px;border:0;text-align:right;vertical-align:top}"
    "thead th{border-bottom:1px solid #000}img{max-width:100%}"
)
_LINES = re.compile(r"<(?:tr|br|p|li|h[1-6]|div|summary|pre)\b")
_LINE, _LEAST, _MOST = 27, 60, 520  # pixels; what is higher can be scrolled


def framed(harmless: str) -> str:
    """Return a frame for what ``safe_html.frame_html`` has returned. A frame without scripts can't tell its height."""
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    document = f"<!DOCTYPE html><html><head>{head}<style>{_LOOKS}</style></head><body>{harmless}</body></html>"
    height = _MOST if "<img" in harmless else min(max(_LEAST, _LINE * (1 + len(_LINES.findall(harmless)))), _MOST)
    style = f"display:block;width:100%;height:{height}px;border:0;border-left:4px solid #d0d7de"
    return (
        f'<iframe sandbox="" referrerpolicy="no-referrer" loading="lazy" title="{TITLE}" style="{style}" '
        f'srcdoc="{html.escape(document)}"></iframe>'
    )

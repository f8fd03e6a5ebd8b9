"""Named wrong answers."""

from __future__ import annotations

WRONG = ()

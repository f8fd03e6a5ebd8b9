"""What `autograder doctor` finds: one thing, in plain words, with a next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """How a finding is meant."""

    GOOD = "good"
    NOTE = "note"  # worth knowing, no fault
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's."""

    what: str
    sign: Sign
    sentence: str
    next_step: str = ""

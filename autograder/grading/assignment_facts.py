"""What a run needs to know of an assignment's files, as plain data: nbgrader's own process imports none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ANY = ""  # stands for a question that the assignment's files say nothing of


@dataclass(frozen=True)
class AssignmentFacts:
    """What the files of an assignment say, and the data sets it trains on that are at hand on this machine."""

    tests: Mapping[str, str]  # by question: a sum of all that its evidence follows from (see ``assignment_reading``)
    whatever_the_data: Mapping[str, str]  # the same, with whatever data set the question trains on
    trained: tuple[str, ...]  # the questions that are judged by training
    trained_on: tuple[str, ...]  # the names of the data sets that these train on
    data_sets: tuple[str, ...]  # the folders of data sets that students' kernels can read, there or not
    prepared: tuple[str, ...] = ()  # those of them that were there
    lasting: bool = False  # whether all this follows from the files, the libraries and the folder for data sets alone
    fault: str = ""  # what is wrong with the files first; "": nothing

    def tests_of(self, question: str) -> str:
        """Return the sum for a question."""
        return self.tests.get(question, self.tests[ANY])

    def whatever_data_of(self, question: str) -> str:
        """Return the sum for a question, the same with whatever data set it trains on."""
        return self.whatever_the_data.get(question, self.whatever_the_data[ANY])

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> AssignmentFacts:
        """Read what ``dataclasses.asdict`` has written to JSON. Raises KeyError, TypeError."""
        lists = {name: tuple(raw[name]) for name in ("trained", "trained_on", "data_sets", "prepared")}
        return cls(**{**raw, **lists})

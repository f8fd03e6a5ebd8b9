"""Finds the facts of an assignment: known from before, or else read in a process like those that judge.

Its files, and torch, take seconds to import, and the processes that judge do that anyway. What was read is kept in the
evidence store under a sum of all that it follows from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from traitlets.config import Config

from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.evidence_key import code_sum, libraries
from autograder.grading.evidence_store import Store
from autograder.grading.judging_processes import in_another_process
from autograder.grading.settings import sections
from autograder.grading.sums import sum_of
from autograder.judge.assignment import Assignment
from autograder.judge.settings import Training, data_folder

_ALL_CODE = ("",)  # of autograder
_known: dict[str, AssignmentFacts] = {}  # by sum: for a program that grades more than once


def facts_of(
    assignment: Assignment, config: Config, store: Store, points: Mapping[str, float] | None = None
) -> AssignmentFacts:
    """Return the facts of an assignment; ``points`` are what the notebook's test cells are worth, by question.

    Raises CannotJudge where a file that they need is of no use, GradingError where no process can be had or the store
    can't be written.
    """
    key = _follow_from(assignment, config, points)
    found = _known.get(key) or store.facts(key)
    if found is None or not _is_still_there(found):
        found = in_another_process(config, _read, assignment, sections(config), points)
        if found.lasting and not found.fault:
            store.keep_facts(key, found)
    if found.lasting and not found.fault:
        _known[key] = found
    return found


def _read(assignment: Assignment, config: Config, points: Mapping[str, float] | None) -> AssignmentFacts:
    from autograder.grading.assignment_reading import read  # in the other process alone

    return read(assignment, config, points)


def _is_still_there(facts: AssignmentFacts) -> bool:
    """Whether the data that was prepared for training has not been removed."""
    return all(Path(folder).is_dir() for folder in facts.prepared)


def _follow_from(assignment: Assignment, config: Config, points: Mapping[str, float] | None) -> str:
    """Return a sum of what lasting facts follow from."""
    files = [data_folder(config) / name / "raw" / file for name, of in assignment.data_sets.items() for file in of]
    code = [code_sum(_ALL_CODE), libraries(), Training(config=config).budget]
    return sum_of([assignment.digest, str(assignment.folder), points, [_state(path) for path in files], code])


def _state(path: Path) -> tuple[object, ...]:
    try:
        found = path.stat()
    except OSError:
        return str(path), "not there"
    return str(path.resolve()), found.st_size, found.st_mtime_ns

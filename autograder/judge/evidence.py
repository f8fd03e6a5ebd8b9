"""The evidence record: what the judge found out about one notebook, as plain data with a documented JSON form.

An evidence record holds everything a grade is made of and nothing else decides one. ``to_json`` and ``from_json``
are exact inverses; the field comments below are the documentation of the format.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMAT = 4
# What a student reads of a test that could not be judged; the reason is in its details.
NOT_JUDGED = "The grader could not judge this; a person will look at it. It costs no points by itself and gives none."
NOTHING, EXCEPTION = "nothing", "an exception"  # what a function gave back that gave back no answer


class Outcome(StrEnum):
    """The three outcomes of a hidden test, of a question, of a submission."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "could not be judged"


class EvidenceError(Exception):
    """An evidence record that can't be read; the message says what is wrong with it and what to do."""


@dataclass(frozen=True)
class Counterexample:
    """The smallest input found on which the student's function is wrong, in words a student understands."""

    inputs: tuple[tuple[str, str], ...]  # (name, "2x3 float32: [[0, 1, 2], [3, 4, 5]]") in call order
    yours: str  # what the student's function gave back
    expected: str  # the value or property it should have had


@dataclass(frozen=True)
class TestResult:
    """One hidden test on one notebook."""

    __test__ = False  # pytest: this is no test class

    name: str  # "test_ce_loss_small", stable across gradings
    sentence: str  # the test's docstring: the sentence a student reads
    outcome: Outcome
    points: float  # awarded, 0 unless passed
    max_points: float
    message: str = ""  # failed: what went wrong; not judged: why, and what to do next. One short paragraph
    counterexample: Counterexample | None = None
    diagnosis: str = ""  # stable slug of a recognised misconception, or ""
    hint: str = ""  # the hint that goes with the diagnosis
    details: str = ""  # could not be judged: the traceback, for the instructor; never shown to a student
    bonus: float = 0.0  # points awarded beyond the question's, 0 unless passed
    max_bonus: float = 0.0

    @property
    def compared(self) -> bool:
        """Whether it failed because an answer was wrong, not for want of one (an exception, a hang, autograd …)."""
        if self.outcome is not Outcome.FAILED:
            return False
        if self.counterexample is None:
            return not self.message  # the plain assert of a test: what else has no example says why
        return self.counterexample.yours not in (NOTHING, EXCEPTION)


@dataclass(frozen=True)
class Curve:
    """One training run with the student's answers, measured by the judge on images that the student side doesn't hold.

    All series begin with the weights that training starts from, and go on with the end of each epoch; an epoch that was
    broken off is not in them. Losses are mean cross-entropies, accuracies run from 0 to 1.
    """

    replaced: tuple[str, ...]  # the student's functions and classes in whose place the right ones were
    eta: float  # the learning rate of the first epoch
    loss: tuple[float, ...]  # on the validation images
    accuracy: tuple[float, ...]
    training_loss: tuple[float, ...]  # on a tenth of the training images
    training_accuracy: tuple[float, ...]
    steps: int  # that were made
    stopped: str = ""  # why it ended before its last epoch, a sentence; "": it didn't
    judged: bool = False  # whether this is the run that the points come from


@dataclass(frozen=True)
class Band:
    """Where the right answer's curves run, from ``convergence.toml``: means and standard deviations over seeds."""

    loss: tuple[float, ...]  # validation loss at the start and after each epoch
    loss_spread: tuple[float, ...]
    accuracy: tuple[float, ...]
    accuracy_spread: tuple[float, ...]
    least_accuracy: tuple[float, ...]  # what is asked for after each epoch
    most_loss: tuple[float, ...]


@dataclass(frozen=True)
class TrainingResult:
    """What a question that is judged by training has shown."""

    data: str  # the name of the data set: "MNIST", "digits"
    device: str  # what the student's code computed on: "cpu", "cuda:0 (NVIDIA …)"
    curves: tuple[Curve, ...]
    band: Band | None = None


@dataclass(frozen=True)
class QuestionResult:
    """One question: the sum of its tests."""

    question: str  # "ce_loss"
    grade_id: str  # nbgrader's id of the test cell, "test_ce_loss"
    max_points: float
    tests: tuple[TestResult, ...]
    note: str = ""  # e.g. "this cell is still as it was handed out"
    training: TrainingResult | None = None  # where the question is judged by training

    @property
    def outcome(self) -> Outcome:
        """NOT_JUDGED if any test could not be judged, FAILED if any failed, else PASSED."""
        outcomes = {test.outcome for test in self.tests}
        if Outcome.NOT_JUDGED in outcomes or not outcomes:
            return Outcome.NOT_JUDGED
        return Outcome.FAILED if Outcome.FAILED in outcomes else Outcome.PASSED

    @property
    def points(self) -> float:
        """Points earned by the tests that passed; only final when ``outcome`` is not NOT_JUDGED."""
        return sum(test.points for test in self.tests)

    @property
    def bonus(self) -> float:
        """Points earned beyond ``max_points``; only final when ``outcome`` is not NOT_JUDGED."""
        return sum(test.bonus for test in self.tests)

    @property
    def max_bonus(self) -> float:
        """The most that can be earned beyond ``max_points``."""
        return sum(test.max_bonus for test in self.tests)


class CellStatus(StrEnum):
    """What became of a code cell."""

    OK = "ok"
    ERROR = "error"  # raised an exception: shown, costs nothing by itself
    SKIPPED = "skipped"  # tagged skip-execution in the source notebook
    LEFT_OUT = "left out"  # hung, killed the kernel, or ran out of memory: the notebook was replayed without it
    NOT_RUN = "not run"  # the notebook's time was used up before it


@dataclass(frozen=True)
class CellResult:
    """One code cell that is not a test cell."""

    index: int  # position in the notebook, from 0
    status: CellStatus
    reason: str = ""  # left out / not run: why, in plain words
    outputs: tuple[dict[str, Any], ...] = ()  # nbformat 4 outputs


@dataclass(frozen=True)
class Evidence:
    """Everything found out about one notebook."""

    assignment: str
    questions: tuple[QuestionResult, ...]
    cells: tuple[CellResult, ...]
    sandbox: str = "namespaces"  # or "off": said in every report
    notes: tuple[str, ...] = ()  # what the judge has to say about the notebook as a whole
    missing_data: tuple[str, ...] = ()  # the names of data sets that could not be had: the same for a whole class
    versions: dict[str, str] = field(default_factory=dict)  # {"python": "3.11.7", "torch": "2.15.0", …}
    timings: dict[str, float] = field(default_factory=dict)  # seconds; the only part that differs between gradings

    def to_json(self) -> str:
        """Return the record as JSON text."""
        return json.dumps(self.to_plain(), indent=1, ensure_ascii=False)

    def to_plain(self) -> dict[str, Any]:
        """Return the record as JSON has it, to stand in another."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, text: str) -> Evidence:
        """Read a record back; raise EvidenceError when it isn't one."""
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise EvidenceError(f"not an evidence record ({error!r}): grade the submission again") from error
        return cls.from_plain(raw)

    @classmethod
    def from_plain(cls, plain: Any) -> Evidence:
        """Read back what ``to_plain`` has returned; raise EvidenceError when it isn't a record."""
        try:
            raw = dict(plain)
            if raw.pop("format") != FORMAT:
                raise EvidenceError(f"evidence of another format than {FORMAT}: grade the submission again")
            raw["questions"] = tuple(_question(question) for question in raw["questions"])
            raw["cells"] = tuple(_cell(cell) for cell in raw["cells"])
            raw["notes"], raw["missing_data"] = tuple(raw["notes"]), tuple(raw["missing_data"])
            return cls(**raw)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"not an evidence record ({error!r}): grade the submission again") from error


def _question(raw: dict[str, Any]) -> QuestionResult:
    tests, training = tuple(_test(test) for test in raw["tests"]), raw["training"]
    return QuestionResult(**{**raw, "tests": tests, "training": _training(training) if training else None})


def _training(raw: dict[str, Any]) -> TrainingResult:
    band = raw["band"]
    curves = tuple(Curve(**_with_tuples(curve)) for curve in raw["curves"])
    return TrainingResult(**{**raw, "curves": curves, "band": Band(**_with_tuples(band)) if band else None})


def _with_tuples(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}


def _test(raw: dict[str, Any]) -> TestResult:
    example = raw["counterexample"]
    if example is not None:
        example = Counterexample(
            tuple((name, text) for name, text in example["inputs"]), example["yours"], example["expected"]
        )
    return TestResult(**{**raw, "outcome": Outcome(raw["outcome"]), "counterexample": example})


def _cell(raw: dict[str, Any]) -> CellResult:
    return CellResult(**{**raw, "status": CellStatus(raw["status"]), "outputs": tuple(raw["outputs"])})

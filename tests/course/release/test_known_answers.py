"""Hidden tests that reject the reference, or give the stub points, stop a run before anybody has a score."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from course import Course
from traitlets.config import Config

from autograder.course.release.known_answers import REFERENCE, STUB, KnownAnswers
from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.course.intake.student_tasks import task_of
from autograder.grading.judging_task import Task
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult

LINEAR_MNIST = Assignment.find("linear_mnist")
PASSED, FAILED, NOT_JUDGED = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_JUDGED


def evidence(outcome: Outcome, points: float = 0.0, bonus: float = 0.0, name: str = "adam", note: str = "") -> Evidence:
    test = TestResult(f"test_{name}", "It works.", outcome, points, 6.0, bonus=bonus, max_bonus=2.0)
    return Evidence("linear_mnist", (QuestionResult(name, f"test_{name}", 6.0, (test,), note),), ())


GOOD = {REFERENCE: evidence(PASSED, 6.0), STUB: evidence(FAILED)}


@pytest.fixture
def tried(generated: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Any:
    """Let one student's notebook be judged after the known answers, with this evidence on them."""
    release = Course(generated).release
    forgotten: list[str] = []

    def task(student: str) -> Task:
        return task_of(release, student, LINEAR_MNIST, "one", tmp_path, {})

    def run(found: dict[str, Evidence], trains: bool = True, breaks: bool = False) -> tuple[list[str], list[str]]:
        def take_in(name: str, folder: Path) -> list[Task]:
            if breaks:
                raise OSError("no such disk")
            return [task(name)]

        asked = SimpleNamespace(
            assignment=LINEAR_MNIST,
            trained=("converge_adam",),
            evidence=lambda one: found[one.student],
            forget=lambda one: forgotten.append(one.student),
        )
        config = Config(Training={"enabled": trains})
        known = KnownAnswers(
            dict.fromkeys((REFERENCE, STUB), tmp_path), take_in, asked, config, logging.getLogger("known")
        )
        caplog.clear()
        forgotten.clear()
        assert known.under_way
        first = [one.student for one in known.before(iter([task("ann"), task("bob")]))]
        assert not known.note("ann", "one")
        for name in first[:-2]:
            assert known.under_way and known.note(name, "one")
        assert not known.under_way
        return first, [record.message for record in caplog.records]

    run.forgotten = forgotten  # type: ignore[attr-defined]
    return run


def test_they_come_before_the_class_and_good_tests_say_nothing(tried: Any) -> None:
    assert tried(GOOD) == ([REFERENCE, STUB, "ann", "bob"], [])
    assert tried.forgotten == []


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        (REFERENCE, evidence(FAILED), "The hidden test test_adam of adam rejects the reference solution"),
        (REFERENCE, evidence(NOT_JUDGED), "The hidden test test_adam of adam can't judge the reference solution"),
        (
            STUB,
            evidence(PASSED, 6.0),
            "test_adam of adam gives 6 points for the notebook as handed out",
        ),
        (STUB, evidence(PASSED, 0.0, 0.5), "gives 0.5 points for the notebook as handed out"),
    ],
)
def test_a_test_that_is_no_good_stops_the_run_and_is_tried_again(
    tried: Any, name: str, found: Evidence, said: str
) -> None:
    with pytest.raises(CourseError, match=said):
        tried(GOOD | {name: found})
    assert tried.forgotten == [name]


def test_what_the_stub_passes_for_no_points_is_no_fault(tried: Any) -> None:
    assert tried(GOOD | {STUB: evidence(PASSED)})[1] == []
    assert tried(GOOD | {STUB: evidence(NOT_JUDGED)})[1] == []


def test_an_answer_that_the_reference_leaves_open_is_told(tried: Any) -> None:
    _, (line,) = tried(GOOD | {REFERENCE: evidence(FAILED, note="still a stub")})
    assert line.startswith("adam: the reference solution leaves this as it was handed out")


@pytest.mark.parametrize("trains", [True, False])
def test_training_that_cannot_be_tried_here_stops_nothing(tried: Any, trains: bool) -> None:
    _, log = tried(GOOD | {REFERENCE: evidence(NOT_JUDGED, name="converge_adam")}, trains)
    assert [("can't judge the reference solution" in line) for line in log] == [True] * trains
    with pytest.raises(CourseError, match="rejects the reference solution"):
        tried(GOOD | {REFERENCE: evidence(FAILED, name="converge_adam")}, trains)


def test_a_source_that_cannot_be_taken_in_is_told_and_the_class_is_judged(tried: Any) -> None:
    first, log = tried(GOOD, breaks=True)
    assert first == ["ann", "bob"] and len(log) == 2
    assert "not tried on the reference solution" in log[0] and "OSError: no such disk" in log[0]

"""What changed between two gradings of a student: points, outcomes, tests that came or went."""

import dataclasses

from autograder.grading.evidence_key import Inputs
from autograder.grading.evidence_store import Record, Store
from autograder.grading.score_changes import Change, changes
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult

INPUTS = Inputs("code", "files", {}, "g", {}, "s", (), "cpu")
PASSED, FAILED, UNJUDGED = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_JUDGED


def question(name, **tests):
    results = [TestResult(test, "", outcome, 1.0 if outcome is PASSED else 0.0, 1.0) for test, outcome in tests.items()]
    return QuestionResult(name, f"test_{name}", float(len(tests)), tuple(results))


def between(tmp_path, *gradings, student="ada"):
    """The changes where these questions were found one time after another."""
    store = Store(tmp_path, "a")
    for number, questions in enumerate(gradings):
        inputs = dataclasses.replace(INPUTS, notebook=f"{student} {number}")
        store.put(Record(inputs, Evidence("a", tuple(questions), ()), "now"))
        store.note(student, "n", inputs.key)
    return list(changes(store))


def test_the_last_two_gradings_are_compared(tmp_path):
    first, second, third = ([question("q", t=outcome)] for outcome in (PASSED, FAILED, PASSED))
    assert between(tmp_path, first, second, third) == [Change("ada", "q", 0.0, 1.0, ("t: passed",))]
    assert between(tmp_path / "once", first) == []
    assert between(tmp_path / "same", first, first) == []


def test_points_that_wander_from_test_to_test_are_a_change(tmp_path):
    now = [question("q", a=FAILED, b=PASSED)]
    assert between(tmp_path, [question("q", a=PASSED, b=FAILED)], now) == [
        Change("ada", "q", 1.0, 1.0, ("a: failed", "b: passed"))
    ]


def test_what_could_not_be_judged_has_no_points(tmp_path):
    before, after = [question("q", a=PASSED, b=PASSED)], [question("q", a=PASSED, b=UNJUDGED)]
    assert between(tmp_path, before, after) == [Change("ada", "q", 2.0, None, ("b: could not be judged",))]


def test_questions_and_tests_come_and_go(tmp_path):
    before, after = (
        [question("old", a=PASSED), question("q", a=PASSED)],
        [question("q", b=PASSED), question("new", c=FAILED)],
    )
    assert between(tmp_path, before, after) == [
        Change("ada", "old", 1.0, None, ("a: no longer there",)),
        Change("ada", "q", 1.0, 1.0, ("a: no longer there", "b: passed")),
        Change("ada", "new", None, 0.0, ("c: failed",)),
    ]


def test_a_record_that_is_gone_is_compared_with_nothing(tmp_path):
    between(tmp_path, [question("q", t=PASSED)], [question("q", t=FAILED)])
    store = Store(tmp_path, "a")
    store.forget(store.keys("ada", "n")[0])
    assert list(changes(store)) == []

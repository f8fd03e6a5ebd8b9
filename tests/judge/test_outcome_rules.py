"""Only what the student's function did can fail a test; everything else could not be judged."""

import dataclasses

import pytest
from hypothesis.errors import FlakyFailure

from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Counterexample, Evidence, EvidenceError, Outcome, QuestionResult, TestResult
from autograder.judge.outcome_rules import UNSTEADY, classify

EXAMPLE = Counterexample((("x", "1"),), "2", "3")
HIDDEN = ("test_hidden.py", "test_training.py")
NONE = ()


def test_nothing_raised_is_a_pass():
    assert classify(None, NONE).outcome is Outcome.PASSED


@pytest.mark.parametrize("error", [StudentFailed("wrong", EXAMPLE), StudentLost("wrong", EXAMPLE, True)])
def test_a_finding_about_the_student_is_a_failure(error):
    finding = classify(error, NONE)
    assert (finding.outcome, finding.message, finding.counterexample) == (Outcome.FAILED, "wrong", EXAMPLE)


@pytest.mark.parametrize(
    "error",
    [CannotJudge("no kernel"), ZeroDivisionError(), TypeError("None"), KeyboardInterrupt(), AssertionError("ours")],
)
def test_anything_else_could_not_be_judged(error):
    finding = classify(error, NONE)
    assert finding.outcome is Outcome.NOT_JUDGED
    assert str(error) in finding.details
    assert str(error) not in finding.message or not str(error)


def test_the_plain_assert_of_a_hidden_test_is_a_failure(tmp_path):
    source = "def check():\n    assert 1 == 2, 'secret'\n"
    names = {}
    exec(compile(source, str(tmp_path / "test_hidden.py"), "exec"), names)
    with pytest.raises(AssertionError) as info:
        names["check"]()
    finding = classify(info.value, hidden(tmp_path))
    assert finding.outcome is Outcome.FAILED
    assert "secret" not in finding.message + finding.details


def hidden(folder):
    """The files with hidden tests in a folder."""
    return [folder / name for name in HIDDEN]


def raised_by(tmp_path, *files):
    """What an assertion raises in the last of these files, which the ones before it have called."""
    names = {}
    for number, file in reversed(list(enumerate(files))):
        body = "assert 1 == 2" if number == len(files) - 1 else f"call{number + 1}()"
        exec(compile(f"def call{number}():\n    {body}\n", str(tmp_path / file), "exec"), names)
    with pytest.raises(AssertionError) as info:
        names["call0"]()
    return info.value


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        (["test_hidden.py"], Outcome.FAILED),
        (["test_training.py"], Outcome.FAILED),
        (["runner.py", "test_hidden.py", "test_hidden.py"], Outcome.FAILED),
        (["test_hidden.py", "torch/testing.py"], Outcome.NOT_JUDGED),
        (["test_hidden.py", "reference.py"], Outcome.NOT_JUDGED),
        (["test_training.py", "tolerances.py", "numpy.py"], Outcome.NOT_JUDGED),
        (["answers.py"], Outcome.NOT_JUDGED),
        (["my_test_hidden.py"], Outcome.NOT_JUDGED),
    ],
)
def test_only_an_assertion_of_the_hidden_tests_own_fails_a_student(tmp_path, files, outcome):
    assert classify(raised_by(tmp_path, *files), hidden(tmp_path)).outcome is outcome


def test_a_group_with_an_assertion_of_a_librarys_could_not_be_judged(tmp_path):
    ours = raised_by(tmp_path, "test_hidden.py", "library.py")
    assert classify(FlakyFailure("flaky", [ours]), hidden(tmp_path)).outcome is Outcome.NOT_JUDGED


def test_answers_that_change_from_call_to_call_are_the_students():
    group = FlakyFailure("flaky", [ExceptionGroup("inner", [StudentFailed("wrong", EXAMPLE)])])
    finding = classify(group, NONE)
    assert finding.outcome is Outcome.FAILED
    assert finding.message == "wrong" + UNSTEADY
    assert classify(ExceptionGroup("ours", [ValueError()]), NONE).outcome is Outcome.NOT_JUDGED


def result(outcome, points=0.0):
    return TestResult("test", "A sentence.", outcome, points, 1.0, counterexample=EXAMPLE)


def test_a_question_is_judged_only_when_all_its_tests_are():
    passed, failed, unknown = result(Outcome.PASSED, 1.0), result(Outcome.FAILED), result(Outcome.NOT_JUDGED)
    for tests, outcome in (
        ((passed, passed), Outcome.PASSED),
        ((passed, failed), Outcome.FAILED),
        ((failed, unknown), Outcome.NOT_JUDGED),
        ((), Outcome.NOT_JUDGED),
    ):
        assert QuestionResult("q", "test_q", 2.0, tests).outcome is outcome
    assert QuestionResult("q", "test_q", 2.0, (passed, failed)).points == 1.0


def test_an_evidence_record_survives_json():
    question = QuestionResult("q", "test_q", 1.0, (result(Outcome.FAILED),), note="a note")
    evidence = Evidence("linear_mnist", (question,), (), "off", ("note",), ("MNIST",), {"torch": "2"}, {"all": 0.5})
    assert Evidence.from_json(evidence.to_json()) == evidence


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "questions": 3}'])
def test_what_is_no_evidence_is_refused(text):
    with pytest.raises(EvidenceError, match="grade the submission again"):
        Evidence.from_json(text)


@pytest.mark.parametrize(
    ("message", "yours", "expected"),
    [
        ("The loss is 1.", "1", True),
        ("", None, True),  # a plain assert
        ("f uses torch.optim.", None, False),
        ("f raised ValueError.", "an exception", False),
        ("f did not return.", "nothing", False),
    ],
)
def test_a_wrong_answer_is_told_from_none(message, yours, expected):
    example = Counterexample((), yours, "2") if yours else None
    found = TestResult("test", "", Outcome.FAILED, 0.0, 1.0, message, example)
    assert found.compared is expected
    assert not dataclasses.replace(found, outcome=Outcome.PASSED).compared

"""What went wrong, in one line."""

from __future__ import annotations

import pytest
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import (
    EXCEPTION,
    NOT_JUDGED,
    NOTHING,
    CellResult,
    CellStatus,
    Counterexample,
    Evidence,
    Outcome,
    QuestionResult,
    TestResult,
)
from autograder.judge.training.training_data import MNIST_OR_DIGITS
from autograder.judge.training.training_setting import training_setting
from autograder.report.trouble_line import not_judged, what_was_lost, what_went_wrong

LINEAR_MNIST = Assignment.find("linear_mnist")


def result(
    question: str,
    outcome: Outcome,
    message: str = "",
    note: str = "",
    hint: str = "",
    yours: str = "",
    details: str = "",
) -> QuestionResult:
    example = Counterexample((("w", "1"),), yours, "an answer") if yours else None
    test = TestResult("t", "It works.", outcome, 0.0, 1.0, message, example, "", hint, details)
    return QuestionResult(question, f"test_{question}", 1.0, (test,), note)


def evidence(*questions: QuestionResult, cells: tuple[CellResult, ...] = ()) -> Evidence:
    return Evidence("linear_mnist", questions, cells)


def test_nothing_went_wrong() -> None:
    assert what_went_wrong(evidence(result("adam", Outcome.PASSED))) == ""


def test_what_could_not_be_judged_hides_no_lost_points() -> None:
    found = evidence(result("b", Outcome.NOT_JUDGED, "no memory"), result("a", Outcome.FAILED, "wrong"))
    assert what_went_wrong(found, ["a note"]) == "a: wrong. b: could not be judged: no memory"
    assert what_went_wrong(evidence(found.questions[0]), ["a note"]) == "b: could not be judged: no memory"


def test_why_it_could_not_be_judged_is_the_instructors_to_know() -> None:
    message, step = NOT_JUDGED, "left to another machine: run `autograder grade` there"
    found = evidence(
        result("a", Outcome.PASSED), result("b", Outcome.NOT_JUDGED, message, details=step),
        result("c", Outcome.NOT_JUDGED, message, details=step), result("d", Outcome.NOT_JUDGED, "another"),
    )  # fmt: skip
    assert what_went_wrong(found) == f"b, c: could not be judged: {step} (and 1 more)"
    details = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: no such thing\n'
    assert what_went_wrong(evidence(result("a", Outcome.NOT_JUDGED, message, details=details))) == (
        "a: could not be judged: the hidden test or the grader failed (ValueError: no such thing): "
        "the log has it whole; mend that and grade again"
    )


def test_many_questions_are_counted() -> None:
    names = ("converge_sgd_momentum", "converge_other", "converge_adam")
    found = evidence(*(result(name, Outcome.NOT_JUDGED, "no GPU") for name in names), result("a", Outcome.PASSED))
    assert what_went_wrong(found) == "converge_sgd_momentum and 2 more: could not be judged: no GPU"


def test_the_hint_says_more_than_the_message() -> None:
    for yours in ("", "1×1 float32 [[0]]"):
        found = result("a", Outcome.FAILED, "nan", hint="Subtract the max.", yours=yours)
        assert what_went_wrong(evidence(found)) == "a: Subtract the max."


def test_an_exception_says_more_than_the_hint() -> None:
    raised = "adam_step raised NameError: name 'torhc' is not defined (in the line `m = torhc.zeros(3)`)."
    found = result("adam", Outcome.FAILED, raised, hint="Look at the bias correction.", yours=EXCEPTION)
    told = "adam: NameError: name 'torhc' is not defined (in the line `m = torhc.zeros(3)`)."
    assert what_went_wrong(evidence(found)) == told
    wrong = result("adam", Outcome.FAILED, "It is 1.", hint="Look at the bias correction.", yours="1").tests[0]
    both = QuestionResult("adam", "test_adam", 2.0, (wrong, found.tests[0]))
    assert what_went_wrong(evidence(both)) == told
    hung = result("adam", Outcome.FAILED, "adam_step did not return within 10 s.", hint="A loop.", yours=NOTHING)
    assert what_went_wrong(evidence(hung)) == "adam: adam_step did not return within 10 s."
    trained = result("converge_adam", Outcome.FAILED, "adam_step failed in step 3: KeyError: 3.", hint="A hint.")
    assert what_went_wrong(evidence(trained)) == "converge_adam: adam_step failed in step 3: KeyError: 3."


def test_the_others_are_counted() -> None:
    found = evidence(result("a", Outcome.FAILED, "x" * 500), result("b", Outcome.FAILED, "wrong"))
    line = what_went_wrong(found)
    assert line.startswith("a: xxx") and line.endswith("… (and 1 more)") and len(line) <= 140


def test_one_reason_for_all_is_said_once() -> None:
    found = evidence(result("a", Outcome.FAILED, "Nothing."), result("b", Outcome.FAILED, "Nothing."))
    assert what_went_wrong(found) == "Nothing."


def test_questions_with_one_reason_are_named_unless_they_are_all_there_are() -> None:
    failed = (result("a", Outcome.FAILED, "No."), result("b", Outcome.FAILED, "No."))
    assert what_went_wrong(evidence(*failed, result("c", Outcome.PASSED))) == "a, b: No."


def test_a_stub_is_called_one() -> None:
    assert what_went_wrong(evidence(result("a", Outcome.FAILED, "None", note="still a stub"))) == "a: still a stub"


def test_a_cell_left_out_and_a_note_are_mentioned_when_all_is_right() -> None:
    cells = (CellResult(3, CellStatus.LEFT_OUT, "it ran for more than 60 s"),)
    assert (
        what_went_wrong(evidence(result("a", Outcome.PASSED), cells=cells), ["a note"])
        == "cell 4 was left out: it ran for more than 60 s"
    )
    assert what_went_wrong(evidence(result("a", Outcome.PASSED)), ["a note"]) == "a note"


def test_the_judges_own_notes_are_no_trouble() -> None:
    noted = Evidence("linear_mnist", (result("a", Outcome.PASSED),), (), notes=("MNIST was not at hand.",))
    assert what_went_wrong(noted) == ""


def bonus(passed: bool) -> QuestionResult:
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    message, awarded = ("", 2.0) if passed else ("too slow", 0.0)
    test = TestResult("t", "It gets far.", outcome, 0.0, 0.0, message, bonus=awarded, max_bonus=2.0)
    return QuestionResult("extra", "test_extra", 0.0, (test,))


@pytest.mark.parametrize("passed", [True, False])
def test_a_bonus_is_no_trouble_earned_or_not(passed: bool) -> None:
    right = result("a", Outcome.PASSED)
    assert what_went_wrong(evidence(right, bonus(passed))) == ""
    assert what_went_wrong(evidence(bonus(passed), right), ["a note"]) == "a note"
    wrong = what_went_wrong(evidence(bonus(passed), result("b", Outcome.FAILED, "wrong")))
    assert wrong == "b: wrong"


def test_a_bonus_that_could_not_be_judged_is_trouble() -> None:
    test = TestResult("t", "It gets far.", Outcome.NOT_JUDGED, 0.0, 0.0, "no GPU", max_bonus=2.0)
    extra = QuestionResult("extra", "test_extra", 0.0, (test,))
    assert "no GPU" in what_went_wrong(evidence(result("a", Outcome.PASSED), extra))


def test_what_is_left_to_another_machine_says_what_to_type_there() -> None:
    config = Config({"Training": {"enabled": False}})
    with pytest.raises(CannotJudge, match="run `autograder grade linear_mnist --only convergence` there"):
        training_setting(MNIST_OR_DIGITS, LINEAR_MNIST, config, frozenset())


@pytest.mark.parametrize("status", [CellStatus.LEFT_OUT, CellStatus.NOT_RUN])
def test_a_cell_without_its_run_comes_before_a_note(status: CellStatus) -> None:
    cells = (CellResult(0, CellStatus.ERROR, "odd"), CellResult(3, status, "it hung"))
    found = evidence(result("a", Outcome.PASSED), cells=cells)
    assert what_was_lost(found, ["", "a note"]) == f"cell 4 was {status.value}: it hung"
    unknown = evidence(result("a", Outcome.NOT_JUDGED, "no memory"), cells=cells)
    assert what_was_lost(unknown, ["a note"]) == ""  # it may be the reason, it may be none


def test_the_end_of_a_long_report_says_what_it_was() -> None:
    several = result("a", Outcome.NOT_JUDGED, NOT_JUDGED, details="\nWhile judging:\nOSError: disk full\n")
    found = not_judged(evidence(several, result("b", Outcome.PASSED)))
    assert found is not None and "(OSError: disk full): the log has it whole" in found.why
    nothing = not_judged(evidence(result("a", Outcome.NOT_JUDGED, NOT_JUDGED)))
    assert nothing is not None and nothing.why == NOT_JUDGED


def test_a_step_to_take_is_not_cut() -> None:
    step = "left to another machine, " * 10 + "run it there"
    found = not_judged(evidence(result("a", Outcome.NOT_JUDGED, step), result("b", Outcome.PASSED)))
    assert found is not None and (found.what, found.why) == ("a", step)


def test_one_question_alone_is_named_and_all_that_share_a_reason_are_not() -> None:
    assert what_went_wrong(evidence(result("a", Outcome.FAILED, "No."))) == "a: No."
    both = (result("a", Outcome.FAILED, "No."), result("b", Outcome.FAILED, "Never."))
    assert what_went_wrong(evidence(*both)) == "a: No. (and 1 more)"
    stub = result("a", Outcome.NOT_JUDGED, "no memory", note="still a stub")
    assert what_went_wrong(evidence(stub)) == "a: could not be judged: no memory"

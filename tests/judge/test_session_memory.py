"""What a judging session remembers of its tests, and what it makes of it. No kernel is started."""

from types import SimpleNamespace

import pytest
import torch

from autograder.judge import hidden_test_run, hypothesis_examples
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Outcome, TestResult
from autograder.judge.judge_session import STUB_NOTE, JudgeSession
from autograder.judge.outcome_rules import Finding
from autograder.judge.question_results import result_of
from autograder.judge.question_session import QuestionSession
from autograder.judge.stopwatch import StalledError
from tests.judge.conftest import notebook

LINEAR_MNIST = Assignment.find("linear_mnist")
PASSED, FAILED, NOT_JUDGED = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_JUDGED


class Run:
    """Stands in for a notebook's run."""

    doubtful = closed = False
    left_out, sandbox = (), "namespaces"

    def __init__(self):
        self.copies = []

    def copy_at(self, name):
        self.copies.append(SimpleNamespace(name=name, closed=False))
        copy = self.copies[-1]
        copy.close = lambda: setattr(copy, "closed", True)
        return copy

    def why_missing(self, name, question):
        return ""

    def close(self):
        self.closed = True


class Item:
    """Stands in for a hidden test."""

    def __init__(self, name="test_a", question="ce_loss", **marks):
        self.name, self.nodeid, self.funcargs = name, name, {}
        self._marks = {"question": question, "points": 4, **marks}

    def get_closest_marker(self, name):
        value = self._marks.get(name)
        return None if value is None else SimpleNamespace(args=(value,))

    def iter_markers(self, name):
        return iter(())


@pytest.fixture
def session(monkeypatch, tmp_path):
    monkeypatch.setattr(JudgeSession, "_new_run", lambda self, config: Run())
    return JudgeSession(notebook(("ce_loss", 4), ("adam", 6)), tmp_path, assignment=LINEAR_MNIST)


def noted(session, error=None, when="call", **item):
    excinfo = None if error is None else SimpleNamespace(value=error)
    session.note(Item(**item), SimpleNamespace(excinfo=excinfo, when=when))


def result(outcome, points=0.0, max_points=4.0):
    return TestResult("test_a", "", outcome, points, max_points)


def test_one_thread_computes(monkeypatch, tmp_path):
    monkeypatch.setattr(JudgeSession, "_new_run", lambda self, config: Run())
    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    JudgeSession(notebook(("ce_loss", 4)), tmp_path, assignment=LINEAR_MNIST)
    assert asked == [1]


def test_tests_are_those_of_wanted_questions_in_the_notebooks_order(monkeypatch, tmp_path):
    monkeypatch.setattr(JudgeSession, "_new_run", lambda self, config: Run())
    cells, wanted = (("ce_loss", 4), ("grad_func", 6), ("adam", 6)), frozenset({"adam", "ce_loss"})
    session = JudgeSession(notebook(*cells), tmp_path, questions=wanted, assignment=LINEAR_MNIST)
    items = [Item(question=name) for name in ("adam", "grad_func", "sgd_momentum", "ce_loss")]
    items.append(Item(name="test_for_nothing", points=0))
    session.sort(items)
    assert [item._marks["question"] for item in items] == ["ce_loss", "ce_loss", "adam"]
    for marks in ({"points": None}, {"question": ""}, {"points": -1}):
        with pytest.raises(pytest.UsageError, match="needs the markers"):
            session.sort([Item(**marks)])


def test_points_and_bonus_are_for_what_passed():
    item = Item(points=3, bonus=2)
    passed, failed = (result_of(item, Finding(outcome)) for outcome in (PASSED, FAILED))
    assert (passed.points, passed.max_points, passed.bonus, passed.max_bonus) == (3, 3, 2, 2)
    assert (failed.points, failed.max_points, failed.bonus, failed.max_bonus) == (0, 3, 0, 2)
    assert result_of(item, Finding(NOT_JUDGED)).bonus == 0


@pytest.mark.parametrize(
    ("worth", "outcome"), [(4.0, PASSED), (4 + 1e-12, PASSED), (3.5, NOT_JUDGED), (4.5, NOT_JUDGED)]
)
def test_a_question_is_worth_what_its_cell_is(session, worth, outcome):
    session._questions["ce_loss"] = QuestionSession([result(PASSED, worth, worth)])
    found = session._question_result("ce_loss")
    assert [test.outcome for test in found.tests] == [outcome]
    assert found.points == (0 if outcome is NOT_JUDGED else worth)


def test_a_stub_is_told_of_the_question_that_trains_with_it(session):
    session._notebook.unanswered = frozenset({"adam"})
    recipe = SimpleNamespace(answer="adam")
    trainer = SimpleNamespace(recipe=recipe, evidence=lambda: None)
    session._questions["ce_loss"] = QuestionSession([result(FAILED)], trainer=trainer)
    session._questions["adam"] = QuestionSession([result(FAILED, max_points=6.0)])
    assert [session._question_result(name).note for name in ("ce_loss", "adam")] == [STUB_NOTE] * 2
    recipe.answer = "ce_loss"
    assert session._question_result("ce_loss").note == ""


def test_what_goes_wrong_in_the_end_takes_the_place_of_what_was_found(session):
    noted(session)
    noted(session, when="setup")
    noted(session, when="teardown")
    tests = session._questions["ce_loss"].tests
    assert [(test.outcome, test.points) for test in tests] == [(PASSED, 4)]
    noted(session, name="test_b")
    noted(session, ValueError("no room"), "teardown")
    assert [(test.name, test.outcome, test.points) for test in session._questions["ce_loss"].tests] == [
        ("test_b", PASSED, 4),
        ("test_a", NOT_JUDGED, 0),
    ]
    noted(session, ValueError("no room"), "setup", name="test_c")
    assert session._questions["ce_loss"].tests[-1].outcome is NOT_JUDGED


@pytest.mark.parametrize(
    ("outcomes", "has_failed"),
    [([], None), ([PASSED], False), ([PASSED, FAILED], True), ([FAILED, NOT_JUDGED], None), ([NOT_JUDGED], None)],
)
def test_whether_the_question_that_training_rests_on_has_failed(session, outcomes, has_failed):
    session._questions["adam"] = QuestionSession([result(outcome) for outcome in outcomes])
    assert session._has_failed("adam") is has_failed
    assert session._has_failed("ce_loss") is None
    session._notebook.unanswered = frozenset({"adam"})
    assert session._has_failed("adam") is True


def student_of(session, **item):
    return session.student(SimpleNamespace(node=Item(**item)))


def test_a_hang_ends_its_question_and_a_stall_blames_nobody(session):
    noted(session, StudentLost("It hangs.", None, ends_question=True, cause=Cause.HANG))
    with pytest.raises(StudentLost, match=r"Not tried: It hangs\.") as lost:
        student_of(session, name="test_b").anything()
    assert not lost.value.ends_question
    noted(session, StudentLost("It died.", None, ends_question=False), question="adam")
    assert session._questions["adam"].ended_by is None and not session.doubtful
    noted(session, StalledError("nothing moves"), question="adam")
    with pytest.raises(StalledError):
        student_of(session, name="test_b", question="adam").anything()
    assert session._run.copies == []
    assert session.doubtful  # though the other question has no such test


def test_a_kernel_that_somebody_else_has_ended_casts_doubt_be_it_the_one_that_trains(session):
    session._gpu_run = Run()
    assert not session.doubtful
    session._gpu_run.doubtful = True
    assert session.doubtful
    session.close()
    assert session._run.closed and session._gpu_run.closed


def test_a_copy_is_lent_to_the_next_test_until_one_fails(session):
    def use(name):
        student = student_of(session, name=name)
        return student._open_copy()

    first = use("test_a")
    noted(session, name="test_a")
    session.give_back(Item(name="test_a"))
    assert use("test_b") is first and not first.closed
    noted(session, StudentFailed("wrong", None), name="test_b")
    session.give_back(Item(name="test_b"))
    assert first.closed
    second = use("test_c")
    assert second is not first
    session._questions["ce_loss"].start_over("test_c")
    assert second.closed and use("test_c") is not second


def test_a_test_that_is_tried_again_calls_another_copy(session):
    student = student_of(session)
    first = student._opened()
    session._questions["ce_loss"].start_over("test_a")
    assert student._opened() is not first


FORBIDDEN = next(cause for cause in Cause if cause.is_forbidden_help)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (None, False),
        (StudentFailed("wrong", None), False),
        (AssertionError(), False),
        (StalledError("nothing moves"), False),
        (CannotJudge("odd"), True),
        (StudentLost("It hangs.", None, True, Cause.HANG), False),
        (StudentLost("It is gone.", None, True), False),
        (StudentLost("It uses autograd.", None, False, FORBIDDEN), True),
    ],
)
def test_the_quick_way_proves_that_a_test_passes_or_that_help_was_used(monkeypatch, error, raised):
    def tries(item, run):
        if error is not None:
            raise error

    monkeypatch.setattr(hypothesis_examples, "try_out", tries)
    if raised:
        with pytest.raises(type(error)):
            hidden_test_run.passes_quickly(Item())
    else:
        assert hidden_test_run.passes_quickly(Item()) is (error is None)


def test_the_quick_way_is_not_tried_once_a_test_of_the_question_has_failed(session, monkeypatch):
    ways = []
    monkeypatch.setattr(hidden_test_run, "passes_quickly", lambda item: ways.append("quickly") or True)
    monkeypatch.setattr(hypothesis_examples, "try_out", lambda item: ways.append("one by one"))
    session.run_test(Item())
    for outcome in (PASSED, FAILED):
        session._questions["ce_loss"] = QuestionSession([result(outcome)])
        session.run_test(Item())
    session._questions["ce_loss"] = QuestionSession([result(NOT_JUDGED)])
    session.run_test(Item())
    session.run_test(Item(question="adam"))
    assert ways == ["quickly", "quickly", "one by one", "one by one", "quickly"]

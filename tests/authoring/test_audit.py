"""The audit: real answers through the real path, and what it complains about."""

import dataclasses
import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from traitlets.config import Config

from autograder import cli
from autograder.assignments.linear_mnist import misconceptions
from autograder.authoring import simulated_students
from autograder.authoring.audit import Case, Verdict, _lost_elsewhere, _verdict, cases, complaints, judged, unnamed
from autograder.grading.judging_task import judge_task
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.registry import Misconception
from autograder.judge.evidence import EXCEPTION, Counterexample, Outcome, QuestionResult, TestResult
from autograder.report.audit_matrix import _told_apart, print_audit, print_mutants

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
# Of each question one right and one wrong answer, and those that can't be tried without a sandbox.
FEW = {"logsumexp", "tensor", "matrix", "autograd", "torch-functions", "ema", "lerp", "no-bias-correction"}
FEW |= {"ends-the-process", "hangs", "memory"}


def test_a_few_answers_through_the_real_path():
    chosen = [case for case in cases(LINEAR_MNIST) if case.slug in FEW and case.variant == 1]
    assert len(chosen) == 11
    config = Config(Grading={"workers": 1}, NotebookJudge={"call_timeout": 3.0})
    verdicts = list(judged(chosen, LINEAR_MNIST, ROOT, config))
    assert {(v.case.question, v.case.name) for v in verdicts} == {(case.question, case.name) for case in chosen}
    assert [line for line in complaints(verdicts) if "catches nothing" not in line] == []
    assert unnamed(verdicts) == []


PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
WRONG, RIGHT = Case("q", "wrong", ""), Case("q", "right", "", right=True)
CAUGHT = Verdict(WRONG, {"test_a": FAILED, "test_b": PASSED}, 1, 2, (), "wrong", "", ("test_a",))
ACCEPTED = Verdict(RIGHT, {"test_a": PASSED, "test_b": PASSED}, 2, 2, (), "", "")
OTHER = Verdict(Case("q", "other", ""), {"test_a": PASSED, "test_b": FAILED}, 1, 2, (), "other", "", ("test_b",))
FULL = dataclasses.replace(CAUGHT, tests={"test_a": PASSED, "test_b": PASSED}, points=2, diagnosis="", compared=())


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([CAUGHT, ACCEPTED, OTHER], []),
        ([CAUGHT, ACCEPTED], ["q: test_b catches nothing: can it fail?"]),
        (
            [CAUGHT, dataclasses.replace(ACCEPTED, tests=OTHER.tests, points=1, compared=("test_b",))],
            ["q: right answer right is rejected by test_b", "q: test_b catches nothing: can it fail?"],
        ),
        (
            [dataclasses.replace(ACCEPTED, tests=CAUGHT.tests, points=1, unjudged="no kernel"), CAUGHT, OTHER],
            ["q: right answer right could not be judged: no kernel"],
        ),
        ([FULL, CAUGHT, OTHER], ["q: wrong answer wrong gets full marks: no test catches it"]),
        (
            [dataclasses.replace(ACCEPTED, tests=CAUGHT.tests, points=1), CAUGHT, OTHER],
            ["q: right answer right is rejected by test_a"],
        ),
        ([dataclasses.replace(CAUGHT, elsewhere=("p",)), OTHER], ["q: wrong answer wrong costs points on p"]),
        ([dataclasses.replace(CAUGHT, diagnosis="other"), OTHER], ["q: wrong answer wrong can't be told from other"]),
        ([dataclasses.replace(CAUGHT, diagnosis=""), OTHER], []),
        ([dataclasses.replace(ACCEPTED, unjudged="no\nkernel"), CAUGHT, OTHER],
         ["q: right answer right could not be judged: kernel"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(verdicts, expected):
    assert complaints(verdicts) == expected
    console = Console(file=io.StringIO(), width=120)
    assert print_audit(verdicts, console) is not bool(expected)
    printed = " ".join(console.file.getvalue().split())
    assert all(line in printed for line in expected)


def test_only_tests_that_found_an_output_wrong_count_as_such():
    seen = {"test_a": Counterexample((), "1", "2"), "test_b": Counterexample((), EXCEPTION, "2")}
    failing = tuple(TestResult(name, "", FAILED, 0.0, 2.0, counterexample=seen[name]) for name in seen)
    question = QuestionResult("ce_loss", "test_ce_loss", 4.0, failing)
    evidence = SimpleNamespace(questions=[question])
    assert _verdict(Case("ce_loss", "sign", ""), evidence, LINEAR_MNIST).compared == ("test_a",)


def test_a_test_that_only_sees_calls_fail_catches_nothing():
    """A test without any comparison fails all the same where the call raises or goes a forbidden way."""
    raising = dataclasses.replace(OTHER, compared=())
    idle = "q: test_b catches nothing: can it fail?"
    assert complaints([CAUGHT, raising]) == [idle]
    assert complaints([CAUGHT, raising, OTHER]) == []
    assert complaints([CAUGHT, raising], frozenset()) == []
    assert complaints([CAUGHT, raising], frozenset({"q"})) == [idle]


@pytest.fixture
def claims_hold(monkeypatch):
    """Leave out the claims: see test_true_hints."""
    monkeypatch.setattr("autograder.report.audit_matrix.print_hints", lambda *_: True)


@pytest.mark.usefixtures("claims_hold")
@pytest.mark.parametrize(
    ("only", "expected"), [(["wrong"], 0), (["q"], 1), (["wrong", "unlike"], 1)], ids=["some", "question", "all"]
)
def test_only_some_answers_say_nothing_of_the_tests(only, expected, monkeypatch, capsys):
    unlike = dataclasses.replace(CAUGHT, case=Case("q", "unlike", ""), diagnosis="")
    known = {v.case.slug: v for v in (CAUGHT, unlike, ACCEPTED)}
    monkeypatch.setattr("autograder.report.audit_matrix.cases", lambda _: [v.case for v in known.values()])
    monkeypatch.setattr(
        "autograder.report.audit_matrix.judged", lambda chosen, *_: iter([known[c.slug] for c in chosen])
    )
    assert cli.main(["audit", "linear_mnist", "--course", str(ROOT), "--only", *only]) == expected
    assert ("test_b catches nothing" in capsys.readouterr().out) is bool(expected)


def test_an_answer_without_a_name_is_shown_and_is_no_fault():
    console = Console(file=io.StringIO(), width=120)
    assert print_audit([dataclasses.replace(CAUGHT, diagnosis=""), OTHER], console)
    assert "Caught without a name: q/wrong" in console.file.getvalue()


def test_a_mutant_that_survives_is_shown():
    console = Console(file=io.StringIO(), width=120)
    mutant = dataclasses.replace(FULL, case=Case("q", "mutant 1", "", note="x = y - z"))
    assert not print_mutants([mutant, CAUGHT], 3, console)
    assert "nothing catches x = y - z" in console.file.getvalue()
    assert print_mutants([CAUGHT], 0, console)


def a_few(found, assignment, likeness=None):
    """Of all mutants, two that differ from the usual answer and two that don't; of survivors, none."""
    return (list(found), []) if likeness else (found[:2], found[2:4])


def test_a_mutant_that_gives_the_right_numbers_in_another_type_is_none_where_that_is_allowed(monkeypatch):
    mutant = Case("ce_loss", "mutant 1", LINEAR_MNIST.canonical_answer("ce_loss").replace("float(loss)", "loss"))
    wrong = dataclasses.replace(mutant, slug="mutant 2", code=mutant.code.replace("return loss", "return 2 * loss"))
    through = [dataclasses.replace(FULL, case=case) for case in (mutant, wrong)]
    caught = dataclasses.replace(CAUGHT, case=mutant)
    assert _told_apart([*through, caught], LINEAR_MNIST) == ([through[1]], 1)
    assert _told_apart([through[1], caught], LINEAR_MNIST) == ([through[1], caught], 0)


def test_pairs_and_mutants_are_tried_together(monkeypatch, capsys):
    tried, notes = [], {}
    monkeypatch.setattr("autograder.report.audit_matrix.without_equivalents", a_few)
    monkeypatch.setattr("autograder.report.audit_matrix.print_hints", lambda found, *_: tried.extend(found) or True)

    def all_of(chosen, assignment, course, config, training, alone):
        notes[alone] = {case.note for case in chosen}
        return iter([let_through(case) for case in chosen])

    def let_through(case):
        points = 2 if case.right or case.slug == "mutant 1" or "+" in case.slug else 0
        test = Outcome.PASSED if points else Outcome.FAILED
        return Verdict(case, {"test_a": test}, points, 2, (), "" if points else case.slug, "", ("test_a",))

    monkeypatch.setattr("autograder.report.audit_matrix.judged", all_of)
    assert cli.main(["audit", "linear_mnist", "--course", str(ROOT), "--mutate", "--only", "ce_loss"]) == 1
    assert notes[False] == {""} and "two at once" in notes[True]
    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 2 mutants are caught, 1 of them named; 2 more do the same" in said
    assert "0 of 2 pairs of misconceptions are caught, 0 of them named; 2 more do the same" in said
    assert [verdict.case.note for verdict in tried[-2:]] == ["two at once"] * 2
    assert all(verdict.case.note for verdict in tried[-4:]) and not tried[0].case.note


@pytest.mark.usefixtures("claims_hold")
def test_the_command_fails_when_the_audit_does(monkeypatch, capsys):
    monkeypatch.setattr("autograder.report.audit_matrix.judged", lambda chosen, *_: iter([FULL] if chosen else []))
    monkeypatch.setattr("autograder.report.audit_matrix.cases", lambda _: [FULL.case])
    assert cli.main(["audit", "linear_mnist", "--course", str(ROOT)]) == 1
    assert "gets full marks" in capsys.readouterr().out


def test_the_command_says_what_it_does_not_know(capsys):
    assert cli.main(["audit", "linear_mnist", "--course", str(ROOT), "--only", "nonsense"]) == 2
    assert "no registered answer is called nonsense" in capsys.readouterr().err


def test_a_new_misconception_needs_no_other_edit(monkeypatch):
    """One entry is audited, diagnosed and simulated."""
    halved = Misconception(
        "sgd_momentum", "halved", "half the step", "Half of your step is missing.", (("w - eta", "w - 0.5 * eta"),)
    )
    monkeypatch.setattr(misconceptions, "WRONG", (*misconceptions.WRONG, halved))
    (case,) = (case for case in cases(LINEAR_MNIST) if case.slug == "halved")
    here = lambda tasks, config: ((task, judge_task(task, config)) for task in tasks)  # noqa: E731 (knows the entry)
    monkeypatch.setattr("autograder.authoring.audit.judge_all", here)
    (verdict,) = judged([case], LINEAR_MNIST, ROOT, Config())
    assert (verdict.diagnosis, verdict.points < verdict.max_points) == ("halved", True)
    drawn = simulated_students.Draw(LINEAR_MNIST, 1, simulated_students.Shares(0, 1, 0, 0)).members(2000)
    assert any("sgd_momentum/halved" in member.answers for member in drawn)


def result(question, earned):
    test = TestResult("t", "", PASSED if earned else FAILED, earned, 3.0)
    return QuestionResult(question, f"test_{question}", 3.0, (test,))


@pytest.mark.parametrize(
    ("answer", "question", "lost"),
    [
        ("sgd_momentum", "converge_sgd_momentum", False),  # it trains with that very answer
        ("sgd_momentum", "converge_adam", True),
        ("sgd_momentum", "adam", True),
        ("grad_func", "converge_sgd_momentum", True),  # the error is to be carried forward
        ("sgd_momentum", "sgd_momentum", False),
    ],
)
def test_a_wrong_answer_may_cost_points_where_it_is_trained_with(answer, question, lost):
    assert _lost_elsewhere(result(question, 0.0), Case(answer, "wrong", ""), LINEAR_MNIST) is lost
    assert not _lost_elsewhere(result(question, 3.0), Case(answer, "wrong", ""), LINEAR_MNIST)


def test_only_what_trains_with_an_answer_is_trained(monkeypatch):
    asked = []
    monkeypatch.setattr("autograder.authoring.audit.judge_all", lambda tasks, config: asked.extend(tasks) or ())
    first = {case.question: case for case in reversed(cases(LINEAR_MNIST))}
    assert list(judged(list(first.values()), LINEAR_MNIST, ROOT, Config(), training=True)) == []
    trained = {task.student.split("/")[0]: set(task.questions) & set(LINEAR_MNIST.recipes) for task in asked}
    assert trained == {
        "ce_loss": set(),
        "grad_func": set(LINEAR_MNIST.recipes),
        "sgd_momentum": {"converge_sgd_momentum"},
        "adam": {"converge_adam"},
    }


@pytest.mark.parametrize("training", [False, True])
def test_training_is_tried_on_demand(training, monkeypatch):
    asked = []
    monkeypatch.setattr("autograder.authoring.audit.judge_all", lambda tasks, config: asked.extend(tasks) or ())
    first = next(case for case in cases(LINEAR_MNIST) if case.question == "adam")
    assert list(judged([first], LINEAR_MNIST, ROOT, Config(), training)) == []
    assert ("converge_adam" in asked[0].questions) is training
    assert "adam" in asked[0].questions

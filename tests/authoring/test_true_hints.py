"""Is what hints say true? Claims of no use and untrue hints are found, and said with their names."""

import dataclasses
import io
from pathlib import Path

import pytest
import torch
from rich.console import Console

from autograder import cli
from autograder.authoring.audit import Case, Verdict
from autograder.authoring.true_hints import claim_faults, faults_of, given_hints, untrue
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.exceptions import EXCEPTIONS
from autograder.judge.diagnosis.loaded_answer import holds
from autograder.judge.diagnosis.registry import Misconception
from autograder.judge.evidence import Outcome
from autograder.report.hints_table import print_hints

ROOT = Path(__file__).parents[2]
TINY = Assignment.at(ROOT / "tests" / "assignments" / "tiny")
SUM = "def rms(x):\n    return (x ** 2).sum().sqrt()\n"
X = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64)


def entry(claim):
    return Misconception(
        "rms", "no-mean", "the sum", "Over what do you average?", ((".mean()", ".sum()"),), claim=claim
    )


def raising(answer):
    return 1 / 0


NO_USE = {
    "none": (None, ["rms: no-mean has no claim: what can be found out about an answer that its hint is true of?"]),
    "too weak": (
        claims.returns_type(claims.call("rms", X), torch.Tensor),
        [
            f"rms: no-mean: its claim returns_type is true of the right answer {right}, so it says nothing"
            for right in ("by-hand", "norm")
        ],
    ),
    "false": (
        claims.mentions("nothing"),
        ["rms: no-mean: its claim mentions is not true of its own answer, variant 1"],
    ),
    "raises": (
        raising,
        [
            f"rms: no-mean: its claim raising raised ZeroDivisionError: division by zero for {answer}; "
            "mend the claim of rms: no-mean"
            for answer in ("its own answer, variant 1", "the right answer by-hand", "the right answer norm")
        ],
    ),
}


@pytest.mark.parametrize(("claim", "expected"), NO_USE.values(), ids=NO_USE)
def test_a_claim_of_no_use_is_named(claim, expected):
    assert list(faults_of(entry(claim), TINY)) == expected


def test_all_variants_have_to_be_as_the_claim_says():
    twice = dataclasses.replace(entry(claims.mentions("sum")), also=(((".mean()", ".max()"),),))
    assert list(faults_of(twice, TINY)) == ["rms: no-mean: its claim mentions is not true of its own answer, variant 2"]


def test_claims_that_are_of_use_are_not_complained_of():
    assert list(claim_faults(TINY)) == []


def verdict(question, slug, code, diagnosis, note=""):
    case = Case(question, slug, code, note=note)
    return Verdict(case, {"test_a": Outcome.FAILED}, 0, 2, (), diagnosis, "", ("test_a",))


HALF = verdict("rms", "mutant 4", "def rms(x):\n    return x.mean()\n", "no-mean", "return x.mean()")
TRUE = verdict("rms", "no-mean", SUM, "no-mean")
NAMELESS = verdict("rms", "mutant 5", SUM, "")
TOLD = (
    'rms: wrong answer mutant 4 (return x.mean()) is told "Over what do you average?" (no-mean): its claim scaled is '
    "not true of it"
)


def test_an_untrue_hint_is_told_with_answer_hint_and_claim():
    assert untrue(given_hints([HALF, TRUE, NAMELESS], TINY), TINY) == [TOLD]


def test_of_two_hints_each_has_to_be_true():
    both = dataclasses.replace(HALF, diagnosis="no-mean+no-root")
    found = given_hints([both, dataclasses.replace(TRUE, diagnosis="no-mean+no-root")], TINY)
    assert [(one.slug, bool(one.fault)) for one in found] == [
        *(("no-mean", True), ("no-root", True)), *(("no-mean", False), ("no-root", True))
    ]  # fmt: skip


def test_right_answers_are_given_no_hints():
    right = dataclasses.replace(HALF, case=dataclasses.replace(HALF.case, right=True))
    assert given_hints([right], TINY) == []


@pytest.mark.parametrize(("verdicts", "fine", "row"), [([HALF, TRUE, NAMELESS], False, "rms 1 1 1"),
                                                       ([TRUE, TRUE, NAMELESS], True, "rms 2 0 1")])  # fmt: skip
def test_the_table_says_how_many_hints_are_true(verdicts, fine, row):
    console = Console(file=io.StringIO(), width=200)
    assert print_hints(verdicts, TINY, console=console) is fine
    printed = " ".join(console.file.getvalue().split())
    assert row in printed and (TOLD in printed) is not fine


def test_the_command_fails_where_a_hint_is_untrue(monkeypatch, capsys):
    told = verdict("sgd_momentum", "mutant 1", "def sgd_momentum_step(w, m, *rest):\n    return w, m\n", "sign")
    judged = {id(told.case): told}
    monkeypatch.setattr(
        "autograder.report.audit_matrix.judged",
        lambda chosen, *_: iter([judged[id(case)] for case in chosen if id(case) in judged]),
    )
    monkeypatch.setattr("autograder.report.audit_matrix.cases", lambda _: [told.case])
    place = ["audit", "linear_mnist", "--course", str(ROOT), "--only", "mutant 1"]
    assert cli.main(place) == 1
    assert "its claim uphill is not true of it" in " ".join(capsys.readouterr().out.split())


SAMPLES = {
    "values-and-indices": "def f(z):\n    return z - z.max(1)\n",
    "transpose-without-axes": "def f(z):\n    return z.transpose()\n",
    "no-power": "def f(z):\n    return z ^ 2\n",
    "no-gpu": "def f(z):\n    return z.cuda()\n",
    "two-devices": "def f(z):\n    return z @ torch.zeros(2).cuda()\n",
    "unknown-name": "def f(z):\n    return z - highest\n",
    "number-called": "def f(z):\n    n = len(z)\n    return n(z + 1)\n",
    "number-in-matrix-product": "def f(z):\n    return 2 @ z\n",
    "many-for-one-number": "def f(z):\n    return math.exp(z)\n",
    "product-shapes": "def f(z):\n    return torch.matmul(z, z)\n",
    "shapes-apart": "def f(z):\n    return z - z[:, :1].T\n",
    "index-outside": "def f(z):\n    return z[:, 9]\n",
    "view-of-other-layout": "def f(z):\n    return z.T.view(-1)\n",
    "followed-in-place": "def f(z):\n    z -= z.amax(1, keepdim=True)\n    return z\n",
    "followed-by-numpy": "def f(z):\n    return np.exp(z.numpy())\n",
    "two-dtypes": "def f(z):\n    return z.T.mm(torch.zeros(2, 2))\n",
}


@pytest.mark.parametrize("general", EXCEPTIONS, ids=lambda entry: entry.slug)
def test_hints_for_any_question_have_claims_as_well(general):
    assert holds(general.claim, SAMPLES[general.slug])
    assert not holds(general.claim, "def f(z):\n    return z.amax(1, keepdim=True).T\n")
    said = verdict("rms", "mutant 6", SAMPLES[general.slug], general.slug)
    assert untrue(given_hints([said], TINY), TINY) == []

"""What the builders of claims find out about answers."""

import random
import sys

import numpy as np
import pytest
import torch

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import call
from autograder.judge.diagnosis.loaded_answer import LoadedAnswer, Raised, TrialNotEndedError, attempt, holds

X = torch.tensor([0.7, -1.3, 2.1], dtype=torch.float64)
MEAN = call("f", X)
LARGE = torch.tensor([1000.0, 1.0, -1.0], dtype=torch.float64)


def f(line):
    return f"def f(x, n=1):\n    return {line}\n"


def nudged(factor):
    return call("f", X * factor)


RIGHT = f("x.mean()")
CASES = {
    "scaled": (claims.scaled(MEAN, call("f", torch.cat([X, X])), 2), f("-x.sum()"), RIGHT),
    "scaled, 0": (claims.scaled(MEAN, call("f", torch.cat([X, X])), 2), f("x.sum()"), f("0 * x.sum()")),
    "scaled, raised": (claims.scaled(MEAN, call("f", torch.cat([X, X])), 2), f("x.sum()"), f("x @ x[:4].T[:2]")),
    "same": (claims.same(MEAN, call("f", X.flip(0) * torch.tensor([3.0, 1, 1]))), f("x.sum() * 0 + 1"), RIGHT),
    "gives": (claims.gives(MEAN, X.sum()), f("x.sum().item()"), RIGHT),
    "gives, numpy": (claims.gives(call("f", X, 2), [X.sum(), 2]), f("(np.sum(x.numpy()), n)"), f("(x.mean(), n)")),
    "changes": (claims.changes(0, "f", X), f("x.mul_(2).sum()"), RIGHT),
    "raises": (claims.raises(MEAN, "ZeroDivisionError: .*zero"), f("1 / 0"), RIGHT),
    "raises, other": (claims.raises(MEAN, "ZeroDivisionError"), f("1 / 0"), f("x[5]")),
    "never returns": (claims.never_returns(MEAN), "def f(x):\n    while True:\n        x = x + 1\n", RIGHT),
    "never returns, in one line": (claims.never_returns(MEAN), "def f(x):\n    while True: pass\n", RIGHT),
    "never returns, swallowed": (claims.never_returns(MEAN), "def f(x):\n    while True:\n        try:\n"
                                 "            x = 1\n        except Exception: pass\n", RIGHT),
    "returns nothing": (claims.returns_nothing(MEAN), f("None"), RIGHT),
    "returns type": (claims.returns_type(MEAN, torch.Tensor), RIGHT, f("float(x.mean())")),
    "returns types": (claims.returns_type(MEAN, torch.Tensor), f("(x, x)"), f("(x, 1.0)")),
    "returns dtype": (claims.returns_type(MEAN, torch.Tensor, dtype=torch.float32), f("x.float()"), RIGHT),
    "unsteady, random": (claims.unsteady(MEAN), f("x + torch.rand(1)"), RIGHT),
    "unsteady, kept": (claims.unsteady(MEAN), "n = []\ndef f(x):\n    n.append(1)\n    return len(n)\n", RIGHT),
    "keeps state": (claims.keeps_state(MEAN, call("f", LARGE)), "n = []\ndef f(x):\n    n.append(x.sum())\n    "
                    "return sum(n)\n", RIGHT),
    "keeps state, random": (claims.keeps_state(MEAN, call("f", LARGE)), "n = 0\ndef f(x):\n    global n\n    n += 1\n"
                            "    return n\n", f("torch.rand(1)")),
    "overflows": (claims.right_below_and_broken_above(lambda s: call("f", X * s), lambda s: X.mul(s).logsumexp(0),
                                                      5, 1000), f("x.exp().sum().log()"), f("x.logsumexp(0)")),
    "overflows, wrong below": (claims.right_below_and_broken_above(lambda s: call("f", X * s),
                               lambda s: X.mul(s).logsumexp(0), 5, 1000), f("x.exp().sum().log()"), f("x.exp().sum()")),
    "float32 only": (claims.float32_only(nudged), f("(x.float() ** 2).sum().double()"), f("(x ** 2).sum()")),
    "float32 only, rounded": (claims.float32_only(nudged), f("2 * x.float().mean()"), f("round(float(x.mean()), 5)")),
    "mentions": (claims.mentions("sum"), f("x.sum()"), 'def f(x):\n    "sum"\n    # sum\n    return x\n'),
    "uses": (claims.uses(MEAN, r"functional\.mse_loss$"), f("getattr(F, 'mse_' + 'loss')(x, x)"), RIGHT),
    "uses, C": (claims.uses(MEAN, r"\bsoftmax$"), f("x.softmax(0)"), RIGHT),
    "unknown name": (claims.has_unknown_name, f("x.mean() - m"), f("x.m - x.mean()")),
    "all of": (claims.all_of(claims.mentions("x"), claims.mentions("sum")), f("x.sum()"), RIGHT),
    "any of": (claims.any_of(claims.mentions("min"), claims.mentions("sum")), f("x.sum()"), RIGHT),
    "unless raised": (claims.unless_raised(lambda answer: bool(answer.f(X).sum() != 9)), RIGHT, "1 / 0"),
    "none of": (claims.none_of(claims.mentions("min"), claims.mentions("mean")), f("x.sum()"), RIGHT),
}  # fmt: skip


@pytest.mark.parametrize(("claim", "true_of", "false_of"), CASES.values(), ids=CASES)
def test_a_claim_is_true_of_the_one_and_false_of_the_other(claim, true_of, false_of):
    assert holds(claim, true_of)
    assert not holds(claim, false_of)


def test_what_the_answer_raises_is_no_value_and_what_the_claim_raises_is_raised():
    failing = LoadedAnswer("1 / 0")
    assert attempt(MEAN, failing) == Raised("ZeroDivisionError", "division by zero")
    assert not holds(claims.gives(MEAN, 1), "1 / 0")
    with pytest.raises(ZeroDivisionError):
        holds(lambda answer: answer.f(X) > 0, "1 / 0")
    with pytest.raises(AttributeError, match="defines no g"):
        holds(lambda answer: answer.g(X), RIGHT)


@pytest.mark.parametrize("line", ["while True: pass", "raise SystemExit"])
def test_an_answer_that_does_not_return_ends_no_audit(line):
    code = f"def f(x):\n    {line}\n"
    assert not holds(claims.gives(MEAN, 1), code)
    with pytest.raises(TrialNotEndedError, match="attempt"):
        holds(lambda answer: answer.f(X) > 0, code)


def drawn():
    return random.random(), float(np.random.rand()), float(torch.rand(1))


def test_a_claim_leaves_nothing_behind():
    states, tracing, before = (random.getstate(), np.random.get_state(), torch.get_rng_state()), sys.gettrace(), 2
    expected = drawn()
    random.setstate(states[0]), np.random.set_state(states[1]), torch.set_rng_state(states[2])
    usual = torch.get_num_threads()
    torch.set_num_threads(before)
    try:
        assert holds(lambda _: drawn() != expected and torch.get_num_threads() == 1, "")
        assert drawn() == expected and sys.gettrace() is tracing and torch.get_num_threads() == before
    finally:
        torch.set_num_threads(usual)


def test_each_claim_has_the_same_random_numbers_and_a_fresh_answer():
    found = []
    once = "n = []\ndef f(x):\n    n.append(x)\n    return len(n)\n"
    assert holds(lambda answer: (answer.f(1), answer.fresh().f(1), answer.f(1)) == (1, 1, 2), once)
    for _ in range(2):
        drawn()
        assert holds(lambda answer: answer.f(1) == 1 and not found.append(drawn()), once)
    assert found[0] == found[1]


def test_a_claim_has_a_name():
    def one_of_its_own(answer):
        return True

    assert claims.text_of(claims.changes(0, "f", X)) == "changes"
    assert claims.text_of(one_of_its_own) == "one_of_its_own"

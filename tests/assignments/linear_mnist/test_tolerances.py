"""How far right answers may be off, computed by hand for numbers in place of matrices."""

import math

import pytest
import torch

from autograder.assignments.linear_mnist import recipes, tolerances
from autograder.judge.training.recipe import FirstSteps

EPS = {torch.float64: 2.220446049250313e-16, torch.float32: 1.1920928955078125e-07}
RELATIVE = {torch.float64: 1e-9, torch.float32: 1e-5}
STEP = {torch.float64: 1e-9, torch.float32: 2e-6}
ADAM = {torch.float64: 1e-9, torch.float32: 1e-4}
DTYPES = pytest.mark.parametrize("dtype", EPS, ids=str)


def tensor(*values, dtype):
    return torch.tensor(values, dtype=dtype)


@DTYPES
def test_logits(dtype):
    """Of the largest class: 2·3 + 4·(−1), and 2·1 + 4·0.5; what was summed: 6 + 4 and 2 + 2."""
    X, w = tensor([2.0, 4.0], dtype=dtype), tensor([3.0, 1.0], [-1.0, 0.5], dtype=dtype)
    found = tolerances.logits(X, w)
    assert found.shape == (1, 1)
    assert float(found) == pytest.approx(EPS[dtype] * (4 * 4.0 + (4 * math.sqrt(2) + 4) * 10.0), rel=1e-9)


@DTYPES
@pytest.mark.parametrize("right", [0.0, 3.0, 10_000.0])
def test_ce_loss(dtype, right):
    X, w = tensor([2.0, 4.0], [0.0, 0.0], dtype=dtype), tensor([3.0, 1.0], [-1.0, 0.5], dtype=dtype)
    logits = EPS[dtype] * (4 * 4.0 + (4 * math.sqrt(2) + 4) * 10.0) / 2  # of two rows one is 0
    wanted = RELATIVE[dtype] * right + 16 * EPS[dtype] + 2 * logits
    assert tolerances.ce_loss(X, w, right) == pytest.approx(wanted, rel=1e-9)
    assert tolerances.ce_loss(X, w, -right) == tolerances.ce_loss(X, w, right)


@DTYPES
def test_gradient(dtype):
    """For w = 0 all of C = 4 classes have p = 1/4; two rows, the second without any pixel."""
    X, w = tensor([2.0, -4.0], [0.0, 0.0], dtype=dtype), torch.zeros(2, 4, dtype=dtype)
    ystar = torch.eye(4, dtype=dtype)[:2]
    found = tolerances.gradient(X, ystar, w)
    for pixel, x in enumerate((2.0, 4.0)):
        for label, off in enumerate((0.75, 0.25, 0.25, 0.25)):
            wanted = (x * 8 * EPS[dtype] + RELATIVE[dtype] * x * off) / 2
            assert float(found[pixel, label]) == pytest.approx(wanted, rel=1e-9)
    w[0, 0] = 1.0
    logits, p = EPS[dtype] * (4 * 2 + (4 * math.sqrt(2) + 4) * 2), math.exp(2) / (math.exp(2) + 3)
    wanted = (2 * (4 * p * (1 - p) * logits + 8 * EPS[dtype]) + RELATIVE[dtype] * 2 * (1 - p)) / 2
    assert float(tolerances.gradient(X, ystar, w)[0, 0]) == pytest.approx(wanted, rel=1e-6)


@DTYPES
def test_sgd(dtype):
    w, m, grad = (tensor(value, dtype=dtype) for value in (-5.0, 2.0, -3.0))
    momentum = STEP[dtype] * (0.5 * 2 + 3) + 4 * EPS[dtype] * 5
    assert float(tolerances.momentum(m, grad, 0.5)) == pytest.approx(momentum, rel=1e-9)
    found = tolerances.sgd_weights(w, m, grad, 0.25, 0.5)
    assert float(found) == pytest.approx(STEP[dtype] * 5 + 0.25 * momentum, rel=1e-9)


@DTYPES
def test_adam(dtype):
    w, m, v, grad = (tensor(value, dtype=dtype) for value in (-5.0, -2.0, 4.0, 3.0))
    moment = ADAM[dtype] * (0.75 * 2 + 0.25 * 3) + 4 * EPS[dtype] * 5
    assert float(tolerances.moment(m, grad, 0.75)) == pytest.approx(moment, rel=1e-9)
    for t, first, second in ((1, 0.25, 0.5), (2, 1 - 0.75**2, 0.75)):
        root = math.sqrt((0.5 * 4 + 0.5 * 9) / second)
        reach = (0.75 * 2 + 0.25 * 3) / first
        wanted = 0.1 * (moment / first + ADAM[dtype] * reach) / (root + 0.01) + 8 * EPS[dtype] * 5
        found = tolerances.adam_weights(w, m, v, grad, t, 0.1, 0.75, 0.5, 0.01)
        assert float(found) == pytest.approx(wanted, rel=1e-9)


def test_of_a_call_they_are_those_of_the_type_that_is_asked_for():
    X, ystar, w = torch.ones(3, 2).double(), torch.eye(2)[[0, 1, 1]].double(), torch.ones(2, 2).double()
    single = X.float(), ystar.float(), w.float()
    found = tolerances.of_call("CE_loss", torch.float32, X, ystar, w)
    assert found == tolerances.ce_loss(single[0], single[2], math.log(2)) > 1e-6
    assert torch.equal(tolerances.of_call("grad_func", torch.float32, X, ystar, w), tolerances.gradient(*single))
    m, v, grad = w / 2, w / 4, w / 8
    first = [value.float() for value in (w, m, grad)]
    one, other = tolerances.of_call("sgd_momentum_step", torch.float32, w, m, grad, 0.1, 0.9)
    assert torch.equal(one, tolerances.sgd_weights(*first, 0.1, 0.9))
    assert torch.equal(other, tolerances.momentum(*first[1:], 0.9))
    parts = tolerances.of_call("adam_step", torch.float64, w, m, v, grad, 3)  # the canonical settings
    assert torch.equal(parts[0], tolerances.adam_weights(w, m, v, grad, 3, 1e-3, 0.9, 0.999, 1e-8))
    assert torch.equal(parts[1], tolerances.moment(m, grad, 0.9))
    assert torch.equal(parts[2], tolerances.moment(v, grad**2, 0.999))


@pytest.mark.parametrize("name", ["sgd_momentum", "adam"])
def test_in_training_tolerances_add_up_and_stay_small(name):
    """In float32, after 50 steps of gradients of size 1: a few millionths of what the weights have moved by then."""
    generator = torch.Generator().manual_seed(0)
    gradients = [torch.randn(3, 2, generator=generator) for _ in range(50)]
    eta = {"sgd_momentum": 0.1, "adam": 1e-3}[name]
    start = {part: torch.zeros(3, 2) for part in ("w", "m", "v")}
    steps = list(getattr(recipes, name)(FirstSteps(start, gradients, [eta] * 50, iter(()))))
    assert len(steps) == 50
    moved = {"sgd_momentum": 2e-3, "adam": 3e-4}[name]  # of eta · 50
    before = torch.zeros(3, 2).double()
    for step in steps:
        right, off = step["w"]
        assert right.dtype == off.dtype == torch.float64 and bool((off > before).all())
        before = off
    assert bool((before < moved * eta * 50).all())
    for state in steps[-1].keys() - {"w"}:
        right, off = steps[-1][state]
        assert bool((off < 2e-3).all()) and bool((off > 0).all())

"""The test oracle is what it says: torch.optim's own steps, without what its classes cost."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor

from autograder.assignments.linear_mnist import recipes, reference
from autograder.judge import memo


def three_steps(optimiser_of: type[torch.optim.Optimizer], gradients: list[Tensor], **settings: object) -> Tensor:
    """Return the weights after torch.optim's class has made three steps from w = 1."""
    w = torch.ones(5, 3, dtype=torch.float64, requires_grad=True)
    optimiser = optimiser_of([w], **settings)
    for w.grad in gradients:
        optimiser.step()
    return w.detach()


@pytest.fixture
def gradients() -> list[Tensor]:
    return list(torch.randn(3, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_momentum_is_torch_optims(gradients: list[Tensor], beta: float) -> None:
    w, m = torch.ones(5, 3), torch.zeros(5, 3)
    for grad in gradients:
        w, m = reference.sgd_momentum_step(w, m, grad, 0.1, beta)
    assert torch.equal(w, three_steps(torch.optim.SGD, gradients, lr=0.1, momentum=beta))


def test_adam_is_torch_optims(gradients: list[Tensor]) -> None:
    w, m, v = torch.ones(5, 3), torch.zeros(5, 3), torch.zeros(5, 3)
    for t, grad in enumerate(gradients, start=1):
        w, m, v = reference.adam_step(w, m, v, grad, t, 0.01, 0.8, 0.95, 1e-6)
    assert torch.equal(w, three_steps(torch.optim.Adam, gradients, lr=0.01, betas=(0.8, 0.95), eps=1e-6))


def test_a_step_leaves_its_inputs_alone(gradients: list[Tensor]) -> None:
    w, m, v, grad = (tensor.clone() for tensor in (gradients[0], gradients[1], gradients[2].abs(), gradients[0]))
    reference.sgd_momentum_step(w, m, grad, 0.1, 0.9)
    reference.adam_step(w, m, v, grad, 1)
    for now, before in zip(
        (w, m, v, grad), (gradients[0], gradients[1], gradients[2].abs(), gradients[0]), strict=True
    ):
        assert torch.equal(now, before)


@pytest.mark.parametrize("size", [0.0, 0.1, 100.0])
@pytest.mark.parametrize("count", [1, 64])
def test_the_gradient_in_training_is_the_references(size: float, count: int) -> None:
    """It is written otherwise, as it is asked for thousands of times."""
    draw = torch.Generator().manual_seed(count)
    X, w = torch.rand(count, 784, generator=draw), size * torch.randn(784, 10, generator=draw)
    ystar = torch.eye(10)[torch.randint(10, (count,), generator=draw)]
    recipe = recipes.RECIPES["converge_adam"]
    assert recipe.helped is not None
    before = memo._known.currsize
    found = recipe.helped(X, ystar, {"w": w})
    assert memo._known.currsize == before  # nor is it remembered: that would push out what is asked for again
    right = reference.grad_func(X, ystar, w)
    assert found.dtype is torch.float64
    assert torch.allclose(found, right, rtol=1e-12, atol=1e-14 * (1 + size))


def test_no_judging_process_imports_torchs_compiler() -> None:
    """It takes seconds, and 80 MB, in each of them."""
    code = (
        "import sys, torch; from autograder.assignments.linear_mnist import reference as r; w = torch.ones(2, 2)\n"
        "r.CE_loss(w, w / 2, w); r.grad_func(w, w / 2, w)\n"
        "r.sgd_momentum_step(w, w, w, 0.1, 0.9); r.adam_step(w, w, w, w, 1); print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""What the hints about the optimiser say, as something that can be found out of an answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from autograder.judge.diagnosis.claims import Claim, mentions

from .claim_tools import by_question, fails, near


def _moved(a: Any, *gradients: float | None, steps: int = 1, value: float = 1.0, rates: tuple[float, ...] = (0.5,),
           generator: bool = False) -> list[float]:  # fmt: skip
    """Return how far parameters of one number move in some steps, with the same gradients in each."""
    parameters = [nn.Parameter(torch.tensor([value])) for _ in gradients]
    opt = a.SGD((p for p in parameters) if generator else parameters, *rates)
    for _ in range(steps):
        for p, gradient in zip(parameters, gradients, strict=True):
            p.grad = None if gradient is None else torch.tensor([gradient])
        with torch.enable_grad():
            opt.step()
    return [float(p.detach()) - value for p in parameters]


def _cleared(a: Any, *gradients: float | None) -> tuple[list[bool], list[float]]:
    parameters = [nn.Parameter(torch.tensor([1.0])) for _ in gradients]
    for p, gradient in zip(parameters, gradients, strict=True):
        p.grad = None if gradient is None else torch.tensor([gradient])
    a.SGD(parameters, 0.5).zero_grad()
    return [p.grad is None or not bool(p.grad.any()) for p in parameters], [float(p.detach()) for p in parameters]


def _after_step(a: Any) -> float:
    """Return what a step leaves of a gradient of 2; 0 where there is none any more."""
    p = nn.Parameter(torch.tensor([1.0]))
    p.grad = torch.tensor([2.0])
    a.SGD([p], 0.5).step()
    return 0.0 if p.grad is None else float(p.grad)


def _changed_rate(a: Any) -> bool:
    p = nn.Parameter(torch.tensor([1.0]))
    p.grad = torch.tensor([1.0])
    opt = a.SGD([p], 0.5)
    opt.lr = 0.25
    opt.step()
    return near(float(p.detach()), 0.75)


OPTIMIZER: dict[str, Claim] = {
    "uphill": lambda a: _moved(a, 1.0)[0] > 0,
    "no-rate": lambda a: (
        near(_moved(a, 1.0, rates=(0.5,)), _moved(a, 1.0, rates=(0.25,))) and near(_moved(a, 1.0), [-1.0])
    ),
    "not-in-place": lambda a: _moved(a, 1.0) == [0.0],
    "generator-kept": lambda a: near(_moved(a, 1.0, steps=2, generator=True), _moved(a, 1.0, steps=1)),
    "step-recorded": lambda a: fails(lambda: _moved(a, 1.0), RuntimeError),
    "zero-in-param-loop": lambda a: _moved(a, 1.0, 1.0)[1] == 0 and _moved(a, 1.0, 1.0)[0] != 0,
    "clears-after-step": lambda a: _after_step(a) == 0,
    "scales-gradients": lambda a: _after_step(a) not in (0, 2),
    "first-only": lambda a: _moved(a, 1.0, 1.0)[1] == 0 and _moved(a, 1.0, 1.0)[0] != 0,
    "rate-fixed": lambda a: near(_moved(a, 1.0, rates=(0.7,)), _moved(a, 1.0, rates=(0.25,))),
    "rate-frozen": lambda a: not _changed_rate(a),
    "other-default": lambda a: not near(_moved(a, 1.0, rates=()), [-0.1], 1e-4),
    "none-crashes": lambda a: fails(lambda: _moved(a, 1.0, None)),
    "none-ends": lambda a: _moved(a, None, 1.0)[1] == 0 and _moved(a, 1.0, 1.0)[1] != 0,
    "zero-crashes": lambda a: fails(lambda: _cleared(a, 1.0, None)),
    "zero-is-a-number": lambda a: fails(lambda: _cleared(a, 1.0), TypeError),
    "zero-first-only": lambda a: _cleared(a, 1.0, 1.0)[0] == [True, False],
    "zero-ends-at-none": lambda a: (
        _cleared(a, None, 1.0)[0] == [True, False] and _cleared(a, 1.0, 1.0)[0] == [True, True]
    ),
    "zero-does-nothing": lambda a: _cleared(a, 1.0, 1.0)[0] == [False, False],
    "zero-clears-parameters": lambda a: _cleared(a, 1.0, 1.0)[1] == [0.0, 0.0],
    "momentum": lambda a: abs(_moved(a, 1.0, steps=2)[0]) > 2.05 * abs(_moved(a, 1.0)[0]),
    "weight-decay": lambda a: not near(_moved(a, 1.0, value=10.0), _moved(a, 1.0, value=1.0), 1e-5),
    "sign-of-gradient": lambda a: near(_moved(a, 1.0), _moved(a, 3.0)),
    "normalised": lambda a: near(_moved(a, 1.0), _moved(a, 3.0)),
    "divided-by-number": lambda a: near(2 * _moved(a, 1.0, 1.0)[0], _moved(a, 1.0)[0]),
    "twice": lambda a: near(_moved(a, 1.0), [-1.0]) and near(_moved(a, 1.0, rates=(0.25,)), [-0.5]),
    "of-torch": mentions(r"torch\.optim|optim\."),
}

CLAIMS = by_question(optimizer=OPTIMIZER)

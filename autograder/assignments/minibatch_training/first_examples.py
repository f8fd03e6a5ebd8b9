"""Inputs that tell one wrong answer from another, for each hidden test that has a class or several tensors to look at.

Where a hidden test has failed, all of these are tried first, the simplest first: what is wrong can be told from them,
and an answer that is wrong on one of them is shown that one. Each is one that the test's strategy could draw, too.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.first_examples import Case
from autograder.judge.first_examples import tried_first as tried_first


def _tensor(*numbers: float, shape: tuple[int, ...] = (-1,), dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(numbers, dtype=dtype).reshape(shape)


X = _tensor(0, 0.25, 1, 1.25, 2, 2.25, shape=(3, 2))
IMAGES = torch.arange(30.0).reshape(3, 1, 2, 5) / 4
LABELS = torch.tensor([7, 3, 8])
EXAMPLES: list[Case] = [{"examples": (X, LABELS)}, {"examples": (IMAGES, LABELS)}]
FROM_GENERATORS: list[Case] = [{**case, "given_as": "generator"} for case in EXAMPLES]


def _at(*asked: Any) -> list[Case]:
    return [{"asked": (x, LABELS, *asked)} for x in (X, IMAGES)]


AT_INDEX = [*_at(1), *_at(-1), *_at(0)]
SEVERAL: list[Case] = [
    {"asked": (x, LABELS, [2, 0]), "part": (x, LABELS, None, *ends)}
    for x in (X, IMAGES)
    for ends in ((2, None), (None, 2))
]
OUTSIDE = [*_at(3), *_at(-4)]


def _loads(*passes: list[list[int]]) -> list[Case]:
    return [{"drawn": (x, LABELS, list(passes))} for x in (X, IMAGES)]


LOADS = [*_loads([[2, 0], [1]]), *_loads([[0, 1, 2]])]
SEVERAL_LOADS = _loads([[2, 0], [1]], [[1], [0, 2]], [[0], [2, 1]])

SEQUENCES: list[Case] = [
    {"layers": [*kinds], "rows": 1}
    for kinds in (["Linear"], ["function"], ["Linear", "function"], ["ReLU", "Module"], ["Linear", "torch.tanh"] * 6)
]
STACKS: list[Case] = [{"layers": case["layers"]} for case in SEQUENCES]
CALLS: list[Case] = [{"inputs": [X]}, {"inputs": [X, 2 * X]}, {"inputs": []}]
NESTED: list[Case] = [
    {"lines": [f"inner = {kind}", f"inner.{inside}"]}
    for kind in ("Module", "twin Module")
    for inside in ("w = Parameter", "layer = Linear")
]
MODES: list[Case] = [
    {"lines": ["inner = Module", "inner.layer = Linear"], "asked": [asked]} for asked in ("eval()", "train(False)")
]
SWITCHES: list[Case] = [{"asked": asked} for asked in ("eval()", "train()", "train(False)")]
LENGTHS: list[Case] = [{"pair": pair, "options": []} for pair in ((3, 2), (4, 2), (7, 3))]

PARAMETERS = [_tensor(1, -2, 3, 0.5, shape=(2, 2)), _tensor(0.25, 2, shape=(1, 2)), _tensor(-1, shape=(1, 1))]
GRADIENTS = [_tensor(0.5, 1, -0.25, 2, shape=(2, 2)), _tensor(-2, 0.75, shape=(1, 2)), _tensor(3, shape=(1, 1))]
OTHERS = [_tensor(-1, 0.5, 0.5, -3, shape=(2, 2)), _tensor(1, 1.5, shape=(1, 2)), _tensor(-0.5, shape=(1, 1))]


def _steps(*each: list[Tensor | None]) -> Any:
    return PARAMETERS, list(each)


WITHOUT_SECOND: list[Tensor | None] = [GRADIENTS[0], None, GRADIENTS[2]]
ONE_STEP: Case = {"drawn": _steps(list(GRADIENTS)), "rate": 0.5}
THREE_STEPS: Case = {"drawn": _steps(list(GRADIENTS), list(OTHERS), list(GRADIENTS)), "rate": 0.5}
WITHOUT_GRADIENT: Case = {"drawn": _steps(WITHOUT_SECOND, [None, *OTHERS[1:]]), "rate": 0.25}
CHANGED_RATE: Case = {"drawn": THREE_STEPS["drawn"], "rates": [0.5, 0.1, 0.25]}
ZEROED: list[Case] = [
    {"drawn": _steps([*GRADIENTS[:2], None]), "given_as": "list", "times": 1},
    {"drawn": _steps(WITHOUT_SECOND), "given_as": "list", "times": 1},
    {"drawn": _steps([None, *GRADIENTS[1:]]), "given_as": "generator", "times": 2},
]

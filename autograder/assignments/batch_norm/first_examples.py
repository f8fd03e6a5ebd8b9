"""Small inputs that tell one wrong answer from another, for each hidden test.

When a hidden test has failed, these are tried first, the simplest first: an answer that is wrong on one of them is
shown that one, and what is wrong can be told from all of them. Each is one that the test's strategy could draw, too.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from autograder.judge.first_examples import Case

from .strategies import OTHER_EPS, Batch, anyhow_in_memory, of_far_pairs, of_images, reversed_in_memory, with_a_constant


def _numbers(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return multiples of 1/4 from -2 to 2, no column constant."""
    drawn = torch.randint(-8, 9, shape, generator=torch.Generator().manual_seed(seed))
    drawn[0] += 9 * (drawn == drawn[0]).all(0)
    return drawn.to(dtype) / 4


def _batch(n: int, d: int, seed: int, dtype: torch.dtype = torch.float64) -> Batch:
    gamma, beta = torch.tensor([1.5, -0.5, 2.0, 1.0])[:d], torch.tensor([0.5, 2.0, -1.0, -0.25])[:d]
    x, dy = (_numbers(n, d, seed=seed + i, dtype=dtype) for i in range(2))
    return Batch(x, gamma.to(dtype), beta.to(dtype), dy)


def _cases(batches: list[Batch], **more: float) -> list[Case]:
    return [{"batch": batch, **more} for batch in batches]


# --- standardise, batch_norm, its gradient --------------------------------------------------------------------------


def _images(*shape: int, seed: int, dtype: torch.dtype, tests: int = 2) -> Case:
    pixels = torch.rand(4 + tests, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return {"sets": (of_images(pixels[:4], dtype), (pixels[4:] ** 2).to(dtype))}


_ROWS, _MAPS = _images(784, seed=1, dtype=torch.float64), _images(1, 28, 28, seed=2, dtype=torch.float32)
IMAGE_SETS = [_ROWS, _MAPS, {"sets": reversed_in_memory(*_ROWS["sets"])}]
MORE_TESTS = [*IMAGE_SETS, _images(784, seed=3, dtype=torch.float64, tests=6)]
_BATCHES = [_batch(3, 2, 1), _batch(4, 3, 3), _batch(5, 4, 5, torch.float32)]
BATCHES = _cases(_BATCHES)
PAIRS = _cases([_batch(2, 2, 7), *_BATCHES])  # two examples are enough
WITH_EPS = [*_cases(_BATCHES, eps=0.5), *_cases(_BATCHES[1:2], eps=1.0)]


def _far(dtype: torch.dtype) -> Case:
    """Return columns whose mean is up to a thousand times their spread."""
    x, dy = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    offset = torch.tensor([1000.0, -500.0, 0.0], dtype=torch.float64)
    ones = torch.ones(3, dtype=dtype)
    return {"batch": Batch((x + offset).to(dtype), ones, 0 * ones, dy.to(dtype))}


def _constant(value: float, dtype: torch.dtype) -> Case:
    """Return a constant column, and one that isn't."""
    one, rising = torch.ones(2, dtype=dtype), torch.arange(3).to(dtype).view(3, 1)
    return {"batch": Batch(torch.cat([value * one[:1].expand(3, 1), rising], 1), one, one, rising.expand(3, 2))}


FAR = [_far(torch.float32), _far(torch.float64)]
FAR_PAIRS = _cases([of_far_pairs(1, torch.float32), of_far_pairs(2, torch.float64)])
CONSTANT = [_constant(0.0, torch.float64), _constant(7.25, torch.float32)]
ACCURACIES: list[Case] = [
    {"accuracy": without, "accuracy_bn": with_it}
    for without, with_it in ((0.5, 0.75), (0.9, 0.98), (0.0, 0.953), (0.75, 0.9), (0.75, 0.5), (0.953, 0.9995))
]

# --- The layer ------------------------------------------------------------------------------------------------------


def _rows(*sizes: int, features: int = 2) -> list[Tensor]:
    return [_numbers(n, features, seed=10 + i, dtype=torch.float32) for i, n in enumerate(sizes)]


def _maps(*sizes: tuple[int, int, int], features: int = 2) -> list[Tensor]:
    found = []
    for i, (n, height, width) in enumerate(sizes):
        rows = _numbers(n * height * width, features, seed=20 + i, dtype=torch.float32)
        found.append(rows.reshape(n, height, width, features).permute(0, 3, 1, 2).contiguous())
    return found


ONE_BATCH: list[Case] = [{"batches": _rows(4)}, {"batches": _maps((2, 3, 2))}]
ROWS: list[Case] = [{"batches": _rows(3, 5)}]
MAPS: list[Case] = [{"batches": _maps((2, 3, 2), (3, 1, 1))}]
TWO_BATCHES = [*ROWS, *MAPS]
ANYHOW_IN_MEMORY = [
    {"batches": anyhow_in_memory(case["batches"]), "in_training": mode} for case in ONE_BATCH for mode in (True, False)
]
IN_BOTH_MODES = [{**case, "in_training": mode} for case in ONE_BATCH for mode in (True, False)]
EPS: list[Case] = [{"batches": _rows(4), "settings": settings} for settings in ([0.1, 0.5], [0.1, 1.0], [])]
EPS += [{"batches": with_a_constant(case["batches"]), "settings": [0.1, 0.5]} for case in ONE_BATCH]
WITH_GRADIENTS: list[Case] = [{**case, "eps": eps} for eps in (None, OTHER_EPS) for case in ONE_BATCH]
_SEVERAL = _rows(4, 2, 3), _maps((2, 3, 2), (3, 1, 1), (1, 2, 2))
COPIED: list[Case] = [{"batches": batches} for batches in _SEVERAL]
SEVERAL: list[Case] = [
    {"batches": batches, "settings": settings} for batches in _SEVERAL for settings in ([0.25, 0.5], [], [0.5])
]
NEVER_MOVING: list[Case] = [{"batches": batches, "settings": [0.0]} for batches in _SEVERAL]


def _in_use(*shape: int) -> Case:
    mean, var = torch.tensor([0.5, -1.0, 2.0])[: shape[1]], torch.tensor([4.0, 0.25, 2.0])[: shape[1]]
    return {"drawn": (_numbers(*shape, seed=30, dtype=torch.float32), mean, var)}


IN_USE = [_in_use(1, 2), _in_use(3, 3), _in_use(2, 2, 2, 3)]
IN_USE_WITH_EPS = [{**case, "eps": eps} for case, eps in zip(IN_USE, (0.5, 1.0, 0.5), strict=True)]

# --- Networks -------------------------------------------------------------------------------------------------------


def _network(channels: list[int], *size: int, images: int = 2) -> Case:
    generator = torch.Generator().manual_seed(40)
    return {"channels": channels, "x": torch.rand(images, 1, *size, generator=generator, dtype=torch.float64)}


# On the second one, blocks without padding have pixels left.
NETWORKS = [_network([2, 3, 2], 12, 10), _network([3, 5, 2], 20, 17)]
OTHER_NETWORKS = [_network([3], 1, 1), _network([2, 2], 28, 28, images=1), _network([6, 1, 3], 17, 5)]
CHANNELS: list[Case] = [{"channels": [2, 3, 2]}, {"channels": [4, 2, 2]}]


def _loaded(*sizes: int, classes: int, seed: int) -> Case:
    """Return a linear model and batches, no two of whose logits are equal."""
    X, w = _numbers(sum(sizes), 2, seed=seed) + 0.125, _numbers(2, classes, seed=seed + 1)
    w += torch.tensor([[0.0, 2e-4, 23e-4], [0.0, 5e-4, 24e-4]], dtype=torch.float64)[:, :classes]
    y = (X @ w).argmax(1)
    y[1:-1:2] = (y[1:-1:2] + 1) % classes  # every second one is wrong, the last one right
    ends = list(itertools.accumulate(sizes))
    return {"loaded": (w, [[X[end - n : end], y[end - n : end]] for n, end in zip(sizes, ends, strict=True)])}


EVEN = [_loaded(2, 2, classes=2, seed=50), _loaded(3, 3, 3, classes=3, seed=52)]
UNEVEN = [_loaded(3, 1, classes=2, seed=54), _loaded(4, 4, 3, classes=3, seed=56)]
LOADED = [EVEN[0], UNEVEN[1]]
UNEVEN.append(_loaded(1, 4, 2, classes=3, seed=58))
WITH_SINGLE_BATCHES = [*LOADED, _loaded(4, classes=3, seed=60)]
LOADED_IN_MODES = [{**case, "in_training": mode} for case in LOADED for mode in (True, False)]

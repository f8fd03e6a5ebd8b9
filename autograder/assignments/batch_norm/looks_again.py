"""What claims of looks try: calls like those of the hidden tests, with other numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims_of_looks import Call, OtherCalls, Probe, canonical
from autograder.judge.diagnosis.likeness import Likeness

from . import probes, probes_networks, tolerances
from .right_answers import RIGHT

_SEEDS = range(6)


def _numbers(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _sets(seed: int) -> Call:
    return "standardise", None, (_numbers(seed, 5, 784), 2 * _numbers(seed + 100, 3, 784) + 1)


def _batch(seed: int) -> tuple[Any, ...]:
    """Return x, gamma, beta, whose columns have small and large spreads."""
    spreads = torch.tensor([0.1, 1.0, 3.0])
    return spreads * _numbers(seed, 4 + seed, 3) + 1, 1.5 + _numbers(seed + 10, 3).abs(), _numbers(seed + 20, 3)


def _normalised(seed: int) -> Call:
    return "batch_norm", None, (*_batch(seed), 1e-5)


def _backward(seed: int) -> Call:
    x, gamma, beta = _batch(seed)
    if seed % 2:
        x[:, 0] = 0.5
    return "batch_norm", probes.backward, (x, gamma, beta, 1e-5, _numbers(seed + 30, *x.shape))


def _gradients(seed: int) -> Call:
    x, gamma, _ = _batch(seed)
    return "batch_norm_grad", None, (_numbers(seed + 30, *x.shape), x, gamma, 1e-5)


def _of_layer(seed: int) -> list[Call]:
    found: list[Call] = []
    for shape in ((6, 3), (2, 3, 2, 2)):
        batches = [_numbers(seed + i, *shape) * (i + 1) + 0.5 for i in range(3)]
        x, statistics = batches[0], (_numbers(seed + 40, 3), 0.2 + _numbers(seed + 50, 3).abs())
        of: list[tuple[Probe, tuple[Any, ...]]] = [
            (probes.normalised, (batches, [])),
            *((probes.running, (batches, momentum, name)) for name in ("mean", "var") for momentum in ([], [0.25])),
            *((probes.scaled, (x, *statistics, training)) for training in (True, False)),
            *((probes.layer_backward, (x, batches[1], [], training)) for training in (True, False)),
            (probes.evaluated, (x, *statistics, [], False)),
        ]
        found += [("BatchNorm", probe, arguments) for probe, arguments in of]
    return found


def _of_network(seed: int) -> list[Call]:
    channels, x = [2, 3], _numbers(seed, 2, 1, 6, 6)
    return [
        ("conv_net", probes_networks.logits, (channels, x, -1.0, True)),
        ("conv_net", probes_networks.made, (channels,)),
    ]


def _measured(seed: int) -> Call:
    w, sizes = _numbers(seed, 4, 3), (5, 4, 1)
    batches = [(_numbers(seed + i, n, 4), torch.arange(n) % 3) for i, n in enumerate(sizes, start=60)]
    return "evaluate", probes_networks.measured, (w, batches)


_CALLS: dict[str, list[Call]] = {
    "standardise": [_sets(seed) for seed in _SEEDS],
    "batch_norm": [call for seed in _SEEDS for call in (_normalised(seed), _backward(seed))],
    "batch_norm_grad": [_gradients(seed) for seed in _SEEDS],
    "batch_norm_layer": [call for seed in _SEEDS for call in _of_layer(seed)],
    "conv_net": [call for seed in _SEEDS for call in _of_network(seed)],
    "evaluate": [_measured(seed) for seed in _SEEDS],
}

OTHER_CALLS = OtherCalls(canonical(RIGHT), Likeness(strict=False, tolerance=tolerances.of_call), _CALLS)

"""What claims of looks try: calls like those of the hidden tests, with other numbers."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims_of_looks import Call, OtherCalls, canonical
from autograder.judge.diagnosis.likeness import Likeness

from . import probes, probes_batches, probes_fit, probes_modules, tolerances
from .right_answers import RIGHT

_SEEDS = range(6)


def _numbers(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _tables(seed: int) -> list[Tensor]:
    """Return small logits (N, C), some above 1,000 and some below -1,000."""
    small = 2 * _numbers(seed, 3 + seed % 2, 4)
    return [small, 500 * small + 3000, 500 * small - 3000]


def _labels(x: Tensor) -> Tensor:
    return torch.arange(len(x)) * 3 % x.shape[1]


def _functions(*names: str) -> list[Call]:
    found: list[Call] = []
    for seed, name in product(_SEEDS, names):
        for x in _tables(seed):
            weights = _numbers(seed + 10, len(x), 1 if name == "logsumexp" else x.shape[1])
            found += [(name, None, (x,)), (name, probes.gradient, (x, weights))]
    return found


def _cross_entropy() -> list[Call]:
    found: list[Call] = []
    for seed in _SEEDS:
        log_p = torch.log_softmax(_tables(seed)[0], 1)
        found += [("nll", probe, (log_p, _labels(log_p))) for probe in (None, probes.loss_gradient)]
        for x, probe in product(_tables(seed), (probes.loss, probes.logits_gradient)):
            found.append(("cross_entropy", probe, (probes.right_log_softmax, x, _labels(x))))
    return found


_NETS = (
    ["b = Linear", "a = Linear", "c = Pair"], ["w = Parameter", "v = Parameter", "a = Parameter"],
    ["in = Module", "in.a = Linear", "in.deep = Module", "in.deep.x = Linear", "last = Linear"],
    ["a = Linear", "b = ReLU", "c = Dropout", "d = Linear"],
)  # fmt: skip


def _module() -> list[Call]:
    found: list[Call] = []
    for lines in _NETS:
        found += [("Module", probe, (lines,)) for probe in (probes_modules.parameters, probes_modules.attributes)]
        found += [("Module", probes_modules.modes, (lines, asked)) for asked in ([], ["eval()"], ["eval()", "train()"])]
        found += [("Module", probes_modules.switched, (lines, asked)) for asked in ("eval()", "train()")]
    for others in (["x1 = 3"], ["x0 = text", "x1 = [Linear]"], ["a = None"], ["x1 = tensor"]):
        found.append(("Module", probes_modules.attributes, (["a = Linear", "b = Linear", *others],)))
    return found + [("Module", probes_modules.called, ([_numbers(seed, 2, 2)],)) for seed in _SEEDS]


def _sequential() -> list[Call]:
    found: list[Call] = []
    stacks = ["Linear"], ["function", "Linear"], ["Linear", "ReLU", "Linear"], ["Module", "Sequential", "torch.tanh"]
    for layers in (*map(list, stacks), ["Linear", "function"] * 4, ["ReLU", "Module"] * 3):
        given = probes_modules.RightModule, layers
        found += [
            ("Sequential", probes_modules.through, (*given, _numbers(1, 2, 3))),
            ("Sequential", probes_modules.layers_of, given),
            ("Sequential", probes_modules.parameters_of, given),
            ("Sequential", probes_modules.modes_of, (*given, ["eval()"])),
        ]
    return found


def _optimizer() -> list[Call]:
    found: list[Call] = []
    for seed in _SEEDS:
        values, step = ([4 * _numbers(seed + i, *shape) for shape in ((2, 2), (3,), (1, 2))] for i in (0, 20))
        found += [
            ("SGD", probes_fit.stepped, (values, [step, step], [0.5], "list")),
            ("SGD", probes_fit.gradients_after, (values, step, 0.5)),
            ("SGD", probes_fit.zeroed, (values, step, "list", 1)),
        ]
    return found


def _sampler() -> list[Call]:
    found: list[Call] = []
    for n in (1, 4, 5, 7, 12):
        found += [
            ("Sampler", probe, (n, True)) for probe in (probes_batches.sampler_length, probes_batches.kinds_of_indices)
        ]
        found += [
            ("Sampler", probes_batches.in_order, (n,)),
            ("Sampler", probes_batches.shuffled, (20 + n, 2)),
            ("BatchSampler", probes_batches.first_batches, (list(range(n)), 3, [False])),
            ("BatchSampler", probes_batches.number_of_batches, (n, 3, [False])),
            ("BatchSampler", probes_batches.batches, ([list(range(n)), list(range(n))], 2, [])),
        ]
    return found


def _dataloader() -> list[Call]:
    found: list[Call] = []
    for seed in _SEEDS:
        x, y = _numbers(seed, 6, 3), torch.arange(6)
        found += [
            ("collate", probes_batches.collated, (x, y, "tensors", "list")),
            ("DataLoader", probes_batches.loaded, (x, y, [[[0, 1], [2, 3 + seed % 3]], [[5], [4, seed % 4]]])),
            ("DataLoader", probes_batches.loader_length, (x, y, [[0, 1], [2, 3], [4]])),
        ]
    return found


def _fit() -> list[Call]:
    found: list[Call] = []
    for seed in _SEEDS:
        weights = {"weight": _numbers(seed, 3, 4), "bias": _numbers(seed + 10, 3)}
        train, valid = ([_examples(seed + i * 20 + n, n) for n in (4, 4, 1)] for i in (1, 2))
        given: tuple[Any, ...] = (probes_fit.right_accuracy, weights, train, valid)
        found += [
            ("fit", probes_fit.history, (*given, 2, 0.0, "cross-entropy")),
            ("fit", probes_fit.weights_after, (*given, 2, 0.5, "cross-entropy")),
        ]
    return found


def _examples(seed: int, n: int) -> tuple[Tensor, Tensor]:
    return _numbers(seed, n, 4), torch.arange(n) * (seed + 1) % 3


_CALLS: dict[str, list[Call]] = {
    "softmax": _functions("softmax"),
    "log_softmax": _functions("logsumexp", "log_softmax"),
    "cross_entropy": _cross_entropy(),
    "module": _module(),
    "sequential": _sequential(),
    "optimizer": _optimizer(),
    "sampler": _sampler(),
    "dataloader": _dataloader(),
    "fit": _fit(),
}

OTHER_CALLS = OtherCalls(canonical(RIGHT), Likeness(strict=False, tolerance=tolerances.of_call), _CALLS)

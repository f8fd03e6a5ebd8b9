"""The smallest inputs that tell a right answer from a wrong one, for each hidden test.

When a hidden test has failed, these are tried first, the simplest first: an answer that is wrong on one of them is
shown that one, and nothing has to be made smaller. Each is one that the test's strategy could draw, too, or that the
rules allow and no strategy would come to soon: a setting of 0, an unusual size, a late step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from autograder.judge.first_examples import Case
from autograder.judge.first_examples import tried_first as tried_first
from autograder.judge.tensor_strategies import laid_out

from .strategies import AdamState, Batch, Run, SgdState, steady_moments


def _tensor(rows: list[list[float]], dtype: torch.dtype) -> Tensor:
    return torch.tensor(rows, dtype=dtype)


def _batch(X: list[list[float]], labels: list[int], w: list[list[float]], dtype: torch.dtype = torch.float64,
           layout: str = "contiguous") -> Case:  # fmt: skip
    one_hot = torch.eye(len(w[0]), dtype=dtype)[labels]
    return {"batch": Batch(*(laid_out(part, layout) for part in (_tensor(X, dtype), one_hot, _tensor(w, dtype))))}


BATCHES = [
    _batch([[1]], [0], [[0, 1]]),
    _batch([[1]], [1], [[0, 1]], torch.float32),
    _batch([[1], [2]], [0, 1], [[0, 1]]),
    _batch([[1, 2]], [2], [[0, 1, 0], [1, 0, 0.5]]),
    _batch([[1, 0, 2], [0, 1, 1]], [1, 0], [[0, 1], [1, 0], [0.5, -1]], torch.float32),
    _batch([[1, 0, 2], [0, 1, 1]], [0, 1], [[0, 1], [1, 0], [0.5, -1]], layout="transposed"),
    _batch([[1, 2], [1, 2], [0, 0]], [1, 1, 1], [[1, 1], [-0.5, -0.5]]),  # a row twice, a row of zeros, equal logits
    _batch([[1]], [1], [[0, 12]]),  # hardly any loss, and hardly any gradient
]
# Sure of the right answer, so that loss and gradient are tiny, and yet the model still has something to learn; and
# inputs that are no pixels: a large gradient is no mistake.
TINY_AND_LARGE = [
    _batch([[1]], [1], [[0, 24]]),
    _batch([[4096, -1024]], [0], [[0, 0], [0, 0]]),
]
SINGLE_EXAMPLES = [
    *(BATCHES[i] for i in (0, 1, 3)),
    _batch([[0.5, 1, -2]], [1], [[0, 1], [1, 0], [0.5, -1]]),
    _batch([[1, 2]], [0], [[1, 1], [-0.5, -0.5]], torch.float32),  # equal logits
]


def _batches(*cases: Case) -> Case:
    return {"batches": [case["batch"] for case in cases]}


LONG_EXAMPLES = [_batches(case) for case in SINGLE_EXAMPLES[2:4]]  # with several features
AVERAGED = [_batches(BATCHES[i]) for i in (2, 4)]  # with several examples
PLAIN_BATCHES = [_batches(BATCHES[i]) for i in (0, 1, 3)]
PLAIN_SERIES = [_batches(BATCHES[0], _batch([[1]], [1], [[0, 1]]))]
PLAIN_AND_SPECIAL = [{**PLAIN_BATCHES[i], "special": special} for special in (0, 1, 2) for i in (0, 1)]
# In memory X lies as its transpose does usually.
LAID_OUT_BATCHES = [
    _batch([[1, 2], [0.5, -1]], [0, 1], [[0, 1], [1, 0]], layout="transposed"),
    _batch([[1, 2], [0.5, -1], [0, 3]], [0, 1, 1], [[0, 1], [1, 0]], torch.float32, "transposed"),
]
BATCHES_OF_ONE_CLASS = [_batch([[1]], [0], [[1]]), _batch([[1], [2]], [0, 0], [[1]]), *BATCHES, *TINY_AND_LARGE]
LARGE_LOGITS = [
    _batch([[1]], [0], [[0, 1024]]),
    _batch([[1]], [1], [[0, -1024]]),
    _batch([[1]], [1], [[0, 1024]]),
    _batch([[1]], [1], [[1024, 1024]]),  # only what takes nothing off breaks down here
    _batch([[1]], [0], [[0, 128]], torch.float32),
    _batch([[1], [-1]], [1, 0], [[0, 1024]]),
    _batch([[1], [-1]], [2, 1], [[0, 1024, -1024]]),
    _batch([[1], [-1]], [0, 1], [[1024, 1024]]),
    _batch([[1], [2]], [0, 1], [[1024, 1024]]),
    _batch([[1]], [0], [[-8192, 8192]]),
    _batch([[1]], [0], [[1024, 1023]]),  # cut off at a bound, they would be equal
    _batch([[1]], [0], [[-1024, -1023]]),
    _batch([[1]], [0], [[1024, 1023, 1022]]),  # the same for gradients, which of two classes have one direction only
    _batch([[1]], [0], [[-1024, -1023, -1022]]),
    # In float32 exp(88) is finite and the sum of three isn't; nor is exp(96), and yet these are no large numbers.
    _batch([[1]], [1], [[88, 88, 88]], torch.float32),
    _batch([[1]], [2], [[96, 96, 95]], torch.float32),
]

# Batches of one size: their losses tell more together. LARGE_LOGITS has most of them.
LARGE_LOSSES = [
    _batches(LARGE_LOGITS[0], _batch([[1]], [1], [[0, -128]]), LARGE_LOGITS[2], LARGE_LOGITS[9]),
    _batches(*(LARGE_LOGITS[i] for i in (3, 1, 2, 10, 11))),
    _batches(LARGE_LOGITS[7], LARGE_LOGITS[5], _batch([[1], [-1]], [1, 0], [[0, 128]])),
    _batches(
        LARGE_LOGITS[4], _batch([[1]], [1], [[0, 128]], torch.float32), _batch([[1]], [0], [[0, 1]], torch.float32)
    ),
    _batches(
        *LARGE_LOGITS[-2:],
        _batch([[1]], [1], [[96, 93, 95]], torch.float32),
        _batch([[1]], [0], [[0, 1, 2]], torch.float32),
    ),
]


def _larger(n: int, d: int, c: int, dtype: torch.dtype = torch.float64) -> Case:
    generator = torch.Generator().manual_seed(n)
    X = torch.randint(0, 5, (n, d), generator=generator) / 4
    w = torch.randint(-4, 5, (d, c), generator=generator) / 4
    labels = torch.randint(0, c, (n,), generator=generator)
    return {"batch": Batch(X.to(dtype), torch.eye(c, dtype=dtype)[labels], w.to(dtype))}


# Some have more features and classes than MNIST.
LARGER_BATCHES = [
    # No multiples of the sizes in which a batch may be cut, of which a mean of means would be right.
    *(_larger(33, 800, 3), _larger(100, 20, 10, torch.float32), _larger(259, 4, 12), _larger(509, 3, 2)),
    _larger(512, 20, 3),
    _larger(250, 784, 10, torch.float32),
]


def _state(w: list[list[float]], m: list[list[float]], grad: list[list[float]], eta: float, beta: float,
           dtype: torch.dtype = torch.float64, layout: str = "contiguous") -> Case:  # fmt: skip
    state: SgdState = _tensor(w, dtype), _tensor(m, dtype), laid_out(_tensor(grad, dtype), layout)
    return {"state": state, "eta": eta, "beta": beta}


SGD_STATES = [
    _state([[0]], [[0]], [[1]], 0.5, 0.5),
    _state([[0]], [[1]], [[1]], 0.5, 0.5),
    _state([[1]], [[1]], [[2]], 0.1, 0.9, torch.float32),
    _state([[1, 0]], [[1, 2]], [[2, -1]], 0.125, 0.9),
    _state([[1, 0], [0.5, 1]], [[1, 2], [0, -1]], [[2, -1], [1, 0]], 0.1, 0.99, layout="transposed"),
    _state([[1, 0]], [[1, 2]], [[0, 0]], 0.125, 0.9),  # nothing new, and yet the step goes on
    _state([[1, 0]], [[2, -2]], [[1e-7, -1e-9]], 0.5, 0.5),  # a momentum that isn't zero, though its sum is
    _state([[1e-6, 0]], [[1e-7, 0]], [[2e-7, 0]], 0.5, 0.9),
    _state([[0, 1e-13]], [[1e-13, -1e-14]], [[2e-14, 1e-13]], 0.5, 0.9),
    _state([[1, -65536]], [[-65536, 2]], [[131072, -32768]], 2, 0.999),
    _state([[1, 0]], [[1, 2]], [[2, -1]], 0.125, 0.0),
]
SGD_FIRST_AND_LATER = [{**SGD_STATES[3], "first": first} for first in (True, False)]
SGD_AT_RATE_ZERO = [_state([[1, 0]], [[1, 2]], [[2, -1]], 0.0, 0.9)]


def _run(w: list[list[float]], gradients: list[list[list[float]]], etas: list[float],
         dtype: torch.dtype = torch.float64, layout: str = "contiguous", **settings: float) -> Case:  # fmt: skip
    run: Run = laid_out(_tensor(w, dtype), layout), [_tensor(gradient, dtype) for gradient in gradients], etas
    return {"run": run, **settings}


SGD_RUNS = [
    _run([[0]], [[[1]]], [0.5], beta=0.5),
    _run([[0]], [[[1]], [[1]]], [0.5, 0.5], beta=0.5),
    _run([[1]], [[[1]], [[-2]]], [0.5, 0.125], beta=0.9),
    _run([[1, 0]], [[[1, 2]], [[-1, 1]], [[2, 0]]], [0.1, 0.5, 0.01], torch.float32, beta=0.9),
    _run([[1, 0], [2, 1]], [[[1, 2], [0, -1]]] * 2, [0.1, 0.5], layout="transposed", beta=0.9),
]


def _with(settings: Case, cases: Sequence[Case]) -> list[Case]:
    return [{**case, **settings} for case in cases]


_SLOW = {"beta_1": 0.99, "beta_2": 0.999, "epsilon": 1e-8}
_SLOWER = {**_SLOW, "beta_1": 0.999}
_EASY = {"beta_1": 0.5, "beta_2": 0.5, "epsilon": 0.1}
_USUAL = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
_ONE_STEP = [
    _run([[0]], [[[1]]], [0.5]),
    _run([[0]], [[[2]]], [0.5]),
    _run([[1, 0]], [[[2, -0.25]]], [0.1], torch.float32),
    _run([[0, 1e-9]], [[[1e-7, -1e-10]]], [0.5]),
]
_MORE_STEPS = [
    _run([[0]], [[[1]], [[1]]], [0.5, 0.5]),
    _run([[0]], [[[1]], [[2]]], [0.5, 0.5]),
    _run([[1]], [[[1]], [[-2]]], [0.5, 0.125]),
    _run([[1, 0]], [[[1, 2]], [[-1, 1]], [[2, 0.001]]], [0.1, 0.5, 0.01], torch.float32),
]
_LAID_OUT = [_run([[1, 0], [2, 1]], [[[1, 2], [0.5, -1]]] * 2, [0.1, 0.5], layout="transposed")]
ADAM_FIRST_STEPS = [*_with(_EASY, _ONE_STEP), *_with(_USUAL, _ONE_STEP)]
ADAM_RUNS = [*_with(_EASY, _MORE_STEPS), *_with(_USUAL, [*_MORE_STEPS[-2:], *_LAID_OUT])]


def _adam_state(w: list[list[float]], m: list[list[float]], v: list[list[float]], grad: list[list[float]], t: int,
                dtype: torch.dtype = torch.float64) -> Case:  # fmt: skip
    state: AdamState = _tensor(w, dtype), _tensor(m, dtype), _tensor(v, dtype), _tensor(grad, dtype), t
    return {"state": state, "eta": 0.5}


def _at_rest(w: list[list[float]], grad: list[list[float]], dtype: torch.dtype = torch.float64) -> Case:
    zero = [[0.0] * len(row) for row in w]
    state: AdamState = _tensor(w, dtype), _tensor(zero, dtype), _tensor(zero, dtype), _tensor(grad, dtype), 1
    return {"state": state}


def _steady(w: list[list[float]], grad: list[list[float]], t: int, dtype: torch.dtype = torch.float64) -> Case:
    state: AdamState = (_tensor(w, dtype), *steady_moments(_tensor(grad, dtype), t), _tensor(grad, dtype), t)
    return {"state": state}


ADAM_AT_REST = [_at_rest([[1, 0]], [[2, -1]]), _at_rest([[1, 0]], [[2, -1]], torch.float32)]
ADAM_STEADY = [*ADAM_AT_REST, _steady([[1, 0]], [[2, -1]], 2), _steady([[1, 0]], [[2, -1]], 2, torch.float32)]
_ADAM_STATES = [
    _adam_state([[0]], [[0]], [[1]], [[1]], 2),
    _adam_state([[0]], [[1]], [[1]], [[2]], 2),
    _adam_state([[1, 0]], [[1, -1]], [[2, 1]], [[2, -0.5]], 3, torch.float32),
    _adam_state([[1, 0]], [[1, -1]], [[2, 1]], [[0, 0]], 2),  # nothing new, and yet the step goes on
    _adam_state([[1, 0]], [[1, -1]], [[2, 1]], [[1e-7, -1e-9]], 4),
    _adam_state([[1, 0]], [[1, -1]], [[0, 0]], [[0, 1]], 2),  # nothing to divide by but epsilon
    _adam_state([[1, 0]], [[1, -1]], [[2, 1]], [[2, -0.5]], 10_000),
    _adam_state([[1, 0]], [[4096, -1]], [[1e10, 1]], [[131072, -32768]], 40),
]
_TINY_STATES = [
    _adam_state([[1e-9, 0]], [[1e-13, -1e-14]], [[1e-18, 1e-20]], [[1e-9, 2e-10]], 100),
    _adam_state([[0, 0]], [[1e-12, -1e-12]], [[1e-24, 1e-24]], [[1e-12, 1e-15]], 30),
]
_LATE_STATES = [_adam_state([[1, 0]], [[1, -1]], [[2, 1]], [[2, -0.5]], t) for t in (200, 3000)]
ADAM_STATES = [
    *_with(_EASY, _ADAM_STATES),
    *_with(_USUAL, [*_ADAM_STATES, *_TINY_STATES]),
    *_with(_SLOW, _LATE_STATES[:1]),
    *_with(_SLOWER, _LATE_STATES[1:]),  # m's correction counts for hundreds of steps only where beta_1 is large
]

# Settings of 0, which are False in Python; epsilon's beside a small v that isn't zero.
_LATER = _adam_state([[1, 0]], [[1, -1]], [[2, 1]], [[2, -0.5]], 3)
_SMALL = _adam_state([[1, 0]], [[1e-9, -1e-9]], [[1e-18, 4e-18]], [[1e-9, 2e-9]], 5)
_FADED = {"beta_1": 0.25}  # of the correction a thousandth is left: more than rounding
STATES_FOR_M = [*ADAM_STATES, {**_LATER, **_USUAL, "eta": 0.0}, {**_LATER, **_USUAL, "beta_1": 0.0}]
STATES_FOR_V = [*ADAM_STATES, {**_LATER, **_USUAL, "beta_2": 0.0}]
STATES_FOR_W = [*ADAM_STATES, {**_LATER, **_USUAL, "eta": 0.0}, {**_SMALL, **_USUAL, **_FADED, "epsilon": 0.0}]

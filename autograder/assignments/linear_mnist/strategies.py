"""Hypothesis strategies for the inputs: small arrays with nasty values, and larger seeded ones.

Each strategy is made once (``functools.cache``): Hypothesis validates a new one at its first draw, which takes longer
than the draw.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

DTYPES = st.sampled_from([torch.float64, torch.float32])
# "contiguous" first: Hypothesis shrinks towards it, so a counter-example with another layout needs that layout.
LAYOUTS = st.sampled_from(["contiguous", "transposed", "every second column"])
# Exact in float32, readable in a counter-example, 0 first: Hypothesis shrinks towards the beginning of a table.
QUARTERS = (0.0, *(sign * n / 4 for n in range(1, 9) for sign in (1, -1)))
# Of very different sizes: Adam's ε and square root matter only then.
GRADIENTS = (*QUARTERS, 0.001, -0.002, 100.0, -64.0, 0.03)


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of the loss and the gradient: X (N, d), one-hot ystar (N, C), w (d, C), all of one dtype."""

    X: Tensor
    ystar: Tensor
    w: Tensor

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.X, self.ystar, self.w))


def laid_out(values: Tensor, layout: str) -> Tensor:
    """Return the same values in another memory layout."""
    if layout == "transposed":
        return values.T.contiguous().T
    if layout == "every second column":
        return values.repeat_interleave(2, dim=1)[:, ::2]
    return values.contiguous()


@functools.cache
@st.composite
def choices(draw: st.DrawFn, table: tuple[float, ...], number: int) -> list[float]:
    """Draw ``number`` entries of a table; one draw of bytes, which is many times faster than one draw per entry."""
    return [table[code % len(table)] for code in draw(st.binary(min_size=number, max_size=number))]


@functools.cache
@st.composite
def matrices(
    draw: st.DrawFn, rows: int, columns: int, dtype: torch.dtype, table: tuple[float, ...] = QUARTERS
) -> Tensor:
    """Draw a rows×columns matrix in some memory layout."""
    numbers = draw(choices(table, rows * columns))
    return laid_out(torch.tensor(numbers, dtype=dtype).reshape(rows, columns), draw(LAYOUTS))


@functools.cache
@st.composite
def batches(draw: st.DrawFn, least_classes: int = 1) -> Batch:
    """Draw a small batch: N, d, C from 1 (C from ``least_classes``), quarters as numbers, any layout."""
    n, d, c = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(least_classes, 4))
    dtype = draw(DTYPES)
    labels = draw(choices(tuple(range(c)), n))
    ystar = torch.eye(c, dtype=dtype)[torch.tensor(labels)]
    X, w = draw(matrices(n, d, dtype)), draw(matrices(d, c, dtype))
    return Batch(X, laid_out(ystar, draw(LAYOUTS)), w)


@functools.cache
@st.composite
def large_logit_batches(draw: st.DrawFn) -> Batch:
    """Draw a small batch whose largest logit is between about 100 and 10,000 in size, of either sign."""
    X, ystar, w = draw(batches(least_classes=2))
    largest = float((X.double() @ w.double()).abs().max())
    size = draw(st.sampled_from([1e4, 1e3, 100.0]))
    if largest:
        w = w * 2.0 ** int(torch.tensor(size / largest).log2().floor())  # a power of two: still exact
    return Batch(X, ystar, w)


SHAPES = st.sampled_from([(1, 784, 10), (16, 784, 10), (64, 30, 5), (512, 784, 10), (256, 20, 3)])


@functools.cache
@st.composite
def image_batches(draw: st.DrawFn) -> Batch:
    """Draw a larger batch, made from a seed: pixels in [0, 1], mostly black, and small weights."""
    n, d, c = draw(SHAPES)
    dtype, seed = draw(DTYPES), draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)
    X = (torch.rand(n, d, generator=generator, dtype=torch.float64) * 2 - 1).clamp(min=0).to(dtype)
    w = (torch.randn(d, c, generator=generator, dtype=torch.float64) * 0.3).to(dtype)
    ystar = torch.eye(c, dtype=dtype)[torch.randint(0, c, (n,), generator=generator)]
    return Batch(X, ystar, w)


ETAS = st.sampled_from([0.5, 0.125, 1.0, 0.1, 0.01, 0.001])
BETAS = st.sampled_from([0.5, 0.9, 0.0, 0.99, 0.25])
# Not 0: v + (1 − β₂)·(grad² − v) would legitimately lose a small grad² beside a large v.
BETAS_2 = st.sampled_from([0.5, 0.999, 0.99, 0.9])
EPSILONS = st.sampled_from([0.1, 1e-8, 0.01, 1e-4, 1.0])  # a large one first: where ε stands is then easily seen
STEPS = st.integers(1, 5)


@functools.cache
@st.composite
def shapes(draw: st.DrawFn) -> tuple[int, int]:
    """Draw the shape (d, C) of a small weight matrix."""
    return draw(st.integers(1, 3)), draw(st.integers(1, 3))


@functools.cache
@st.composite
def gradients(draw: st.DrawFn, shape: tuple[int, int], dtype: torch.dtype) -> Tensor:
    """Draw a gradient in any memory layout."""
    return draw(matrices(*shape, dtype, GRADIENTS))


@functools.cache
@st.composite
def weights(draw: st.DrawFn, shape: tuple[int, int], dtype: torch.dtype) -> Tensor:
    """Draw contiguous weights or a momentum."""
    return draw(matrices(*shape, dtype)).contiguous()


@functools.cache
@st.composite
def seeded_gradients(draw: st.DrawFn, shape: tuple[int, int], dtype: torch.dtype, steps: int) -> list[Tensor]:
    """Draw a seed and make ``steps`` normally distributed gradients from it."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10_000)))
    return [torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for _ in range(steps)]


Run = tuple[Tensor, list[Tensor], list[float]]  # w, a gradient per step, an eta per step


@functools.cache
@st.composite
def runs(draw: st.DrawFn, steps: st.SearchStrategy[int]) -> Run:
    """Draw some steps of an optimiser in a row."""
    shape, dtype, count = draw(shapes()), draw(DTYPES), draw(steps)
    each = [draw(gradients(shape, dtype)) for _ in range(count)]
    return draw(weights(shape, dtype)), each, [draw(ETAS) for _ in range(count)]


@functools.cache
@st.composite
def large_runs(draw: st.DrawFn) -> Run:
    """Make ten steps on larger matrices, from a seed."""
    shape, dtype = draw(st.sampled_from([(784, 10), (30, 5)])), draw(DTYPES)
    w, *each = draw(seeded_gradients(shape, dtype, 11))
    return w, each, [1e-3] * 10


SgdState = tuple[Tensor, Tensor, Tensor]  # w, m, grad


@functools.cache
@st.composite
def sgd_states(draw: st.DrawFn, large: bool = False) -> SgdState:
    """Draw what one step of SGD with momentum starts from."""
    shape, dtype = draw(shapes()), draw(DTYPES)
    if large and draw(st.booleans()):
        w, m, grad = draw(seeded_gradients((784, 10), dtype, 3))
        return w, m, grad
    return draw(weights(shape, dtype)), draw(weights(shape, dtype)), draw(gradients(shape, dtype))


AdamState = tuple[Tensor, Tensor, Tensor, Tensor, int]  # w, m, v, grad, t


@functools.cache
@st.composite
def adam_states(draw: st.DrawFn) -> AdamState:
    """Draw what one of Adam's steps starts from, at any t but the first: there m and v are zero, as the rules say."""
    shape, dtype = draw(shapes()), draw(DTYPES)
    w, m, v = (draw(weights(shape, dtype)) for _ in range(3))
    return w, m, v.abs(), draw(gradients(shape, dtype)), draw(st.integers(2, 20))


def inputs(question: str) -> st.SearchStrategy[tuple[str, tuple[object, ...]]]:
    """Return inputs of a question's function, of all sizes: its name and its arguments."""
    any_batch = st.one_of(batches(), large_logit_batches(), image_batches()).map(tuple)
    settings = st.tuples(ETAS, BETAS, BETAS_2, EPSILONS)
    return {
        "ce_loss": st.tuples(st.just("CE_loss"), any_batch),
        "grad_func": st.tuples(st.just("grad_func"), any_batch),
        "sgd_momentum": st.tuples(
            st.just("sgd_momentum_step"), st.builds(_joined, sgd_states(large=True), st.tuples(ETAS, BETAS))
        ),
        "adam": st.tuples(st.just("adam_step"), st.builds(_joined, adam_states(), st.one_of(settings, st.just(())))),
    }[question]


def _joined(*parts: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(value for part in parts for value in part)

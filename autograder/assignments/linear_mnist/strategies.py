"""Hypothesis strategies for the inputs: small arrays with nasty values, and larger seeded ones.

Each strategy is made once, and makes few draws: see ``judge.tensor_strategies``.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.tensor_strategies import DTYPES, QUARTERS, filled, formats, laid_out

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

    def with_small_logits(self) -> Batch:
        """Return the batch with weights so small that its largest logit is 1 at most."""
        return with_largest_logit(self, 1.0)

    def each(self) -> list[Batch]:
        """Return a batch of its own for each example."""
        return [Batch(self.X[i : i + 1].clone(), self.ystar[i : i + 1].clone(), self.w) for i in range(len(self.X))]


FEW = (1, 5)  # examples of a small batch, from and to
ONE = (1, 1)


@functools.cache
@st.composite
def batches(draw: st.DrawFn, least_classes: int = 1, examples: tuple[int, int] = FEW) -> Batch:
    """Draw a small batch: N, d, C from 1 (C from ``least_classes``), quarters as numbers, any layout."""
    n, d, c = draw(st.integers(*examples)), draw(st.integers(1, 4)), draw(st.integers(least_classes, 4))
    *layouts, dtype = draw(formats(3))
    labels, X, w = draw(filled((tuple(range(c)), (n,)), (QUARTERS, (n, d)), (QUARTERS, (d, c))))
    ystar = torch.eye(c, dtype=dtype)[labels.long()]
    return Batch(*(laid_out(values.to(dtype), layout) for values, layout in zip((X, ystar, w), layouts, strict=True)))


def with_largest_logit(batch: Batch, size: float) -> Batch:
    """Return the batch with weights so large that its largest logit is between half of ``size`` and ``size``."""
    X, ystar, w = batch
    largest = float((X.double() @ w.double()).abs().max())
    if not largest:
        return batch
    return Batch(X, ystar, w * 2.0 ** int(torch.tensor(size / largest).log2().floor()))  # a power of two: still exact


@functools.cache
@st.composite
def large_logit_batches(draw: st.DrawFn) -> Batch:
    """Draw a small batch whose largest logit is between about 100 and 10,000 in size, of either sign."""
    return with_largest_logit(draw(batches(least_classes=2)), draw(st.sampled_from([1e4, 1e3, 100.0])))


def eighths(generator: torch.Generator, *shape: int) -> Tensor:
    """Return numbers that are distributed about normally: odd eighths, readable and never zero."""
    return ((torch.randn(*shape, generator=generator, dtype=torch.float64) * 4).floor() + 0.5) / 4


@functools.cache
@st.composite
def seeded_batches(draw: st.DrawFn, examples: int, count: int = 1) -> list[Batch]:
    """Make batches of so many examples from a seed, in four dimensions and with three classes."""
    (dtype,), seed = draw(formats(0)), draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)

    def batch() -> Batch:
        X, w = eighths(generator, examples, 4), eighths(generator, 4, 3)
        labels = torch.randint(0, 3, (examples,), generator=generator)
        return Batch(X.to(dtype), torch.eye(3, dtype=dtype)[labels], w.to(dtype))

    return [batch() for _ in range(count)]


@functools.cache
@st.composite
def batches_laid_out(draw: st.DrawFn) -> Batch:
    """Make a batch of seven examples from a seed, in any layout; of X, some is lost by dividing by 7 and back."""
    *layouts, dtype = draw(formats(3))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10_000)))
    X = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    labels, w = torch.randint(0, 3, (7,), generator=generator), eighths(generator, 4, 3)
    parts = (X, torch.eye(3, dtype=torch.float64)[labels], w)
    return Batch(*(laid_out(part.to(dtype), layout) for part, layout in zip(parts, layouts, strict=True)))


def special_batches(dtype: torch.dtype) -> list[Batch]:
    """Return batches that an answer may treat by themselves: of one class, of no loss at all, of too large logits."""
    one, two, large = torch.ones(1, 1, dtype=dtype), torch.eye(2, dtype=dtype), torch.tensor([[0, 1024]], dtype=dtype)
    return [Batch(one, one, one), Batch(one, two[1:], large), Batch(one, two[:1], large)]


@functools.cache
@st.composite
def series(draw: st.DrawFn, count: int) -> list[Batch]:
    """Draw some batches of one size."""
    return draw(seeded_batches(draw(st.integers(*FEW)), count))


@functools.cache
@st.composite
def large_logit_series(draw: st.DrawFn) -> list[Batch]:
    """Draw three batches of one size, whose largest logits are of very different sizes."""
    sizes = draw(st.permutations([1e4, 1e3, 100.0]))
    return [with_largest_logit(batch, size) for batch, size in zip(draw(series(3)), sizes, strict=True)]


# (N, d, C). 512 images would take twice the time to be sent, and show no more.
SHAPES = st.sampled_from([(1, 784, 10), (17, 784, 10), (64, 30, 5), (250, 784, 10), (512, 20, 3)])


@functools.cache
@st.composite
def image_batches(draw: st.DrawFn) -> Batch:
    """Draw a larger batch, made from a seed: pixels in [0, 1], mostly black, and small weights."""
    n, d, c = draw(SHAPES)
    (dtype,), seed = draw(formats(0)), draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)
    X = (torch.rand(n, d, generator=generator, dtype=torch.float64) * 2 - 1).clamp(min=0).to(dtype)
    w = (torch.randn(d, c, generator=generator, dtype=torch.float64) * 0.3).to(dtype)
    ystar = torch.eye(c, dtype=dtype)[torch.randint(0, c, (n,), generator=generator)]
    return Batch(X, ystar, w)


SOME_ETAS = (0.5, 0.125, 1.0, 0.1, 0.01, 0.001)
ETAS = st.sampled_from(SOME_ETAS)
BETAS = st.sampled_from([0.5, 0.9, 0.0, 0.99, 0.25])
# Not 0: v + (1 − β₂)·(grad² − v) would legitimately lose a small grad² beside a large v.
BETAS_2 = st.sampled_from([0.5, 0.999, 0.99, 0.9])
EPSILONS = st.sampled_from([0.1, 1e-8, 0.01, 1e-4, 1.0])  # a large one first: where ε stands is then easily seen
STEPS = st.integers(1, 5)
# Of a small weight matrix (d, C), the smallest first.
SHAPES_OF_W = st.sampled_from(sorted(itertools.product((1, 2, 3), repeat=2), key=math.prod))


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
    """Draw some steps of an optimiser in a row; w and the gradients each in a layout of their own."""
    shape, (layout_of_w, layout, dtype), count = draw(SHAPES_OF_W), draw(formats(2)), draw(steps)
    w, etas, *each = draw(filled((QUARTERS, shape), (SOME_ETAS, (count,)), *[(GRADIENTS, shape)] * count))
    gradients = [laid_out(grad.to(dtype), layout) for grad in each]
    return laid_out(w.to(dtype), layout_of_w), gradients, etas.tolist()


@functools.cache
@st.composite
def large_runs(draw: st.DrawFn) -> Run:
    """Make ten steps on larger matrices, from a seed."""
    shape, (dtype,) = draw(st.sampled_from([(784, 10), (30, 5)])), draw(formats(0))
    w, *each = draw(seeded_gradients(shape, dtype, 11))
    return w, each, [1e-3] * 10


SgdState = tuple[Tensor, Tensor, Tensor]  # w, m, grad
AdamState = tuple[Tensor, Tensor, Tensor, Tensor, int]  # w, m, v, grad, t


@functools.cache
@st.composite
def sgd_states(draw: st.DrawFn, large: bool = False) -> SgdState:
    """Draw what one step of SGD with momentum starts from; ``large``: every fourth is 784×10."""
    shape, (layout, dtype) = draw(SHAPES_OF_W), draw(formats(1))
    if large and draw(st.integers(0, 3)) == 3:
        w, m, grad = draw(seeded_gradients((784, 10), dtype, 3))
        return w, m, grad
    w, m, grad = draw(filled((QUARTERS, shape), (QUARTERS, shape), (GRADIENTS, shape)))
    return w.to(dtype), m.to(dtype), laid_out(grad.to(dtype), layout)


@functools.cache
@st.composite
def seeded_states(draw: st.DrawFn, moments: int) -> tuple[Tensor, ...]:
    """Make what a step on a 3×4 matrix starts from, from a seed: w, so many moments, and the gradient.

    The weights are large: what is no step shows no likeness to one.
    """
    dtype, seed = draw(st.sampled_from(DTYPES)), draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)
    w, *rest = (eighths(generator, 3, 4).to(dtype) for _ in range(moments + 2))
    return (8 * w, *rest)


@functools.cache
@st.composite
def seeded_adam_states(draw: st.DrawFn, first: bool = False) -> AdamState:
    """Make what a step of Adam's on a 3×4 matrix starts from, from a seed; ``first``: zero moments and t = 1."""
    w, m, v, grad = draw(seeded_states(2))
    return (w, 0 * m, 0 * v, grad, 1) if first else (w, m, v**2, grad, draw(st.integers(2, 20)))


def steady_moments(grad: Tensor, t: int) -> tuple[Tensor, Tensor]:
    """Return Adam's m and v before step t, with the usual betas, if all gradients before have been this one."""
    return (1 - 0.9 ** (t - 1)) * grad, (1 - 0.999 ** (t - 1)) * grad**2


@functools.cache
@st.composite
def steady_adam_states(draw: st.DrawFn) -> AdamState:
    """Make what a step of Adam's starts from, at t = 1 or later, where all gradients have been the same.

    So the step is much the same at any t, whatever is wrong with the moments.
    """
    (w, grad), t = draw(seeded_states(0)), draw(st.sampled_from([1, 2, 5]))
    return w, *steady_moments(grad, t), grad, t


@functools.cache
@st.composite
def adam_states(draw: st.DrawFn) -> AdamState:
    """Draw what one of Adam's steps starts from, at any t but the first: there m and v are zero, as the rules say."""
    shape, (layout, dtype), t = draw(SHAPES_OF_W), draw(formats(1)), draw(st.integers(2, 20))
    w, m, v, grad = draw(filled(*[(QUARTERS, shape)] * 3, (GRADIENTS, shape)))
    return w.to(dtype), m.to(dtype), v.abs().to(dtype), laid_out(grad.to(dtype), layout), t


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

"""What hidden tests draw: types, layouts, sizes and settings all come up, and nothing that no rule allows."""

from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import strategies as st

from autograder.assignments.linear_mnist import reference
from autograder.assignments.linear_mnist import strategies as draw
from autograder.judge.hypothesis_profile import JUDGING


def drawn(strategy: st.SearchStrategy[Any], count: int = 150) -> list[Any]:
    found: list[Any] = []

    @hypothesis.settings(JUDGING, max_examples=count)
    @hypothesis.given(strategy)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found


def layout(values: torch.Tensor) -> str:
    return "contiguous" if values.is_contiguous() else "transposed" if values.T.is_contiguous() else "strided"


BOTH = {torch.float32, torch.float64}
ALL = {"contiguous", "transposed", "strided"}


def large(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    """Those whose layout can be told."""
    return [one for one in tensors if min(one.shape) > 1]


def test_small_batches_are_of_all_sizes_types_and_layouts() -> None:
    found = drawn(draw.batches(), 200)
    for batch in found:
        (n, d), c = batch.X.shape, batch.w.shape[1]
        assert batch.ystar.shape == (n, c) and batch.w.shape == (d, c)
        assert 1 <= n <= 5 and 1 <= d <= 4 and 1 <= c <= 4
        assert bool((batch.ystar.sum(1) == 1).all()) and set(batch.ystar.unique().tolist()) <= {0.0, 1.0}
        assert {batch.X.dtype, batch.ystar.dtype, batch.w.dtype} < BOTH
        assert float(batch.X.abs().max()) <= 2 and float(batch.w.abs().max()) <= 2
    assert {batch.X.dtype for batch in found} == BOTH
    for name in ("X", "ystar", "w"):
        assert {layout(one) for one in large([getattr(batch, name) for batch in found])} == ALL
    assert {len(batch.X) for batch in found} == {1, 2, 3, 4, 5}
    assert {batch.w.shape[0] for batch in found} == {batch.w.shape[1] for batch in found} == {1, 2, 3, 4}
    assert any(float(batch.X.min()) < 0 for batch in found) and any(float(batch.w.min()) < 0 for batch in found)
    assert len({str(batch.ystar.argmax(1).tolist()) for batch in found if batch.ystar.shape[1] == 4}) > 5
    assert {batch.w.shape[1] for batch in drawn(draw.batches(least_classes=2))} == {2, 3, 4}


def test_large_logits_are_of_either_sign_and_up_to_ten_thousand() -> None:
    sizes, signs = [], set()
    for X, _, w in drawn(draw.large_logit_batches(), 150):
        logits = X.double() @ w.double()
        largest = float(logits.abs().max())
        assert largest == 0 or 45 < largest <= 10_000
        assert bool(torch.isfinite(logits).all()) and w.shape[1] >= 2
        sizes.append(largest)
        signs |= {bool(logits.max() > 50), bool(logits.min() < -50)}
    assert max(sizes) > 5000 and any(45 < size < 101 for size in sizes) and any(450 < size < 1001 for size in sizes)
    assert signs == {True, False}


def test_images_are_large_mostly_black_and_of_both_types() -> None:
    found = drawn(draw.image_batches(), 40)
    shapes = {(*batch.X.shape, batch.w.shape[1]) for batch in found}
    assert shapes == {(1, 784, 10), (17, 784, 10), (64, 30, 5), (250, 784, 10), (512, 20, 3)}
    assert {batch.X.dtype for batch in found} == BOTH
    for X, ystar, w in found:
        assert float(X.min()) >= 0 and float(X.max()) <= 1 and 0.3 < float((X == 0).float().mean()) < 0.7
        assert bool((ystar.sum(1) == 1).all()) and 0.2 < float(w.std()) < 0.4
    assert len({float(batch.w[0, 0]) for batch in found}) > 10


def test_settings_are_what_the_rules_promise() -> None:
    values = {name: set(drawn(getattr(draw, name), 100)) for name in ("ETAS", "BETAS", "BETAS_2", "EPSILONS", "STEPS")}
    assert values == {
        "ETAS": {0.5, 0.125, 1.0, 0.1, 0.01, 0.001},
        "BETAS": {0.5, 0.9, 0.0, 0.99, 0.25},
        "BETAS_2": {0.5, 0.999, 0.99, 0.9},
        "EPSILONS": {0.1, 1e-8, 0.01, 1e-4, 1.0},
        "STEPS": {1, 2, 3, 4, 5},
    }


def test_runs_have_gradients_and_learning_rates_of_their_own_for_each_step() -> None:
    found = drawn(draw.runs(draw.STEPS), 200)
    assert {len(gradients) for _, gradients, _ in found} == {1, 2, 3, 4, 5}
    assert all(len(gradients) == len(etas) for _, gradients, etas in found)
    assert {w.dtype for w, _, _ in found} == BOTH and {tuple(w.shape) for w, _, _ in found} >= {(1, 1), (3, 3), (2, 3)}
    assert {eta for *_, etas in found for eta in etas} == {0.5, 0.125, 1.0, 0.1, 0.01, 0.001}
    assert any(len(set(etas)) > 1 for *_, etas in found)
    every = [grad for _, gradients, _ in found for grad in gradients]
    assert {layout(grad) for grad in large(every)} == {layout(w) for w in large([w for w, *_ in found])} == ALL
    assert {100.0, -64.0} <= {round(float(value), 3) for grad in every for value in grad.flatten()}
    assert any(not torch.equal(gradients[0], gradients[1]) for _, gradients, _ in found if len(gradients) > 1)


def test_large_runs_have_ten_different_steps() -> None:
    found = drawn(draw.large_runs(), 12)
    assert {tuple(w.shape) for w, *_ in found} == {(784, 10), (30, 5)}
    for w, gradients, etas in found:
        assert etas == [1e-3] * 10 and len(gradients) == 10 and {grad.dtype for grad in gradients} == {w.dtype}
        assert len({float(grad[0, 0]) for grad in gradients}) == 10
    assert {w.dtype for w, *_ in found} == BOTH


@pytest.mark.parametrize(("strategy", "parts"), [(draw.sgd_states, 3), (draw.adam_states, 5)])
def test_single_steps_start_anywhere(strategy: Callable[[], Any], parts: int) -> None:
    found = drawn(strategy(), 200)
    assert all(len(state) == parts for state in found)
    assert {state[0].dtype for state in found} == BOTH
    for place in range(2):
        assert any(bool((state[place] < 0).any()) for state in found)
        assert any(bool(state[place].any()) for state in found)
    if parts == 5:
        assert all(bool((state[2] >= 0).all()) for state in found)
        assert {state[4] for state in found} >= {2, 3, 20} and min(state[4] for state in found) == 2
    assert {layout(grad) for grad in large([state[3 if parts == 5 else 2] for state in found])} == ALL


def test_large_steps_come_up_where_they_are_asked_for() -> None:
    assert {tuple(w.shape) for w, *_ in drawn(draw.sgd_states(large=True), 100)} >= {(784, 10), (1, 1)}
    assert max(w.numel() for w, *_ in drawn(draw.sgd_states(), 100)) <= 9


def test_single_examples_come_where_they_are_asked_for() -> None:
    found = drawn(draw.batches(examples=draw.ONE), 60)
    assert {len(batch.X) for batch in found} == {1} and {batch.w.shape[1] for batch in found} == {1, 2, 3, 4}


def test_a_batch_is_cut_into_its_examples() -> None:
    (batch,) = drawn(draw.seeded_batches(3), 1)[0]
    each = batch.each()
    for name in ("X", "ystar"):
        assert torch.equal(torch.cat([getattr(one, name) for one in each]), getattr(batch, name))
    assert len(each) == 3 and all(one.w is batch.w for one in each)


def test_batches_of_a_series_have_one_size_and_dtype_and_other_numbers() -> None:
    found = drawn(draw.series(4), 60)
    for batches in found:
        assert len({(one.X.shape, one.w.shape, one.X.dtype, one.w.dtype, one.ystar.dtype) for one in batches}) == 1
        assert len({str(one.X.tolist()) for one in batches}) == len({str(one.w.tolist()) for one in batches}) == 4
    assert {len(batches[0].X) for batches in found} == {1, 2, 3, 4, 5}
    assert {batches[0].X.dtype for batches in found} == BOTH


def test_logits_of_a_series_are_of_very_different_sizes() -> None:
    for batches in drawn(draw.large_logit_series(), 40):
        sizes = sorted(float((X.double() @ w.double()).abs().max()) for X, _, w in batches)
        assert all(top / 2 <= size <= top for size, top in zip(sizes, (100, 1000, 10_000), strict=True))


def test_batches_are_laid_out_in_all_ways_and_of_numbers_that_are_rounded() -> None:
    found = drawn(draw.batches_laid_out(), 60)
    for part in ("X", "ystar", "w"):
        assert {layout(getattr(batch, part)) for batch in found} == ALL
    assert {batch.X.dtype for batch in found} == BOTH
    assert all(bool((batch.ystar.sum(1) == 1).all()) for batch in found)
    assert sum(bool((batch.X / 7 * 7 != batch.X).any()) for batch in found) > 0.8 * len(found)


@pytest.mark.parametrize("dtype", sorted(BOTH, key=str))
def test_special_batches_are_of_one_class_of_no_loss_and_of_a_large_one(dtype: torch.dtype) -> None:
    batches = draw.special_batches(dtype)
    assert [batch.w.shape[1] for batch in batches] == [1, 2, 2]
    assert [reference.CE_loss(*batch) for batch in batches] == [0.0, 0.0, 1024.0]
    for batch in batches:
        assert {part.dtype for part in batch} == {dtype} and float((batch.with_small_logits().w).abs().max()) <= 1


def test_steady_steps_go_on_as_they_began() -> None:
    found = drawn(draw.steady_adam_states(), 60)
    assert {t for *_, t in found} == {1, 2, 5} and {w.dtype for w, *_ in found} == BOTH
    for w, m, v, grad, t in found:
        assert {part.dtype for part in (m, v, grad)} == {w.dtype} and bool(m.any()) == bool(v.any()) == (t > 1)
        step = reference.adam_step(w, m, v, grad, t)[0] - w
        assert torch.allclose(step, -1e-3 * grad.double().sign(), atol=1e-5)


def test_seeded_steps_are_readable_large_enough_to_tell_and_never_zero() -> None:
    for w, m, grad in drawn(draw.seeded_states(1), 60):
        assert w.shape == m.shape == grad.shape == (3, 4) and w.dtype == m.dtype == grad.dtype
        assert all(bool((8 * one % 2 == 1).all()) for one in (w / 8, m, grad))
    for w, m, v, grad, t in drawn(draw.seeded_adam_states(), 60):
        assert 2 <= t <= 20 and bool((v > 0).all()) and bool(m.any()) and w.shape == grad.shape
    for _, m, v, _, t in drawn(draw.seeded_adam_states(first=True), 20):
        assert t == 1 and not bool(m.any()) and not bool(v.any())

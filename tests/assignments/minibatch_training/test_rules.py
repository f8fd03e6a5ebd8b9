"""What the hidden tests forbid, and what each is worth."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from autograder.assignments.minibatch_training import (
    test_accuracy,
    test_batches,
    test_fit,
    test_hidden,
    test_modules,
    test_training,
)

EACH = [
    (module, name, test)
    for module in (test_hidden, test_accuracy, test_modules, test_batches, test_fit, test_training)
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_")
]
FORBIDDEN = {
    "softmax": {"softmax", "losses"}, "log_softmax": {"softmax", "losses"}, "cross_entropy": {"softmax", "losses"},
    "accuracy": set(), "module": {"containers"}, "sequential": {"containers"}, "optimizer": {"optimisers"},
    "dataset": {"data"}, "sampler": {"data"}, "dataloader": {"data"}, "fit": set(),
    "converge_fit": {"softmax", "losses", "containers", "optimisers", "data"},
}  # fmt: skip
POINTS = {
    "test_softmax_value": 0.5, "test_softmax_large": 0.5, "test_softmax_gradient": 0.5, "test_softmax_kind": 0.25,
    "test_softmax_unchanged": 0.25,
    "test_logsumexp_value": 0.5, "test_logsumexp_large": 0.5, "test_logsumexp_gradient": 0.5,
    "test_logsumexp_kind": 0.25, "test_log_softmax_value": 0.5, "test_log_softmax_large": 0.75,
    "test_log_softmax_gradient": 0.5, "test_log_softmax_kind": 0.25, "test_log_softmax_unchanged": 0.25,
    "test_nll_value": 0.5, "test_nll_gradient": 0.5, "test_nll_kind": 0.25, "test_nll_unchanged": 0.25,
    "test_cross_entropy_value": 0.75, "test_cross_entropy_large": 0.5, "test_cross_entropy_gradient": 0.75,
    "test_cross_entropy_kind": 0.25, "test_cross_entropy_unchanged": 0.25,
    "test_accuracy_value": 1, "test_accuracy_many": 0.5, "test_accuracy_kind": 0.5,
    "test_module_own_parameters": 0.75, "test_module_layers": 0.5, "test_module_nested": 0.5,
    "test_module_shared": 0.5, "test_module_replaced": 0.25, "test_module_none": 0.25, "test_module_ordinary": 0.5,
    "test_module_call": 0.5, "test_module_mode": 0.5, "test_module_modes": 0.5, "test_module_switch_returns": 0.25,
    "test_sequential_forward": 1, "test_sequential_empty": 0.25, "test_sequential_layers": 0.5,
    "test_sequential_parameters": 0.75, "test_sequential_modes": 0.5,
    "test_sgd_step": 1, "test_sgd_default": 0.25, "test_sgd_steps_from_a_generator": 0.75,
    "test_sgd_without_gradient": 0.5, "test_sgd_changed_rate": 0.5, "test_sgd_leaves_gradients": 0.25,
    "test_sgd_zero_grad": 0.75,
    "test_dataset_length": 0.25, "test_dataset_index": 0.5, "test_dataset_several": 0.5, "test_dataset_outside": 0.25,
    "test_dataset_loop": 0.5,
    "test_sampler_in_order": 0.5, "test_sampler_length": 0.25, "test_sampler_ints": 0.25,
    "test_sampler_complete": 0.5, "test_sampler_new_orders": 0.75, "test_sampler_all_orders": 0.5,
    "test_batch_sampler_batches": 0.75, "test_batch_sampler_drop_last": 0.5, "test_batch_sampler_length": 0.25,
    "test_batch_sampler_length_drop_last": 0.25, "test_batch_sampler_passes": 0.5,
    "test_collate_values": 0.75, "test_collate_ints": 0.25, "test_collate_generator": 0.5,
    "test_dataloader_batches": 1.25, "test_dataloader_collates": 0.75, "test_dataloader_length": 0.5,
    "test_dataloader_passes": 1,
    "test_fit_kind": 0.25, "test_fit_loss": 0.75, "test_fit_accuracy": 0.5, "test_fit_step": 0.5,
    "test_fit_steps": 0.75, "test_fit_measures_each_epoch": 0.5, "test_fit_epochs": 0.5,
    "test_fit_trains_in_training_mode": 0.25,
    "test_fit_returns_to_training_mode": 0.5, "test_fit_validates_in_evaluation_mode": 0.5,
    "test_fit_validates_without_graph": 0.5, "test_fit_validation_changes_nothing": 0.25,
    "test_fit_without_lengths": 0.25,
    "test_converge_fit_reaches": 4,
}  # fmt: skip


@pytest.mark.parametrize(("module", "name", "test"), EACH, ids=[name for _, name, _ in EACH])
def test_ready_made_help_is_forbidden(module: ModuleType, name: str, test: object) -> None:
    marks = {mark.name: mark.args for mark in (*test.pytestmark, *_of(module))}  # type: ignore[attr-defined]
    assert set(marks.get("forbid", ())) == FORBIDDEN[marks["question"][0]]


def _of(module: ModuleType) -> list[pytest.Mark]:
    found = getattr(module, "pytestmark", None)
    return [found.mark] if found is not None else []


def test_each_test_is_worth_what_it_was() -> None:
    worth = {name: next(mark.args[0] for mark in test.pytestmark if mark.name == "points") for _, name, test in EACH}
    assert worth == POINTS

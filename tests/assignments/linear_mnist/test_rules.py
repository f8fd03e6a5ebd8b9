"""What the hidden tests forbid, and what those that train ask for."""

import inspect

import pytest

from autograder.assignments.linear_mnist import test_hidden, test_training

EACH = [
    (module, name, test)
    for module in (test_hidden, test_training)
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_")
]


@pytest.mark.parametrize("module", [test_hidden, test_training], ids=lambda module: module.__name__.rpartition(".")[2])
def test_ready_made_help_is_forbidden_in_all_tests(module):
    assert (module.pytestmark.name, module.pytestmark.args) == ("forbid", ("autograd", "losses", "optimisers"))


class Asked:
    """In place of what trains: notes what it is asked for."""

    def __init__(self):
        self.calls = []

    def must_follow(self):
        self.calls.append("follow")

    def must_converge(self):
        self.calls.append("converge")


@pytest.mark.parametrize("name", [name for module, name, _ in EACH if module is test_training])
def test_the_path_and_the_end_are_each_asked_for(name):
    asked = Asked()
    getattr(test_training, name)(asked)
    assert asked.calls == [{"follows": "follow", "reaches": "converge"}[name.rpartition("_")[2]]]


POINTS = {
    "test_ce_loss_small": 1.5, "test_ce_loss_large_logits": 1, "test_ce_loss_images": 1, "test_ce_loss_float": 0.5,
    "test_grad_func_small": 2, "test_grad_func_large_logits": 1.5, "test_grad_func_images": 1,
    "test_grad_func_dtype": 0.5, "test_grad_func_inputs": 1,
    "test_sgd_momentum_step": 1.5, "test_sgd_momentum_steps": 1.5, "test_sgd_momentum_keeps": 1,
    "test_adam_first_step": 1.5, "test_adam_any_step": 1, "test_adam_steps": 1.5, "test_adam_keeps": 0.5,
    "test_adam_defaults": 0.5, "test_adam_large": 1,
    "test_converge_sgd_momentum_follows": 1, "test_converge_sgd_momentum_reaches": 2,
    "test_converge_adam_follows": 1, "test_converge_adam_reaches": 2, "test_converge_other_reaches": 0,
}  # fmt: skip


def test_each_test_is_worth_what_it_was():
    worth = {name: next(mark.args[0] for mark in test.pytestmark if mark.name == "points") for _, name, test in EACH}
    assert worth == POINTS

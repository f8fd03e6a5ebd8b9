"""What the hidden tests forbid, and what those that train ask for."""

import inspect

import pytest

from autograder.assignments.linear_mnist import test_adam, test_hidden, test_sgd, test_training

MODULES = (test_hidden, test_sgd, test_adam, test_training)

EACH = [
    (module, name, test)
    for module in MODULES
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_")
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
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
    "test_ce_loss_one_example": 0.75, "test_ce_loss_up_to_a_factor": 0.5, "test_ce_loss_average": 0.75,
    "test_ce_loss_small": 0.5, "test_ce_loss_images": 0.25, "test_ce_loss_large_logits": 1,
    "test_ce_loss_float": 0.25,
    "test_grad_func_one_example": 1, "test_grad_func_direction": 1, "test_grad_func_average": 0.75,
    "test_grad_func_chain_rule": 0.5, "test_grad_func_small": 0.5, "test_grad_func_images": 0.5,
    "test_grad_func_large_logits": 1, "test_grad_func_dtype": 0.25, "test_grad_func_inputs": 0.5,
    "test_sgd_momentum_starts": 0.5, "test_sgd_momentum_fades": 0.5, "test_sgd_momentum_m": 0.5,
    "test_sgd_momentum_w": 0.75, "test_sgd_momentum_eta": 0.5, "test_sgd_momentum_steps": 0.75,
    "test_sgd_momentum_dtype": 0.25, "test_sgd_momentum_grad": 0.25,
    "test_adam_first_step": 1, "test_adam_m": 0.75, "test_adam_v": 0.75, "test_adam_downhill": 0.25, "test_adam_w": 1,
    "test_adam_eta": 0.25, "test_adam_steps": 0.75, "test_adam_large": 0.25, "test_adam_dtype": 0.25,
    "test_adam_grad": 0.25, "test_adam_defaults": 0.5,
    "test_converge_sgd_momentum_follows": 1, "test_converge_sgd_momentum_reaches": 2,
    "test_converge_adam_follows": 1, "test_converge_adam_reaches": 2, "test_converge_other_reaches": 0,
}  # fmt: skip


def test_each_test_is_worth_what_it_was():
    worth = {name: next(mark.args[0] for mark in test.pytestmark if mark.name == "points") for _, name, test in EACH}
    assert worth == POINTS

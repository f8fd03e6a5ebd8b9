"""What weights are worth is computed once for the very same weights, and for nothing else."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from autograder.assignments.batch_norm.recipes import RECIPES as NETWORKS
from autograder.assignments.linear_mnist.recipes import RECIPES
from autograder.judge.training import data_set, measuring
from autograder.judge.training.measuring import worth
from autograder.judge.training.run import Measured, Plan
from autograder.judge.training.training_data import small_digits

SGD, ADAM, MLP = RECIPES["converge_sgd_momentum"], RECIPES["converge_adam"], NETWORKS["converge_mlp"]
DIGITS = small_digits()
PLAN = Plan(SGD, DIGITS, "", 0.1)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images each loss was computed of; nothing is known from before."""
    measuring._known.clear()
    sizes: list[int] = []
    really = data_set._measured

    def measured(images: Tensor, *others: object) -> tuple[float, float]:
        sizes.append(len(images))
        return really(images, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(data_set, "_measured", measured)
    return sizes


@pytest.fixture
def weights() -> dict[str, Tensor]:
    return {"w": torch.randn(784, 10, generator=torch.Generator().manual_seed(1))}


def alone(plan: Plan, weights: dict[str, Tensor]) -> Measured:
    values, shape = plan.recipe.values(weights), plan.recipe.shape
    return Measured(*plan.data.measured(values, shape), *plan.data.measured_in_training(values, shape))


def test_the_same_weights_are_measured_once(computed: list[int], weights: dict[str, Tensor]) -> None:
    first = worth(PLAN, weights)
    assert computed == [308, 123]
    others = worth(Plan(ADAM, DIGITS, "elsewhere", 1e-3, seed=3), {"w": weights["w"].clone()})
    assert len(computed) == 2
    assert first == others == alone(PLAN, weights)


@pytest.mark.parametrize("entry", [0, 3000, 7839])
def test_weights_that_differ_in_one_bit_are_measured(
    computed: list[int], weights: dict[str, Tensor], entry: int
) -> None:
    worth(PLAN, weights)
    numbers = weights["w"].view(-1)
    numbers[entry] = torch.nextafter(numbers[entry], torch.tensor(torch.inf))
    assert worth(PLAN, weights) == alone(PLAN, weights)
    assert len(computed) == 6


def test_the_same_numbers_on_other_data_or_in_another_model_are_measured(
    computed: list[int], weights: dict[str, Tensor]
) -> None:
    halved = dataclasses.replace(SGD, logits=lambda own, X: X @ own["w"] / 2)
    worth(PLAN, weights)
    assert worth(dataclasses.replace(PLAN, recipe=halved), weights) != worth(PLAN, weights)
    assert len(computed) == 4
    elsewhere = dataclasses.replace(DIGITS, folder=DIGITS.folder.parent / "other images")
    with pytest.raises(OSError, match="other images"):
        worth(dataclasses.replace(PLAN, data=elsewhere), weights)


def test_a_networks_statistics_count_as_well_as_its_weights(computed: list[int]) -> None:
    plan = Plan(MLP, DIGITS, "", 0.1)
    start = MLP.start(0)
    first = worth(plan, start)
    assert worth(plan, start) == first
    assert len(computed) == 2
    start["norms.0.var"] *= 4
    assert worth(plan, start) == alone(plan, start) != first

"""Training with right answers goes the right way, however they are written; the nearest wrong ones leave it at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import pytest
import torch
from torch import Tensor

from autograder.assignments.batch_norm import drivers
from autograder.judge.assignment import Assignment
from autograder.judge.training.recipe import FirstSteps, Recipe
from tests.assignments.conftest import PRELUDE

BATCH_NORM = Assignment.find("batch_norm")
RIGHT = BATCH_NORM.registry.right
CONV_NET, MLP = BATCH_NORM.recipes["converge_conv_net"], BATCH_NORM.recipes["converge_mlp"]
LAYERS = [one for one in RIGHT if one.question == "batch_norm_layer"]
MEASURED = tomllib.loads(BATCH_NORM.thresholds_file.read_text(encoding="utf-8"))


def defined(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(PRELUDE + code, names)
    return names


def batches(recipe: Recipe) -> Iterator[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(1)
    while True:
        yield torch.rand(64, *recipe.shape, generator=generator), torch.randint(0, 10, (64,), generator=generator)


def steps(recipe: Recipe, parts: dict[str, Any]) -> list[dict[str, Tensor]]:
    settings = {**recipe.settings, "etas": [recipe.etas[0]]}
    with torch.no_grad():
        driver = recipe.driver(start=recipe.start(0), settings=settings, batches=batches(recipe), **parts)
        return [{name: value.clone() for name, value in next(driver).items()} for _ in range(recipe.followed)]


def leaves(recipe: Recipe, parts: dict[str, Any]) -> bool:
    assert recipe.trajectory is not None
    first = FirstSteps(recipe.start(0), (), list(repeat(recipe.etas[0], recipe.followed)), batches(recipe))
    return any(
        not bool(((yours[name].double() - value).abs() <= allowed).all())
        for yours, wanted in zip(steps(recipe, parts), recipe.trajectory(first), strict=False)
        for name, (value, allowed) in wanted.items()
    )


def parts(recipe: Recipe, norm: Any, network: Any = drivers.right_conv_net) -> dict[str, Any]:
    found = {"norm": norm, "batch_norm": drivers.right_batch_norm, "network": network}
    return {name: found[name] for name in recipe.parts}


@pytest.mark.parametrize("recipe", [CONV_NET, MLP], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize(
    "answer", [one for one in RIGHT if one.question == "batch_norm_layer"], ids=lambda one: one.slug
)
def test_right_layers_follow(answer: Any, recipe: Recipe) -> None:
    assert not leaves(recipe, parts(recipe, defined(answer.code)["BatchNorm"]))


@pytest.mark.parametrize("answer", [one for one in RIGHT if one.question == "conv_net"], ids=lambda one: one.slug)
def test_right_networks_follow(answer: Any) -> None:
    norm = defined(BATCH_NORM.canonical_answer("batch_norm_layer"))["BatchNorm"]
    assert not leaves(CONV_NET, parts(CONV_NET, norm, defined(answer.code)["conv_net"]))


@pytest.mark.parametrize("recipe", [CONV_NET, MLP], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("slug", CONV_NET.rivals)
def test_rivals_leave(slug: str, recipe: Recipe) -> None:
    entry = next(one for one in BATCH_NORM.registry.wrong if (one.question, one.slug) == ("batch_norm_layer", slug))
    code = next(entry.variants(BATCH_NORM.canonical_answer("batch_norm_layer")))
    assert leaves(recipe, parts(recipe, defined(code)["BatchNorm"]))


def test_a_wrong_batch_norm_that_a_layer_uses_is_replaced() -> None:
    code = next(one.code for one in RIGHT if one.slug == "own-function")
    wrong = code.replace("torch.sqrt(var + eps) + beta", "torch.sqrt(var + eps) + beta + 1")
    assert wrong != code
    kept: Callable[..., Any] = defined(code)["batch_norm"]
    assert not leaves(MLP, parts(MLP, defined(wrong)["BatchNorm"]))
    assert leaves(MLP, {**parts(MLP, defined(wrong)["BatchNorm"]), "batch_norm": kept})


@pytest.mark.parametrize("recipe", [CONV_NET, MLP], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("data", list(MEASURED))
def test_the_measurement_tells_the_rivals_apart(data: str, recipe: Recipe) -> None:
    rivals = MEASURED[data][recipe.name]["rivals"]
    assert list(rivals) == list(recipe.rivals)
    assert {name: one["follow"] for name, one in rivals.items()} == dict.fromkeys(recipe.rivals, 0)
    gross = ("never-updated", "statistics-detached", "not-normalised")
    assert {name: rivals[name]["reach"] for name in gross} == dict.fromkeys(gross, 0)

"""Thresholds that can't be read are nobody's fault, and never none at all."""

from pathlib import Path

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Band
from autograder.judge.training.thresholds import Thresholds, recipe_on, thresholds

LINEAR_MNIST, BATCH_NORM = Assignment.find("linear_mnist"), Assignment.find("batch_norm")

TINY = Path(__file__).parents[2] / "assignments" / "tiny"
MEASURED = LINEAR_MNIST.thresholds_file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "[digits",
        "",
        "[digits]\nadam = 3\n",
        MEASURED.replace("[digits.adam]", "[digits.another]"),
        MEASURED.replace("most_loss", "most"),
        MEASURED.replace("most_loss = [", 'most_loss = ["low", '),
        MEASURED.replace("[digits.", "[other."),
    ],
    ids=["missing", "damaged", "empty", "number", "recipe", "series", "word", "data"],
)
def test_what_has_not_been_measured_cannot_be_judged(text, tmp_path, monkeypatch):
    path = tmp_path / "convergence.toml"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(Assignment, "thresholds_file", path)
    with pytest.raises(CannotJudge, match="run `autograder calibrate linear_mnist`"):
        thresholds(LINEAR_MNIST, "digits", "adam")


def test_each_is_the_one_of_its_recipe_and_its_data():
    found = {(data, name): thresholds(LINEAR_MNIST, data, name) for data in ("MNIST", "digits")
             for name in ("adam", "other", "sgd_momentum")}  # fmt: skip
    assert len({one.band for one in found.values()}) == 6


@pytest.mark.parametrize(
    ("epoch", "loss", "accuracy", "enough"),
    [
        (1, 0.5, 0.8, True),
        (1, 0.5001, 0.8, False),
        (1, 0.5, 0.7999, False),
        (2, 0.5, 0.8, False),
        (2, 0.25, 0.9, True),
        (1, float("nan"), 1.0, False),
    ],
)
def test_loss_and_accuracy_are_those_asked_for_after_that_epoch(epoch, loss, accuracy, enough):
    none = dict.fromkeys(Band.__dataclass_fields__, (0.0,) * 3)
    limits = Thresholds(Band(**none | {"most_loss": (9.0, 0.5, 0.25), "least_accuracy": (0.0, 0.8, 0.9)}))
    assert limits.reached(epoch, loss, accuracy) is enough


def test_an_assignment_that_does_not_train_has_no_recipes():
    assert Assignment.at(TINY).recipes == {}
    assert sorted(LINEAR_MNIST.recipes) == ["converge_adam", "converge_other", "converge_sgd_momentum"]


@pytest.mark.parametrize(
    ("text", "on_gpu"),
    [(None, False), ("[MNIST-gpu", False), ("[MNIST.mlp]\n", False), ("[MNIST-gpu.mlp]\n", True)],
    ids=["missing", "damaged", "cpu", "gpu"],
)
def test_a_gpus_own_recipe_is_taken_where_its_thresholds_are_known(text, on_gpu, tmp_path, monkeypatch):
    path = tmp_path / "convergence.toml"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(Assignment, "thresholds_file", path)
    usual = BATCH_NORM.recipes["converge_mlp"]
    assert recipe_on(BATCH_NORM, "converge_mlp", "cpu") == usual
    found = recipe_on(BATCH_NORM, "converge_mlp", "cuda:0")
    wide = found.settings["widths"][1], found.epochs["MNIST"], found.section("MNIST")
    assert wide == ((1200, 5, "MNIST-gpu") if on_gpu else (200, 3, "MNIST"))


def test_a_recipe_that_is_the_same_everywhere_is_taken_everywhere():
    usual = LINEAR_MNIST.recipes["converge_adam"]
    assert recipe_on(LINEAR_MNIST, "converge_adam", "cuda:0") == usual
    assert usual.section("digits") == "digits"

"""What students are told in numbers is what counts: texts, settings and code are compared with literals."""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import torch

from autograder.assignments.linear_mnist import recipes
from autograder.judge.assignment import Assignment
from autograder.judge.settings import NotebookJudge, Training
from autograder.judge.training import recipe, training_data
from autograder.judge.training.thresholds import thresholds
from autograder.student import training_loop
from autograder.student.resource_limits import Limits

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[3]
FINAL = {  # a right answer's last epoch, by data set and recipe: loss at most, accuracy at least
    ("MNIST", "sgd_momentum"): (0.33, 0.900),
    ("MNIST", "adam"): (0.30, 0.910),
    ("MNIST", "other"): (0.33, 0.900),
    ("digits", "sgd_momentum"): (0.30, 0.890),
    ("digits", "adam"): (0.35, 0.890),
    ("digits", "other"): (0.35, 0.890),
}


@pytest.fixture(scope="module")
def notebook() -> str:
    """All the text that students read, of the release."""
    raw = json.loads((ROOT / "release" / "linear_mnist" / "linear_mnist.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in raw["cells"] if cell["cell_type"] == "markdown")
    return " ".join(text.split())


def test_settings_are_those_that_students_are_told(notebook: str) -> None:
    judge = NotebookJudge()
    assert (judge.call_timeout, judge.test_timeout) == (10.0, 60.0)
    assert "Each call returns within 10 seconds, and all calls of one hidden test within 60" in notebook
    assert (judge.cell_timeout, judge.notebook_timeout) == (30.0, 600.0)
    assert "a cell that takes more than 30 seconds is left out" in notebook
    assert "All cells together have ten minutes" in notebook
    assert (judge.submission_timeout, judge.cells, judge.memory) == (900.0, 500, 2048)
    assert "its cells (500 code cells at most), the tests and training, there are 15 minutes" in notebook
    assert Training().budget == 60.0 and "A run has 60 seconds" in notebook
    limits = Limits()
    assert (limits.memory, limits.total_memory, limits.cpu_seconds) == (3 * 1024, 4 * 1024, 600)
    assert (limits.processes, limits.open_files, limits.scratch) == (128, 512, 512)
    assert (limits.scratch_files, limits.file_size) == (20_000, 256)
    assert (judge.output, judge.examples, Training().per_device) == (1024, 25, 4)


def test_training_is_as_students_are_told(notebook: str) -> None:
    assert (recipe.BATCH, recipe.FOLLOWED_STEPS) == (64, 50)
    assert "mini-batches of 64" in notebook and "the first 50 steps" in notebook
    assert recipes.EPOCHS == {"MNIST": 10, "digits": 30}
    assert "takes 10 epochs. (Where MNIST isn't at hand: 30 epochs" in notebook
    sgd, adam, other = (
        recipes.RECIPES[f"converge_{name}"] for name in ("sgd_momentum", "adam", "other")
    )  # the order of their questions
    assert {(one.batch, one.followed) for one in (sgd, adam, other)} == {(64, 50)}
    assert (sgd.etas, sgd.decay, step_of(sgd)) == ((0.1,), 0.9, ("w", "m", "grad", 0.1, 0.9))
    assert (adam.etas, adam.decay, step_of(adam)) == ((1e-3,), 1.0, ("w", "m", "v", "grad", 1, 1e-3))
    assert step_of(other) == ("w", None, "grad", 1e-3)
    assert (other.etas, other.decay) == ((1e-3, 1e-2, 1e-1), 1.0)
    assert "$\\beta = 0.9$ and $\\eta = 0.1 \\cdot 0.9^{\\,\\text{epoch}}$" in notebook
    assert "Adam: $\\eta = 0.001$" in notebook and "$\\eta$ = 0.001, 0.01 and 0.1 are tried" in notebook
    assert (recipes.BETA, recipes.BETA_1, recipes.BETA_2, recipes.EPSILON) == (0.9, 0.9, 0.999, 1e-8)
    rates = sgd.rates(0.1, "MNIST")
    assert rates[:3] == pytest.approx([0.1, 0.09, 0.081]) and len(rates) == 10


def step_of(one: recipe.Recipe) -> tuple[object, ...]:
    """Return what a recipe's driver gives the student's function in its first step, tensors by their names."""
    start = {**one.start(0), "grad": torch.ones(784, 10)}
    names = {id(value): name for name, value in start.items()}
    given: list[object] = []

    def step(*arguments: object) -> list[object]:
        given.extend(names.get(id(value), value) for value in arguments)
        return [torch.zeros(784, 10)] * 5

    parts = {"gradient": lambda X, ystar, w: start["grad"], "step": step}
    steps = one.driver(start=start, settings={"etas": one.etas[:1]}, batches=[(None, None)], **parts)
    with contextlib.suppress(TypeError):  # it gave back too many
        next(steps)
    return tuple(given)


def test_what_the_readme_says_of_training_is_so() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert (training_loop.CLOSE_STEPS, training_loop.WATCHED_STEPS, training_loop.WATCH_EVERY) == (5, 50, 100)
    assert "in the first 50 steps (closely in the first five) and every hundredth later" in readme
    assert "48,000 images of MNIST" in readme and "12,000 validation images" in readme
    assert training_data.SPLIT_SEED == 2000
    assert "20 seeds" in readme and "p < 1e-4" in readme
    raw = tomllib.loads(LINEAR_MNIST.thresholds_file.read_text(encoding="utf-8"))
    parts = [part for data in ("MNIST", "digits") for part in raw[data].values() if isinstance(part, dict)]
    assert [part["seeds"] for part in parts] == [20] * 6
    assert (raw["MNIST"]["training_images"], raw["MNIST"]["validation_images"]) == (48_000, 12_000)
    assert "`c.Training.budget` (60 s of processor time for one run" in readme


@pytest.mark.parametrize(("data", "name"), FINAL)
def test_thresholds_ask_for_what_right_answers_reach_and_no_less(data: str, name: str) -> None:
    band, epochs = thresholds(LINEAR_MNIST, data, name).band, recipes.EPOCHS[data]
    assert {len(series) for series in vars(band).values()} == {epochs + 1}
    most_loss, least_accuracy = FINAL[data, name]
    assert band.loss[-1] < band.most_loss[-1] <= most_loss
    assert least_accuracy <= band.least_accuracy[-1] < band.accuracy[-1]
    for epoch in range(1, epochs + 1):
        loss_off = band.most_loss[epoch] - band.loss[epoch]
        accuracy_off = band.accuracy[epoch] - band.least_accuracy[epoch]
        assert 5 * band.loss_spread[epoch] < loss_off < 7 * max(band.loss_spread[epoch], 1e-3)
        assert 5 * band.accuracy_spread[epoch] < accuracy_off < 7 * max(band.accuracy_spread[epoch], 0.01)


def test_points_of_the_hidden_tests_are_those_of_the_notebooks_cells(notebook: str) -> None:
    points: dict[str, float] = defaultdict(float)
    bonus: dict[str, float] = defaultdict(float)
    for path in LINEAR_MNIST.test_files:
        for block in re.split(r"\n(?=@pytest\.mark\.question)", path.read_text(encoding="utf-8"))[1:]:
            (question,) = re.findall(r'mark\.question\("(\w+)"\)', block)
            points[question] += sum(map(float, re.findall(r"mark\.points\(([\d.]+)\)", block)))
            bonus[question] += sum(map(float, re.findall(r"mark\.bonus\(([\d.]+)\)", block)))
    assert points == {
        "ce_loss": 4, "grad_func": 6, "sgd_momentum": 4, "adam": 6,
        "converge_sgd_momentum": 3, "converge_adam": 3, "converge_other": 0,
    }  # fmt: skip
    assert {name: extra for name, extra in bonus.items() if extra} == {"converge_other": 2}
    assert "up to 2 points on top" in notebook

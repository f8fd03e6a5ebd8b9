"""The instructor's notebook, and the students' copy made of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.assignments.batch_norm.recipes import CHANNELS, FIRST, NARROW, RECIPES, WAY, WIDE
from autograder.judge.settings import Training
from autograder.student.resource_limits import Limits
from tests.assignments.conftest import ROOT, cells, read

SOURCE, RELEASE = read("batch_norm", "source"), read("batch_norm", "release")
POINTS = {
    "test_standardise": 2,
    "test_batch_norm": 4,
    "test_batch_norm_grad": 6,
    "test_batch_norm_layer": 8,
    "test_conv_net": 4,
    "test_evaluate": 4,
    "test_converge_conv_net": 4,
    "test_converge_mlp": 3,
    "test_error_ratio": 1,
    "what_changes": 3,
}
SIGNATURES = {
    "standardise": ("standardise", "(train, test)"),
    "batch_norm": ("batch_norm", "(x, gamma, beta, eps=1e-05)"),
    "batch_norm_grad": ("batch_norm_grad", "(dy, x, gamma, eps=1e-05)"),
    "batch_norm_layer": ("BatchNorm", "(features, momentum=0.1, eps=1e-05)"),
    "conv_net": ("conv_net", "(channels, norm=None)"),
    "evaluate": ("evaluate", "(model, loss_func, loader)"),
    "error_ratio": ("error_ratio", "(accuracy, accuracy_bn)"),
}


def text(notebook: dict[str, Any], cell_id: str) -> str:
    return "".join(next(one for one in notebook["cells"] if one["id"] == cell_id)["source"])


def test_graded_cells_have_the_fixed_names_and_points() -> None:
    for notebook in (SOURCE, RELEASE):
        marks = {name: one["metadata"]["nbgrader"] for name, one in cells(notebook).items()}
        assert {name: mark["points"] for name, mark in marks.items() if mark["grade"]} == POINTS
        assert {name for name, mark in marks.items() if mark["solution"]} == {*SIGNATURES, "what_changes"}


@pytest.mark.parametrize("notebook", [SOURCE, RELEASE], ids=["source", "release"])
def test_answers_have_the_fixed_names_and_arguments(notebook: dict[str, Any]) -> None:
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn}
    for cell_id, (name, signature) in SIGNATURES.items():
        exec(text(notebook, cell_id), names)
        assert str(inspect.signature(names[name])) == signature
        assert "Args:" in names[name].__doc__


def test_every_answer_has_its_check_under_it() -> None:
    ids = [one["id"] for one in SOURCE["cells"]]
    for cell_id, (name, _) in SIGNATURES.items():
        assert ids[ids.index(cell_id) + 1] == f"test_{cell_id}"
        assert text(SOURCE, f"test_{cell_id}").splitlines()[-1] == f'selfcheck.check({name}, "{cell_id}")'


def test_no_graded_cell_is_skipped_and_all_pictures_are() -> None:
    skipped = {one["id"] for one in SOURCE["cells"] if "skip-execution" in one["metadata"].get("tags", [])}
    drawing = {one["id"] for one in SOURCE["cells"] if "plt.show()" in "".join(one["source"])} - {"training"}
    assert drawing <= skipped and not skipped & set(cells(SOURCE))


def test_the_rules_say_how_training_is_judged() -> None:
    rules = text(SOURCE, "rules")
    conv_net, mlp = RECIPES["converge_conv_net"], RECIPES["converge_mlp"]
    for said in (
        f"channels {CHANNELS}",
        f"learning rate {conv_net.etas[0]:g}, in mini-batches of {conv_net.batch} images",
        f"learning rate {mlp.etas[0]:g} and momentum {mlp.settings['momentum']:g}, in mini-batches of {mlp.batch}",
        "-".join(map(str, (*WIDE, 10))),
        "-".join(map(str, (*NARROW, 10))),
        f"trained for {conv_net.epochs['MNIST']} epoch, the MLP for {mlp.epochs['MNIST']}",
        f"both train for {conv_net.on('cuda:0').epochs['MNIST']} epochs",
        f"both for {conv_net.epochs['digits']} epochs on scikit-learn's small digits",
        {2: "the first two steps"}[FIRST],
        {0.5: "half of the way that they have gone"}[WAY],
        f"A run has {Training().budget:g} seconds",
        f"for a process {Limits().memory / 1024:g} GiB of memory",
    ):
        assert said in rules, said


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, write_mnist: Callable[..., Path]) -> dict[str, Any]:
    """Return the names the notebook defines before any training, with a tiny MNIST."""
    monkeypatch.setenv("AUTOGRADER_DATA", str(write_mnist()))
    monkeypatch.syspath_prepend(str(ROOT / "release" / "batch_norm"))
    monkeypatch.setitem(sys.modules, "mnist", sys)  # what is imported here is forgotten afterwards
    monkeypatch.delitem(sys.modules, "mnist")
    found: dict[str, Any] = {}
    for cell_id in ("setup", "data", *SIGNATURES, "training"):
        exec(text(SOURCE, cell_id), found)
    return found


@pytest.mark.parametrize("make", ["conv_net((4, 4), BatchNorm)", "mlp(BatchNorm, 20)", "mlp()"])
def test_training_learns(make: str, names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    run = names["train"](lambda: eval(make, names), epochs=12, batch_size=8, lr=0.3)
    assert run["train_loss"][-1] < 0.9 * run["train_loss"][0]
    assert [len(run[name]) for name in ("loss", "accuracy")] == [12, 12]
    assert capsys.readouterr().out.count("epoch ") == 12


@pytest.mark.parametrize(
    ("cell_id", "missing"), [("conv_net", "conv_net"), ("batch_norm_layer", "BatchNorm"), ("evaluate", "evaluate")]
)
def test_training_with_a_stub_says_which(
    cell_id: str, missing: str, names: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(text(RELEASE, cell_id), names)
    assert names["train"](lambda: names["conv_net"]([4], names["BatchNorm"])) is None
    assert capsys.readouterr().out.startswith(f"No training yet: {missing} is still to be written.")

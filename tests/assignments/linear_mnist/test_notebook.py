"""The instructor's notebook, and the students' copy made of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
import torch

from autograder.judge.settings import Training
from autograder.student.resource_limits import Limits

from .conftest import RELEASE, SOURCE, Notebook, text

# grade_id: (cell type, grade, solution, locked, points)
GRADED = {
    "ce_loss": ("code", False, True, False, None),
    "test_ce_loss": ("code", True, False, True, 4),
    "derivation": ("markdown", True, True, False, 3),
    "grad_func": ("code", False, True, False, None),
    "test_grad_func": ("code", True, False, True, 6),
    "sgd_momentum": ("code", False, True, False, None),
    "test_sgd_momentum": ("code", True, False, True, 4),
    "test_converge_sgd_momentum": ("code", True, False, True, 3),
    "batch_size": ("markdown", True, True, False, 3),
    "other_optimiser": ("code", False, True, False, None),
    "adam": ("code", False, True, False, None),
    "test_converge_other": ("code", True, False, True, 0),
    "test_adam": ("code", True, False, True, 6),
    "test_converge_adam": ("code", True, False, True, 3),
}
SIGNATURES = {
    "ce_loss": ("CE_loss", "(X, ystar, w)"),
    "grad_func": ("grad_func", "(X, ystar, w)"),
    "sgd_momentum": ("sgd_momentum_step", "(w, m, grad, eta, beta)"),
    "adam": ("adam_step", "(w, m, v, grad, t, eta=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-08)"),
    "other_optimiser": ("other_step", "(w, state, grad, eta)"),
}
SKIPPED = {
    "look",
    "check_other",  # the question is checked at its graded cell, too
    "train_sgd",
    "plot_sgd",
    "train_batch_sizes",
    "plot_batch_sizes",
    "train_other",
    "train_adam",
    "plot_adam",
    "plot_weights",
    "plot_mistakes",
}


def nbgrader_metadata(notebook: Notebook) -> dict[str, dict[str, Any]]:
    tagged = [one for one in notebook["cells"] if "nbgrader" in one["metadata"]]
    return {one["metadata"]["nbgrader"]["grade_id"]: one for one in tagged}


def functions(notebook: Notebook) -> dict[str, Callable[..., Any]]:
    names: dict[str, Any] = {"torch": torch}
    for cell_id, (function, _) in SIGNATURES.items():
        exec(text(notebook, cell_id), names)
        assert function in names
    return names


@pytest.mark.parametrize("folder", [SOURCE, RELEASE], ids=["source", "release"])
def test_graded_cells(folder: Path) -> None:
    notebook = nbformat.read(folder / "linear_mnist.ipynb", as_version=4)
    nbformat.validate(notebook)
    found = {}
    for grade_id, one in nbgrader_metadata(notebook).items():
        tag = one["metadata"]["nbgrader"]
        assert (tag["schema_version"], tag["task"], one["id"]) == (3, False, grade_id)
        found[grade_id] = (one["cell_type"], tag["grade"], tag["solution"], tag["locked"], tag.get("points"))
    assert found == GRADED | {"data": ("code", False, False, True, None)}
    assert sum(points for *_, points in found.values() if points) == 32


def test_what_is_skipped_when_grading(source: Notebook) -> None:
    skipped = {one["id"] for one in source["cells"] if "skip-execution" in one["metadata"].get("tags", [])}
    assert skipped == SKIPPED
    assert not skipped & set(GRADED)


def test_stubs_end_in_a_return_and_texts_are_written(source: Notebook, release: Notebook) -> None:
    for cell_id in SIGNATURES:
        assert "    # YOUR CODE HERE\n    return " in text(release, cell_id)
    for cell_id in ("derivation", "batch_size"):
        assert len(text(source, cell_id)) > 500


def test_the_data_cell_defines_what_mnist_py_has(notebook_names: dict[str, Any], source: Notebook) -> None:
    functions = (
        "mnist",
        "one_hot",
        "online",
        "read_data",
        "read_mnist",
        "download_mnist",
        "read_small_digits",
        "Batches",
    )
    for name in (*functions, "train_loader", "validation_loader", "test_loader"):
        assert name in notebook_names
    assert len(text(source, "data").splitlines()) < 15


@pytest.mark.parametrize("folder", ["source", "release"])
def test_functions_have_the_fixed_names_and_arguments(folder: str, request: pytest.FixtureRequest) -> None:
    names = functions(request.getfixturevalue(folder))
    for function, signature in SIGNATURES.values():
        assert str(inspect.signature(names[function])) == signature
        docstring = names[function].__doc__
        assert docstring is not None
        assert "Args:" in docstring and "Returns:" in docstring and "tensor (" in docstring


def test_stubs_run_and_are_recognised(release: Notebook, selfcheck: ModuleType) -> None:
    names = functions(release)
    for question in selfcheck.QUESTIONS.values():
        assert selfcheck.judge(question, names[question.function]).state == "stub"
    assert {question.function for question in selfcheck.QUESTIONS.values()} == {name for name, _ in SIGNATURES.values()}
    w = torch.ones(2, 3)
    assert names["other_step"](w, None, w, 0.1) == (w, None)


def test_every_function_has_a_public_check_under_it(source: Notebook) -> None:
    ids = [one["id"] for one in source["cells"]]
    checks = {"ce_loss": "test_ce_loss", "grad_func": "test_grad_func", "sgd_momentum": "test_sgd_momentum"}
    for cell_id, check in {**checks, "adam": "test_adam", "other_optimiser": "check_other"}.items():
        function = SIGNATURES[cell_id][0]
        assert ids.index(check) == ids.index(cell_id) + 1
        question = "other_step" if check == "check_other" else cell_id
        assert text(source, check).splitlines()[-1] == f'selfcheck.check({function}, "{question}")'


def test_the_rules_come_short_and_the_full_list_at_the_end(source: Notebook) -> None:
    ids = [one["id"] for one in source["cells"]]
    assert ids.index("rules_in_short") == 1 and ids[-1] == "rules"
    short, full = text(source, "rules_in_short"), text(source, "rules")
    assert len(short) < 1600 < 4 * len(short) < len(full)
    assert "[*All rules*](#All-rules)" in short and full.startswith("## All rules\n")
    assert "five functions" in short and "the five graded functions" in full
    for function, _ in SIGNATURES.values():
        assert f"`{function}`" in full


@pytest.mark.parametrize(
    "rule",
    [
        *(
            "`backward`",
            "`torch.autograd.*`",
            "`torch.func`",
            "method of your own",
            "`torch.optim`",
            "functional forms",
        ),
        *("`F.cross_entropy`", "`nn.CrossEntropyLoss`", "`F.nll_loss`", "`nn.NLLLoss`", "`F.kl_div`", "and the like"),
        *("`F.binary_cross_entropy`", "`F.binary_cross_entropy_with_logits`", "comment or a string costs nothing"),
        *("`softmax`", "`log_softmax`", "`logsumexp`", "`nn.Softmax`", "`nn.LogSoftmax`", "`F.linear`", "`F.one_hot`"),
        *("NumPy", "`.cpu()`", "under any other name", "positional", "`torch.no_grad()`", "order of their arguments"),
        *("N ≥ 1", "1 and 2 included", "`float32` or `float64`", "contiguous in memory or not (gradients too)"),
        *("at most 512", "one-hot", "dtype of `X`", "zero before the first step", "`t` counts from 1", "several steps"),
        *("loss is a float", "NumPy float is one", "a tensor isn't", "dtype, shape and device of `w`"),
        *("list or a named tuple", "±10,000", "finite", "1e-9", "4 · eps", "1e-4 for Adam"),
        *("`grad_func` doesn't change its inputs", "don't change `grad`", "in place", "what they return"),
        *("10 seconds", "within 60", "sum", "judged on its own", "correct gradients"),
        *("read by a person", "trains with your own `grad_func`", "Printing, warnings", "exception in some other cell"),
        *(
            "your code never sees",
            "mini-batches of 64",
            "10 epochs",
            "0.1 \\cdot 0.9",
            "best run counts",
            "first 50 steps",
        ),
        *("once in 10,000", "plain gradient descent", "costs none", "once more with the right gradient", "60 seconds"),
        *("NaN or infinite", "above its start", "nothing changes"),
        *("never returns, or crashes", "`skip-execution`", "30 seconds", "ten minutes"),
        *(
            "put back",
            "the network is not",
            "nor is a GPU",
            "scikit-learn, matplotlib and tqdm",
            "a type hint or a decorator",
        ),
    ],
)
def test_rule_is_stated(source: Notebook, rule: str) -> None:
    assert rule in text(source, "rules")


def test_limits_are_stated(source: Notebook) -> None:
    limits = Limits()
    for said in (
        f"for a process {limits.memory / 1024:g} GiB of memory",
        f"{limits.cpu_seconds / 60:g} minutes of processor time",
        f"{limits.open_files} open files",
        f"for all together {limits.total_memory / 1024:g} GiB, {limits.processes} processes and threads",
        f"{limits.scratch} MiB in the notebook's folder",
        f"A run has {Training().budget:g} seconds",
        f"{limits.scratch_files:,} files, none above {limits.file_size} MiB",
    ):
        assert said in text(source, "rules")


@pytest.fixture
def notebook_names(
    source: Notebook, monkeypatch: pytest.MonkeyPatch, write_mnist: Callable[..., Path]
) -> dict[str, Any]:
    """Return the names the notebook defines before any training, with a tiny MNIST."""
    monkeypatch.setenv("AUTOGRADER_DATA", str(write_mnist()))
    monkeypatch.syspath_prepend(str(RELEASE))
    monkeypatch.setitem(sys.modules, "mnist", sys)  # what is imported here is forgotten afterwards
    monkeypatch.delitem(sys.modules, "mnist")
    names: dict[str, Any] = {}
    for cell_id in ("setup", "data", *SIGNATURES, "training"):
        exec(text(source, cell_id), names)
    return names


def test_training_learns(notebook_names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    run = notebook_names["train"](notebook_names["momentum"](), epochs=3, batch_size=8)
    assert run["loss"] == sorted(run["loss"], reverse=True)
    assert run["accuracy"][-1] == 1.0
    assert run["w"].shape == (784, 10)
    assert [len(run[name]) for name in ("loss", "accuracy", "seconds")] == [3, 3, 3]
    assert capsys.readouterr().out.count("epoch ") == 3


def test_training_with_a_stub_says_which(
    notebook_names: dict[str, Any], release: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    momentum = notebook_names["momentum"]()
    for cell_id, missing in (
        ("sgd_momentum", "the optimiser's step"),
        ("grad_func", "grad_func"),
        ("ce_loss", "CE_loss"),
    ):
        exec(text(release, cell_id), notebook_names)
        assert notebook_names["train"](momentum) is None
        assert capsys.readouterr().out.startswith(f"No training yet: {missing} is still to be written.")
    notebook_names["plot"]({"nothing": None})
    assert capsys.readouterr().out == "Nothing to draw yet.\n"

"""The assignment's files as fixtures, and notebooks made from them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import QuestionResult
from tests.judge.conftest import ThreadCopy

LINEAR_MNIST = Assignment.find("linear_mnist")

POINTS = {"ce_loss": 4.0, "grad_func": 6.0, "sgd_momentum": 4.0, "adam": 6.0}
ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "source" / "linear_mnist"
RELEASE = ROOT / "release" / "linear_mnist"
Notebook = dict[str, Any]


def read(folder: Path) -> Notebook:
    return json.loads((folder / "linear_mnist.ipynb").read_text(encoding="utf-8"))


def cell(notebook: Notebook, cell_id: str) -> dict[str, Any]:
    return next(one for one in notebook["cells"] if one["id"] == cell_id)


def text(notebook: Notebook, cell_id: str) -> str:
    return "".join(cell(notebook, cell_id)["source"])


@pytest.fixture
def source() -> Notebook:
    return read(SOURCE)


@pytest.fixture
def release() -> Notebook:
    return read(RELEASE)


@pytest.fixture
def answered(source: Notebook) -> Callable[..., Notebook]:
    """Return a function that makes a quick notebook: the reference answers, some replaced, without data and plots."""

    def make(**answers: str) -> Notebook:
        notebook = copy.deepcopy(source)
        keep = ("ce_loss", "grad_func", "sgd_momentum", "adam")
        notebook["cells"] = [one for one in notebook["cells"] if one["id"].removeprefix("test_") in keep]
        setup = {"cell_type": "code", "id": "setup", "metadata": {}, "source": "import torch", "outputs": []}
        notebook["cells"].insert(0, {**setup, "execution_count": None})
        for cell_id, answer in answers.items():
            cell(notebook, cell_id)["source"] = answer
        return notebook

    return make


@pytest.fixture
def selfcheck(load_selfcheck: Callable[[str], ModuleType]) -> ModuleType:
    """Return selfcheck.py, freshly imported from the release."""
    return load_selfcheck("linear_mnist")


@pytest.fixture
def judged(judge_answer: Callable[..., QuestionResult]) -> Callable[..., QuestionResult]:
    """Return a function that judges one question's answer, as always but for the kernel: that is a thread."""

    def judge(question: str, code: str, machine: type[ThreadCopy] = ThreadCopy) -> QuestionResult:
        return judge_answer("linear_mnist", question, code, machine)

    return judge

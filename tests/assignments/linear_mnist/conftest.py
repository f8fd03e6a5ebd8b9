"""The assignment's files as fixtures, and notebooks made from them."""

from __future__ import annotations

import copy
import importlib.util
import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from autograder.judge import notebook_judging as judging
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import QuestionResult
from autograder.judge.notebook_run import NotebookRun
from tests.judge.conftest import ThreadCopy, notebook

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
def selfcheck(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return selfcheck.py, freshly imported from the source folder."""
    spec = importlib.util.spec_from_file_location("selfcheck", SOURCE / "selfcheck.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "selfcheck", module)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # running a notebook replaces all these
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(Path.cwd())
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def write_mnist(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes MNIST's raw files: image n says n in its first pixels, a bar says n % 10."""

    def write(training: int = 60, test: int = 10, side: int = 28) -> Path:
        raw = tmp_path / "data" / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for name, count in (("train", training), ("t10k", test)):
            numbers = np.arange(count)
            images = np.zeros((count, side * side), dtype=np.uint8)
            images[:, :3] = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1)
            if side == 28:
                for digit in range(10):
                    images[digit::10, 28 * (5 + digit) : 28 * (6 + digit)] = 255
            header = struct.pack(">IIII", 0x803, count, side, side)
            (raw / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
            labels = (numbers % 10).astype(np.uint8).tobytes()
            (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)
        return tmp_path / "data"

    return write


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., QuestionResult]:
    """Return a function that judges one question's answer, as always but for the kernel: that is a thread."""

    def judge(question: str, code: str, machine: type[ThreadCopy] = ThreadCopy) -> QuestionResult:
        def copy_at(run: NotebookRun, name: str) -> ThreadCopy:
            names: dict[str, Any] = {}
            exec("import math\nimport torch\nimport numpy as np\nimport torch.nn.functional as F\n" + code, names)
            return machine(names)

        monkeypatch.setattr(NotebookRun, "copy_at", copy_at)
        monkeypatch.setattr(NotebookRun, "finish", lambda run: None)
        asked = notebook((question, POINTS[question]))
        return judging.judge_notebook(asked, LINEAR_MNIST, tmp_path).questions[0]

    return judge

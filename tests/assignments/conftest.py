"""What the tests that hold for every assignment have in common: the assignments on disk, and their files."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.judge import notebook_judging as judging
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import QuestionResult
from autograder.judge.notebook_run import NotebookRun
from tests.judge.conftest import ThreadCopy, notebook

collect_ignore = ["tiny"]  # an assignment to test with: its hidden tests are run on notebooks, not on their own
ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "source").glob("*/*.ipynb") if path.stem == path.parent.name)
KNOWN = {one.name: one for one in Assignment.all() if one.name in ASSIGNMENTS}  # those with hidden tests of ours
JUDGED = sorted(KNOWN)
Notebook = dict[str, Any]
PRELUDE = "import math\nimport torch\nimport numpy as np\nimport torch.nn.functional as F\nfrom torch import nn\n"


def read(assignment: str, place: str) -> Notebook:
    """Return an assignment's notebook, as it stands in "source" or "release"."""
    return json.loads((ROOT / place / assignment / f"{assignment}.ipynb").read_text(encoding="utf-8"))


def cells(found: Notebook) -> dict[str, dict[str, Any]]:
    """Return a notebook's cells that nbgrader knows, by grade_id."""
    tagged = [one for one in found["cells"] if "nbgrader" in one["metadata"]]
    return {one["metadata"]["nbgrader"]["grade_id"]: one for one in tagged}


def registered(kind: str) -> list[Any]:
    """Return all "right" or "wrong" entries of the registries, each with its assignment, as a test's values."""
    return [
        pytest.param(name, entry, id=f"{name}-{entry.question}-{entry.slug}")
        for name in JUDGED
        for entry in getattr(KNOWN[name].registry, kind)
    ]


def worth(assignment: str, question: str) -> float:
    """Return the points of a question's test cell."""
    return float(cells(read(assignment, "source"))[f"test_{question}"]["metadata"]["nbgrader"]["points"])


@pytest.fixture(params=ASSIGNMENTS)
def assignment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def load_selfcheck(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return a function that freshly imports an assignment's selfcheck.py from the release."""

    def load(assignment: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location("selfcheck", ROOT / "release" / assignment / "selfcheck.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "selfcheck", module)
        monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # running a notebook replaces all these
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setenv("MPLBACKEND", "Agg")
        monkeypatch.chdir(Path.cwd())
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def judge_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., QuestionResult]:
    """Return a function that judges one question's answer, as always but for the kernel: that is a thread."""

    def judge(assignment: str, question: str, code: str, machine: type[ThreadCopy] = ThreadCopy) -> QuestionResult:
        def copy_at(run: NotebookRun, name: str) -> ThreadCopy:
            names: dict[str, Any] = {}
            exec(PRELUDE + KNOWN[assignment].answers_before(question) + code, names)
            return machine(names)

        monkeypatch.setattr(NotebookRun, "copy_at", copy_at)
        monkeypatch.setattr(NotebookRun, "finish", lambda run: None)
        asked = notebook(code, (question, worth(assignment, question)))
        return judging.judge_notebook(asked, KNOWN[assignment], tmp_path).questions[0]

    return judge

"""The released notebook in the hands of everything but the course's grader: stock nbgrader, nbclient, Jupyter."""

from __future__ import annotations

import copy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from .conftest import RELEASE, SOURCE, Notebook, cell, text

TEST_CELLS = (
    *("test_ce_loss", "test_grad_func", "test_sgd_momentum", "test_adam"),
    *("test_converge_sgd_momentum", "test_converge_other", "test_converge_adam"),
)
ANSWERS = ("ce_loss", "grad_func", "sgd_momentum", "adam")
OVERRIDES = """class selfcheck:
    check = staticmethod(lambda *_: 4.0)
check = train = selfcheck.check"""


def handed_in(release: Notebook, source: Notebook, answers: tuple[str, ...] = ANSWERS, **edits: str) -> Notebook:
    """Return the release with right answers, texts, and some cells replaced."""
    notebook = copy.deepcopy(release)
    for cell_id in answers:
        cell(notebook, cell_id)["source"] = text(source, cell_id)
    for cell_id in ("derivation", "batch_size"):
        cell(notebook, cell_id)["source"] = "By the chain rule, and because of the noise."
    for cell_id, code in edits.items():
        cell(notebook, cell_id)["source"] = code
    return notebook


def with_overrides(notebook: Notebook) -> Notebook:
    """Return the notebook with a cell of the student's own that defines check and train anew."""
    own = {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "source": OVERRIDES,
        "outputs": [],
        "execution_count": None,
    }
    place = next(i for i, one in enumerate(notebook["cells"]) if one["id"] == "ce_loss")
    notebook["cells"].insert(place, own)
    return notebook


def nbgrader(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": "", **environment}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])  # it calls alembic
    done = subprocess.run(["nbgrader", *command], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def test_a_course_without_the_plug_in_gives_no_points_for_nothing(
    tmp_path: Path, release: Notebook, source: Notebook, write_mnist: Callable[..., Path]
) -> None:
    nbgrader(tmp_path, "quickstart", "mycourse")
    course = tmp_path / "mycourse"
    shutil.copytree(SOURCE, course / "source" / "linear_mnist", ignore=shutil.ignore_patterns("__pycache__"))
    nbgrader(course, "generate_assignment", "linear_mnist")
    submissions = {"right": handed_in(release, source), "overridden": with_overrides(copy.deepcopy(release))}
    for student, notebook in submissions.items():
        folder = course / "submitted" / student / "linear_mnist"
        folder.mkdir(parents=True)
        (folder / "linear_mnist.ipynb").write_text(json.dumps(notebook))
    nbgrader(course, "autograde", "linear_mnist", AUTOGRADER_DATA=str(write_mnist()))
    with sqlite3.connect(course / "gradebook.db") as database:
        scores = database.execute("select auto_score from grade where auto_score is not null").fetchall()
    assert len(scores) >= len(TEST_CELLS) * len(submissions)
    assert {score for (score,) in scores} == {0.0}
    graded = (course / "autograded" / "right" / "linear_mnist" / "linear_mnist.ipynb").read_text(encoding="utf-8")
    assert graded.count('"evalue": "Not graded: the hidden tests are not here.') == len(TEST_CELLS)


def test_another_grader_gives_no_points_either(release: Notebook, source: Notebook, tmp_path: Path) -> None:
    """One that runs the cells with nbclient and asks determine_grade; selfcheck.py is not there."""
    notebook = with_overrides(handed_in(release, source))
    kept = ("own", *ANSWERS, *TEST_CELLS)
    notebook["cells"] = [one for one in notebook["cells"] if one["id"] in kept]
    node = nbformat.reads(json.dumps(notebook), as_version=4)
    NotebookClient(node, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    graded = [one for one in node.cells if one.id in TEST_CELLS]
    assert [determine_grade(one)[0] for one in graded] == [0] * len(TEST_CELLS)
    for one in graded:
        assert one.outputs[-1].evalue.startswith(("Not graded", "No module named 'selfcheck'"))


@pytest.mark.parametrize(
    ("answers", "edits", "failed"),
    [
        (ANSWERS, {}, []),
        (
            ANSWERS[1:3],
            {
                "grad_func": "def grad_func(X, ystar, w):\n    return X.T @ (torch.softmax(X @ w, 1) - ystar)",
                "other_optimiser": "def other_step(w, state, grad, eta):\n    return w + eta * grad, state",
            },
            [
                "ce_loss: not answered yet",
                "grad_func: not yet, the gradient is wrong",
                "other_step: not yet",
                "adam: not",
            ],
        ),
    ],
    ids=["right", "wrong"],
)
def test_validate_tells_right_from_wrong(
    answers: tuple[str, ...],
    edits: dict[str, str],
    failed: list[str],
    release: Notebook,
    source: Notebook,
    tmp_path: Path,
    write_mnist: Callable[..., Path],
) -> None:
    folder = tmp_path / "linear_mnist"
    shutil.copytree(RELEASE, folder)
    (folder / "linear_mnist.ipynb").write_text(json.dumps(handed_in(release, source, answers, **edits)))
    done = nbgrader(folder, "validate", "linear_mnist.ipynb", AUTOGRADER_DATA=str(write_mnist()))
    if not failed:
        assert done.stdout == "Success! Your notebook passes all the tests.\n"
        return
    assert f"VALIDATION FAILED ON {len(failed)} CELL(S)!" in done.stdout
    for words in failed:
        assert words in done.stdout
    assert "Traceback" not in done.stdout and "NameError" not in done.stdout


@pytest.fixture(scope="module")
def jupyter() -> Iterator[BlockingKernelClient]:
    """Return a client of a real kernel in the release's folder."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(RELEASE))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str, watched: bool) -> tuple[str, str]:
    """Run code as a front end does, or as a program with nobody watching; return what it printed and raised."""
    printed: list[str] = []

    def hook(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=hook, allow_stdin=watched, timeout=60)["content"]
    return "".join(printed), f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else ""


def test_in_jupyter_a_check_shows_its_words_and_no_error(
    jupyter: BlockingKernelClient, release: Notebook, source: Notebook
) -> None:
    assert run(jupyter, "import torch\n" + text(source, "ce_loss"), watched=True) == ("", "")
    check = text(release, "test_ce_loss")
    printed, raised = run(jupyter, check, watched=True)
    assert printed.startswith("✓ ce_loss: the public checks pass.") and raised == ""
    run(jupyter, text(release, "ce_loss"), watched=True)
    printed, raised = run(jupyter, check, watched=True)
    assert printed.startswith("… ce_loss: not answered yet") and raised == ""
    assert run(jupyter, check, watched=False)[1].startswith("RuntimeError: Not graded: the hidden tests are not here.")
    for name, raised in (("autograde", "RuntimeError: Not graded"), ("validate", "NotPassedError: … ce_loss")):
        run(jupyter, f"import os; os.environ['NBGRADER_EXECUTION'] = '{name}'", watched=True)
        assert run(jupyter, check, watched=True)[1].startswith(raised)
    run(jupyter, "del os.environ['NBGRADER_EXECUTION']", watched=True)


def test_a_training_cell_trains_in_jupyter_and_nowhere_else(jupyter: BlockingKernelClient, release: Notebook) -> None:
    run(jupyter, "momentum = lambda **_: None\ntrain = lambda *_, **settings: print(settings)", watched=True)
    code = text(release, "test_converge_sgd_momentum")
    assert run(jupyter, code, watched=True) == ("{'epochs': 1, 'batch_size': 64}\n", "")
    assert run(jupyter, code, watched=False)[1].startswith("RuntimeError: Not graded")


def test_a_missing_selfcheck_is_said_in_words(
    release: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "selfcheck", raising=False)
    exec(text(release, "setup_check"), {})
    said = "selfcheck.py is missing: put it into the folder of this notebook, and run this cell again.\n"
    assert capsys.readouterr().out == said

"""selfcheck.py, a notebook at a time: finding, reading and running it, the table, the exit status."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from .conftest import SOURCE, Notebook

UPHILL = "def grad_func(X, ystar, w):\n    return X.T @ (ystar - torch.softmax(X @ w, 1)) / len(X)"


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run selfcheck.py in the folder the way a student does, with a console in UTF-8."""
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run([sys.executable, "selfcheck.py"], cwd=folder, env=env, capture_output=True)


@pytest.fixture
def handed_in(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that puts selfcheck.py and notebooks into a folder."""

    def write(**notebooks: Notebook | str) -> Path:
        folder = tmp_path / "linear_mnist"
        folder.mkdir()
        shutil.copy(SOURCE / "selfcheck.py", folder)
        for name, notebook in notebooks.items():
            content = notebook if isinstance(notebook, str) else json.dumps(notebook)
            (folder / f"{name}.ipynb").write_text(content, encoding="utf-8")
        return folder

    return write


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nrm -r .", ""),
        ("if True:\n    !ls\n    x = 1", "if True:\n    pass\n    x = 1"),
        ("files = !ls\ntorch.cat?", "files = None\npass"),
        ("x = (7\n% 4)", "x = (7\n% 4)"),
    ],
)
def test_cells_without_jupyter(selfcheck: ModuleType, cell: str, python: str) -> None:
    assert selfcheck.plain_python(cell) == python
    compile(python, "cell", "exec")


def test_each_question_is_checked_at_its_test_cell(
    answered: Callable[..., Notebook], selfcheck: ModuleType, tmp_path: Path
) -> None:
    notebook = answered(
        sgd_momentum="CE_loss = None  # too late to count\nimport nothing_like_this",
        adam="get_ipython().run_line_magic('matplotlib', 'inline')\ndisplay(1)\nexit()",
    )
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    results, notes = selfcheck.run_cells(selfcheck.read_cells(path))
    assert [result.state for result in results] == ["passed", "passed", "missing", "missing"]
    assert len(notes) == 2
    assert notes[0] == "Cell 6 stopped with ModuleNotFoundError: No module named 'nothing_like_this'"
    assert notes[1].startswith("Cell 8 stopped with SystemExit")


def test_deleted_test_cells_and_endless_cells(
    answered: Callable[..., Notebook], selfcheck: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    notebook = answered()
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("test_")]
    endless = {**notebook["cells"][0], "id": "endless", "source": "while True:\n    pass"}
    notebook["cells"].insert(1, endless)
    notebook["cells"].append({**endless, "metadata": {"tags": ["skip-execution"]}})
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(selfcheck, "CELL_SECONDS", 0.3)
    results, notes = selfcheck.run_cells(selfcheck.read_cells(path))
    assert [result.state for result in results] == ["passed"] * 4
    assert notes == ["Cell 2 ran for more than 0.3 s and was left out."]


def test_command_with_the_stubs(
    release: Notebook, handed_in: Callable[..., Path], write_mnist: Callable[..., Path]
) -> None:
    done = run(handed_in(linear_mnist=release), AUTOGRADER_DATA=str(write_mnist()))
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (1, b"")
    assert out.startswith("Checking linear_mnist.ipynb ...\n\n   question ")
    assert [line[:2] for line in out.splitlines() if line[3:].startswith(("ce_", "grad_", "sgd_", "adam"))] == [
        "… "
    ] * 4
    assert "Still stubs: ce_loss, grad_func, sgd_momentum, adam.\n0 of 4 questions pass" in out
    assert "Note:" not in out
    assert out.rstrip().endswith("very large and very small numbers.")


def test_command_with_the_reference_solution_and_another_notebook_beside_it(
    answered: Callable[..., Notebook],
    handed_in: Callable[..., Path],
    selfcheck: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = handed_in(linear_mnist=answered(), linear_mnist_copy="not a notebook")
    selfcheck.__file__ = str(folder / "selfcheck.py")
    assert selfcheck.main([]) == 0
    out, error = capsys.readouterr()
    assert (out.count("✓"), error) == (4, "")


def test_command_with_one_wrong_answer_on_an_old_windows_console(
    answered: Callable[..., Notebook],
    handed_in: Callable[..., Path],
    selfcheck: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notebook = answered(grad_func=UPHILL, adam="def adam_step(*_):\n    raise ValueError('łódź ✗')")
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    monkeypatch.setenv("COLUMNS", "110")
    assert selfcheck.main([str(handed_in(mine=notebook) / "mine.ipynb")]) == 1
    console.seek(0)
    out = console.read()
    assert [line.split()[0] for line in out.splitlines() if line[3:].startswith(("ce_", "grad_", "sgd_", "adam"))] == [
        *("OK", "X", "OK", "X")
    ]
    assert "the sign: this points down the" in out
    assert "ValueError: ?ód? ?" in out
    assert "2 of 4 questions pass" in out


def test_several_notebooks_and_one_named(
    answered: Callable[..., Notebook],
    handed_in: Callable[..., Path],
    selfcheck: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = handed_in(a=answered(), b="{}")
    selfcheck.__file__ = str(folder / "selfcheck.py")
    assert selfcheck.main([]) == 2
    several = "There are several notebooks (a.ipynb, b.ipynb). Say which: python selfcheck.py a.ipynb\n"
    assert capsys.readouterr() == ("", several)
    (folder / "a.ipynb").rename(tmp_path / "a.ipynb")
    assert selfcheck.main([str(tmp_path / "a.ipynb")]) == 0


@pytest.mark.parametrize(
    ("cells", "where"),
    [
        ({"adam": "import os\nos._exit(0)"}, "cell 8 ended Python itself (exit status 0)"),
        ({"grad_func": "import os\ndef grad_func(*_):\n    os._exit(0)"}, "grad_func(...) ended Python itself"),
    ],
)
def test_a_notebook_that_ends_python_has_not_passed(
    cells: dict[str, str], where: str, answered: Callable[..., Notebook], handed_in: Callable[..., Path]
) -> None:
    done = run(handed_in(linear_mnist=answered(**cells)))
    assert (done.returncode, done.stderr) == (1, b"")
    assert f"The check could not be finished: {where}" in done.stdout.decode()


def test_a_cell_finds_the_files_beside_the_notebook_and_prints_to_nobody(
    answered: Callable[..., Notebook], handed_in: Callable[..., Path]
) -> None:
    folder = handed_in(linear_mnist=answered(adam="import os, mine\nos.write(1, b'noise')\nopen('mine.py').read()"))
    (folder / "mine.py").write_text("import selfcheck\nselfcheck.check(len, 'adam')")
    out = run(folder).stdout.decode()
    assert "3 of 4 questions pass" in out and "Note:" not in out and "noise" not in out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not a notebook that can be read"),
        ('{"cells": [', "not a notebook that can be read"),
        ("[]", "not a notebook that can be read"),
        ('{"nbformat": 4}', "not a notebook that can be read"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "not a notebook that can be read"),
        ('{"nbformat": 3, "worksheets": []}', "has the notebook format 3, not 4"),
    ],
)
def test_broken_notebook(
    content: str,
    reason: str,
    selfcheck: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(content, encoding="utf-8")
    assert selfcheck.main([str(path)]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("broken.ipynb ") and reason in error and error.count("\n") == 1


def test_no_notebook(selfcheck: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert selfcheck.main([str(tmp_path / "nothing.ipynb")]) == 2
    assert capsys.readouterr().err.startswith("There is no file ")
    selfcheck.__file__ = str(tmp_path / "selfcheck.py")
    assert selfcheck.main([]) == 2
    assert capsys.readouterr().err.startswith(f"There is no notebook in {tmp_path}.")

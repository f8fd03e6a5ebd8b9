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

from .conftest import RELEASE, Notebook, text

UPHILL = "def grad_func(X, ystar, w):\n    return X.T @ (ystar - torch.softmax(X @ w, 1)) / len(X)"


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run selfcheck.py in the folder the way a student does, with a console in UTF-8."""
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run([sys.executable, "selfcheck.py"], cwd=folder, env=env, capture_output=True)


@pytest.fixture
def handed_in(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that puts what was handed out, but for the notebook, and notebooks into a folder."""

    def write(**notebooks: Notebook | str) -> Path:
        folder = tmp_path / "linear_mnist"
        folder.mkdir()
        for name in ("selfcheck.py", "mnist.py"):
            shutil.copy(RELEASE / name, folder)
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
    found = selfcheck.run_cells(selfcheck.read_cells(path))
    assert [result.state for result in found.results] == ["passed", "passed", "missing", "missing", "missing"]
    assert len(found.notes) == 2
    assert found.notes[0].startswith(
        "Cell 6 goes on without import nothing_like_this: if nothing_like_this is a package"
    )
    assert found.notes[1].startswith("Cell 8 stopped with SystemExit")


def test_answers_in_a_cell_of_their_own_at_the_end_count(
    answered: Callable[..., Notebook], release: Notebook, selfcheck: ModuleType, tmp_path: Path
) -> None:
    notebook = answered()
    names = ("ce_loss", "grad_func", "sgd_momentum", "adam")
    own = {**notebook["cells"][0], "id": "own"}
    own["source"] = "\n\n".join("".join(one["source"]) for one in notebook["cells"] if one["id"] in names)
    stubs = {one["id"]: "".join(one["source"]) for one in release["cells"] if one["id"] in names}
    for one in notebook["cells"]:
        one["source"] = stubs.get(one["id"], one["source"])
    notebook["cells"].append(own)
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = selfcheck.run_cells(selfcheck.read_cells(path))
    assert [one.state for one in found.results if one.question in names] == ["passed"] * 4


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
    found = selfcheck.run_cells(selfcheck.read_cells(path))
    assert [result.state for result in found.results] == ["passed"] * 3 + ["missing", "passed"]
    assert len(found.notes) == 1
    assert found.notes[0].startswith("Cell 2 ran for more than 0.3 s and was left out (line ")


def test_command_with_the_stubs(
    release: Notebook, handed_in: Callable[..., Path], write_mnist: Callable[..., Path]
) -> None:
    done = run(handed_in(linear_mnist=release), AUTOGRADER_DATA=str(write_mnist()))
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (1, b"")
    assert out.startswith("Checking linear_mnist.ipynb ...\n\n…  ce_loss       not answered yet\n…  grad_func  ")
    assert out.count("… ") == 5 and "…  other_step    not answered yet (optional)\n" in out
    assert "\n0 of 4 questions pass the public checks." in out
    open_ones = out.split("Still open:\n")[1].split("\n\n")[0].splitlines()
    written = [
        f"  - {name}: the function is still to be written" for name in ("ce_loss", "grad_func", "sgd_momentum", "adam")
    ]
    assert open_ones == written + [
        f"  - {name}: the text is still to be written" for name in ("derivation", "batch_size")
    ]
    assert "Note:" not in out
    unchecked = "Not checked here: converge_sgd_momentum, converge_other, converge_adam ("
    assert unchecked in out


def test_a_helper_that_is_missing_or_edited_is_said_once(
    release: Notebook,
    source: Notebook,
    handed_in: Callable[..., Path],
    write_mnist: Callable[..., Path],
    selfcheck: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = handed_in(linear_mnist=source)
    data = str(write_mnist())
    (folder / "mnist.py").write_text(
        (folder / "mnist.py").read_text(encoding="utf-8") + "\nmine = 1\n", encoding="utf-8"
    )
    out = " ".join(run(folder, AUTOGRADER_DATA=data).stdout.decode().split())
    assert out.count("Note:") == 1
    assert "Note: mnist.py is not as it was handed out: in the grading, what was handed out counts." in out
    (folder / "mnist.py").unlink()
    done = run(folder, AUTOGRADER_DATA=data)
    out = " ".join(done.stdout.decode().split())
    assert "4 of 4 questions pass" in out and out.count("mnist.py is missing") == 1
    assert "stopped with ImportError: mnist.py is missing: get it from where you got this notebook, put it into" in out
    (folder / "linear_mnist.ipynb").write_text(json.dumps({**release, "cells": release["cells"][:2]}))
    selfcheck.__file__ = str(folder / "selfcheck.py")
    selfcheck.main([])
    out = " ".join(capsys.readouterr().out.split())
    assert "Note: mnist.py is missing: it was handed out with the notebook. Put it beside the notebook." in out


def test_command_with_the_reference_solution_and_another_notebook_beside_it(
    answered: Callable[..., Notebook],
    handed_in: Callable[..., Path],
    selfcheck: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = "def other_step(w, state, grad, eta):\n    return w - eta * grad, None"
    notebook = answered(adam=text(answered(), "adam") + "\n\n" + other)
    folder = handed_in(linear_mnist=notebook, linear_mnist_copy="not a notebook")
    selfcheck.__file__ = str(folder / "selfcheck.py")
    assert selfcheck.main([]) == 0
    out, error = capsys.readouterr()
    assert (out.count("✓"), error) == (5, "")
    assert "4 of 4 questions pass" in out and "derivation: its cell is not in the notebook" in out


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
    assert "yours is the right gradient with the other sign" in out
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
    assert selfcheck.main([str(tmp_path / "a.ipynb")]) == 1
    assert "there is no function other_step" in capsys.readouterr().out


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


SETUP = """import matplotlib.pyplot as plt, numpy as np
import torch
plt.rcParams.update({"figure.dpi": 110})
plt.style.use("no such style")
device = "cpu"
"""


@pytest.fixture
def without(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Return a function that makes an environment whose Python lacks some modules."""

    def make(*modules: str) -> dict[str, str]:
        folder = tmp_path / "without"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(
            f"""import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {modules!r}:
            raise ModuleNotFoundError(f"No module named {{name.split('.')[0]!r}}", name=name.split(".")[0])
sys.meta_path.insert(0, Without())
"""
        )
        return {"PYTHONPATH": str(folder)}

    return make


def test_without_torch_there_is_one_sentence(
    answered: Callable[..., Notebook], handed_in: Callable[..., Path], without: Callable[..., dict[str, str]]
) -> None:
    done = run(handed_in(linear_mnist=answered()), **without("torch"))
    assert (done.returncode, done.stderr) == (1, b"")
    line = done.stdout.decode()
    assert line.startswith("selfcheck.py needs torch, which this Python does not have: run  python")
    assert line.endswith(" -m pip install torch\n") and line.count("\n") == 1


def test_a_file_that_hides_torch_is_named(answered: Callable[..., Notebook], handed_in: Callable[..., Path]) -> None:
    folder = handed_in(linear_mnist=answered())
    (folder / "torch.py").write_text("x = 1")
    done = run(folder)
    assert (done.returncode, done.stderr) == (1, b"")
    assert "a file or folder named torch lies beside it: rename that" in done.stdout.decode()


def test_without_matplotlib_torch_stays(
    answered: Callable[..., Notebook], handed_in: Callable[..., Path], without: Callable[..., dict[str, str]]
) -> None:
    notebook = answered(adam="import seaborn as sns, torch\nsns.set()\n" + text(answered(), "adam"))
    cell = next(one for one in notebook["cells"] if one["id"] == "setup")
    cell["source"] = SETUP
    uses = "def grad_func(X, ystar, w):\n    return np.zeros(3)"
    next(one for one in notebook["cells"] if one["id"] == "grad_func")["source"] = uses
    done = run(handed_in(linear_mnist=notebook), COLUMNS="200", **without("matplotlib", "seaborn", "numpy"))
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (1, b"")
    assert "3 of 4 questions pass" in out
    notes = [line for line in out.splitlines() if line.startswith("Note: ")]
    assert [note.split(":")[1].strip() for note in notes] == [
        "Cell 1 goes on without import matplotlib.pyplot as plt",
        "Cell 1 goes on without import numpy as np",
        "Cell 8 goes on without import seaborn as sns",
    ]
    words = " ".join(out.split())
    assert "-m pip install matplotlib." in words and "-m pip install seaborn." in words
    assert "the import of np has failed: see the note on cell 1" in words


def test_a_line_beside_the_import_of_torch_costs_itself_alone(selfcheck: ModuleType) -> None:
    running = selfcheck.Running()
    running.run(2, "import torch\nimport os\nopen('no such file')\nx = 1")
    assert (running.names["x"], running.names["torch"].__name__) == (1, "torch")
    assert running.notes[0].startswith("Cell 2 goes on after an error: FileNotFoundError: ")
    assert running.notes[0].endswith("(line 3: open('no such file')).")
    running.run(3, "1 / 0\ny = 1")
    assert "y" not in running.names
    assert running.notes[1] == "Cell 3 stopped with ZeroDivisionError: division by zero (line 1: 1 / 0)."
    running.run(4, "from __future__ import annotations\nx: nothing_yet = 2\ndef f(a: nothing_yet): ...")
    running.run(5, "z = 3\nreturn 1")
    assert running.names["x"] == 2 and "z" not in running.names and len(running.notes) == 3


def test_a_function_whose_cell_stopped_says_so(answered: Callable[..., Notebook], selfcheck: ModuleType) -> None:
    notebook = answered(adam="1 / 0\n" + text(answered(), "adam"))
    cells = [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]
    found = selfcheck.run_cells(cells)
    result = next(one for one in found.results if one.question == "adam")
    assert result.hint == "cell 8, which defines adam_step, did not run to its end: see the note on it"


@pytest.mark.parametrize("columns", [40, 60, 77, 200])
def test_lines_fit_the_terminal(
    columns: int,
    answered: Callable[..., Notebook],
    selfcheck: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    notebook = answered(
        grad_func=UPHILL,
        ce_loss="def CE_loss(*_):\n    raise ValueError('too long a line, ' * 9)",
        adam="def adam_step(*_):\n    return 1",
    )
    cells = [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]
    lines = selfcheck.report(selfcheck.run_cells(cells), cells, selfcheck.terminal_width(100)).splitlines()
    longest_word = max(len(word) for line in lines for word in line.split())
    assert max(len(line) for line in lines) <= max(min(columns, 100), longest_word + 4)
    assert sum(line.startswith("✗ ") for line in lines) == 4 + 4


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_all_words_of_ours_can_be_shown_everywhere(
    encoding: str, answered: Callable[..., Notebook], handed_in: Callable[..., Path]
) -> None:
    done = run(handed_in(linear_mnist=answered(grad_func=UPHILL)), PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    out = done.stdout.decode(encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    assert "OK ce_loss" in out and "X grad_func: not yet" in out
    assert "?" not in " ".join(out.split()).replace("is its name still the same?", "")


def test_a_text_that_is_written_is_not_open(release: Notebook, selfcheck: ModuleType) -> None:
    cells = [{**cell, "source": "".join(cell["source"])} for cell in release["cells"]]
    assert len(selfcheck.open_texts(cells)) == 2
    next(cell for cell in cells if cell["id"] == "derivation")["source"] = "YOUR ANSWER HERE\n\nBy the chain rule ..."
    next(cell for cell in cells if cell["id"] == "batch_size")["source"] = " \n"
    assert selfcheck.open_texts(cells) == ["batch_size: the text is still to be written"]

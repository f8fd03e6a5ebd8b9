"""What is released of every assignment: the notebook without solutions, the self-check and the helpers it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import handed_out
from tests.assignments.conftest import ROOT, cells, read

HELPERS = sorted(path.name for path in Path(handed_out.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_release_is_what_nbgrader_generates(assignment: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    source = ROOT / "source" / assignment
    shutil.copytree(source, tmp_path / "source" / assignment, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment, "--no-db"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    fresh, kept = tmp_path / "release" / assignment, ROOT / "release" / assignment
    names = {path.name for path in kept.iterdir()} - {"__pycache__", ".ipynb_checkpoints"}
    assert names == {path.name for path in fresh.iterdir()} >= {f"{assignment}.ipynb", "selfcheck.py"}
    for name in names:
        assert (kept / name).read_bytes() == (fresh / name).read_bytes(), f"generate release/{assignment}/{name} anew"


def importing(assignment: str, helper: str) -> list[str]:
    """The code cells that import a helper."""
    code = ["".join(one["source"]) for one in read(assignment, "source")["cells"] if one["cell_type"] == "code"]
    return [text for text in code if re.search(rf"^\s*(?:import|from) {Path(helper).stem}\b", text, re.MULTILINE)]


def test_a_notebook_that_imports_a_helper_has_it_beside_it(assignment: str) -> None:
    there = [name for name in HELPERS if (ROOT / "release" / assignment / name).is_file()]
    assert there == [name for name in HELPERS if importing(assignment, name)]


@pytest.mark.parametrize("installed", [False, True], ids=["", "another of that name is installed"])
@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_that_is_missing_is_said_in_words(
    assignment: str, helper: str, installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = Path(helper).stem
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, name, sys)  # what is imported here is forgotten afterwards
    monkeypatch.delitem(sys.modules, name)
    if installed:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    for text in importing(assignment, helper):
        with pytest.raises(ImportError) as caught:
            exec(text, {})
        assert str(caught.value).startswith(
            f"{helper} is missing: get it from where you got this notebook, put it into"
        )
        assert caught.value.__suppress_context__


def test_notebook_is_nbformat_4_5_with_readable_ids_and_no_outputs(assignment: str) -> None:
    source = read(assignment, "source")
    nbformat.validate(nbformat.from_dict(source))
    assert (source["nbformat"], source["nbformat_minor"]) == (4, 5)
    assert source["metadata"]["kernelspec"]["name"] == "python3"
    ids = [one["id"] for one in source["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z_]+", cell_id) for cell_id in ids)
    code = [one for one in source["cells"] if one["cell_type"] == "code"]
    assert all(one["outputs"] == [] and one["execution_count"] is None for one in code)


def test_release_holds_no_solution(assignment: str) -> None:
    release = cells(read(assignment, "release"))
    everything = "\n".join("".join(one["source"]) for one in read(assignment, "release")["cells"])
    assert "SOLUTION" not in everything
    for name, one in cells(read(assignment, "source")).items():
        text, marks = "".join(one["source"]), one["metadata"]["nbgrader"]
        if marks["solution"] and one["cell_type"] == "markdown":
            assert "".join(release[name]["source"]) == "YOUR ANSWER HERE"
        elif marks["solution"]:
            region = text.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            solution = [line.strip() for line in region.splitlines() if line.strip()]
            assert solution
            assert not [line for line in solution if line in everything]


def test_no_hidden_test_and_no_path_of_this_project_in_the_release(assignment: str) -> None:
    for path in (ROOT / "release" / assignment).rglob("*"):
        if path.suffix in (".py", ".ipynb"):
            text = path.read_text(encoding="utf-8")
            for word in ("hypothesis", "test_hidden", "misconceptions", "reference.py", "import autograder", str(ROOT)):
                assert word not in text, f"{word} in {path}"


def test_locked_cells_are_not_editable_in_the_release(assignment: str) -> None:
    for one in cells(read(assignment, "release")).values():
        assert one["metadata"]["deletable"] is False
        assert one["metadata"].get("editable", True) is not one["metadata"]["nbgrader"]["locked"]


def test_a_test_cell_refuses_other_graders_before_it_does_anything(assignment: str) -> None:
    for name, one in cells(read(assignment, "release")).items():
        if one["metadata"]["nbgrader"]["grade"] and one["cell_type"] == "code":
            before, guard, _ = "".join(one["source"]).partition('raise RuntimeError("Not graded: ')
            assert guard, name
            assert [line for line in before.splitlines() if line.startswith(("import", "from"))] == [
                "import os",
                "from IPython import get_ipython",
            ]

"""What can be wrong with a submission, one function each: what the student hands in, and what is due for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course import NOTEBOOK, Course

ALL = {"test_ce_loss": 4.0, "test_grad_func": 6.0, "test_sgd_momentum": 4.0, "test_adam": 6.0}
NONE = dict.fromkeys(ALL, 0.0)
UNJUDGED: dict[str, float | None] = dict.fromkeys(ALL)


@dataclass(frozen=True)
class Fault:
    name: str
    hand_in: Callable[[Course, str], None]
    said: str  # part of a note
    due: dict[str, float | None]


FAULTS: list[Fault] = []

# Run through nbgrader itself, as one class; the others stop at the intake, which is what tells them apart.
THROUGH_NBGRADER = [
    "test_cell_duplicated",
    "answer_duplicated_stub_last",
    "whole_notebook_pasted_twice",
    "schema_version_2",
    "schema_version_4",
    "points_edited",
    "test_cell_unlocked_and_edited",
    "test_cell_emptied",
    "test_cell_deleted",
    "all_test_cells_deleted",
    "test_cell_turned_to_markdown",
    "test_cell_renamed",
    "skip_execution_on_test_cell",
    "grade_false",
    "solution_true",
    "task_true",
    "test_cell_metadata_stripped",
    "all_metadata_stripped",
    "answer_deleted",
    "text_deleted",
    "foreign_kernel",
    "no_cells",
    "cells_malformed",
    "notes_forged",
    "training_cell_edited",
    "nbformat_3",
    "truncated",
    "empty_file",
    "not_json",
    "latin_1",
    "empty_folder",
    "renamed_notebook",
    "bad_timestamp",
    "dangling_link",
    "links_to_secrets",
    "notebook_is_a_link",
    "file_instead_of_a_folder",
    "shadowing_module",
    "odd_file_names",
]


def fault(said: str, due: dict[str, float | None] | None = None) -> Callable[[Any], Any]:
    """Register a function that changes a right notebook (its parsed JSON) in place."""

    def register(change: Callable[[dict[str, Any]], Any]) -> Any:
        def hand_in(course: Course, student: str) -> None:
            notebook = course.right()
            change(notebook)
            course.hand_in(student, notebook)

        FAULTS.append(Fault(change.__name__, hand_in, said, ALL if due is None else ALL | due))
        return change

    return register


def file_fault(said: str, due: dict[str, float | None] | None = None) -> Callable[[Any], Any]:
    """Register a function that makes the submission's folder itself."""

    def register(hand_in: Callable[[Course, Path, bytes], Any]) -> Any:
        def make(course: Course, student: str) -> None:
            hand_in(course, course.folder(student), json.dumps(course.right()).encode())

        FAULTS.append(Fault(hand_in.__name__, make, said, ALL if due is None else due))
        return hand_in

    return register


def cell(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def marks(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = cell(notebook, name)["metadata"]["nbgrader"]
    return found


def to_markdown(found: dict[str, Any]) -> None:
    found["cell_type"] = "markdown"
    del found["outputs"], found["execution_count"]


def without_traces(notebook: dict[str, Any]) -> None:
    """What an editor leaves that knows neither nbgrader nor cell ids."""
    notebook["nbformat_minor"] = 4
    notebook["metadata"] = {}
    for found in notebook["cells"]:
        found["metadata"] = {}
        del found["id"]


# --- cells -----------------------------------------------------------------------------------------------------------


@fault("test_ce_loss was there 2 times")
def test_cell_duplicated(nb):
    nb["cells"].insert(3, {**cell(nb, "test_ce_loss"), "id": "copy"})


@fault("ce_loss was there 2 times")
def answer_duplicated_stub_last(nb):
    stub = {**cell(nb, "ce_loss"), "id": "copy", "source": "def CE_loss():\n    answer = None\n    return answer"}
    nb["cells"].insert(nb["cells"].index(cell(nb, "ce_loss")) + 1, stub)


@fault("ce_loss was there 2 times", {"test_ce_loss": 2.0})
def answer_duplicated_last_one_counts(nb):
    again = {**cell(nb, "ce_loss"), "id": "copy", "source": "def CE_loss():\n    return 'half'"}
    nb["cells"].insert(nb["cells"].index(cell(nb, "test_ce_loss")), again)


@fault("derivation, grad_func, test_grad_func, sgd_momentum")
def whole_notebook_pasted_twice(nb):
    nb["cells"] += json.loads(json.dumps(nb["cells"]))


def _schema_version(version: Any) -> Callable[[dict[str, Any]], None]:
    def change(nb: dict[str, Any]) -> None:
        for found in nb["cells"]:
            if "nbgrader" in found["metadata"]:
                found["metadata"]["nbgrader"]["schema_version"] = version

    change.__name__ = f"schema_version_{version}"
    return change


for _version in (2, 4, 9):
    fault(f"of version {_version}")(_schema_version(_version))


@fault("points of the cell test_ce_loss were changed to “100”", {"test_ce_loss": 0.0})
def points_edited(nb):
    marks(nb, "test_ce_loss")["points"] = 100
    cell(nb, "ce_loss")["source"] = "def CE_loss():\n    return 'wrong'"


@fault("points of the cell test_ce_loss were changed")
def points_no_number(nb):
    marks(nb, "test_ce_loss")["points"] = "many"


@fault("test_ce_loss was marked differently (locked)", {"test_ce_loss": 0.0})
def test_cell_unlocked_and_edited(nb):
    marks(nb, "test_ce_loss")["locked"] = False
    cell(nb, "test_ce_loss")["source"] = "4.0"
    cell(nb, "ce_loss")["source"] = "def CE_loss():\n    return 'wrong'"


@fault("test_adam was emptied")
def test_cell_emptied(nb):
    cell(nb, "test_adam")["source"] = ""


@fault("test_sgd_momentum is missing")
def test_cell_deleted(nb):
    nb["cells"].remove(cell(nb, "test_sgd_momentum"))


@fault("test_grad_func is missing", {"test_grad_func": 2.0 + 1.0})
def test_cell_deleted_answer_below(nb):
    """The put-back test cell must judge what the student defines last for this question."""
    nb["cells"].remove(cell(nb, "test_grad_func"))
    again = {"cell_type": "code", "metadata": {}, "source": "def grad_func():\n    return 'half'"}
    at = nb["cells"].index(cell(nb, "grad_func")) + 1
    nb["cells"].insert(at, again | {"outputs": [], "execution_count": None})


@fault("The cells data, test_ce_loss, test_grad_func, test_sgd_momentum, test_adam are missing")
def all_test_cells_deleted(nb):
    nb["cells"] = [c for c in nb["cells"] if not c["metadata"].get("nbgrader", {}).get("locked")]


@fault("test_adam was turned into a markdown cell")
def test_cell_turned_to_markdown(nb):
    to_markdown(cell(nb, "test_adam"))


@fault("The cell ce_loss was turned into a markdown cell")
def answer_turned_to_markdown(nb):
    to_markdown(cell(nb, "ce_loss"))


@fault("derivation was turned into a code cell")
def text_turned_to_code(nb):
    cell(nb, "derivation").update(cell_type="code", outputs=[], execution_count=None)


@fault("test_ce_loss was renamed to “my_test”")
def test_cell_renamed(nb):
    marks(nb, "test_ce_loss")["grade_id"] = "my_test"


@fault("test_ce_loss stood above its answer")
def names_swapped(nb):
    one, other = cell(nb, "ce_loss"), cell(nb, "adam")
    one["metadata"]["nbgrader"]["grade_id"], other["metadata"]["nbgrader"]["grade_id"] = "adam", "ce_loss"


@fault("“skip-execution” on the cell test_ce_loss", {"test_ce_loss": 0.0})
def skip_execution_on_test_cell(nb):
    cell(nb, "test_ce_loss")["metadata"]["tags"] = ["skip-execution"]
    cell(nb, "ce_loss")["source"] = "def CE_loss():\n    return 'wrong'"


@fault("“skip-execution” on the cell ce_loss")
def skip_execution_on_answer(nb):
    cell(nb, "ce_loss")["metadata"]["tags"] = ["skip-execution"]


@fault("marked differently (grade)")
def grade_false(nb):
    marks(nb, "test_ce_loss")["grade"] = False


@fault("marked differently (solution)")
def solution_true(nb):
    marks(nb, "test_ce_loss")["solution"] = True


@fault("marked differently (task)")
def task_true(nb):
    marks(nb, "test_ce_loss")["task"] = True


@fault("nbgrader's metadata was missing (test_ce_loss)")
def test_cell_metadata_stripped(nb):
    cell(nb, "test_ce_loss")["metadata"] = {}


@fault("nbgrader's metadata was missing (data, ce_loss, test_ce_loss")
def all_metadata_stripped(nb):
    without_traces(nb)


@fault("test_ce_loss stood above its answer")
def test_above_answer(nb):
    found = cell(nb, "test_ce_loss")
    nb["cells"].remove(found)
    nb["cells"].insert(0, found)


@fault("The answer cell adam is missing", {"test_adam": 0.0})
def answer_deleted(nb):
    nb["cells"].remove(cell(nb, "adam"))


@fault("nbgrader's metadata was missing (adam)")
def answer_deleted_but_written_elsewhere(nb):
    nb["cells"].remove(cell(nb, "adam"))
    own = {"cell_type": "code", "metadata": {}, "source": "def adam_step():\n    return 'right'"}
    nb["cells"].insert(0, own | {"outputs": [], "execution_count": None})


@fault("the answer was found in another cell")
def answer_written_below_its_stub(nb):
    stub = "def adam_step():\n    answer = None\n    # YOUR CODE HERE\n    return answer"
    cell(nb, "adam")["source"] = stub
    own = {"cell_type": "code", "metadata": {}, "source": "def adam_step():\n    return 'right'"}
    nb["cells"].append(own | {"outputs": [], "execution_count": None})


@fault("test_ce_loss was edited; what was handed out counts; your version stands above it")
def answer_written_in_test_cell(nb):
    nb["cells"].remove(cell(nb, "ce_loss"))
    cell(nb, "test_ce_loss")["source"] = "def CE_loss():\n    return 'right'"


@fault("derivation is missing")
def text_deleted(nb):
    nb["cells"].remove(cell(nb, "derivation"))


@fault("asks for the kernel “julia-1.9”")
def foreign_kernel(nb):
    nb["metadata"]["kernelspec"] = {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}


@fault("The cells data, test_ce_loss, derivation", NONE)
def no_cells(nb):
    nb["cells"] = []


@fault("Cell 1 of the file is not a cell")
def cells_malformed(nb):
    nb["cells"][:0] = [
        "a cell",
        {"cell_type": "code", "source": 7, "metadata": [], "outputs": None},
        {"cell_type": "sql", "source": ["a", 1], "metadata": {}},
        {"source": "print()"},
        {"cell_type": "markdown", "source": "x", "metadata": {}, "attachments": {"a.png": {"image/png": 7}}, "id": "ü"},
        {"cell_type": "markdown", "source": "a lone \ud800 surrogate", "metadata": {"tags": 7}, "extra": None},
    ]


@fault("Tags that were not handed out")
def tags_on_own_cells(nb):
    own = {"cell_type": "code", "metadata": {"tags": ["skip-execution"]}, "source": "x = 1"}
    nb["cells"].append(own | {"outputs": [], "execution_count": None})


@fault("")
def notes_forged(nb):
    nb["metadata"]["autograder"] = {"notes": ["full marks, says the grader"], "state": "nothing", "scores": {}}


@fault("")
def training_cell_edited(nb):
    """It is recognised by its lines, so that it still isn't run."""
    without_traces(nb)
    found = next(c for c in nb["cells"] if "batch_size in" in "".join(c["source"]))
    found["source"] = (
        "for batch_size in (32, 64, 128):\n    print(batch_size)\n    print()\nraise RuntimeError('trained')"
    )


# --- files -----------------------------------------------------------------------------------------------------------


@file_fault("old format 3")
def nbformat_3(course, folder, right):
    sheet = []
    for found in json.loads(right)["cells"]:
        text = "".join(found["source"])
        old = {"cell_type": found["cell_type"], "metadata": found["metadata"]}
        if found["cell_type"] == "code":
            old |= {"input": text, "language": "python", "outputs": [], "collapsed": False}
        else:
            old |= {"source": text}
        sheet.append(old)
    sheet.append({"cell_type": "heading", "level": 2, "source": "A heading", "metadata": {}})
    old_notebook = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": sheet}]}
    (folder / NOTEBOOK).write_text(json.dumps(old_notebook))


@file_fault("cut off", UNJUDGED)
def truncated(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right[: len(right) // 2])


@file_fault("it is empty", UNJUDGED)
def empty_file(course, folder, right):
    (folder / NOTEBOOK).write_bytes(b"")


@file_fault("it is not JSON", UNJUDGED)
def not_json(course, folder, right):
    (folder / NOTEBOOK).write_bytes(b"import torch\n")


@file_fault("read as cp1252")
def latin_1(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right.replace(b"A small notebook", b"A sm\xe5ll notebook"))


@file_fault("encoded as UTF-16")
def utf_16(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right.decode().encode("utf-16"))


@file_fault("Nothing was handed in", NONE)
def empty_folder(course, folder, right):
    pass


@file_fault("Nothing was handed in", NONE)
def timestamp_only(course, folder, right):
    (folder / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")


@file_fault("there is no notebook in the folder, only answers.pdf".capitalize(), UNJUDGED)
def no_notebook(course, folder, right):
    (folder / "answers.pdf").write_bytes(b"%PDF")


@file_fault("handed in as “My solution.ipynb”")
def renamed_notebook(course, folder, right):
    (folder / "My solution.ipynb").write_bytes(right)


@file_fault("handed in as “Linear_MNIST.ipynb”")
def renamed_case(course, folder, right):
    (folder / "Linear_MNIST.ipynb").write_bytes(right)
    (folder / "scratch.ipynb").write_bytes(b"{}")


@file_fault("handed in as “mine/linear_mnist.ipynb”")
def in_a_folder(course, folder, right):
    (folder / "mine").mkdir()
    (folder / "mine" / NOTEBOOK).write_bytes(right)
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / f"._{NOTEBOOK}").write_bytes(b"\x00\x05\x16\x07")


@file_fault("There are 2 notebooks and none is called", UNJUDGED)
def two_renamed_notebooks(course, folder, right):
    (folder / "a.ipynb").write_bytes(right)
    (folder / "b.ipynb").write_bytes(right)


@file_fault("Other notebooks in the folder were not graded: scratch.ipynb")
def scratch_beside(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / "scratch.ipynb").write_bytes(b"not JSON")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "linear_mnist-checkpoint.ipynb").write_bytes(b"")


@file_fault("The time of submission can't be read")
def bad_timestamp(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / "timestamp.txt").write_text("yesterday evening")


@file_fault("The time of submission can't be read")
def binary_timestamp(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / "timestamp.txt").write_bytes(b"\xff\xfe\x00\xd8")


@file_fault("Links and devices are not copied")
def dangling_link(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / "data").symlink_to(folder / "nowhere")


@file_fault("Links and devices are not copied: etc, passwd, root.")
def links_to_secrets(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "etc").symlink_to("/etc")
    (folder / "root").symlink_to("../..")


@file_fault("The file linear_mnist.ipynb is not a regular one", UNJUDGED)
def notebook_is_a_link(course, folder, right):
    (folder / "real").mkdir()
    (folder / NOTEBOOK).symlink_to(course.root / "source" / "linear_mnist" / NOTEBOOK)


@file_fault("A file was handed in where a folder with the notebook should be", UNJUDGED)
def file_instead_of_a_folder(course, folder, right):
    folder.rmdir()
    folder.write_bytes(right)


@file_fault("Links and devices")
def pipe(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    os.mkfifo(folder / "pipe")


@file_fault("Too large, left out: weights.bin")
def large_file(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    with (folder / "weights.bin").open("wb") as file:
        file.truncate(200_000_000)  # a hole: takes no room on the disk


@file_fault("the limit is 1 MiB", UNJUDGED)
def large_notebook(course, folder, right):
    with (folder / NOTEBOOK).open("wb") as file:
        file.write(right)
        file.truncate(2 * 2**20)


@file_fault("torch.py stands beside the notebook")
def shadowing_module(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / "torch.py").write_text("raise ImportError")


@file_fault("")
def odd_file_names(course, folder, right):
    (folder / NOTEBOOK).write_bytes(right)
    (folder / os.fsdecode(b"\xff\n[a]*.txt")).write_text("x")
    (folder / os.fsdecode(b"link\xff\x1b[31m")).symlink_to("/")

"""Where a submission's time goes, and what of it the framework adds."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from nbgrader.preprocessors import OverwriteCells
from rich.console import Console
from rich.table import Table
from traitlets.config import Config

from autograder import wire
from autograder.course.autograde_command import JudgedAutograde
from autograder.course.class_judging import ClassJudging
from autograder.course.gradebook.old_scores import OldScores
from autograder.course.open_course import open_course
from autograder.course.steps import judging_step
from autograder.course.steps.save_scores import SaveJudgedGrades
from autograder.grading.class_run import ClassRun
from autograder.judge import notebook_judging, student_kernel, transcripts
from autograder.judge.assignment import Assignment
from autograder.judge.notebook import Notebook
from benchmarks.in_process import examples_of, score
from benchmarks.stock import without_training

LINEAR_MNIST = Assignment.find("linear_mnist")

ROUNDS = 5
PARTS: dict[str, tuple[Any, str]] = {
    "fork and sandbox, until the kernel answers": (student_kernel.Kernel, "__init__"),
    "the notebook's cells (the student's own code)": (student_kernel.Kernel, "run"),
    "forking copies of the kernel": (student_kernel.Kernel, "copy"),
    "wire: sending inputs": (wire.Packed, "send"),
    "wire: waiting for answers (the student's own code too)": (wire, "listen"),
    "ending the kernel": (student_kernel.Kernel, "let_go"),
}
TAKEN_IN, LOOKED_UP = "taking the submission in", "looking its evidence up"
STEPS = "nbgrader's steps (and looking the evidence up again)"
CLASS_PARTS: dict[str, list[tuple[Any, str]]] = {
    TAKEN_IN: [(ClassJudging, "_taken_in")],
    LOOKED_UP: [(ClassRun, "judge")],
    STEPS: [(JudgedAutograde, "_give_grades")],
    "… of these the database: old scores, the submission, its cells, its grades": [
        (OldScores, "withdraw_now"),
        (JudgedAutograde, "init_assignment"),
        (OverwriteCells, "preprocess"),
        (SaveJudgedGrades, "preprocess"),
    ],
    "… of these the paste": [(judging_step, "paste")],
}


def print_parts(console: Console) -> None:
    """Judge the reference solution in this process with a stopwatch at each part, and print the table."""
    notebook = Notebook(without_training())
    with tempfile.TemporaryDirectory() as empty:  # no files beside the notebook
        notebook_judging.judge_notebook(
            notebook, LINEAR_MNIST, Path(empty)
        )  # warm: the zygote is there, the examples are drawn
        known = statistics.median(_timed(notebook, Path(empty))["all"] for _ in range(ROUNDS))
        rounds = []
        for _ in range(ROUNDS):
            transcripts._known.clear()  # as for a student whose answers nobody else has given
            rounds.append(_timed(notebook, Path(empty)))
    drawing, drawn = map(_seconds, _bare(notebook))
    table = Table(title=f"The parts of one submission, warm, median of {ROUNDS}", title_justify="left")
    table.add_column("")
    table.add_column("ms", justify="right")
    middle = {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}
    for name, seconds in middle.items():
        table.add_row(name, f"{1000 * seconds:.0f}")
    table.add_row("all, where others have given the same answers", f"{1000 * known:.0f}")
    table.add_section()
    cells = middle["the notebook's cells (the student's own code)"]
    for name, bare in (("as Hypothesis runs them", drawing), ("with all inputs drawn already", drawn)):
        table.add_row(f"the bare tests in one process, {name}", f"{1000 * bare:.0f}")
        added = middle["all"] - cells - bare
        table.add_row("… what the framework adds to them and the cells", f"{1000 * added:.0f}")
    console.print(table)


def print_class_parts(course: Path, students: int, console: Console) -> None:
    """Grade a class whose evidence is known, in this process; print what is spent on a student beside judging."""
    app = open_course("linear_mnist", course, Config(JudgedAutograde={"force": True}))
    app.log.setLevel(logging.ERROR)
    spent: defaultdict[str, float] = defaultdict(float)
    with contextlib.ExitStack() as stack:
        for name, places in CLASS_PARTS.items():
            for owner, attribute in places:
                stack.enter_context(_stopwatch(owner, attribute, name, spent))
        app.start()
    spent[LOOKED_UP] -= spent[TAKEN_IN] + spent[STEPS]  # both take place within
    table = Table(title=f"A further student whose evidence is known, mean of {students}", title_justify="left")
    table.add_column("")
    table.add_column("ms", justify="right")
    for name in CLASS_PARTS:
        table.add_row(name, f"{1000 * spent[name] / students:.0f}")
    console.print(table)


def _timed(notebook: Notebook, files: Path) -> dict[str, float]:
    spent: defaultdict[str, float] = defaultdict(float)
    with contextlib.ExitStack() as stack:
        for name, (owner, attribute) in PARTS.items():
            stack.enter_context(_stopwatch(owner, attribute, name, spent))
        start = time.perf_counter()
        notebook_judging.judge_notebook(notebook, LINEAR_MNIST, files)
        whole = time.perf_counter() - start
    found = {name: spent[name] for name in PARTS}
    found["the judge's own: pytest, reference, comparing"] = whole - sum(found.values())
    return {**found, "all": whole}


@contextlib.contextmanager
def _stopwatch(owner: Any, attribute: str, name: str, spent: dict[str, float]) -> Iterator[None]:
    real: Callable[..., Any] = getattr(owner, attribute)

    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return real(*arguments, **named)
        finally:
            spent[name] += time.perf_counter() - start

    with mock.patch.object(owner, attribute, timed):
        yield


def _bare(notebook: Notebook) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return what runs the hidden tests where the functions are: as Hypothesis does it, and with all inputs drawn."""
    names: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "math": math}
    torch.set_num_threads(1)
    for index, source in notebook.code.items():
        if index not in notebook.skipped and "def " in source and "mnist(" not in source:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(source, names)
    drawn = [example for question in notebook.test_cells for example in examples_of(question, names)]
    return lambda: [score(question, names) for question in notebook.test_cells], lambda: [run() for run in drawn]


def _seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes, median of ROUNDS."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return statistics.median(found)

"""The calibration under a progress bar, and what it has found as a table."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from traitlets.config import Config

from autograder.authoring.calibrate import all_measured, candidates, is_measurement, merged, section
from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment
from autograder.judge.settings import Training
from autograder.judge.suggestions import not_among
from autograder.judge.training.data_set import TrainingData
from autograder.judge.training.device import CPU, chosen


def calibrate(
    assignment: Assignment,
    seeds: Sequence[int],
    workers: int = 0,
    to: Path | None = None,
    rivals: int = 0,
    only: str | None = None,
    on: str = CPU,
) -> None:
    """Measure on an assignment's data sets, where they are at hand, and on what takes their place; write the file.

    ``rivals``: seeds for wrong answers (0: all). ``only``: the name of the one data set that is measured. ``on``: the
    device, as ``c.Training.device`` has it. What the file says is printed.

    What the file says of a data set that is not at hand stays. Raises CannotJudge where nothing can be trained, and
    GradingError, before anything is measured, where the file is another one or can't be written.
    """
    path = to or assignment.thresholds_file
    check_target(path)
    console, device = Console(stderr=True), chosen(Training(device=on))
    if not candidates(assignment, device=device):
        raise GradingError(f"{assignment.name} has no recipe that is another one on a GPU: measure on the CPU")
    sets = _at_hand(assignment, console)
    if only is not None and only not in sets:
        raise GradingError(not_among(sets, only, "data set at hand"))
    for name, data in reversed(sets.items()):  # the quicker one first
        if only not in (None, name):
            continue
        asked = candidates(assignment, name, device)
        runs = all_measured(assignment, data, seeds, Config(), workers, rivals, device)
        measured = list(track(runs, name, total=len(asked), console=console))
        part = asked[0].recipe.section(name)
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(merged(assignment.name, old, {part: section(data, measured, device)}), encoding="utf-8")
        Console().print(table(part, path.read_text(encoding="utf-8")))


def _at_hand(assignment: Assignment, console: Console) -> dict[str, TrainingData]:
    """Return the data sets to measure on by name. Raises CannotJudge."""
    found: dict[str, TrainingData] = {}
    for data_set in {recipe.data.name: recipe.data for recipe in assignment.recipes.values()}.values():
        sets = [data_set.at_hand(None), *(substitute() for substitute in data_set.substitutes)]
        if sets[0].name in {data.name for data in sets[1:]}:
            console.print(f"{data_set.name} is not at hand: only {sets[0].name} is measured", highlight=False)
        found |= {data.name: data for data in sets}
    return found


def check_target(path: Path) -> None:
    """Raise GradingError unless a file can be written there that isn't anybody else's."""
    if path.is_dir() or not path.parent.is_dir():
        raise GradingError(f"{path} is no place for a file: give --to a file in a folder that is there")
    is_new = not path.exists()
    try:
        with path.open("a+", encoding="utf-8") as file:  # shows that it can be written, and changes nothing
            file.seek(0)
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise GradingError(f"{path} can't be written as a file of thresholds ({error}): give --to another") from error
    if is_new:
        path.unlink()
    elif text and not is_measurement(text):
        raise GradingError(f"{path} isn't a file that `autograder calibrate` has written: give --to another")


def table(data: str, text: str) -> Table:
    """Return what the file says of a data set: the right answers, their thresholds, and the wrong answers."""
    made = Table(title=f"Training on {data}", title_justify="left")
    for title in ("recipe", "answer", "loss", "accuracy", "reach", "follow"):
        made.add_column(title, justify="left" if title in ("recipe", "answer") else "right")
    for recipe, part in tomllib.loads(text)[data].items():
        if isinstance(part, dict):
            least, most = part["least_accuracy"][-1], part["most_loss"][-1]
            made.add_row(recipe, "right", f"{part['loss'][-1]:.4f}", f"{part['accuracy'][-1]:.2%}", "", "")
            made.add_row("", "threshold", f"≤ {most:.4f}", f"≥ {least:.2%}", "", "")
            for name, rival in part.get("rivals", {}).items():
                counts = (f"{rival[what]} of {rival['runs']}" for what in ("reach", "follow"))
                made.add_row("", name, f"{rival['loss']:.4f}", f"{rival['accuracy']:.2%}", *counts)
    return made

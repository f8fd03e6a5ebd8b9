"""How far does training get? The right optimisers and the nearest wrong ones are trained over many seeds.

What comes out is ``convergence.toml``. A threshold is mean ± k · standard deviation, k being the one-sided tolerance
factor for normal values (Krishnamoorthy & Mathew, "Statistical Tolerance Regions", 2009, eq. 2.2.3): with 95 %
confidence in the measurement, a right answer misses one of its two thresholds with a probability below 1e-4.
"""

from __future__ import annotations

import concurrent.futures
import platform
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from traitlets.config import Config

from autograder.grading.settings import cores
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Band
from autograder.judge.settings import NotebookJudge
from autograder.judge.student_kernel import Kernel
from autograder.judge.training.data_set import TrainingData
from autograder.judge.training.device import CPU, with_gpu
from autograder.judge.training.recipe import Recipe
from autograder.judge.training.run import Plan, Trained
from autograder.judge.training.supervisor import train
from autograder.judge.training.thresholds import Thresholds
from autograder.judge.training.trainer import follows, reached
from autograder.judge.training.training_setting import IN_THE_SANDBOX

FAILS = 1e-4 / 2  # how often a right answer may miss each of the two thresholds
CONFIDENCE = 0.95
_LEAST_LOSS_SPREAD = 1e-4  # other libraries and devices round in other ways
_HEAD = "import math\nimport torch\nimport numpy as np\nimport torch.nn.functional as F\nfrom torch import nn\n"
_BUDGET = 600.0  # seconds for a run
_ONE_AT_A_TIME = threading.Lock()  # what the judge remembers of right answers is not made for threads


@dataclass(frozen=True)
class Candidate:
    """Code to train with, over all seeds."""

    recipe: Recipe
    name: str  # of the wrong answer, "" for the right one
    code: str  # of the answer
    eta: float
    question: str  # that the answer is to; all others have their canonical answers


@dataclass(frozen=True)
class Ended:
    """A run, without its first steps: thousands of them would take gigabytes."""

    run: Trained
    follows: bool  # whether the first steps were the right ones


def candidates(assignment: Assignment, data: str = "", device: str = CPU) -> list[Candidate]:
    """Return what is to be measured, on a data set or ("") at all. For a recipe with several learning rates: with each.

    On a GPU: the recipes that are others there. Raises StopIteration for a rival that nobody knows.
    """
    found = []
    for recipe in (one.on(device) for one in assignment.recipes.values()):
        if (data and data not in recipe.epochs) or (device != CPU and not recipe.kind):
            continue
        right = recipe.baseline or assignment.canonical_answer(recipe.answer)
        found += [Candidate(recipe, "", right, eta, recipe.answer) for eta in recipe.etas]
        for name in recipe.rivals:
            question, _, slug = name.rpartition("/")
            question = question or recipe.answer
            entry = next(e for e in assignment.registry.wrong if (e.question, e.slug) == (question, slug))
            usual = right if question == recipe.answer else assignment.canonical_answer(question)
            found.append(Candidate(recipe, name, next(entry.variants(usual)), recipe.etas[0], question))
    return found


def measured(
    assignment: Assignment,
    candidate: Candidate,
    data: TrainingData,
    seeds: Sequence[int],
    config: Config,
    device: str = CPU,
) -> list[Trained]:
    """Train with a candidate in a student kernel, once per seed. Raises CannotJudge."""
    torch.set_num_threads(1)
    seeded = f"torch.manual_seed({seeds[0]})"  # of random numbers that the answers draw, such as orders of batches
    code = "\n".join([_HEAD, seeded, *_answers(assignment, candidate)])
    limits = NotebookJudge(config=config)
    given = {**config.get("StudentProvisioner", {}), "data_sets": [str(data.folder / data.part)]}
    config = Config({**config, "StudentProvisioner": given})
    config, device = (config, CPU) if device == CPU else (with_gpu(config, device), "cuda:0")  # they see one GPU only
    found = []
    with tempfile.TemporaryDirectory() as empty:
        kernel = Kernel(Path(empty), config)
        try:
            kernel.run(code, limits.cell_timeout, 0)
            for seed in seeds:
                plan = Plan(
                    candidate.recipe, data, IN_THE_SANDBOX, candidate.eta, seed=seed, device=device, budget=_BUDGET
                )
                copy = kernel.copy(limits.call_timeout)
                try:
                    found.append(train(copy, plan))
                finally:
                    copy.close()
        finally:
            kernel.close()
    return found


def _answers(assignment: Assignment, candidate: Candidate) -> Iterator[str]:
    """Yield the code of all parts, in the order of the recipe: a class may inherit from one before it."""
    recipe = candidate.recipe
    for question in dict.fromkeys([*(part.question for part in recipe.parts.values()), recipe.answer]):
        if question == candidate.question:
            yield candidate.code
        elif question == recipe.answer and recipe.baseline:
            yield recipe.baseline
        else:
            yield assignment.canonical_answer(question)


def all_measured(
    assignment: Assignment,
    data: TrainingData,
    seeds: Sequence[int],
    config: Config,
    workers: int = 0,
    rivals: int = 0,
    device: str = CPU,
) -> Iterator[tuple[Candidate, list[Ended]]]:
    """Measure all candidates side by side, wrong ones with the first ``rivals`` seeds only (0: with all).

    Yields each as it is done. Raises CannotJudge.
    """

    def measure(one: Candidate) -> list[Ended]:
        some = seeds[:rivals] if one.name and rivals else seeds
        return [_ended(one.recipe, measured(assignment, one, data, [seed], config, device)[0]) for seed in some]

    with concurrent.futures.ThreadPoolExecutor(workers or cores()) as pool:
        asked = {pool.submit(measure, one): one for one in candidates(assignment, data.name if data else "", device)}
        for future in concurrent.futures.as_completed(asked):
            yield asked[future], future.result()


def _ended(recipe: Recipe, run: Trained) -> Ended:
    with _ONE_AT_A_TIME:
        right = follows(recipe, run)
    run.returned.clear()
    run.told.clear()
    return Ended(run, right)


def factor(count: int) -> float:
    """Return k: mean + k · spread of ``count`` values bounds all but a share ``FAILS``, with ``CONFIDENCE``."""
    root = count**0.5
    return float(stats.nct.ppf(CONFIDENCE, count - 1, stats.norm.ppf(1 - FAILS) * root) / root)


def band(runs: Sequence[Trained], validation_images: int) -> Band:
    """Return means, spreads and thresholds after each epoch, from complete runs over as many seeds."""
    loss = np.array([[row.loss for row in run.measured] for run in runs])
    accuracy = np.array([[row.accuracy for row in run.measured] for run in runs])
    k = factor(len(runs))
    loss_off = k * np.maximum(loss.std(0, ddof=1), _LEAST_LOSS_SPREAD)
    accuracy_off = k * np.maximum(accuracy.std(0, ddof=1), 1 / validation_images)
    return Band(
        **_series(loss=loss.mean(0), loss_spread=loss.std(0, ddof=1), most_loss=loss.mean(0) + loss_off),
        **_series(accuracy=accuracy.mean(0), accuracy_spread=accuracy.std(0, ddof=1)),
        **_series(least_accuracy=accuracy.mean(0) - accuracy_off),
    )


def _series(**arrays: np.ndarray) -> dict[str, tuple[float, ...]]:
    return {name: tuple(round(float(value), 6) for value in array) for name, array in arrays.items()}


def section(data: TrainingData, found: Sequence[tuple[Candidate, list[Ended]]], device: str = CPU) -> str:
    """Return the part of ``convergence.toml`` on one data set and kind of device."""
    name = found[0][0].recipe.section(data.name)
    lines = [f"[{name}]", f"training_images = {len(data.rows)}", f"validation_images = {len(data.validation[1])}"]
    lines += [f'measured = "{_measured_with(device)}"']
    for recipe in dict.fromkeys(candidate.recipe.name for candidate, _ in found):
        own = [(candidate, runs) for candidate, runs in found if candidate.recipe.name == recipe]
        right, runs = min((one for one in own if not one[0].name), key=lambda one: _mean_loss(one[1]))
        limits = Thresholds(band([one.run for one in runs], len(data.validation[1])))
        lines += ["", f"[{name}.{recipe}]", f"seeds = {len(runs)}", f"eta = {right.eta}"]
        lines += [f"{name} = [{_numbers(values)}]" for name, values in vars(limits.band).items()]
        rivals = sorted((one for one in own if one[0].name), key=lambda one: right.recipe.rivals.index(one[0].name))
        if rivals:
            lines += ["", "# mean final loss and accuracy; of how many runs how many reach the thresholds, and follow"]
        lines += [_rival(candidate, runs, limits) for candidate, runs in rivals]
    return "\n".join(lines) + "\n"


def _rival(candidate: Candidate, runs: Sequence[Ended], limits: Thresholds) -> str:
    ends = [one.run.measured[-1] for one in runs]
    loss, accuracy = (float(np.mean([getattr(end, name) for end in ends])) for name in ("loss", "accuracy"))
    counts = sum(reached(one.run, limits) for one in runs), sum(one.follows for one in runs)
    return (
        f'rivals."{candidate.name}" = {{ loss = {loss:.6f}, accuracy = {accuracy:.6f}, runs = {len(runs)}, '
        f"reach = {counts[0]}, follow = {counts[1]} }}"
    )


def _mean_loss(runs: Sequence[Ended]) -> float:
    return float(np.mean([one.run.measured[-1].loss for one in runs]))


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.6f}" for value in values)


def _measured_with(device: str) -> str:
    day = datetime.now(UTC).date().isoformat()
    where = f"cpu ({platform.machine()}), one thread" if device == CPU else torch.cuda.get_device_name(device)
    return f"{day}, torch {torch.__version__}, {where}"


def merged(assignment: str, old: str, sections: dict[str, str]) -> str:
    """Return the file's text with some data sets' parts replaced; the others stay as they are."""
    parts: dict[str, str] = {}
    for part in old.split(SEPARATOR)[1:]:
        name = part.split("]", 1)[0].strip().removeprefix("[")
        parts[name] = part.strip() + "\n"
    parts |= sections
    return HEADER.format(assignment=assignment) + "".join(f"{SEPARATOR}\n{parts[name]}" for name in sorted(parts))


def is_measurement(text: str) -> bool:
    """Whether a text is one that ``merged`` has made: nothing else may be written over."""
    return text.startswith(HEADER.partition("`")[0])


HEADER = """\
# What training reaches, measured by `autograder calibrate {assignment}`. Series are at w = 0 and after each epoch:
# means and standard deviations over the seeds, and what is asked of a student's run. Thresholds are k standard
# deviations from the mean, so that a right answer fails with p < 1e-4 (k: see autograder/authoring/calibrate.py).
# Rivals are the nearest wrong answers: "reach" counts the runs that the thresholds let through, "follow" those whose w
# and state are right in the first steps. Both must be 0 for the answer to lose all points, one of them for some.
"""
SEPARATOR = "\n# " + 40 * "-"

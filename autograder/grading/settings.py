"""How a class is graded, settable in ``nbgrader_config.py`` as ``c.Grading.<name>``."""

from __future__ import annotations

import copy
import os
from pathlib import Path

from traitlets import Dict, Float, Integer, List, Unicode
from traitlets.config import Config, Configurable

from autograder.judge.settings import NotebookJudge

JUDGE = "autograder.grading.submission_judging.judge_submission"


class Grading(Configurable):
    """Where the judging is done and where its evidence is kept."""

    workers = Integer(0, min=0, help="Processes that judge side by side. 0: one per core.").tag(config=True)
    scheduler = Unicode(
        "", help='Address of a Dask scheduler whose workers judge ("tcp://…"). Empty: processes of this machine.'
    ).tag(config=True)
    resources = Dict(
        help='Dask resources that a worker must have, and how much of each a submission takes: {"GPU": 1}.'
    ).tag(config=True)
    store = Unicode(
        ".autograder/evidence", help="Folder of the evidence store; a relative one is in the course's folder."
    ).tag(config=True)
    only = List(
        Unicode(),
        help='Judge these questions alone, and leave the others as they are on record; "convergence" stands for all '
        "that are judged by training. Empty: all questions.",
    ).tag(config=True)
    assignments = Unicode(
        "assignments",
        help="Folder of the course's own assignments, a folder for each with its hidden tests; a relative one is in "
        "the course's folder. One that stands there takes the place of autograder's of the same name.",
    ).tag(config=True)
    progress_every = Float(
        5.0, min=0.1, help="Seconds between two lines on the judging's progress, where there is no terminal for a bar."
    ).tag(config=True)
    judge = Unicode(
        JUDGE,
        help="Dotted name of the function that judges: judge(notebook, assignment, files, config, questions) -> "
        "Evidence. `questions` is None (all of them) or a frozenset of names.",
    ).tag(config=True)

    def processes(self) -> int:
        """Return how many processes are to judge side by side."""
        return int(self.workers) or cores()


def sections(config: Config) -> Config:
    """Return what of a configuration the judging depends on; the rest may hold what can't be sent to a process."""
    names = ("Grading", "NotebookJudge", "StudentProvisioner", "Training")
    return Config({name: config[name] for name in names if name in config})


def within(folder: Path, config: Config) -> Config:
    """Return a copy of a configuration with which all that is made for a while is made in ``folder``."""
    changed = copy.deepcopy(config)
    changed.StudentProvisioner.zygotes = str(folder)
    return changed


def most_memory(config: Config) -> int:
    """Return how many MiB more a process may take that judges; a submission that grows beyond half of it is ended."""
    return 2 * int(NotebookJudge(config=config).memory)


def run_folder(config: Config) -> str | None:
    """Return the folder for what is made for a while; None: the usual one."""
    return config.get("StudentProvisioner", {}).get("zygotes") or None


def cores() -> int:
    """Return how many cores this process may use."""
    count = getattr(os, "process_cpu_count", None)  # from Python 3.13
    return int(count() or 1) if count else len(os.sched_getaffinity(0))

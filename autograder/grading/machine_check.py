"""What judging has to go by on this machine, with a course's settings: data, GPU, limits. Nothing is started."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from traitlets.config import Config, Configurable

from autograder.grading.data_sets import absent_files
from autograder.grading.doctor_finding import Finding, Sign
from autograder.grading.settings import Grading
from autograder.judge.errors import CannotJudge
from autograder.judge.settings import NotebookJudge, Training, data_folder
from autograder.judge.training.device import CPU, chosen
from autograder.kernels.provisioner import StudentProvisioner

_UNITS = {"memory": "MiB a process", "total_memory": "MiB in all", "file_size": "MiB a file", "scratch": "MiB of files"}
_UNITS |= {"cpu_seconds": "s of processor time"}


def machine(config: Config, data_sets: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """Yield what there is to say; ``data_sets`` are those that assignments ask for, with their files."""
    for name, files in data_sets.items():
        yield _data_set(name, files, config)
    yield _gpu(config)
    yield _sandbox(config)
    yield Finding("student's processes", Sign.GOOD, _limits(config), "")
    yield Finding("judge", Sign.GOOD, _patience(config), "")


def _data_set(name: str, files: Iterable[str], config: Config) -> Finding:
    folder = data_folder(config)
    configured = config.get("StudentProvisioner", {}).get("data", "")
    origin = "c.StudentProvisioner.data" if configured else "AUTOGRADER_DATA"
    origin = origin if configured or os.environ.get("AUTOGRADER_DATA") else "the usual folder"
    missing = absent_files(folder, name, files)
    if not missing:
        return Finding(name, Sign.GOOD, f"found in {folder / name} ({origin})")
    return Finding(
        name,
        Sign.NOTE,
        f"not found: {missing[0]} is missing ({origin}). It is downloaded when it is first needed; where that fails, "
        "notebooks and training use what takes its place",
        f"put torchvision's files into {missing[0].parent}, or set AUTOGRADER_DATA to the folder that holds {name}",
    )


def _gpu(config: Config) -> Finding:
    settings = Training(config=config)
    if not settings.enabled:
        command = "`autograder grade ASSIGNMENT --only convergence`"
        step = f"run {command} on a machine that trains, with the same evidence store"
        return Finding("GPU", Sign.NOTE, "not needed: nothing is trained on this machine (c.Training.enabled)", step)
    try:
        device = chosen(settings)
    except CannotJudge as error:
        return Finding("GPU", Sign.FAULT, *str(error).split(": ", 1))
    nodes = sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*"))
    there = f"there is {', '.join(nodes)}" if nodes else "there is none"
    if device != CPU:
        return Finding("GPU", Sign.GOOD, f"{there}; students' code trains on {device}")
    return Finding("GPU", Sign.GOOD, f"{there}; students' code trains on the processor, which all questions can do")


def _sandbox(config: Config) -> Finding:
    if _values(StudentProvisioner, config)["sandbox"] != "off":
        return Finding("sandbox", Sign.GOOD, "on: where it can't be had, grading refuses to run")
    sentence = "off (c.StudentProvisioner.sandbox): students' code can read and change all that you can"
    return Finding("sandbox", Sign.NOTE, sentence, 'set it to "on", or grade as a user who owns nothing else')


def _limits(config: Config) -> str:
    values = _values(StudentProvisioner, config)
    names = [name for name in values if name not in ("sandbox", "data", "readable", "gpu", "zygotes", "seed")]
    told = [f"{name} {values[name]} {_UNITS.get(name, '')}".strip() for name in names]
    return f"c.StudentProvisioner: {', '.join(told)}"


def _patience(config: Config) -> str:
    judge, training = _values(NotebookJudge, config), Training(config=config)
    told = [f"{name} {judge[name]:g} s" for name in judge if name.endswith("timeout")]
    told += [f"output {judge['output']} KiB a cell", f"examples {judge['examples']}"]
    workers = Grading(config=config).processes()
    return (
        f"c.NotebookJudge: {', '.join(told)}; c.Training.budget {training.budget:g} s a run; "
        f"{workers} submission{'s' if workers != 1 else ''} side by side (c.Grading.workers)"
    )


def _values(cls: type[Configurable], config: Config) -> dict[str, object]:
    """Return a class's settings of its own, as they are in force."""
    made = cls(config=config)
    return {name: getattr(made, name) for name in cls.class_own_traits(config=True)}

"""Does a grade depend on the processor? The audit's answers are judged as other machines would compute them.

Libraries for numbers choose their code by what the processor can do, and another code adds up in another order. They
can be told otherwise by environment variables, which they read as they are loaded: each machine is a process of its
own, with judge and students of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from traitlets.config import Config

from autograder.authoring.audit import Case, cases, tried
from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.evidence import Evidence

VARIABLES = (
    "MKL_CBWR",
    "ATEN_CPU_CAPABILITY",
    "OPENBLAS_CORETYPE",
    "NPY_DISABLE_CPU_FEATURES",
    "OMP_NUM_THREADS",
)
_SAYS_NO_NUMBER = (Cause.HANG, Cause.MEMORY, Cause.DEATH)  # takes long, and is the same everywhere
Found = dict[str, list[str]]  # by answer: what decides its points and its feedback, a line for each hidden test


@dataclass(frozen=True)
class Machine:
    """A machine, imitated by environment variables for the judge and for the students."""

    name: str
    judge: Mapping[str, str] = field(default_factory=dict)
    student: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1  # of student code; the judge takes one


def _alike(variable: str, value: str) -> Machine:
    return Machine(f"{variable}={value}", {variable: value}, {variable: value})


def machines() -> list[Machine]:
    """Return the machine as it is, and the others. What a processor can't do, its libraries leave out."""
    oldest = {"MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "default", **_oldest_numpy()}
    return [
        Machine("this machine as it is"),
        *(_alike("MKL_CBWR", code) for code in ("COMPATIBLE", "AVX2", "AVX512")),
        *(_alike("ATEN_CPU_CAPABILITY", code) for code in ("default", "avx2", "avx512")),
        Machine("NumPy as on an old processor", _oldest_numpy(), _oldest_numpy()),
        Machine("two threads", {"OMP_NUM_THREADS": "2"}, {}, 2),
        Machine("all as on an old processor, two threads", {**oldest, "OMP_NUM_THREADS": "2"}, oldest, 2),
        Machine("students on an old processor", {}, oldest),
    ]


def _oldest_numpy() -> dict[str, str]:
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": " ".join(found)}


def numeric_cases(assignment: Assignment, only: Sequence[str] = ()) -> list[Case]:
    """Return the registered answers of which numbers come back, or ``only`` those of these questions or names."""
    left_out = {(entry.question, entry.slug) for entry in assignment.registry.wrong
                if entry.cause in _SAYS_NO_NUMBER}  # fmt: skip
    known = [case for case in cases(assignment) if (case.question, case.slug) not in left_out]
    return [case for case in known if not only or {case.question, case.slug} & set(only)]


def found_on(
    machine: Machine, assignment: Assignment, course: Path, only: Sequence[str] = (), workers: int = 0
) -> Found:
    """Judge the answers as a machine would; return what was found. Raises GradingError when that fails."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    settings = {
        "Grading": {"workers": workers},
        "StudentProvisioner": {"environment": dict(machine.student), "threads": machine.threads},
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(assignment.folder), str(course), json.dumps(settings), *only],
        env={**environment, **machine.judge},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GradingError(f"judging as on {machine.name} failed:\n{done.stderr.strip()[-2000:]}")
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def differences(before: Found, now: Found) -> Iterator[str]:
    """Yield what differs between two machines, a line for each hidden test of each answer."""
    for name in dict.fromkeys((*before, *now)):
        one, other = before.get(name, []), now.get(name, [])
        for number in range(max(len(one), len(other))):
            first, second = ("".join(lines[number : number + 1]) or "nothing" for lines in (one, other))
            if first != second:
                yield f"{name}: {first} → {second}"


def decisive(evidence: Evidence) -> list[str]:
    """Return what decides points and feedback of each hidden test: outcome, points and what the answer is taken for."""
    return [
        f"{test.name} {test.outcome.value}, {test.points:g} points, {test.diagnosis or 'no name'}"
        for question in evidence.questions
        for test in question.tests
    ]


def main(arguments: Sequence[str]) -> None:
    """Judge on this very machine, with the settings given as JSON; print what was found as JSON, in one line."""
    folder, course, settings, *only = arguments
    assignment = Assignment.at(Path(folder))
    chosen = numeric_cases(assignment, only)
    pairs = tried(chosen, assignment, Path(course), Config(json.loads(settings)), alone=True)
    found = {f"{case.question}/{case.name}": decisive(evidence) for case, evidence in pairs}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])

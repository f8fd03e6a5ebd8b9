"""What became of each student, read back from the autograded notebooks."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from autograder.course.restore import METADATA_KEY
from autograder.report.summary import Mark, Row

UNJUDGED = "graded by nbgrader without autograder: no hidden test was run, its points say nothing"


def graded_facts(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """Return ``metadata["autograder"]`` of the autograded notebooks ``names`` in ``folder``, where there are any."""
    found = []
    for name in names:
        try:
            metadata = json.loads((folder / name).read_text(encoding="utf-8"))["metadata"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not there, or half written: as good as not graded
        if isinstance(facts := metadata.get(METADATA_KEY), dict) and "scores" in facts:
            found.append(facts)
    return found


def class_row(student: str, folder: Path, names: list[str], fault: str = "") -> Row:
    """Return the student's row of the class table; ``fault`` is what kept the grader from judging, if it is known."""
    facts = graded_facts(folder, names)
    if not facts:
        ungraded = UNJUDGED if is_unjudged(folder, names) else "not graded"
        return Row(student, trouble=f"could not be judged: {fault}" if fault else ungraded)
    marks = {question: Mark(score, worth) for fact in facts for question, score, worth in fact["scores"]}
    trouble = next((fact["trouble"] for fact in facts if fact["trouble"]), "")
    return Row(student, marks, trouble, any(fact.get("sandbox") == "off" for fact in facts))


def is_unjudged(folder: Path, names: list[str]) -> bool:
    """Whether a notebook in ``folder`` was graded by something else: our copies bear our mark from the beginning."""
    for name in names:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if METADATA_KEY not in json.loads((folder / name).read_text(encoding="utf-8"))["metadata"]:
                return True
    return False


def is_finished(folder: Path, names: list[str]) -> bool:
    """Whether all notebooks in ``folder`` were graded without a fault of the grader's."""
    facts = graded_facts(folder, names)
    return len(facts) == len(names) and not any(fact["fault"] for fact in facts)

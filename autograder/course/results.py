"""What became of each student, read back from the autograded notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.course.restore import METADATA_KEY
from autograder.report.summary import Mark, Row


def facts_by_notebook(folder: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Return ``metadata["autograder"]`` of the autograded notebooks ``names`` in ``folder``, where there are any."""
    found = {}
    for name in names:
        try:
            metadata = json.loads((folder / name).read_text(encoding="utf-8"))["metadata"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not there, or half written: as good as not graded
        if isinstance(facts := metadata.get(METADATA_KEY), dict) and "scores" in facts:
            found[name] = facts
    return found


def graded_facts(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """Return the same without the notebooks' names."""
    return list(facts_by_notebook(folder, names).values())


def class_row(student: str, folder: Path, names: list[str], fault: str = "") -> Row:
    """Return the student's row of the class table; ``fault`` is what kept the grader from judging, if it is known."""
    facts = graded_facts(folder, names)
    if not facts:
        return Row(student, trouble=f"could not be judged: {fault}" if fault else "not graded")
    marks = {question: Mark(score, worth) for fact in facts for question, score, worth in fact["scores"]}
    trouble = next((fact["trouble"] for fact in facts if fact["trouble"]), "")
    return Row(student, marks, trouble, any(fact.get("sandbox") == "off" for fact in facts))


def is_finished(names: list[str], facts: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all notebooks were graded without a fault of the grader's, by the facts of their graded copies."""
    return len(facts) == len(names) and not any(fact["fault"] for fact in facts.values())

"""`make release` and `make audit` go over all assignments on disk, or the named one; nothing is run here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "source").glob("*/*.ipynb"))


def commands(*arguments: str) -> str:
    return subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("target", ["release", "audit", "audit-machines"])
def test_all_assignments_or_the_named_one(target: str) -> None:
    assert ASSIGNMENTS and f"for one in {' '.join(ASSIGNMENTS)}; do" in commands(target)
    named = commands(target, "ASSIGNMENT=another")
    assert "for one in another; do" in named and ASSIGNMENTS[0] not in named


def test_the_named_assignments_answers_are_all_tried_with_another_rounding() -> None:
    assert f'AUTOGRADER_ALL_ANSWERS="{" ".join(ASSIGNMENTS)}" ' in commands("audit-machines")
    assert 'AUTOGRADER_ALL_ANSWERS="another" ' in commands("audit-machines", "ASSIGNMENT=another")


def test_the_demo_is_of_the_named_assignment() -> None:
    assert "nbgrader autograde another " in commands("demo", "ASSIGNMENT=another")
    assert "nbgrader autograde linear_mnist " in commands("demo")

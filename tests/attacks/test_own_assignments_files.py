"""A student's files under the names of a course's own assignment: none takes the place of one of the grader's."""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from tests.judge.conftest import notebook

TINY = Assignment.at(Path(__file__).parents[1] / "assignments" / "tiny")
RIGHT, RMS = TINY.canonical_answer("chunks"), TINY.canonical_answer("rms")
WRONG = RMS.replace("return ", "return 2 * ")
FILES = (
    *("reference.py", "probes.py", "checks.py", "right_answers.py", "strategies.py", "tolerances.py", "tiny.py"),
    *("tiny/__init__.py", "tiny/reference.py", "tiny/test_hidden.py", "assignments/tiny/test_hidden.py", "conftest.py"),
    *("test_hidden.py", "misconceptions.py", "drivers.py", "recipes.py", "assignments/__init__.py", "pytest.ini"),
)
HELPING = f"import torch\n{WRONG}\n{RIGHT}\nrms_of_a_list = vectors = piles = twice = lambda *a, **k: 5\n"


def judged(folder: Path, *cells: str) -> dict[str, Outcome]:
    config = Config(NotebookJudge={"examples": 5})
    evidence = judge_notebook(notebook("import torch", *cells, ("rms", 3), ("chunks", 2)), TINY, folder, config)
    return {question.question: question.outcome for question in evidence.questions}


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(HELPING)


@pytest.mark.parametrize("rms", [RMS, WRONG], ids=["right", "wrong"])
def test_no_file_of_a_students_takes_the_place_of_one_of_the_graders(tmp_path: Path, rms: str) -> None:
    write(tmp_path, *FILES)
    imports = "import assignments, conftest, probes, reference, strategies, test_hidden, tiny, tolerances"
    wanted = Outcome.PASSED if rms == RMS else Outcome.FAILED
    assert judged(tmp_path, imports, rms, RIGHT) == {"rms": wanted, "chunks": Outcome.PASSED}


def test_what_is_handed_out_is_not_replaced_by_what_python_would_have_made_of_it(tmp_path: Path) -> None:
    helper = tmp_path / "helper.py"
    helper.write_text(f"import torch\n{WRONG}")
    cache = tmp_path / "__pycache__" / f"helper.{sys.implementation.cache_tag}.pyc"
    py_compile.compile(str(helper), str(cache), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    helper.write_text(f"import torch\n{RMS}")
    assert judged(tmp_path, "from helper import rms", RIGHT)["rms"] is Outcome.PASSED

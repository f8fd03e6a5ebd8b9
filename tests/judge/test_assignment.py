"""An assignment: where it is found, how its files find each other, and what may be wrong with them."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.judge.assignment import PACKAGED, Assignment, BrokenAssignment, UnknownAssignment
from autograder.judge.assignment.faults import check, faults

LINEAR_MNIST = Assignment.find("linear_mnist")
TINY = Path(__file__).parents[1] / "assignments" / "tiny"

TESTS = """
import pytest

@pytest.mark.question("one")
@pytest.mark.points(1.5)
def test_first(student): ...

@pytest.mark.question("one")
@pytest.mark.points(2)
def test_second(student): ...

@pytest.mark.question("several")
@pytest.mark.points(1)
@pytest.mark.parametrize("size", range(3))
def test_sizes(student, size): ...

POINTS = 1

@pytest.mark.question("elsewhere")
@pytest.mark.points(POINTS)
def test_elsewhere(student): ...
"""
IMPORTS = """
import importlib
import reference, strategies as inputs
import reference as second
import autograder.assignments.tiny.reference as third
from . import reference as fourth
from autograder.assignments import tiny
from autograder.assignments.tiny import reference as fifth
from autograder.assignments.tiny.reference import rms
from reference import rms as same
from autograder.assignments.linear_mnist import reference as other

assert reference is second is third is fourth is fifth is tiny.reference
assert rms is same is reference.rms and other is not reference and not hasattr(other, "rms")
"""


def made(folder: Path, **files: str) -> Assignment:
    folder.mkdir(parents=True)
    for name, text in {"test_hidden": TESTS, "reference": "", **files}.items():
        (folder / f"{name}.py").write_text(text)
    return Assignment.at(folder)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "assignments" / "tiny", ignore=shutil.ignore_patterns("__pycache__"))


def test_points_are_summed_where_they_are_plain_numbers(tmp_path: Path) -> None:
    assert made(tmp_path / "any").possible_points == {"one": 3.5}


def test_the_points_of_the_assignment_are_known() -> None:
    own = {"ce_loss": 4, "grad_func": 6, "sgd_momentum": 4, "adam": 6}
    assert LINEAR_MNIST.possible_points == own | {
        "converge_sgd_momentum": 3,
        "converge_adam": 3,
        "converge_other": 0,
    }


def test_nothing_is_wrong_with_the_assignments_there_are(tiny: Path) -> None:
    points = {**LINEAR_MNIST.possible_points, "not_a_question": 0.0}
    assert list(faults(LINEAR_MNIST, points)) == []
    assert list(faults(Assignment.at(tiny), {"rms": 3.0, "chunks": 2.0})) == []


def test_what_is_optional_need_not_be_there(tmp_path: Path) -> None:
    one = made(tmp_path / "any")
    assert list(faults(one, {"one": 3.5, "several": 3.0, "elsewhere": 1.0})) == []
    known = one.registry
    assert (known.right, known.wrong, known.optional) == ((), (), ()) and known.texts == known.nothing == {}
    assert (one.probes, one.drivers, one.tolerances, one.tolerance_of_call, one.inputs("one")) == (None,) * 5
    assert one.recipes == one.data_sets == one.forbidden_categories == {}
    with pytest.raises(BrokenAssignment, match=r"there is no right answer to one in .*right_answers\.py"):
        one.canonical_answer("one")


def test_the_courses_own_wins_as_a_whole(tmp_path: Path) -> None:
    own = made(tmp_path / "linear_mnist")
    assert Assignment.find("linear_mnist", tmp_path) == own != LINEAR_MNIST
    assert own.recipes == {} and own.reference is not LINEAR_MNIST.reference
    assert Assignment.find("linear_mnist", tmp_path / "elsewhere") == LINEAR_MNIST
    assert [one.name for one in Assignment.all(tmp_path)] == [one.name for one in Assignment.all()]


@pytest.mark.parametrize("name", ["nothing", "..", "../linear_mnist", "", ".", "linear_mnist/"])
def test_what_is_not_there_is_refused(name: str, tmp_path: Path) -> None:
    made(tmp_path / "own" / "other")
    with pytest.raises(UnknownAssignment, match=r"There are: .*linear_mnist.*other"):
        Assignment.find(name, tmp_path / "own")


def test_a_folder_without_hidden_tests_is_told_with_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test_hiden.py").touch()
    with pytest.raises(BrokenAssignment, match=r"there is no test_hidden\.py in .*Did you mean test_hiden\.py"):
        Assignment.find("mine", tmp_path)


def test_its_files_import_each_other_in_three_ways(tiny: Path) -> None:
    (tiny / "probes.py").write_text(IMPORTS)
    one = Assignment.at(tiny)
    assert one.probes is one.module("probes")
    assert one.reference is vars(one.module("probes"))["reference"]


def test_so_do_those_that_come_with_autograder(tmp_path: Path) -> None:
    """In a copy of the package: the files are found there under its own name."""
    shutil.copytree(PACKAGED.parent, tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TINY, tmp_path / "autograder" / "assignments" / "tiny")
    (tmp_path / "autograder" / "assignments" / "tiny" / "probes.py").write_text(IMPORTS)
    code = (
        "from autograder.judge.assignment import Assignment as A; one = A.find('tiny'); assert one.installed; "
        "from autograder.assignments.tiny import reference; assert one.probes.fourth is reference"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_assignments_are_not_mixed_up(tmp_path: Path) -> None:
    first, second = (made(tmp_path / part / "one", reference=f"WHICH = {part!r}") for part in ("a", "b"))
    other = made(tmp_path / "a" / "two", reference="WHICH = 'two'")
    assert [one.module("reference").WHICH for one in (first, second, other)] == ["a", "b", "two"]
    assert "reference" not in sys.modules and "autograder.assignments.one" not in sys.modules


def test_a_changed_file_is_another_one(tmp_path: Path) -> None:
    one = made(tmp_path / "one", reference="WHICH = 1", probes="from reference import WHICH")
    assert vars(one.module("probes"))["WHICH"] == 1
    (one.folder / "reference.py").write_text("WHICH = 2")  # the same length, within the same second
    again = Assignment.at(one.folder)
    assert vars(again.module("probes"))["WHICH"] == 2 and again.digest != one.digest
    assert not (one.folder / "__pycache__").exists()


def test_it_goes_to_other_processes_as_plain_data(tiny: Path) -> None:
    one = Assignment.at(tiny)
    assert one.registry.right
    there = pickle.loads(pickle.dumps(one))
    assert there == one and "digest" not in vars(there)


def test_a_hidden_test_is_no_secret_of_the_next_module(tiny: Path) -> None:
    for name in ("claims_of_rms", "right_classes", "checking", "probes_of_rms"):
        (tiny / f"{name}.py").write_text("USUAL = 1\n")
    names = {path.name for path in Assignment.at(tiny).secrets}
    assert {"test_hidden.py", "reference.py", "right_answers.py", "misconceptions.py", "claims_of_rms.py"} <= names
    assert {"right_classes.py", "checking.py"} <= names
    assert not {"__init__.py", "probes.py", "probes_of_rms.py"} & names


def edited(name: str, old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edit


def added(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


TRAINS = "import pytest\n\n@pytest.mark.question('rms')\n@pytest.mark.points(0)\ndef test_more(training): ..."
BROKEN = {
    "syntax": (edited("reference.py", "(x * x)", "(x * x"), r"reference\.py, line 12: .*"),
    "no such module": (edited("strategies.py", "import torch", "import torhc"), r"strategies\.py, line 7: .*torhc"),
    "raises": (added("recipes.py", "import torch\n\nRECIPES = 1 / 0"), r"recipes\.py, line 3: ZeroDivisionError"),
    "missing name": (added("right_answers.py", "RIHGT = ()"), r"right_answers\.py, line 1: there is no RIGHT"),
    "wrong type": (
        edited("misconceptions.py", "WRONG = (", "WRONG = {}, ("),
        r"misconceptions\.py, line 28: WRONG has",
    ),
    "not in the reference": (
        edited("test_hidden.py", "reference.rms", "reference.rsm"),
        r"test_hidden\.py, line 1\d: there is no rsm in reference\.py",
    ),
    "undefined": (edited("test_hidden.py", "check(student, x)", "chek(student, x)"), r"test_hidden.*there is no chek"),
    "import of a missing name": (
        edited("test_hidden.py", "import probes, reference, tolerances", "import reference, tolerence"),
        r"test_hidden\.py, line 1\d: ImportError",
    ),
    "no question": (
        edited("test_hidden.py", '@pytest.mark.question("rms")\n', ""),
        r"test_hidden\.py, line \d+: the hidden test test_rms_of_one_number needs its question",
    ),
    "no points": (
        edited("test_hidden.py", "@pytest.mark.points(1)\n", ""),
        r"test_hidden\.py, line \d+: the hidden test test_rms_of_one_number needs its points",
    ),
    "points in words": (edited("test_hidden.py", "points(1)", 'points("1")'), "needs its points"),
    "points below zero": (edited("test_hidden.py", "points(1)", "points(-1)"), "needs its points"),
    "other points": (
        edited("test_hidden.py", "points(1)", "points(2)"),
        r"test_hidden\.py, line \d+: the hidden tests of rms are worth 4 points, its cell test_rms 3",
    ),
    "no test": (added("test_hidden.py", "import pytest\n"), r"test_hidden\.py: there is no hidden test in it"),
    "another question": (
        edited("test_hidden.py", 'question("rms")', 'question("rsm")'),
        "the hidden tests of rms are worth 2 points, its cell test_rms 3",
    ),
    "twice the same": (
        edited("test_hidden.py", "def test_rms_of_vectors", "def test_rms_of_one_number"),
        "another test",
    ),
    "in a class": (added("test_more.py", "class TestMore: pass"), r"test_more\.py, line 1: hidden tests are functions"),
    "trains without a recipe": (
        added("test_more.py", TRAINS),
        r"trains, and recipes\.py has no recipe for rms",
    ),
    "an edit that fits nowhere": (
        edited("misconceptions.py", '".mean()", ".sum()"', '".maen()", ".sum()"'),
        r"misconceptions\.py, line \d+: no-mean: there is no '\.maen\(\)'",
    ),
    "an answer to nothing": (
        edited("right_answers.py", 'RightAnswer("rms", "norm"', 'RightAnswer("rsm", "norm"'),
        r"right_answers\.py, line \d+: the answer norm is to rsm, which has no hidden test",
    ),
    "knowing nothing of nothing": (
        edited("right_answers.py", '"rms": ("def rms(x)', '"rsm": ("def rms(x)'),
        r"right_answers\.py: KNOWS_NOTHING has answers to rsm, which has no hidden test",
    ),
    "thresholds": (added("convergence.toml", "seeds = \n"), r"convergence\.toml: .*line 1"),
    "categories": (added("forbidden.py", "CATEGORIES = {'sorting': 'torch.sort'}"), r"forbidden\.py, line 1: CATEG"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_is_one_sentence_with_file_and_line(how: str, tiny: Path) -> None:
    spoil, wanted = BROKEN[how]
    spoil(tiny)
    with pytest.raises(BrokenAssignment, match=wanted) as caught:
        check(Assignment.at(tiny), {"rms": 3.0})
    assert str(tiny) in str(caught.value) and "\n" not in str(caught.value)


def test_a_test_cell_without_any_hidden_test_is_told(tiny: Path) -> None:
    (fault,) = faults(Assignment.at(tiny), {"rms": 3.0, "other": 2.0})
    assert "the hidden tests of other are worth 0 points, its cell test_other 2" in fault

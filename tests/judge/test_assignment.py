"""What is read from hidden tests without running them."""

from pathlib import Path

from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")

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

@pytest.mark.question("elsewhere")
@pytest.mark.points(POINTS)
def test_elsewhere(student): ...
"""


def test_points_are_summed_where_they_are_plain_numbers(tmp_path: Path) -> None:
    (tmp_path / "test_hidden.py").write_text(TESTS)
    assert Assignment.at(tmp_path).possible_points == {"one": 3.5}


def test_the_points_of_the_assignment_are_known() -> None:
    own = {"ce_loss": 4, "grad_func": 6, "sgd_momentum": 4, "adam": 6}
    assert LINEAR_MNIST.possible_points == own | {
        "converge_sgd_momentum": 3,
        "converge_adam": 3,
        "converge_other": 0,
    }

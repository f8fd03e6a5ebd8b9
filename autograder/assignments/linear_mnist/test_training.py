"""Hidden tests that train with the student's functions. A test's docstring is the sentence a student reads about it.

Try one by hand: ``pytest autograder/assignments/linear_mnist/test_training.py --notebook N -k adam``.
"""

from __future__ import annotations

import pytest

from autograder.judge.training.trainer import Trainer

pytestmark = pytest.mark.forbid("autograd", "losses", "optimisers")


@pytest.mark.question("converge_sgd_momentum")
@pytest.mark.points(1)
def test_converge_sgd_momentum_follows(training: Trainer) -> None:
    """In training, w and m follow torch.optim.SGD with momentum in the first 50 steps from w = 0."""
    training.must_follow()


@pytest.mark.question("converge_sgd_momentum")
@pytest.mark.points(2)
def test_converge_sgd_momentum_reaches(training: Trainer) -> None:
    """Training with SGD with momentum reaches the loss and the accuracy that it can reach."""
    training.must_converge()


@pytest.mark.question("converge_adam")
@pytest.mark.points(1)
def test_converge_adam_follows(training: Trainer) -> None:
    """In training, w, m and v follow torch.optim.Adam in the first 50 steps from w = 0."""
    training.must_follow()


@pytest.mark.question("converge_adam")
@pytest.mark.points(2)
def test_converge_adam_reaches(training: Trainer) -> None:
    """Training with Adam reaches the loss and the accuracy that it can reach."""
    training.must_converge()


@pytest.mark.question("converge_other")
@pytest.mark.points(0)
@pytest.mark.bonus(2)
def test_converge_other_reaches(training: Trainer) -> None:
    """Training with your own optimiser gets at least as far as plain gradient descent."""
    training.must_converge()

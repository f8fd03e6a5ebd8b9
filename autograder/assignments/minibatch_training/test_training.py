"""Hidden test that trains with all of the student's parts. A test's docstring is the sentence a student reads."""

from __future__ import annotations

import pytest

from autograder.judge.training.trainer import Trainer

pytestmark = pytest.mark.forbid("softmax", "losses", "containers", "optimisers", "data")


@pytest.mark.question("converge_fit")
@pytest.mark.points(4)
def test_converge_fit_reaches(training: Trainer) -> None:
    """Trained with all your parts, the network reaches the loss and the accuracy that it can reach."""
    training.must_converge()

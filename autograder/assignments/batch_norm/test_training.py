"""Hidden tests that train with the student's layer. A test's docstring is the sentence a student reads about it.

Half of the points are for the first steps: another momentum, or the batch's own statistics in evaluation, learn as well
and end as high, since the end is measured with the network's numbers and not with the student's layer.

Try one by hand: ``pytest autograder/assignments/batch_norm/test_training.py --notebook N -k conv_net``.
"""

from __future__ import annotations

import pytest

from autograder.judge.training.trainer import Trainer

pytestmark = pytest.mark.forbid("normalisation")


@pytest.mark.question("converge_conv_net")
@pytest.mark.points(2)
def test_converge_conv_net_follows(training: Trainer) -> None:
    """In training, the convnet's weights and statistics, and its output in evaluation, go the right way at first."""
    training.must_follow()


@pytest.mark.question("converge_conv_net")
@pytest.mark.points(2)
def test_converge_conv_net_reaches(training: Trainer) -> None:
    """With your BatchNorm, the convnet reaches the loss and the accuracy that it can reach."""
    training.must_converge()


@pytest.mark.question("converge_mlp")
@pytest.mark.points(1.5)
def test_converge_mlp_follows(training: Trainer) -> None:
    """In training, the MLP's weights and statistics, and its output in evaluation, go the right way at first."""
    training.must_follow()


@pytest.mark.question("converge_mlp")
@pytest.mark.points(1.5)
def test_converge_mlp_reaches(training: Trainer) -> None:
    """With your BatchNorm, the MLP reaches the loss and the accuracy that it can reach."""
    training.must_converge()

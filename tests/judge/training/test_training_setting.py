"""Where a question is trained: what the settings say, and nothing else."""

import pytest
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.training.training_data import MNIST_OR_DIGITS
from autograder.judge.training.training_setting import training_setting

LINEAR_MNIST = Assignment.find("linear_mnist")


@pytest.fixture(autouse=True)
def _no_mnist(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")


def place(watched=(), **sections):
    return training_setting(MNIST_OR_DIGITS, LINEAR_MNIST, Config(sections), frozenset(watched))


def test_a_place_is_what_the_settings_say():
    found = place(
        ("losses", "autograd"), NotebookJudge={"call_timeout": 3.5}, Training={"device": "cpu", "budget": 9.0}
    )
    assert (found.patience, found.settings.budget, found.device) == (3.5, 9.0, "cpu")
    assert found.watched == ("autograd", "losses")
    assert (found.assignment, found.data.name) == (LINEAR_MNIST, "digits")


def test_the_student_side_sees_the_data_in_the_sandbox_at_another_place():
    assert place().folder == place(StudentProvisioner={"sandbox": "on"}).folder == "/data"
    without = place(StudentProvisioner={"sandbox": "off"})
    assert without.folder == str(without.data.folder)


def test_where_there_is_no_such_gpu_or_training_is_off_nothing_is_trained():
    with pytest.raises(CannotJudge, match="no such GPU"):
        place(Training={"device": "cuda:77"})
    with pytest.raises(CannotJudge, match="autograder grade linear_mnist --only convergence"):
        place(Training={"enabled": False, "device": "cuda:77"})

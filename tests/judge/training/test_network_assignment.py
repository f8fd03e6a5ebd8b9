"""An assignment in a folder of its own whose students train a network: judged from notebook to evidence."""

import shutil
from pathlib import Path

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Band, Evidence, Outcome
from autograder.judge.notebook_judging import judge_notebook
from autograder.report.training_curves import table_lines
from tests.judge.conftest import notebook
from tests.judge.training import model_drivers
from tests.judge.training.test_models import FIT, HEAD, LOSS, SGD, UPHILL

RECIPES = """
from autograder.judge.training.recipe import Part, Recipe
from autograder.judge.training.training_data import MNIST_OR_DIGITS

from . import drivers

PARTS = {
    "fit": Part("fit", "fit"),
    "optimizer": Part("SGD", "optimizer", stand_in="RightSGD"),
    "loss_func": Part("cross_entropy", "cross_entropy", stand_in="right_loss"),
}
RECIPES = {
    "converge_fit": Recipe(
        "mlp", "fit", drivers.fitted, PARTS, MNIST_OR_DIGITS, (0.1,), {"digits": 12}, model=drivers.mlp, followed=0
    )
}
"""
DRIVERS = (
    Path(model_drivers.__file__).read_text(encoding="utf-8")
    + """

def right_loss(logits, y):
    return nn.functional.cross_entropy(logits, y)
"""
)
HIDDEN = '''
import pytest


@pytest.mark.question("optimizer")
@pytest.mark.points(1)
def test_optimizer(student):
    """A rate goes down the hill."""
    assert student.sign().value == -1.0
'''
TRAINING = '''
import pytest


@pytest.mark.question("converge_fit")
@pytest.mark.points(4)
def test_converge_fit_reaches(training):
    """All of it together learns."""
    training.must_converge()
'''


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "assignments" / "nets"
    folder.mkdir(parents=True)
    reference = "def sign():\n    return -1.0\n"
    files = {"reference": reference, "recipes": RECIPES, "drivers": DRIVERS, "test_hidden": HIDDEN}
    files |= {"test_training": TRAINING, "data_sets": 'DATASETS = {"MNIST": ()}\n'}
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    series = dict.fromkeys(Band.__dataclass_fields__, 0.1) | {"least_accuracy": 0.8, "most_loss": 0.7}
    lines = [f"{name} = {[value] * 13}" for name, value in series.items()]
    (folder / "convergence.toml").write_text("\n".join(["[digits.mlp]", *lines]))
    yield Assignment.at(folder)
    shutil.rmtree(folder)


def judged(assignment, tmp_path, monkeypatch, *cells):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")
    cells = notebook(HEAD, *cells, ("optimizer", 1), ("converge_fit", 4))
    evidence = judge_notebook(cells, assignment, tmp_path)
    assert Evidence.from_json(evidence.to_json()) == evidence
    return {found.question: found for found in evidence.questions}


RIGHT = "def sign():\n    return -1.0\n"


def test_right_answers_train_and_are_given_the_points(assignment, tmp_path, monkeypatch):
    found = judged(assignment, tmp_path, monkeypatch, SGD, FIT, LOSS, RIGHT)
    assert [question.points for question in found.values()] == [1, 4], found
    (line, _) = table_lines(found["converge_fit"].training)
    assert line.startswith("Trained with your own answers, eta = 0.1: after 12 epochs loss 0.")


def test_what_failed_in_its_own_question_is_replaced_and_the_feedback_says_so(assignment, tmp_path, monkeypatch):
    found = judged(assignment, tmp_path, monkeypatch, UPHILL, FIT, LOSS, RIGHT.replace("-", ""))
    assert [question.points for question in found.values()] == [0, 4], found
    (curve,) = found["converge_fit"].training.curves
    assert curve.replaced == ("SGD",)
    (line, _) = table_lines(found["converge_fit"].training)
    assert line.startswith("Trained with the right SGD in place of yours, eta = 0.1: after 12 epochs")


def test_what_nobody_has_judged_is_replaced_only_where_training_fails(assignment, tmp_path, monkeypatch):
    """The loss has no question of its own here."""
    found = judged(assignment, tmp_path, monkeypatch, SGD, FIT, LOSS.replace("return F", "return -F"), RIGHT)
    assert [question.points for question in found.values()] == [1, 4]
    curves = found["converge_fit"].training.curves
    assert [(curve.replaced, curve.judged) for curve in curves] == [((), False), (("cross_entropy",), True)]


def test_a_fit_that_does_not_train_gets_nothing(assignment, tmp_path, monkeypatch):
    found = judged(assignment, tmp_path, monkeypatch, SGD, FIT.replace("optimizer.step()", "pass"), LOSS, RIGHT)
    (test,) = found["converge_fit"].tests
    assert (test.outcome, test.points) == (Outcome.FAILED, 0)
    assert test.message.startswith("Nothing changed in epoch 1")

"""Questions judged by training in real, sandboxed kernels, on the small digits."""

import pytest
from traitlets.config import Config

from autograder.authoring.calibrate import candidates, measured
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence, Outcome
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.settings import data_folder
from autograder.judge.training.thresholds import thresholds
from autograder.judge.training.training_data import small_digits, training_data
from tests.judge.conftest import notebook

LINEAR_MNIST = Assignment.find("linear_mnist")

IMPORTS = "import math\nimport torch\nimport numpy as np"
GRADIENT = LINEAR_MNIST.canonical_answer("grad_func")
SGD = LINEAR_MNIST.canonical_answer("sgd_momentum")
ADAM = LINEAR_MNIST.canonical_answer("adam")
RMSPROP = """
def other_step(w, state, grad, eta):
    v = torch.zeros_like(w) if state is None else state["v"]
    v = 0.99 * v + 0.01 * grad**2
    return w - eta * grad / (v.sqrt() + 1e-8), {"v": v, "what": object()}
"""
MNIST_IN = str(data_folder())
QUESTIONS = (("converge_sgd_momentum", 3), ("converge_adam", 3), ("converge_other", 0))


@pytest.fixture(autouse=True)
def _no_mnist(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")


def judged(tmp_path, *answers, config=None, questions=QUESTIONS):
    cells = notebook(IMPORTS, *answers, *questions)
    return {found.question: found for found in judge_notebook(cells, LINEAR_MNIST, tmp_path, config).questions}


def test_right_answers_get_everything_and_their_evidence_has_curves(tmp_path):
    cells = notebook(IMPORTS, GRADIENT, SGD, ADAM, RMSPROP, *QUESTIONS)
    evidence = judge_notebook(cells, LINEAR_MNIST, tmp_path)
    assert [(q.points, q.max_points, q.bonus, q.max_bonus) for q in evidence.questions] == [
        (3, 3, 0, 0),
        (3, 3, 0, 0),
        (0, 0, 2, 2),
    ]
    for question in evidence.questions:
        (curve,) = question.training.curves
        assert (question.training.data, len(curve.accuracy), curve.judged) == ("digits", 31, True)
    assert Evidence.from_json(evidence.to_json()) == evidence


def test_a_crash_and_a_hang_cost_their_question(tmp_path):
    crash = SGD.replace("m = beta", "import os\n    if bool(m.any()): os._exit(3)\n    m = beta")
    hang = ADAM.replace("m = beta_1", "while t > 60: pass\n    m = beta_1", 1)
    config = Config(NotebookJudge={"call_timeout": 3.0})
    found = judged(tmp_path, GRADIENT, crash, hang, RMSPROP, config=config)
    assert {name: (q.points, q.bonus) for name, q in found.items()} == {
        "converge_sgd_momentum": (0, 0),
        "converge_adam": (1, 0),
        "converge_other": (0, 2),
    }
    said = [test.message for q in found.values() for test in q.tests if test.outcome is Outcome.FAILED]
    assert said[0].startswith("The training ended its process after step 1: it called exit with status 3")
    assert said[2].endswith("nothing came back for 3 s.")


def test_what_is_missing_is_the_graders_business(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.judge.training.training_data.small_digits", _missing)
    found = judged(tmp_path, GRADIENT, SGD, questions=QUESTIONS[:1])["converge_sgd_momentum"]
    assert (found.outcome, found.points) == (Outcome.NOT_JUDGED, 0)
    assert "there is nothing to train on (no digits): put MNIST into" in found.tests[0].details


def _missing():
    raise ImportError("no digits")


def test_the_thresholds_are_what_a_fresh_measurement_gives():
    measured_anew(small_digits(), [101, 102])


@pytest.mark.mnist
def test_so_are_those_of_mnist(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", MNIST_IN)
    assert training_data().name == "MNIST"
    measured_anew(training_data(), [101])


def measured_anew(data, seeds):
    for candidate in candidates(LINEAR_MNIST):
        recipe = candidate.recipe
        if not candidate.name and recipe.name in ("sgd_momentum", "adam"):
            wanted = thresholds(LINEAR_MNIST, data.name, recipe.name)
            band = wanted.band
            for run in measured(LINEAR_MNIST, candidate, data, seeds, Config()):
                last = run.measured[-1]
                assert wanted.reached(run.epochs, last.loss, last.accuracy)
                assert abs(last.loss - band.loss[-1]) <= 5 * band.loss_spread[-1]
                assert abs(last.accuracy - band.accuracy[-1]) <= 5 * band.accuracy_spread[-1] + 0.01
                assert run.measured[0].loss == pytest.approx(band.loss[0], abs=1e-5)

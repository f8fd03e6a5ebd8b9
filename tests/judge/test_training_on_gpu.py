"""The same training on a GPU and on the CPU. Deselected where there is no GPU: it has not been run there."""

import pytest
import torch
from traitlets.config import Config

from autograder.authoring.calibrate import candidates
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.training.run import Plan
from autograder.judge.training.supervisor import train
from autograder.judge.training.trainer import leaves
from autograder.judge.training.training_data import small_digits
from tests.judge.conftest import notebook
from tests.judge.test_training_in_kernels import ADAM, GRADIENT, IMPORTS, QUESTIONS, RMSPROP, SGD

LINEAR_MNIST = Assignment.find("linear_mnist")

pytestmark = pytest.mark.gpu


CANDIDATES = [one for one in candidates(LINEAR_MNIST) if not one.name and one.recipe.trajectory]


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda one: one.recipe.name)
def test_trajectories_are_the_same(candidate, copy_of):
    data, runs = small_digits(), []
    for device in ("cpu", "cuda:0"):
        plan = Plan(candidate.recipe, data, str(data.folder), candidate.eta, device=device)
        copy = copy_of("import math\n" + LINEAR_MNIST.canonical_answer("grad_func") + candidate.code)
        runs.append(train(copy, plan))
        assert leaves(candidate.recipe, runs[-1]) is None
    assert torch.allclose(*(run.returned[-1]["w"] for run in runs), atol=1e-4)
    assert runs[0].measured[-1].loss == pytest.approx(runs[1].measured[-1].loss, abs=2e-3)


def test_a_notebook_is_judged_on_the_gpu_in_its_sandbox(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")
    cells = notebook(IMPORTS, GRADIENT, SGD, ADAM, RMSPROP, *QUESTIONS)
    evidence = judge_notebook(cells, LINEAR_MNIST, tmp_path, Config(Training={"device": "cuda:0"}))
    assert {question.outcome for question in evidence.questions} == {Outcome.PASSED}
    assert {question.training.device for question in evidence.questions} == {"cuda:0"}

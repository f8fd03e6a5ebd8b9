"""Where a question ran out of time it is said, if it is so, that compiling counts."""

import pytest
from traitlets.config import Config

from autograder.assignments.linear_mnist.recipes import RECIPES
from autograder.judge.assignment import Assignment
from autograder.judge.compile_time import about_compiling
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.training.run import End, Trained
from autograder.judge.training.trainer import Trainer
from tests.judge.conftest import code, notebook

LINEAR_MNIST = Assignment.find("linear_mnist")

MARK = {"solution": True, "grade": False, "schema_version": 3, "grade_id": "adam"}
ADAM = "def adam_step(w):\n    return w"


def about(*cells, answer=ADAM):
    return about_compiling(notebook(*cells, code(answer, nbgrader=MARK), ("adam", 6)), "adam")


@pytest.mark.parametrize(
    ("imports", "used", "name"),
    [
        ("import torch", "@torch.compile", "torch.compile"),
        ("import torch as t\n%matplotlib inline", "@t.compile(mode='reduce-overhead')", "torch.compile"),
        ("from torch import compile as fast", "@fast", "torch.compile"),
        ("import torch.nn", "@torch.jit.script", "torch.jit.script"),
        ("from torch import jit", "@jit.script", "torch.jit.script"),
        ("from numba import njit", "@njit(parallel=True)", "numba.njit"),
    ],
)
def test_what_compiles_is_named(imports, used, name):
    sentence = f"The cell of this question uses {name}: the time that compiling takes at the first call counts, too."
    assert about(imports, answer=f"{used}\n{ADAM}") == sentence


def test_it_may_be_in_another_cell_above():
    cells = ("import torch", "def helper(x):\n    return x", "helper = torch.compile(helper)")
    assert about(*cells).startswith("Cell 3 uses torch.compile: ")
    below = notebook("import torch", code(ADAM, nbgrader=MARK), ("adam", 6), "torch.compile(adam_step)")
    assert about_compiling(below, "adam") == ""


@pytest.mark.parametrize(
    "source", ["# torch.compile", "'torch.compile'", "import re\nre.compile('x')", "compile('1', '', 'eval')", "def (:"]
)
def test_nothing_is_said_that_is_not_so(source):
    assert about("import torch", source) == ""


# compiles when it is called, which it isn't: loading the compiler takes seconds
SLOW = "import time, torch\ndef CE_loss(X, ystar, w):\n    time.sleep(9)\ndef fast(f):\n    return torch.compile(f)"


def test_a_question_that_ran_out_of_time_says_it(tmp_path):
    quick = Config(NotebookJudge={"call_timeout": 0.5, "examples": 3})
    evidence = judge_notebook(notebook(SLOW, ("ce_loss", 4)), LINEAR_MNIST, tmp_path, quick)
    message = evidence.questions[0].tests[0].message
    assert "Cell 1 uses torch.compile: the time that compiling takes" in message


def test_training_that_ran_out_of_time_says_it():
    trainer = Trainer(RECIPES["converge_adam"], None, None, about_time=lambda: "It compiles.")

    run = Trained(None, end=End.SILENT, stopped="After step 1 nothing came back for 10 s.")
    assert trainer._why(run) == "After step 1 nothing came back for 10 s. It compiles."
    sentence = "It uses torch.optim, which this question asks you to do without."
    assert trainer._why(Trained(None, end=End.FORBIDDEN, stopped=sentence)) == sentence

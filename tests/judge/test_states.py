"""What students set in a cell for their own machine, tests or debugging: right answers stay right."""

import textwrap

import pytest
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from tests.judge.conftest import notebook

LINEAR_MNIST = Assignment.find("linear_mnist")

IMPORTS = "import math\nimport torch\nimport numpy as np\nimport torch.nn.functional as F"
LOSS = """
def CE_loss(X, ystar, w):
    total = torch.zeros(())
    for z, y in zip(X @ w, ystar):
        total = total - (y * (z - z.logsumexp(0))).sum()
    return float(total / len(X))
"""
SGD = """
def sgd_momentum_step(w, m, grad, eta, beta):
    m = torch.full(w.shape, beta, dtype=w.dtype) * m + grad
    return w - eta * m, m
"""
STATES = {
    "a Mac's device": "torch.set_default_device('mps')",
    "a GPU": "torch.set_default_device('cuda')",
    "no device": "torch.set_default_device('meta')",
    "a device entered and not left": "torch.device('meta').__enter__()",
    "float64": "torch.set_default_dtype(torch.float64)",
    "inference mode": "torch.inference_mode().__enter__()",
    "no gradients": "torch.set_grad_enabled(False)",
    "deterministic": "torch.use_deterministic_algorithms(True)",
    "threads": "torch.set_num_threads(4)",
    "printing": "torch.set_printoptions(precision=1, threshold=2); np.set_printoptions(precision=1)",
    "anomalies": "torch.autograd.set_detect_anomaly(True)",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "NumPy's errors": "np.seterr(all='raise')",
    "a time limit for sockets": "import socket\nsocket.setdefaulttimeout(0.05)",
    "streams": "import io, sys\nsys.stdout = sys.stderr = io.StringIO()\nsys.stdout.close()",
    "paths": "import os, sys, tempfile\nos.chdir(tempfile.mkdtemp())\nos.rmdir(os.getcwd())\nsys.path.clear()",
    "an alarm": "import signal\ndef late(*_): raise TimeoutError\nsignal.signal(signal.SIGALRM, late)\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "a trace": "import sys\ndef trace(*_): raise ValueError\nsys.settrace(trace)",
    "no garbage collection": "import gc\ngc.disable()",
    "little recursion": "import sys\nsys.setrecursionlimit(90)",
    "numbers": "import decimal, locale\ndecimal.getcontext().prec = 2\nlocale.setlocale(locale.LC_ALL, 'C')",
    "built-in functions": "import builtins\nbuiltins.sum = builtins.sorted = builtins.bytes = None",
    "a mode": "from torch.overrides import TorchFunctionMode\nclass Mode(TorchFunctionMode):\n"
    "    def __torch_function__(self, f, types, args=(), kwargs=None):\n"
    "        return f(*args, **(kwargs or {}))\nMode().__enter__()",
    "a random state": "torch.manual_seed(1); np.random.seed(1)",
}
# Where built-in functions are gone, Jupyter sends no answer any more: a cell is then waited for until its time is up.
CONFIG = Config(NotebookJudge={"examples": 4, "cell_timeout": 5.0})


def judged(tmp_path, *cells, config=CONFIG):
    return {q.question: q for q in judge_notebook(notebook(*cells), LINEAR_MNIST, tmp_path, config).questions}


def said(found):
    return [f"{t.name}: {t.message} {t.details}" for q in found.values() for t in q.tests if t.outcome != "passed"]


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_right_answer_is_right_whatever_was_set_before(tmp_path, state):
    found = judged(tmp_path, IMPORTS, state, LOSS, SGD, ("ce_loss", 4), ("sgd_momentum", 4))
    assert [question.points for question in found.values()] == [4, 4], said(found)


@pytest.mark.parametrize("state", ["no device", "a device entered and not left", "an alarm", "built-in functions"])
def test_also_where_the_function_itself_sets_it(tmp_path, state):
    body = textwrap.indent(STATES[state] + ("\nsignal.alarm(1)" if "alarm" in state else ""), "    ")
    answer = LOSS.replace("    total = torch.zeros(())", body + "\n    total = 0.0", 1)
    found = judged(tmp_path, IMPORTS, answer, SGD, ("ce_loss", 4), ("sgd_momentum", 4))
    assert [question.points for question in found.values()] == [4, 4], said(found)


def test_training_finds_its_own_state_too(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")
    states = [STATES[name] for name in STATES if name not in ("streams", "paths")]
    answers = LINEAR_MNIST.canonical_answer("grad_func"), SGD
    found = judged(tmp_path, IMPORTS, *states, *answers, ("converge_sgd_momentum", 3))
    assert found["converge_sgd_momentum"].points == 3, said(found)


@pytest.mark.parametrize(
    ("breaks", "outcome", "details"),
    [
        ("from autograder import wire\nwire.receive = None", Outcome.NOT_JUDGED, "the grader's own code failed"),
        ("from autograder.student import call_server\ncall_server._call = None",
         Outcome.NOT_JUDGED, "'NoneType' object is not"),
        ("from autograder.student import call_server as s\ndef none_left(*_): raise MemoryError\ns._call = none_left",
         Outcome.FAILED, "asked for more memory than it may have"),
    ],
)  # fmt: skip
def test_what_fails_in_our_own_code_is_no_exit_of_the_students(tmp_path, breaks, outcome, details):
    found = judged(tmp_path, IMPORTS, breaks, LOSS, ("ce_loss", 4))["ce_loss"]
    assert (found.outcome, found.points) == (outcome, 0)
    assert details in found.tests[0].details + found.tests[0].message

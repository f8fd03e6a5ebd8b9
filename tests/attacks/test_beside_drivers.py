"""Answers that fight the drivers: the training recipes that run beside them, and what these hand to the judge."""

import pytest
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from tests.judge.conftest import notebook

IMPORTS = (
    "import ctypes, gc, inspect, linecache, math, os, signal, socket, sys, threading, time, torch\n"
    "import numpy as np\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torch.nn import Module as Torchs"
)
SGD, FIT, MLP = "converge_sgd_momentum", "converge_fit", "converge_mlp"
ASSIGNMENTS = {
    question: Assignment.find(name)
    for name, question in (("linear_mnist", SGD), ("minibatch_training", FIT), ("batch_norm", MLP))
}


@pytest.fixture(autouse=True)
def _no_mnist(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")


def judged(question, tmp_path, *cells, right=True):
    """Judge a question of training, with right answers to all before some cells that do something to them."""
    assignment = ASSIGNMENTS[question]
    parts = {part.question: None for part in assignment.recipes[question].parts.values()}
    answers = [assignment.canonical_answer(name) for name in parts if right]
    config = Config(NotebookJudge={"call_timeout": 2.0, "cell_timeout": 5.0}, Training={"budget": 10.0})
    made = notebook(IMPORTS, *answers, *cells, (question, assignment.possible_points[question]))
    (found,) = judge_notebook(made, assignment, tmp_path, config).questions
    return found


def step(body):
    """An optimiser's step after the right one."""
    return (
        "right, count = sgd_momentum_step, 0\ndef sgd_momentum_step(w, m, grad, eta, beta):\n    global count\n"
        f"    count += 1\n    w, m = right(torch.Tensor.as_subclass(w, torch.Tensor), m, grad, eta, beta)\n    {body}\n"
    )


def mine(body, back="return w.as_subclass(Mine), m"):
    """A class of tensors, and a step that gives such ones back."""
    return f"class Mine(torch.Tensor):\n    {body}\n{step(back)}"


HUGE = (
    "right = grad_func\n"
    "def grad_func(X, ystar, w):\n    global known\n    known = right(X, ystar, w)\n"
    "    return torch.zeros(1).expand(200 << 20)\n"
    "def sgd_momentum_step(w, m, grad, eta, beta):\n    m = beta * m + known\n    return w - eta * m, m"
)
LIES = (
    "class Mine:\n    __class__ = torch.Tensor\n    shape = torch.Size((784, 10))\n    dtype = torch.float32\n"
    "    is_floating_point = lambda self: True\n    data_ptr = lambda self: count\n    sum = lambda self: 1\n"
)
DRIVER = "f = sys._getframe(1)\n    while 'settings' not in f.f_locals: f = f.f_back\n    "
GOES_ON = {
    "a shape that raises": mine("shape = property(lambda self: 1 / 0)"),
    "a shape that exits": mine("shape = property(lambda self: sys.exit())"),
    "a shape in the grader's words": mine("shape = property(lambda self: no_such_name)"),
    "a place in memory that raises": mine("data_ptr = lambda self: 1 / 0"),
    "sums that are none": mine(
        "@classmethod\n    def __torch_function__(cls, f, kinds, args=(), more=None):\n"
        "        return 5 if f in (torch.Tensor.sum, torch.Tensor.isfinite) else "
        "super().__torch_function__(f, kinds, args, more or {})"
    ),
}
FAILS = {
    "what says it is a tensor": LIES + step("return Mine() if count % 2 else w, m"),
    "a state that says it is a tensor": LIES + step("return w, Mine()"),
    "a huge gradient, which it doesn't use": HUGE,
    "no numbers at all": step("return w.to('meta'), m"),
    "a state without numbers": step("return w, m.to('meta')"),
    "sparse weights": step("return w.to_sparse(), m"),
    "fake tensors": "from torch._subclasses.fake_tensor import FakeTensorMode\nmode = FakeTensorMode()\n"
    + step("return w, mode.from_tensor(m)"),
    "looks that raise": "torch.Tensor.sum = torch.Tensor.isfinite = lambda self: 1 / 0",
    "starts that raise": "torch.Tensor.clone = lambda self: 1 / 0",
    "numbers that can't be written": "torch.Tensor.numpy = lambda self: 1 / 0",
    "no gradients off": "torch.no_grad = None",
    "no labels": "torch.eye = None",
    "no modules": "sys.modules['collections.abc'] = None",
    "a mode that exits": "from torch.overrides import TorchFunctionMode\nclass Mine(TorchFunctionMode):\n"
    "    def __torch_function__(self, *a, **k): sys.exit()\nMine().__enter__()",
    "an end in the middle": step("if count == 60: raise StopIteration\n    return w, m"),
    "other names in the driver": step(f"{DRIVER}f.f_globals['_several'] = lambda *a: 1 / 0\n    return w, m"),
    "nothing but the driver's names": step(f"{DRIVER}f.f_globals['_single'] = lambda w: {{}}\n    return w, m"),
    "an exit in the driver": step(f"{DRIVER}f.f_globals['_single'] = lambda w: os._exit(0)\n    return w, m"),
    "a hang between epochs": step("if count == 61: time.sleep(1e9)\n    return w, m"),
    "all memory": step("kept = [bytearray(1 << 30) for _ in range(100)]"),
}
OTHERS = {
    "a network without numbers": (FIT, "class Mine(torch.Tensor):\n    shape = property(lambda self: 1 / 0)\n"
        "    detach = lambda self: self\n"
        "def fit(epochs, model, loss, optimiser, train, valid):\n    f = sys._getframe(1)\n"
        "    while 'layers' not in f.f_locals: f = f.f_back\n    layer = f.f_locals['layers'][0]\n"
        "    del layer._parameters['weight']\n"
        "    layer.__dict__['weight'] = torch.zeros(50, 784).as_subclass(Mine)\n    for batch in train: pass"),
    "no optimiser in torch": (FIT, "sys.modules['torch.optim.sgd'] = type(sys)('torch.optim.sgd')"),
    "no decorator in torch": (FIT, "torch.enable_grad = None"),
    "more training than was asked for": (FIT, "right = fit\ndef fit(epochs, *a): right(2, *a)"),
    "nothing trained": (FIT, "def fit(*a):\n    for batch in a[4]: break"),
    "no torch.nn": (MLP, "sys.modules['torch.nn.functional'] = None"),
    "calls that exit": (MLP, "Torchs.__call__ = lambda *a: sys.exit()"),
    "a statistic that raises": (MLP, "right = BatchNorm\nclass BatchNorm(right):\n"
        "    def __getattribute__(self, name):\n"
        "        return 1 / 0 if name == 'mean' else super().__getattribute__(name)"),
}  # fmt: skip


@pytest.mark.parametrize("code", FAILS.values(), ids=FAILS)
def test_who_fights_a_driver_has_failed(code, tmp_path):
    found = judged(SGD, tmp_path, code)
    assert found.outcome is Outcome.FAILED, found.tests
    assert found.points <= 1  # some have made the first steps


@pytest.mark.parametrize(("question", "code"), OTHERS.values(), ids=OTHERS)
def test_so_has_who_fights_another_one(question, code, tmp_path):
    found = judged(question, tmp_path, code)
    assert (found.outcome, found.points) == (Outcome.FAILED, 0), found.tests


@pytest.mark.parametrize("code", GOES_ON.values(), ids=GOES_ON)
def test_what_a_class_of_tensors_says_of_itself_makes_no_difference(code, tmp_path):
    """The numbers are right, so there is nothing to find fault with."""
    found = judged(SGD, tmp_path, code)
    assert (found.outcome, found.points) == (Outcome.PASSED, 3), found.tests


def test_a_cell_that_loads_arrays_in_another_way_costs_nothing(tmp_path):
    """As is widely advised, for data sets of old."""
    code = "load = np.load\nnp.load = lambda *a, **k: load(*a, allow_pickle=True, **k)"
    assert judged(SGD, tmp_path, code).points == 3


CLEARED = f"{DRIVER}f.f_locals['settings']['etas'].clear()\n    "


def test_training_that_is_made_to_end_early_is_not_judged_by_how_far_it_came(tmp_path):
    """After one epoch much less is asked for."""
    code = step(f"{CLEARED}return (w if count < 21 else w - 0.1), m")
    found = judged(SGD, tmp_path, code)
    assert (found.outcome, found.points) == (Outcome.FAILED, 0)
    assert found.tests[1].message.startswith("The training was over after 1 of 30 epochs")

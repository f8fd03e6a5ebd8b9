"""Networks trained with a student's own loops and classes, in real kernels: what comes back, counts, and ends a run."""

import dataclasses
import re

import pytest
import torch
from torch import nn
from traitlets.config import Config

from autograder.judge.answer_checks import StudentFailed
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Band
from autograder.judge.student_kernel import Kernel
from autograder.judge.training import trainer as trainers
from autograder.judge.training.recipe import Part, Recipe
from autograder.judge.training.run import End, Plan
from autograder.judge.training.supervisor import train
from autograder.judge.training.thresholds import Thresholds
from autograder.judge.training.trainer import Trainer
from autograder.judge.training.training_data import MNIST_OR_DIGITS, small_digits
from autograder.judge.training.training_setting import IN_THE_SANDBOX, training_setting
from tests.judge.training import model_drivers as drivers

HEAD = "import math, time, torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
SGD = """
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr
    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""
FIT = """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
"""
LOSS = "def cross_entropy(logits, y):\n    return F.cross_entropy(logits, y)\n"
NORM = """
class BatchNorm(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))
    def forward(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                n = x.numel() / len(mean)
                self.mean += 0.1 * (mean - self.mean)
                self.var += 0.1 * (var * n / (n - 1) - self.var)
        x = (x - mean[:, None, None]) / torch.sqrt(var[:, None, None] + 1e-5)
        return self.gamma[:, None, None] * x + self.beta[:, None, None]
"""
STEP = """
def train_batch(model, X, y, eta):
    model.train()
    model.zero_grad()
    F.cross_entropy(model(X), y).backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= eta * p.grad
"""


def right_steps(first):
    """Yield the right weights and statistics after each step of the convnet, and how far off others may be."""
    network = drivers.convnet(nn.BatchNorm2d(8))
    network.load_state_dict(first.start)
    with torch.enable_grad():
        opt = torch.optim.SGD(network.parameters(), 0.1)
        for rate in first.rates:
            opt.param_groups[0]["lr"] = rate
            opt.zero_grad()
            X, y = next(first.batches)
            nn.functional.cross_entropy(network(X), y).backward()
            opt.step()
            state = {name: value.double() for name, value in network.state_dict().items()}
            yield {name: (value, torch.full_like(value, 1e-4)) for name, value in state.items()}


MLP = Recipe(
    "mlp",
    "fit",
    drivers.fitted,
    {
        "fit": Part("fit", "fit"),
        "optimizer": Part("SGD", "optimizer", stand_in="RightSGD"),
        "loss_func": Part("cross_entropy", "cross_entropy"),
    },
    MNIST_OR_DIGITS,
    (0.1,),
    {"digits": 12},
    model=drivers.mlp,
    followed=0,
)
CONVNET = Recipe(
    "convnet",
    "batch_norm",
    drivers.stepwise,
    {"layer": Part("BatchNorm", "batch_norm"), "train_batch": Part("train_batch", "train_batch")},
    MNIST_OR_DIGITS,
    (0.3,),
    {"digits": 4},
    model=lambda: drivers.convnet(nn.BatchNorm2d(8)),
    shape=(1, 28, 28),
    trajectory=right_steps,
    followed=10,
)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    config = Config(StudentProvisioner={"data_sets": [str(small_digits().folder / small_digits().part)]})
    kernel = Kernel(tmp_path_factory.mktemp("files"), config)
    yield kernel
    kernel.close()


@pytest.fixture
def run(kernel):
    """Return a function: a recipe and the student's cells → what came of training."""

    def make(recipe, *cells, **settings):
        kernel.run(HEAD + "\n".join(cells), 60, 0)
        plan = Plan(recipe, small_digits(), IN_THE_SANDBOX, recipe.etas[0], **settings)
        copy = kernel.copy(60)
        try:
            return train(copy, plan)
        finally:
            copy.close()

    return make


def evaluated(network, weights):
    """The validation loss and accuracy, without anything of the judge's."""
    network.load_state_dict(weights)
    images, labels = small_digits().validation
    with torch.no_grad():
        logits = network.eval()(images.float().div(255).view(-1, *CONVNET.shape))
    return float(nn.functional.cross_entropy(logits, labels)), float((logits.argmax(1) == labels).float().mean())


def test_a_students_fit_trains_a_network_from_the_judges_weights(run):
    done = run(MLP, SGD, FIT, LOSS)
    assert (done.end, done.stopped, done.steps, done.epochs) == (End.DONE, "", 240, 12)
    assert done.measured[-1].loss < 0.6 < 2 < done.measured[0].loss and done.measured[-1].accuracy > 0.8
    again, other = run(MLP, SGD, FIT, LOSS), run(MLP, SGD, FIT, LOSS, seed=1)
    assert again.measured == done.measured and other.measured[0] != done.measured[0]


def test_running_statistics_come_back_and_count(run):
    done = run(CONVNET, NORM, STEP)
    assert (done.end, done.steps, done.epochs, len(done.returned)) == (End.DONE, 80, 4, 10)
    assert trainers.leaves(CONVNET, done) is None
    assert done.measured[-1].loss < 0.8 < 2 < done.measured[0].loss
    last = dataclasses.replace(CONVNET, followed=80)  # to see the weights of the end, too
    weights = run(last, NORM, STEP).returned[-1]
    loss, accuracy = evaluated(drivers.convnet(nn.BatchNorm2d(8)), weights)
    assert (done.measured[-1].loss, done.measured[-1].accuracy) == pytest.approx((loss, accuracy), abs=1e-5)


@pytest.mark.parametrize(
    ("norm", "step", "name"),
    [
        (NORM, STEP.replace("model.train()", "model.eval()"), "0.weight"),
        (NORM.replace("self.mean += 0.1 *", "self.mean + 0.1 *"), STEP, "1.running_mean"),
        (NORM.replace("self.var += 0.1", "self.var += 0.2"), STEP, "1.running_var"),
        (NORM, STEP.replace("    model.zero_grad()\n", ""), ""),
    ],
    ids=["wrong mode", "no running mean", "another momentum", "gradients add up"],
)
def test_what_is_wrong_in_a_step_leaves_the_path(run, norm, step, name):
    at, wrong = trainers.leaves(CONVNET, run(CONVNET, norm, step))
    assert at == (1 if name else 2)
    assert f"entries of {name or '0.weight'} are off" in wrong


def test_statistics_that_were_never_moved_make_a_bad_network(run):
    still = NORM.replace("self.mean += 0.1 *", "self.mean + 0.1 *").replace("self.var += 0.1 *", "self.var + 0.1 *")
    assert run(CONVNET, still, STEP).measured[-1].loss > 1.0  # trained with others than it is evaluated with


NO_TENSOR = NORM.replace("self.mean, self.var\n", "self._buffers['mean'], self._buffers['var']\n", 1)
NO_TENSOR = NO_TENSOR.replace("self.mean += 0.1 * (mean - self.mean)", "self._buffers['mean'] += 0.1")
NO_TENSOR = NO_TENSOR.replace('self.register_buffer("mean", ', "self._buffers.update(mean=")
NO_TENSOR += "    @property\n    def mean(self):\n        return [0.0] * 8\n"
A_ROW = NORM.replace("torch.zeros(features))\n", "torch.zeros(1, features))\n").replace(
    "self.mean, self", "self.mean[0], self"
)
A_ROW = A_ROW.replace("nn.Parameter(torch.zeros(1, features))", "nn.Parameter(torch.zeros(features))")


@pytest.mark.parametrize(
    ("cells", "end", "said"),
    [
        ((NORM, STEP.replace("eta * p.grad", "1e30 * p.grad")), End.NOT_FINITE, r"In step \d+ \d\.\w+ became NaN"),
        ((NORM.replace('"var"', '"variance"').replace("self.var", "self.variance"), STEP), End.FAILED,
         r"failed in step 1: AttributeError: 'BatchNorm' object has no attribute 'var'"),
        ((A_ROW, STEP), End.FAILED,
         "the 1.running_mean that came of it is a tensor of 1×8 float32 numbers, not a tensor of 8 floats"),
        ((NO_TENSOR, STEP), End.FAILED, "the 1.running_mean that came of it is 8 values, not a tensor of 8 floats"),
        ((NORM.replace("self.mean, ", "no_such, "), STEP), End.FAILED, "train_batch failed in step 1: NameError"),
        ((NORM.replace("super().__init__()", "pass"), STEP), End.FAILED, "BatchNorm failed before the first step: "),
        ((NORM.replace("self.training:", "self.training and not time.sleep(60):"), STEP), End.SILENT,
         "After step 0 nothing came back for 2 s"),
        ((NORM.replace("self.training:", "self.training and __import__('os')._exit(3):"), STEP), End.DIED,
         "called exit with status 3"),
        ((NORM,), End.MISSING, "train_batch is not defined at this point of the notebook"),
        ((NORM, STEP.replace("model.train()", "raise OSError('no')")), End.FAILED,
         r"train_batch failed in step 1: OSError: no \(in the line `raise OSError\('no'\)`\)"),
        ((NORM, STEP.replace("model.train()", "torch.optim.SGD(model.parameters(), 0.1); model.train()")),
         End.FORBIDDEN, "It uses torch.optim"),
    ],
    ids=["not finite", "name", "shape", "no tensor", "undefined", "constructor", "hangs", "dies", "missing", "raises",
         "forbidden"],
)  # fmt: skip
def test_what_ends_a_run_is_said(run, cells, end, said):
    forget = "for name in ('train_batch', 'BatchNorm'): globals().pop(name, None)\n"
    done = run(CONVNET, forget, *cells, patience=2.0, watched=("optimisers",))
    assert done.end is end, done.stopped
    assert re.search(said, done.stopped), done.stopped


def test_a_layer_that_inherits_what_is_forbidden_is_found(run):
    forget = "for name in ('train_batch', 'BatchNorm'): globals().pop(name, None)\n"
    done = run(CONVNET, forget, NORM, STEP, watched=("containers",))
    assert done.end is End.FORBIDDEN, done.stopped


def test_what_the_driver_itself_is_made_of_is_not_the_students_doing(run):
    forget = "for name in ('train_batch', 'BatchNorm'): globals().pop(name, None)\n"
    done = run(MLP, forget, FIT, SGD, LOSS, watched=("containers",))
    assert (done.end, done.used) == (End.DONE, "")


LOADER = """
class loader:
    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets
    def __iter__(self):
        for rows in torch.randperm(len(self.inputs)).split(SIZE):
            yield self.inputs[rows], self.targets[rows]
"""
OWN_BATCHES = dataclasses.replace(
    MLP, driver=drivers.with_own_loader, parts={"loader": Part("loader", "dataloader")}, own_batches=True
)


@pytest.mark.parametrize(("size", "steps"), [(64, 20), (50, 25)])
def test_the_students_own_loader_is_gone_through(run, size, steps):
    done = run(OWN_BATCHES, LOADER.replace("SIZE", str(size)))
    assert (done.end, done.steps, done.epochs) == (End.DONE, 12 * steps, 12)
    assert done.measured[-1].accuracy > 0.8


def test_a_loader_that_hangs_in_the_middle_is_found_out(run):
    hangs = LOADER.replace("            yield", "            if len(rows) < 64: time.sleep(60)\n            yield")
    done = run(OWN_BATCHES, hangs.replace("SIZE", "64"), patience=2.0)
    assert (done.end, done.epochs) == (End.SILENT, 0)


def test_a_loader_without_a_batch_trains_nothing(run):
    empty = LOADER.replace("            yield", "            if False: yield").replace("SIZE", "64")
    assert run(OWN_BATCHES, empty).end is End.STANDS_STILL


@pytest.fixture
def trainer(kernel, monkeypatch):
    """Return a function: the student's cells → what trains with them, as a hidden test's fixture does."""
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")

    def make(*cells, failed=(), known=("optimizer", "cross_entropy")):
        kernel.run(HEAD + "\n".join(cells), 60, 0)
        setting = training_setting(MNIST_OR_DIGITS, "models", Config(NotebookJudge={"call_timeout": 2.0}), frozenset())
        made = Trainer(
            MLP,
            lambda: kernel.copy(60),
            lambda: setting,
            has_failed=lambda question: question in failed if question in known else None,
        )
        made.__dict__["thresholds"] = WANTED
        return made

    return make


_EPOCHS = MLP.epochs["digits"] + 1
WANTED = Thresholds(Band(*[(0.0,) * _EPOCHS] * 4, least_accuracy=(0.8,) * _EPOCHS, most_loss=(0.7,) * _EPOCHS))
UPHILL = SGD.replace("p -= self.lr", "p += self.lr")


def replaced(made):
    return [curve.replaced for curve in made.evidence().curves]


def test_a_part_whose_own_question_failed_is_replaced_at_once(trainer):
    made = trainer(UPHILL, FIT, LOSS, failed=("optimizer",))
    made.must_converge()
    assert (len(made.runs), replaced(made)) == (1, [("SGD",)])


def test_a_part_that_was_not_judged_here_is_tried_and_then_replaced(trainer):
    made = trainer(UPHILL, FIT, LOSS, known=())
    made.must_converge()
    assert replaced(made) == [(), ("SGD",)]
    assert trainer(SGD, FIT, LOSS, known=()).judged.plan.replaced == ()


def test_a_part_that_has_passed_is_not_replaced(trainer):
    made = trainer(UPHILL, FIT, LOSS)
    with pytest.raises(StudentFailed, match="After epoch 1 the loss was above its start"):
        made.must_converge()
    assert replaced(made) == [()]


def test_the_answer_itself_is_never_replaced(trainer):
    made = trainer(UPHILL, FIT.replace("optimizer.step()", "pass"), LOSS, failed=("optimizer", "fit"))
    with pytest.raises(StudentFailed, match="Nothing changed in epoch 1"):
        made.must_converge()
    missing = trainer("del SGD, fit", LOSS, failed=("optimizer", "fit"))
    with pytest.raises(StudentFailed, match="fit is not defined at this point of the notebook"):
        missing.must_converge()


@pytest.mark.parametrize("broken", ["undefined(network)", "import no_such_module"])
def test_a_driver_that_is_wrong_is_the_graders_fault(run, broken, tmp_path, monkeypatch):
    text = MLP.source().replace("    network = mlp()\n", f"    network = mlp()\n    {broken}\n", 1)
    monkeypatch.setattr(Recipe, "source", lambda self, replaced=(): text)
    with pytest.raises(CannotJudge, match="the grader's own code failed"):
        run(MLP, SGD, FIT, LOSS)

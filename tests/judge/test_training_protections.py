"""Training is protected as calls are: from a crash, a hang, silence, an end from outside, and whatever is said."""

import dataclasses
import math
import threading

import pytest
import torch

from autograder import wire
from autograder.assignments.linear_mnist import recipes, reference
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.training import trainer as trainers
from autograder.judge.training.recipe import FOLLOWED_STEPS
from autograder.judge.training.run import End, Measured, Plan, Trained
from autograder.judge.training.supervisor import train
from autograder.judge.training.thresholds import thresholds
from autograder.judge.training.trainer import Trainer
from autograder.judge.training.training_data import small_digits
from tests.judge.test_interference import Taken, ended_within

LINEAR_MNIST = Assignment.find("linear_mnist")

SGD = dataclasses.replace(recipes.RECIPES["converge_sgd_momentum"], epochs={"digits": 3})
GRADIENT = LINEAR_MNIST.canonical_answer("grad_func")
RIGHT = LINEAR_MNIST.canonical_answer("sgd_momentum")
W = torch.full((784, 10), 0.01)
WANTED = thresholds(LINEAR_MNIST, "digits", "sgd_momentum")


def plan(own=True, **settings):
    data = small_digits()
    return Plan(SGD, data, str(data.folder), SGD.etas[0], () if own else ("gradient",), **settings)


def step(body):
    return f"def sgd_momentum_step(w, m, grad, eta, beta):\n    {body}\n"


@pytest.fixture
def played():
    """Return a function: what plays the other side → what came of the run, and the copy."""
    copies = []

    def make(play, own=True, vanished=False, **settings):
        copies.append(Taken(play))
        copies[-1].vanished = vanished
        return train(copies[-1], plan(own, **settings)), copies[-1]

    yield make
    for copy in copies:
        copy.kill()
        copy.close()


def saying(*messages):
    """Say these one after another, whatever is answered."""

    def play(channel):
        wire.receive(channel)
        for message in messages:
            wire.send(channel, message)
        threading.Event().wait(0.2)

    return play


def first(number, **more):
    """The message after one of the first steps."""
    weights = {"w": W * number, "m": W} | more.pop("weights", {})
    return {"step": number, "used": [], "weights": weights, "gave": {"gradient": W}} | more


def test_a_run_that_is_played_right_is_one(played):
    run, _ = played(saying(*(first(t) for t in range(1, 4)), {"step": 3, "used": [], "ended": "done"}))
    assert (run.steps, len(run.returned), run.stopped) == (3, 3, "")


def test_a_sandbox_that_somebody_else_ended_is_nobodys_fault(played):
    for play in (lambda channel: wire.receive(channel), saying(first(1)), lambda channel: None):
        with pytest.raises(CannotJudge, match="outside the sandbox has ended the student kernel; grade again"):
            played(play, vanished=True)


def test_a_process_that_ends_by_itself_is_the_students(played):
    run, _ = played(saying(first(1), first(2)))
    assert run.stopped == (
        "The training ended its process after step 2: it was killed by signal SIGSEGV (segmentation fault)."
    )
    assert not trainers.reached(run, WANTED)


@pytest.mark.parametrize(
    "messages",
    [
        [first(1, weights={"w": None})],
        [first(1, weights={"w": W[:5]})],
        [first(1, weights={"w": W.long()})],
        [first(1, weights={"w": torch.full_like(W, math.nan)})],
        [first(1, weights={"w": torch.full_like(W, math.inf)})],
        [first(1) | {"weights": None}],
        [first(1) | {"weights": {}}],
        [first(1) | {"weights": {"w": W}}],
        [first(1, weights={"m": W.T})],
        [first(1, weights={"m": None})],
        [first(1, weights={"b": W})],
        [first(1, epoch=1)],
        [first(1, epoch=True)],
        [first(1) | {"step": "1"}],
        [first(1) | {"step": None}],
        [first(1, used="torch.optim")],
        [first(2), first(1)],
        [{"used": []}],
        [first(1), {"step": 1, "used": [], "wanted": "gradient", "weights": {"w": W[0]}}],
        [{"step": 1, "used": [], "wanted": "gradient", "weights": W}],
        [{"step": 1, "used": [], "wanted": "gradient", "weights": {"b": W}}],
    ],
    ids=str,
)
def test_what_is_no_training_ends_the_run_without_points(played, messages):
    run, copy = played(saying(*messages), own="wanted" not in messages[-1])
    assert run.stopped == "What came back is no training: the code interferes with the grader."
    assert copy.killed
    assert not trainers.reached(run, WANTED)


def test_bytes_that_are_no_message_end_the_run(played):
    def play(channel):
        wire.receive(channel)
        channel.sendall(b"x" * 1000)

    run, copy = played(play)
    assert run.stopped.startswith("What came back is no training") and copy.killed


def test_more_epochs_than_were_asked_for_are_no_training(played):
    epoch = small_digits().steps(64)
    epochs = SGD.epochs["digits"]
    X, ystar = next(small_digits().batches(0, 64))
    downhill = -0.0005 * reference.grad_func(X, ystar, torch.zeros(784, 10)).float()

    def play(channel):
        wire.receive(channel)
        for t in range(1, FOLLOWED_STEPS):
            over = {} if t % epoch else {"epoch": t // epoch}
            wire.send(channel, first(t, weights={"w": downhill * t}, **over))
        wire.send(channel, first(FOLLOWED_STEPS, weights={"w": downhill * FOLLOWED_STEPS}))
        wire.receive(channel)
        for i in range(FOLLOWED_STEPS // epoch, epochs + 1):
            number = epoch * (i + 1)
            wire.send(channel, {"step": number, "used": [], "weights": {"w": downhill * number}, "epoch": i + 1})
            wire.receive(channel)

    run, _ = played(play)
    assert (run.epochs, run.stopped[:32]) == (epochs, "What came back is no training: t")


def test_nobody_is_helped_who_trains_with_a_gradient_of_their_own(played):
    asks = {"step": 1, "used": [], "wanted": "gradient", "weights": {"w": W}}
    run, copy = played(saying(asks))
    assert run.end is End.NO_TRAINING and copy.killed and run.told == []


def test_silence_ends_a_run(played):
    done = threading.Event()
    try:
        run, copy = played(lambda channel: done.wait(30), patience=0.4)
    except CannotJudge:  # nothing shows whose silence it is: that costs no points either
        return
    finally:
        done.set()
    assert "nothing came back for" in run.stopped and copy.killed
    assert not trainers.reached(run, WANTED)


def test_who_takes_nothing_in_is_not_waited_for_for_ever(played):
    """The gradients that the judge gives are 31 kB each: they fill the socket when nobody takes them."""
    done = threading.Event()

    def play(channel):
        wire.receive(channel)
        for number in range(1, 10_000):
            wire.send(channel, {"step": number, "used": [], "wanted": "gradient", "weights": {"w": W}})
        done.wait(30)

    try:
        error = ended_within(40, lambda: played(play, own=False, patience=0.5, budget=3.0))
    finally:
        done.set()
    assert error is None or isinstance(error, CannotJudge)


@pytest.mark.parametrize("at", [1, 2, 49, 50, 51, 60])
def test_weights_that_are_not_finite_end_the_run_at_any_step(copy_of, at):
    code = step(f"m = m + 1; return (w - eta * grad) * (math.inf if m[0, 0] == {at} else 1), m")
    run = train(copy_of("import math\n" + GRADIENT + code), plan())
    assert run.stopped == f"In step {at} w became NaN or infinite."
    assert (run.steps, len(run.returned)) == (at, min(at - 1, FOLLOWED_STEPS))
    assert not trainers.reached(run, WANTED)


@pytest.mark.parametrize("value", ["None", "3.0", "torch.zeros(3)", "grad * math.nan"])
def test_a_gradient_that_is_none_ends_or_spoils_the_run(copy_of, value):
    code = "import math\n" + GRADIENT + "right = grad_func\n"
    code += f"def grad_func(X, ystar, w):\n    grad = right(X, ystar, w)\n    return {value}\n"
    run = train(copy_of(code + RIGHT), plan())
    assert run.stopped and not trainers.reached(run, WANTED)


ZERO = SGD.values({"w": torch.zeros(784, 10)})
AT_ZERO = Measured(*small_digits().measured(ZERO), *small_digits().measured_in_training(ZERO))


@pytest.mark.parametrize(
    ("change", "enough"),
    [
        ({}, True),
        ({"measured": [AT_ZERO]}, False),
        ({"measured": [AT_ZERO], "end": End.OUT_OF_TIME, "stopped": "late"}, False),
        ({"end": End.OUT_OF_TIME, "stopped": "late"}, True),
        *(({"end": end, "stopped": "It broke."}, False) for end in End if end not in (End.DONE, End.OUT_OF_TIME)),
        ({"used": "torch.optim"}, False),
        ({"used": "torch.optim", "end": End.OUT_OF_TIME}, False),
    ],
)
def test_when_a_run_was_good_enough(change, enough):
    band, last = WANTED.band, len(WANTED.band.loss) - 1
    good = Measured(band.loss[last], band.accuracy[last], 0.0, 1.0)
    run = Trained(plan(), measured=[AT_ZERO, *[good] * last])
    assert trainers.reached(dataclasses.replace(run, **change), WANTED) is enough


@pytest.mark.parametrize("worse", ["loss", "accuracy"])
def test_loss_and_accuracy_are_both_asked_for(worse):
    band, last = WANTED.band, len(WANTED.band.loss) - 1
    loss, accuracy = band.most_loss[last], band.least_accuracy[last]
    run = Trained(plan(), measured=[AT_ZERO, *[Measured(loss, accuracy, 0.0, 1.0)] * last])
    assert trainers.reached(run, WANTED)
    off = {"loss": (loss + 1e-4, 1.0), "accuracy": (0.0, accuracy - 1e-4)}[worse]
    run.measured[-1] = Measured(*off, 0.0, 1.0)
    assert not trainers.reached(run, WANTED)
    run.measured[-1] = Measured(math.nan, 1.0, 0.0, 1.0)
    assert not trainers.reached(run, WANTED)


def test_where_no_epoch_was_finished_nothing_converged():
    """At w = 0 the loss is what is asked for after no epoch at all."""
    assert AT_ZERO.loss <= WANTED.band.most_loss[0]
    made = Trainer(SGD, lambda: None, lambda: None)
    late = Trained(plan(), measured=[AT_ZERO], steps=3, end=End.OUT_OF_TIME, stopped="The time was used up.")
    made.__dict__.update(judged=late, thresholds=WANTED)
    with pytest.raises(StudentFailed):
        made.must_converge()
    with pytest.raises(StudentFailed):
        made.must_follow()


@pytest.fixture(scope="module")
def right():
    """The first steps of a right answer."""
    zeros, gradients = torch.zeros(784, 10), []
    batches = small_digits().batches(0, 64)
    w, m, returned = zeros, zeros, []
    for rate in plan().first_rates(FOLLOWED_STEPS):
        gradients.append(reference.grad_func(*next(batches), w).float())
        m = 0.9 * m + gradients[-1]
        w = w - rate * m
        returned.append({"w": w, "m": m})
    run = Trained(plan(), SGD.start(0), returned, gradients, [AT_ZERO], steps=FOLLOWED_STEPS)
    assert trainers.follows(SGD, run)
    return run


def follows(run):
    made = Trainer(SGD, lambda: None, lambda: None)
    made.__dict__.update(judged=run, thresholds=WANTED)
    try:
        made.must_follow()
    except StudentFailed as failed:
        return failed.message
    return True


def test_the_right_steps_follow(right):
    assert follows(right) is True


@pytest.mark.parametrize("count", [0, 1, 30, FOLLOWED_STEPS - 1])
def test_who_breaks_off_on_the_right_path_has_not_followed_it(right, count):
    some = {"returned": right.returned[:count], "told": right.told[: count + 1], "end": End.DIED}
    assert follows(dataclasses.replace(right, **some, steps=count, stopped="It broke off.")) == "It broke off."


def test_who_used_what_is_not_allowed_later_has_not_followed(right):
    said = "It uses torch.optim, which this question asks you to do without."
    assert follows(dataclasses.replace(right, used="torch.optim", stopped=said, steps=100)) == said


def test_who_never_moved_has_not_followed(right):
    still = {name: torch.zeros(784, 10) for name in ("w", "m")}
    run = dataclasses.replace(right, returned=[still] * FOLLOWED_STEPS, told=[still["w"]] * FOLLOWED_STEPS)
    assert trainers.leaves(SGD, run) is None  # nobody can leave a path without a gradient
    assert follows(run) == "All gradients were 0."


@pytest.mark.parametrize("name", ["w", "m"])
@pytest.mark.parametrize("at", [1, 2, FOLLOWED_STEPS])
@pytest.mark.parametrize("off", [1e-3, math.nan, math.inf])
def test_one_number_that_is_off_in_one_step_leaves_the_path(right, name, at, off):
    changed = right.returned[at - 1][name].clone()
    changed[3, 4] += off
    returned = [*right.returned]
    returned[at - 1] = {**returned[at - 1], name: changed}
    said = follows(dataclasses.replace(right, returned=returned))
    assert str(said).startswith(f"Step {at} of 50 leaves the right path: 1 of 7840")

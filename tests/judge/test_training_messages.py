"""What the judge answers to each message of a training run, and what it makes of it. Nothing is trained."""

import dataclasses
from pathlib import Path

import pytest
import torch

from autograder import wire
from autograder.assignments.linear_mnist import drivers, recipes, reference
from autograder.judge.errors import CannotJudge
from autograder.judge.stopwatch import StalledError, Stopwatch
from autograder.judge.training import supervisor
from autograder.judge.training.data_set import TrainingData
from autograder.judge.training.recipe import FOLLOWED_STEPS
from autograder.judge.training.run import End, Plan
from autograder.judge.training.supervisor import DeviceLostError, train
from autograder.judge.training.training_data import small_digits
from tests.judge.test_interference import Taken

SGD = dataclasses.replace(recipes.RECIPES["converge_sgd_momentum"], epochs={"digits": 4})
ZERO, W = torch.zeros(784, 10), torch.full((784, 10), 0.01)


class LongEpochs(TrainingData):
    """The digits, as if they had MNIST's many steps in an epoch."""

    epoch = 750

    def steps(self, size):
        return self.epoch


LONG = LongEpochs(*(getattr(small_digits(), name) for name in ("name", "folder", "rows", "part", "classes")))


class Told:
    """Says one message after another to the judge, and notes the request and the answers."""

    def __init__(self, *messages):
        self.messages, self.answers = messages, []

    def __call__(self, channel):
        self.request = wire.receive(channel)
        for message in self.messages:
            wire.send(channel, message)
            if "wanted" in message or ("weights" in message and message["step"] >= FOLLOWED_STEPS):
                self.answers.append(wire.receive(channel))

    @property
    def go(self):
        return [answer["go"] for answer in self.answers]


@pytest.fixture
def played():
    """Return a function: messages → what came of the run, what was answered, and the copy."""
    copies = []

    def make(*messages, own=True, **settings):
        told = Told(*messages)
        copies.append(Taken(told))
        plan = Plan(SGD, LONG, "/data", 0.1, () if own else ("gradient",), **settings)
        return train(copies[-1], plan), told, copies[-1]

    yield make
    for copy in copies:
        copy.kill()
        copy.close()


def at(step, w=W, grad=W, **more):
    """What is said after a step; after step 60 an epoch is over where it has as many."""
    if step <= FOLLOWED_STEPS:
        return {"step": step, "used": [], "weights": {"w": w, "m": W}, "gave": {"gradient": grad}} | more
    return {"step": step, "used": [], "weights": {"w": w}} | ({"epoch": 1} if step == 60 else {}) | more


def until(last, **more):
    """The messages of all first steps to this one, which has something more."""
    return (*(at(step) for step in range(1, last)), at(last, **more))


DONE = {"step": 0, "used": [], "ended": "done"}


def test_the_student_side_is_told_what_to_train_and_nothing_else(played):
    _, told, _ = played({**DONE, "ended": "done"}, watched=("autograd",), seed=3)
    assert told.request.keys() == {"watch", "train"} and told.request["watch"] == ["autograd"]
    asked = told.request["train"]
    assert asked["settings"].keys() == {"etas"} and asked["settings"]["etas"] == pytest.approx(
        [0.1, 0.09, 0.081, 0.0729]
    )
    files = asked["files"]
    assert (files["images"], files["labels"]) == ("/data/MNIST/training/images.npy", "/data/MNIST/training/labels.npy")
    assert (files["batch"], files["seed"], files["one_hot"], files["shape"]) == (64, 3, 10, [784])
    assert (files["device"], asked["first"], asked["driver"]) == ("cpu", 50, "sgd_momentum")
    assert asked["parts"] == {"gradient": "grad_func", "step": "sgd_momentum_step"} and asked["stand_ins"] == {}
    assert (asked["told"], asked["state"]) == (["gradient"], ["m"])
    assert {name: bool(value.any()) for name, value in asked["start"].items()} == {"w": False, "m": False}
    lines = list(
        zip("".join(asked["source"]).splitlines(), Path(drivers.__file__).read_text().splitlines(), strict=False)
    )
    assert all(sent in ("", there) for sent, there in lines)  # no other driver, and each line in its place
    sent = [line.split("(")[0].removeprefix("def ") for line, _ in lines if line.startswith("def ")]
    assert sent == ["sgd_momentum", "_gradient", "_several", "_single", "_kind"]
    assert (len(asked), len(files)) == (11, 7)
    _, told, _ = played(DONE, own=False)
    assert told.request["train"]["stand_ins"] == {"gradient": None}


def test_learning_rates_of_the_first_steps_are_those_of_their_epochs():
    plan = Plan(SGD, small_digits(), "", 0.1)
    assert plan.first_rates(FOLLOWED_STEPS) == pytest.approx([0.1] * 20 + [0.09] * 20 + [0.081] * 10)


def test_it_goes_on_as_long_as_nothing_speaks_against_it(played):
    run, told, copy = played(*until(FOLLOWED_STEPS), {"step": 60, "used": [], "alive": True}, {**DONE, "step": 60})
    assert told.go == [True]
    assert (run.steps, run.stopped, run.end, copy.killed) == (60, "", End.DONE, False)
    assert len(run.returned) == len(run.told) == FOLLOWED_STEPS


def test_weights_that_are_still_zero_after_the_first_steps_are_the_end(played):
    """Long before an epoch is over, and whatever is said then."""
    run, told, _ = played(*until(FOLLOWED_STEPS, w=ZERO), {**DONE, "step": FOLLOWED_STEPS, "ended": "stopped"})
    assert run.stopped == "After 50 steps w is still as at the start."
    assert told.go == [False]
    run, told, _ = played(
        *(at(step, w=ZERO) for step in range(1, FOLLOWED_STEPS)), at(FOLLOWED_STEPS), {**DONE, "step": FOLLOWED_STEPS}
    )
    assert (run.stopped, told.go) == ("", [True])


@pytest.mark.parametrize("last", [1, FOLLOWED_STEPS - 1, FOLLOWED_STEPS])
def test_what_is_used_in_the_first_steps_is_the_end(played, last):
    """Where the student side waits for an answer it is told so; else it is ended."""
    run, told, copy = played(*until(last, used=["autograd", "losses"]), {**DONE, "step": last, "ended": "stopped"})
    assert run.used == "autograd"
    assert run.stopped == "It uses autograd, which this question asks you to do without."
    assert run.steps == last
    assert (told.go, copy.killed) == (([False], False) if last == FOLLOWED_STEPS else ([], True))


def test_what_is_used_later_is_the_end_at_once(played):
    run, _, copy = played(*until(FOLLOWED_STEPS), {"step": 55, "used": ["x" * 500], "alive": True})
    assert (run.used, run.steps, copy.killed) == ("x" * 100, 55, True)


def test_a_sign_of_life_is_none_of_an_end(played):
    run, told, copy = played({"step": 0, "used": [], "alive": True}, at(1), {**DONE, "step": 1})
    assert (run.stopped, run.steps, told.go, copy.killed) == ("", 1, [], False)


def test_what_was_used_stands_whatever_comes_after_it(played):
    used = until(FOLLOWED_STEPS, used=["autograd"])
    for end in ({"ended": "not finite"}, {"ended": "refused", "function": "f", "error": {}}, {"ended": "done"}):
        run, _, _ = played(*used, {"step": FOLLOWED_STEPS, "used": ["losses"], **end})
        assert (run.used, run.function) == ("autograd", "")
        assert run.stopped.startswith("It uses autograd")


def test_who_is_found_out_while_the_next_epoch_goes_on_is_told_with_its_end(played, monkeypatch):
    monkeypatch.setattr(LongEpochs, "epoch", 60)
    uphill = at(60, w=-W * torch.arange(10))
    run, told, copy = played(*until(FOLLOWED_STEPS), uphill, at(80, used=["autograd"]), {**DONE, "step": 80})
    assert told.go == [True, True, False] and not run.used
    assert (run.steps, run.epochs, copy.killed) == (60, 1, False)
    assert run.stopped == "After epoch 1 the loss was above its start: training made it worse."
    run, told, copy = played(*until(FOLLOWED_STEPS), uphill, {"step": 70, "used": [], "alive": True}, at(80))
    assert (told.go, copy.killed, run.steps) == ([True, True], True, 60)
    assert run.stopped.startswith("After epoch 1 the loss was above its start")


def test_a_loss_that_is_just_what_it_was_at_the_start_is_no_progress(played, monkeypatch):
    monkeypatch.setattr(LongEpochs, "epoch", 60)
    start = LONG.measured(SGD.values({"w": ZERO}))[0]
    monkeypatch.setattr(LongEpochs, "measured", lambda *_: (start, 0.9))
    run, _, _ = played(*until(FOLLOWED_STEPS), at(60, w=torch.eye(784, 10)), {**DONE, "step": 60})
    assert run.stopped == "After epoch 1 the loss was above its start: training made it worse."


def test_weights_after_an_epoch_are_measured_and_no_others(played, monkeypatch):
    monkeypatch.setattr(LongEpochs, "epoch", 60)
    X, ystar = next(small_digits().batches(0, 64))
    downhill = -0.05 * reference.grad_func(X, ystar, ZERO).float()
    run, _, _ = played(*until(FOLLOWED_STEPS), at(60, w=downhill), at(71, w=W), {**DONE, "step": 71})
    values = [SGD.values({"w": w}) for w in (ZERO, downhill)]
    assert [row[:2] for row in run.measured] == [small_digits().measured(value) for value in values]
    assert run.measured[1][2:] == small_digits().measured_in_training(values[1])
    assert run.stopped == ""


def test_what_is_used_in_an_epochs_last_step_is_why_it_ended(played, monkeypatch):
    """Whatever the weights are worth then."""
    monkeypatch.setattr(LongEpochs, "epoch", 60)
    uphill = at(60, w=-W * torch.arange(10), used=["autograd"])
    run, told, _ = played(*until(FOLLOWED_STEPS), uphill, {**DONE, "step": 60, "ended": "stopped"})
    assert run.stopped == "It uses autograd, which this question asks you to do without."
    assert (told.go, run.epochs) == ([True, False], 0)


def wanted(step, w=ZERO, **more):
    return {"step": step, "used": [], "wanted": "gradient", "weights": {"w": w}} | more


def test_the_right_gradient_is_given_on_the_mini_batches_of_the_seed(played):
    for seed in (0, 1):
        _, told, _ = played(wanted(1), wanted(2, w=W), {**DONE, "step": 1, "ended": "stopped"}, own=False, seed=seed)
        batches = small_digits().batches(seed, 64)
        for answer, w in zip(told.answers, (ZERO, W), strict=True):
            right = reference.grad_func(*next(batches), w).float()
            assert answer["go"] is True
            torch.testing.assert_close(answer["given"], right, rtol=1e-6, atol=1e-9)  # float32, from a closed form
        assert not torch.equal(told.answers[0]["given"], reference.grad_func(*next(batches), ZERO).float())


def test_a_step_that_has_its_gradient_is_not_yet_made(played):
    run, _, _ = played(wanted(1), at(1), wanted(2), own=False)
    assert (run.steps, len(run.returned), len(run.told)) == (1, 1, 2)
    assert run.stopped.startswith("The training ended its process after step 1")


def test_no_more_gradients_are_kept_than_there_are_first_steps(played):
    messages = [part for step in range(1, FOLLOWED_STEPS + 1) for part in (wanted(step), at(step))]
    run, told, _ = played(*messages, wanted(51), wanted(52), {**DONE, "step": 52}, own=False)
    assert len(run.told) == FOLLOWED_STEPS and all(told.go)


def test_who_uses_what_is_not_allowed_gets_no_further_gradient(played):
    run, told, copy = played(
        wanted(1), at(1), wanted(2, used=["autograd"]), {**DONE, "step": 1, "ended": "stopped"}, own=False
    )
    assert told.go == [True, False] and not copy.killed
    assert (run.used, run.steps) == ("autograd", 1)


def test_what_may_be_the_gradients_doing_is_noted_as_that(played, monkeypatch):
    """It was too late, ended its process, filled the memory or sent what is no message."""
    assert played(at(1))[0].end is End.DIED
    assert played({"nothing": 1})[0].end is End.NO_TRAINING
    run, _, _ = played(at(1), {"no_memory": True})
    assert (run.end, run.stopped) == (End.NO_MEMORY, "After step 1 there was no memory left.")
    run, _, _ = played(*until(FOLLOWED_STEPS, used=["autograd"]), {"no_memory": True})
    assert run.stopped.startswith("It uses autograd")
    assert played(at(1), {**DONE, "step": 1})[0].end is End.DONE
    monkeypatch.setattr(Stopwatch, "wait", late)
    run, _, copy = played(at(1))
    assert run.end is End.OUT_OF_TIME and copy.killed
    broken_off = {End.DIED, End.NO_TRAINING, End.NO_MEMORY, End.OUT_OF_TIME, End.SILENT}
    assert {end for end in End if end.is_broken_off} == broken_off


def late(*_):
    raise TimeoutError


def stalled(*_):
    raise StalledError("the machine does not get on")


def test_a_process_that_does_not_get_on_is_ended_and_nobodys_fault(monkeypatch):
    copy = Taken(Told(at(1)))
    monkeypatch.setattr(Stopwatch, "wait", stalled)
    with pytest.raises(StalledError):
        train(copy, Plan(SGD, small_digits(), "", 0.1))
    assert copy.killed
    copy.close()


@pytest.mark.parametrize(("lap_is_over", "said"), [
    (False, "The time for one training run was used up (60 s) in epoch 1, after step 0."),
    (True, "After step 0 nothing came back for 10 s."),
])  # fmt: skip
def test_time_that_was_used_up_is_told_from_silence(played, monkeypatch, lap_is_over, said):
    monkeypatch.setattr(Stopwatch, "wait", late)
    monkeypatch.setattr(Stopwatch, "lap_is_over", lap_is_over)
    run, _, _ = played()
    assert (run.stopped, run.end) == (said, End.SILENT if lap_is_over else End.OUT_OF_TIME)
    assert run.epochs == 0 and len(run.measured) == 1  # what it starts with is measured all the same


def test_a_fault_of_our_own_code_there_is_the_graders(played):
    with pytest.raises(CannotJudge):
        played(at(1), {"broken": "Traceback …"})


def test_training_images_that_cannot_be_read_are_the_graders(played):
    with pytest.raises(CannotJudge, match=r"can't read the training images \(OSError: gone\): grade again"):
        played({**DONE, "ended": "no data", "error": {"type": "OSError", "message": "gone"}})


def refused(function="grad_func", **error):
    return {"step": 1, "used": [], "ended": "refused", "function": function, "error": error}


@pytest.mark.parametrize(
    ("message", "end", "said"),
    [
        ({"step": 0, "used": [], "ended": "missing", "function": "grad_func"}, End.MISSING,
         "grad_func is not defined at this point of the notebook."),
        (refused(type="KeyError", message="'grad_func'"), End.FAILED,
         "grad_func failed in step 1: KeyError: 'grad_func'."),
        (refused(type="ValueError", message="no", line="x = 1"), End.FAILED,
         "grad_func failed in step 1: ValueError: no (in the line `x = 1`)."),
        (refused(type="RuntimeError", message="CUDA error"), End.FAILED,
         "grad_func failed in step 1: RuntimeError: CUDA error."),
        (refused(type="ValueError", message="no") | {"step": 0}, End.FAILED,
         "grad_func failed before the first step: ValueError: no."),
        (refused() | {"error": "none"}, End.FAILED, "grad_func failed in step 1: ."),
    ],
)  # fmt: skip
def test_whose_function_failed_and_why_is_noted(played, message, end, said):
    run, _, _ = played(message)
    assert (run.function, run.end, run.stopped) == ("grad_func", end, said)


def test_a_gpu_that_failed_is_not_the_students(played):
    with pytest.raises(DeviceLostError, match=r"cuda:0 failed in step 1 .*grade again"):
        played(refused(type="RuntimeError", message="CUDA error: unspecified launch failure"), device="cuda:0")
    run, _, _ = played(refused(type="ValueError", message="no"), device="cuda:0")
    assert run.function == "grad_func"


@pytest.mark.parametrize("shape", [(10, 784), (784,), (1, 1)])
def test_a_gradient_of_another_shape_is_no_right_one(played, shape):
    run, _, _ = played(at(1, grad=torch.ones(shape)), {**DONE, "step": 1})
    assert run.stopped == "" and bool(run.told[0].isnan().all())


def test_a_process_that_was_ended_is_not_asked_again(played, monkeypatch):
    monkeypatch.setattr(supervisor.wire, "send", broken_pipe)
    copy = Taken(lambda channel: None)
    run = train(copy, Plan(SGD, small_digits(), "", 0.1))
    assert run.stopped.startswith("The training ended its process after step 0")
    copy.close()


def broken_pipe(*_):
    raise BrokenPipeError

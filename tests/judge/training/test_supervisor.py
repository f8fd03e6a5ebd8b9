"""Training runs, in threads in place of kernels: what is measured, what ends them, where errors are carried to."""

import dataclasses
import re
import time

import pytest
import torch
from traitlets.config import Config

from autograder.assignments.linear_mnist import recipes, reference
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.settings import Training
from autograder.judge.training import trainer as trainers
from autograder.judge.training.run import End, Measured, Plan, Trained
from autograder.judge.training.supervisor import DeviceLostError, train
from autograder.judge.training.thresholds import thresholds
from autograder.judge.training.trainer import Trainer
from autograder.judge.training.training_data import small_digits
from autograder.judge.training.training_setting import training_setting
from autograder.judge.training.trajectories import named

LINEAR_MNIST = Assignment.find("linear_mnist")

GRADIENT = LINEAR_MNIST.canonical_answer("grad_func")
SGD = recipes.RECIPES["converge_sgd_momentum"]
ADAM = recipes.RECIPES["converge_adam"]
OTHER = recipes.RECIPES["converge_other"]
SHORT = {"digits": 3}  # epochs of 20 steps
WRONG = LINEAR_MNIST.registry.wrong


def step(body):
    return f"def sgd_momentum_step(w, m, grad, eta, beta):\n    {body}\n"


@pytest.fixture
def run(copy_of):
    """Return a function that trains with code: the result of one short run."""

    def make(code, recipe=SGD, own=True, epochs=SHORT, **settings):
        recipe = dataclasses.replace(recipe, epochs=epochs)
        data = small_digits()
        replaced = () if own else ("gradient",)
        plan = Plan(recipe, data, str(data.folder), recipe.etas[0], replaced, **settings)
        copy = copy_of(code)
        try:
            return train(copy, plan)
        finally:
            copy.close()

    return make


@pytest.mark.parametrize(
    "answer",
    [one for one in LINEAR_MNIST.registry.right if one.question in ("sgd_momentum", "adam")],
    ids=lambda answer: f"{answer.question}-{answer.slug}",
)
def test_right_answers_follow_however_they_are_written(answer, run):
    recipe = SGD if answer.question == "sgd_momentum" else ADAM
    done = run("import math\n" + GRADIENT + answer.code, recipe)
    assert (done.steps, done.stopped, done.epochs) == (60, "", 3)
    assert trainers.leaves(recipe, done) is None
    # Nor by chance: rounding takes up less than a fifth of the tolerance.
    right = recipe.trajectory(done.first_steps)
    for returned, step in zip(done.returned, right, strict=True):
        assert returned.keys() == step.keys() == set(recipe.zeros)
        for name, (wanted, tolerance) in step.items():
            assert bool(((returned[name].double() - wanted).abs() <= tolerance / 5).all()), name


# In training with the canonical settings these do what the right answer does, or do it in another type.
UNSEEN = {"beta-fixed", "clipped", "changes-input", "float32-inside", "float32-returned", "float64-returned"}
UNSEEN |= {"global-momentum", "epsilon-fixed", "rate-fixed", "betas-fixed", "settings-fixed", "own-counter"}
UNSEEN |= {"stops-where-flat", "zero-beta-replaced"}  # no gradient on the way is so small, and beta is 0.9
UNSEEN |= {"momentum-is-grad"}  # nobody looks at a gradient again after its step
UNSEEN |= {"other-defaults", "epsilon-missing"}  # the latter: NaN where the gradient is 0: seen, as that


@pytest.mark.parametrize(
    "entry",
    [one for one in WRONG if one.question in ("sgd_momentum", "adam") and not one.cause and one.slug not in UNSEEN],
    ids=lambda entry: f"{entry.question}-{entry.slug}",
)
def test_wrong_answers_leave_the_path_or_end_the_run(entry, run):
    recipe = SGD if entry.question == "sgd_momentum" else ADAM
    canonical = LINEAR_MNIST.canonical_answer(entry.question)
    done = run("import math\n" + GRADIENT + next(entry.variants(canonical)), recipe)
    known = [one for one in WRONG if one.question == entry.question]
    left = trainers.leaves(recipe, done)
    assert left is not None or done.end in (End.FAILED, End.NOT_FINITE) or entry.slug == "unsteady"
    if left is not None and done.returned and entry.slug != "unsteady":
        found = named(done, canonical, known)
        assert found is not None or entry.looks is not None  # what is seen of calls of all kinds isn't said of steps
        first = next((one for one in known if found is not None and one.slug == found.slug), entry)
        assert known.index(first) <= known.index(entry)


def test_a_state_of_another_meaning_leaves_the_path_while_the_weights_are_right(run):
    recipe = dataclasses.replace(SGD, decay=1.0)  # with one learning rate the steps are the same
    code = step("m = beta * m + eta * grad; return w - m, m")
    done = run(GRADIENT + code, recipe)
    assert (done.stopped, len(done.returned)) == ("", 50)
    at, wrong = trainers.leaves(recipe, done)
    assert at == 1
    assert re.fullmatch(r"\d+ of 7840 entries of m are off; at \[.*\] yours is .*, but it should be about .*", wrong)
    known = [one for one in WRONG if one.question == "sgd_momentum"]
    assert named(done, LINEAR_MNIST.canonical_answer("sgd_momentum"), known).slug == "rate-inside"


def test_a_mistake_that_makes_no_difference_in_training_explains_no_small_error(run):
    done = run(GRADIENT + step("m = beta * m + grad * (1 + 2e-5); return w - eta * m, m"), SGD)
    assert trainers.leaves(SGD, done) is not None
    known = [one for one in WRONG if one.slug == "beta-fixed"]
    assert named(done, LINEAR_MNIST.canonical_answer("sgd_momentum"), known) is None


WRITES = ["X.mul_(0.5)", "X.data /= 2", "X.numpy()[:] /= 2", "ystar -= 0.5", "X[0, 0] = 7", "X.requires_grad_()"]


@pytest.mark.parametrize("write", WRITES)
def test_who_writes_into_a_mini_batch_trains_on_the_same_images_in_the_next_epoch(write, run):
    canonical = LINEAR_MNIST.canonical_answer("sgd_momentum")
    writes = f"right = grad_func\ndef grad_func(X, ystar, w):\n    g = right(X, ystar, w)\n    {write}\n    return g\n"
    done, plain = run(GRADIENT + writes + canonical), run(GRADIENT + canonical)
    assert (done.stopped, done.epochs) == ("", 3)
    assert done.measured == plain.measured


@pytest.mark.parametrize("change", ["w = w - eta * grad", "w -= eta * grad"], ids=["new", "in-place"])
@pytest.mark.parametrize("at", [53, 54, 55, 56, 57, 60])
def test_the_first_weights_that_are_not_finite_are_named_to_the_step(change, at, run):
    code = step(f"m[0, 0] += 1; {change}; w[5, 5] += math.nan if m[0, 0] == {at} else 0; return w, m")
    for own in (True, False):
        done = run("import math\n" + GRADIENT + code, own=own)
        assert done.stopped == f"In step {at} w became NaN or infinite."


def test_weights_that_are_not_finite_are_the_finding_also_where_the_next_step_fails(run):
    code = step("m[0, 0] += 1; assert w.isfinite().all(); return w - (math.nan if m[0, 0] == 53 else eta) * grad, m")
    assert run("import math\n" + GRADIENT + code).stopped == "In step 53 w became NaN or infinite."


def test_a_sum_beyond_what_a_float_holds_is_no_infinite_weight(run):
    code = step("m[0, 0] += 1; w -= eta * grad; w[:2, 5] = 3e38 if m[0, 0] >= 55 else 0; return w, m")
    done = run(GRADIENT + code)
    assert (done.steps, done.stopped) == (60, "")


def test_the_judge_measures_what_the_weights_are_worth(run):
    done = run(GRADIENT + LINEAR_MNIST.canonical_answer("sgd_momentum"), epochs={"digits": 30})
    data = small_digits()
    (images, labels), last = data.validation, done.measured[-1]
    assert done.measured[0].loss == pytest.approx(2.302585)
    assert (len(done.measured), done.steps) == (31, 600)
    assert thresholds(LINEAR_MNIST, "digits", "sgd_momentum").reached(30, last.loss, last.accuracy)
    weights = done.returned[-1]  # after step 50
    w = weights["w"]
    right = ((images.float() / 255 @ w).argmax(1) == labels).float().mean()
    assert data.measured(SGD.values(weights)) == (
        pytest.approx(float(reference.CE_loss(images.float() / 255, one_hot(labels), w))),
        right,
    )


def one_hot(labels):
    return torch.nn.functional.one_hot(labels, 10).float()


def test_with_the_right_gradient_a_run_is_the_same_as_with_a_right_one(run):
    code = GRADIENT + LINEAR_MNIST.canonical_answer("sgd_momentum")
    own, given = run(code), run(code, own=False)
    assert given.epochs == own.epochs == 3
    assert torch.allclose(own.returned[-1]["w"], given.returned[-1]["w"], atol=1e-5)
    assert given.measured[-1].loss == pytest.approx(own.measured[-1].loss, abs=1e-4)


def test_other_seeds_are_other_orders(run):
    code = GRADIENT + LINEAR_MNIST.canonical_answer("sgd_momentum")
    first, again, other = (run(code, seed=seed).returned[0]["w"] for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


FAILED = "sgd_momentum_step failed in step 1: "


@pytest.mark.parametrize(
    ("body", "steps", "said"),
    [
        ("return (w * float('nan') if grad.abs().max() < 0.5 and m.any() else w - eta * grad, grad)", 2,
         "In step 2 w became NaN or infinite."),
        ("return w, m", 20, "Nothing changed in epoch 1: loss and accuracy are what they were before it."),
        ("return w + eta * grad, m", 20, "After epoch 1 the loss was above its start: training made it worse."),
        ("return w", 1, FAILED + "TypeError: it returned a 784×10 float32 tensor, not (w, m)."),
        ("return w.T, m", 1, FAILED + "TypeError: the w that came of it is a tensor of 10×784 "
         "float32 numbers, not a tensor of 784×10 floats."),
        ("return w, m.sum()", 1, FAILED + "TypeError: the m that came of it is a 0-dimensional tensor of "
         "float32 numbers, not a tensor of 784×10 floats."),
        ("raise OSError('no')", 1, "sgd_momentum_step failed in step 1: OSError: no"),
        ("return w - eta * (torch.optim.SGD([w], 0.1) and grad), m", 1, "It uses torch.optim"),
        ("import time; m.any() and time.sleep(60); return w - eta * (torch.optim.SGD([w], 0.1) and grad), grad", 1,
         "It uses torch.optim"),
    ],
    ids=["nan", "still", "uphill", "one-value", "transposed", "number", "raises", "forbidden", "forbidden-and-hangs"],
)  # fmt: skip
def test_what_ends_a_run_early_is_said(body, steps, said, run):
    done = run(GRADIENT + step(body), watched=("autograd", "losses", "optimisers"))
    assert done.stopped.startswith(said)
    assert done.steps == steps


def test_a_name_that_is_missing_is_said(run):
    done = run(GRADIENT)
    assert (done.end, done.function, done.stopped) == (
        End.MISSING,
        "sgd_momentum_step",
        "sgd_momentum_step is not defined at this point of the notebook.",
    )


def test_a_slow_run_is_judged_by_the_epoch_it_has_come_to(run):
    code = "import time\n" + GRADIENT + step("m = beta * m + grad; time.sleep(0.02); return w - eta * m, m")
    done = run(code, budget=1.0, epochs={"digits": 30})
    assert done.end is End.OUT_OF_TIME and 1 <= done.epochs < 30
    assert done.stopped.startswith("The time for one training run was used up (1 s) in epoch")
    assert trainers.reached(done, thresholds(LINEAR_MNIST, "digits", "sgd_momentum"))


def test_a_step_that_hangs_ends_the_run_soon(run):
    code = "import time\n" + GRADIENT + step("time.sleep(60 if m.any() else 0); return w - eta * grad, grad")
    start = time.monotonic()
    done = run(code, patience=0.5)
    assert done.stopped == "After step 1 nothing came back for 0.5 s."
    assert time.monotonic() - start < 10
    assert not trainers.reached(done, thresholds(LINEAR_MNIST, "digits", "sgd_momentum"))


def test_a_lost_gpu_is_nobodys_fault(run):
    code = GRADIENT + step("raise RuntimeError('CUDA error: device-side assert')")
    with pytest.raises(CannotJudge, match=r"can't read|CUDA"):
        run(code, device="cuda:0")
    assert run(code).stopped.startswith("sgd_momentum_step failed in step 1: RuntimeError: CUDA error")


@pytest.fixture
def trainer(copy_of, monkeypatch):
    """Return a function: code and recipe → what trains with it on the small digits, as a hidden test's fixture does."""
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")

    def make(code, recipe=SGD, **settings):
        config = Config(StudentProvisioner={"sandbox": "off"}, Training=settings)
        return Trainer(
            recipe, lambda: copy_of(code), lambda: training_setting(recipe.data, LINEAR_MNIST, config, frozenset())
        )

    return make


RIGHT = LINEAR_MNIST.canonical_answer("sgd_momentum")
UPHILL = GRADIENT.replace("-X.T", "X.T")


def test_a_right_answer_trains_once(trainer):
    made = trainer(GRADIENT + RIGHT)
    made.must_follow()
    made.must_converge()
    assert [run.plan.replaced for run in made.runs] == [()]
    (curve,) = made.evidence().curves
    assert curve.judged and len(curve.loss) == 31 and curve.accuracy[-1] > 0.9 > curve.accuracy[0]


def test_a_wrong_gradient_costs_its_own_question_only(trainer):
    made = trainer(UPHILL + RIGHT)
    made.must_follow()
    made.must_converge()
    assert [(curve.replaced, curve.judged) for curve in made.evidence().curves] == [
        ((), False),
        (("grad_func",), True),
    ]


def test_a_wrong_step_with_a_right_gradient_trains_once(trainer):
    made = trainer(GRADIENT + step("m = beta * m + (1 - beta) * grad; return w - eta * m, m"))
    with pytest.raises(StudentFailed, match=r"Step 1 of 50 leaves the right path: \d+ of 7840 weights are off"):
        made.must_follow()
    with pytest.raises(StudentFailed, match=r"After 30 epochs the validation loss is .* were expected"):
        made.must_converge()
    assert len(made.runs) == 1


SLOW = "import time\nquick = grad_func\ncalls = 0\ndef grad_func(X, ystar, w):\n    global calls\n    calls += 1\n"
SLOW += "    {}\n    return quick(X, ystar, w)\n"


@pytest.mark.parametrize(
    "slows", ["time.sleep(0.5)", "calls > 55 and time.sleep(60)", "calls > 55 and __import__('sys').exit()"]
)
def test_a_slow_gradient_costs_its_own_question_only(slows, trainer):
    made = trainer(GRADIENT + SLOW.format(slows) + RIGHT, budget=4.0)
    made.must_follow()
    made.must_converge()
    assert not made.runs[0].plan.replaced and made.runs[0].stopped


def test_a_gradient_that_is_too_slow_is_not_tried_with_each_learning_rate(trainer):
    (code,) = (one.code for one in LINEAR_MNIST.registry.optional if one.slug == "rmsprop")
    made = trainer(GRADIENT + SLOW.format("time.sleep(0.5)") + code, OTHER, budget=4.0)
    made.must_converge()
    assert [run.plan.replaced for run in made.runs] == [(), ("gradient",)]


def test_a_step_that_is_too_slow_for_a_single_epoch_is_told_as_that(trainer):
    made = trainer(GRADIENT + "import time\n" + RIGHT.replace("m = ", "time.sleep(0.5); m = ", 1), budget=3.0)
    with pytest.raises(StudentFailed, match=r"was used up \(3 s\) in epoch 1, .* Not a single epoch was finished: too"):
        made.must_converge()
    with pytest.raises(StudentFailed, match="time for one training run was used up"):
        made.must_follow()


def test_without_a_finished_epoch_nothing_is_reached():
    wanted = thresholds(LINEAR_MNIST, "digits", "sgd_momentum")
    begun = Trained(Plan(SGD, small_digits(), "", 0.1), measured=[Measured(0.0, 1.0, 0.0, 1.0)], end=End.OUT_OF_TIME)
    assert not trainers.reached(begun, wanted)


@pytest.mark.parametrize("short", [1e-3, 1e-6, 1e-9])
def test_the_numbers_of_a_run_that_is_not_good_enough_show_it(short):
    band = thresholds(LINEAR_MNIST, "digits", "sgd_momentum").band
    for loss, accuracy in ((short, 0.0), (0.0, short)):
        last = Measured(band.most_loss[1] + loss, band.least_accuracy[1] - accuracy, 0.0, 0.0)
        run = Trained(Plan(SGD, small_digits(), "", 0.1), measured=[last, last])
        text = trainers._short_of(run, thresholds(LINEAR_MNIST, "digits", "sgd_momentum"))
        told = re.fullmatch(r"After 1 epoch .* loss is (.*) and .* (.*)%; at most (.*) and at least (.*)% were.*", text)
        mine, my_accuracy, most, least = map(float, told.groups())
        assert mine > most or my_accuracy < least


@pytest.mark.parametrize("gradient", [GRADIENT, "def grad_func(X, ystar, w):\n    return torch.zeros_like(w)\n"])
def test_a_stub_earns_nothing(gradient, trainer):
    made = trainer(gradient + step("return w, m"))
    for check in (made.must_follow, made.must_converge):
        with pytest.raises(StudentFailed):
            check()


@pytest.mark.parametrize(
    ("slug", "slower", "etas"), [("rmsprop", 1, 1), ("rmsprop", 10, 2), ("adagrad", 1, 3), ("plain", 1, 3)]
)
def test_the_best_learning_rate_counts(slug, slower, etas, trainer):
    (code,) = (one.code for one in LINEAR_MNIST.registry.optional if one.slug == slug)
    code += f"\ninner = other_step\ndef other_step(w, state, grad, eta): return inner(w, state, grad, eta / {slower})\n"
    made = trainer(GRADIENT + code, OTHER)
    made.must_converge()
    assert [run.plan.eta for run in made.runs] == [1e-3, 1e-2, 1e-1][:etas]
    assert made.judged is made.runs[-1]


def test_without_leave_or_thresholds_nothing_is_judged(trainer, monkeypatch):
    with pytest.raises(CannotJudge, match=r"autograder grade .* --only convergence"):
        trainer(GRADIENT + RIGHT, enabled=False).must_follow()
    unknown = dataclasses.replace(SGD, name="unknown")
    with pytest.raises(CannotJudge, match="run `autograder calibrate linear_mnist`"):
        trainer(GRADIENT + RIGHT, unknown).must_converge()


def test_a_gpu_that_is_lost_twice_is_tried_twice(trainer, monkeypatch):
    tried = []

    def lost(*arguments):
        tried.append(1)
        raise DeviceLostError("gone")

    monkeypatch.setattr(trainers, "train", lost)
    with pytest.raises(CannotJudge):
        trainer(GRADIENT + RIGHT).must_follow()
    assert len(tried) == 2


def test_all_settings_have_help():
    for name, trait in Training.class_own_traits(config=True).items():
        assert trait.help, name


def test_what_is_used_later_is_seen_in_every_hundredth_step(run):
    code = "steps = 0\n" + GRADIENT + step(
        "global steps; steps += 1; steps > 60 and torch.optim.SGD([w.clone()], 0.1); m = beta * m + grad; "
        "return w - eta * m, m"
    )  # fmt: skip
    done = run(code, epochs={"digits": 30}, watched=("optimisers",))
    assert done.stopped.startswith("It uses torch.optim")
    assert 100 <= done.steps < 600


def test_images_that_are_not_there_are_the_graders_fault(copy_of):
    plan = Plan(SGD, small_digits(), "/nonexistent", 0.1)
    with pytest.raises(CannotJudge, match="can't read the training images"):
        train(copy_of(GRADIENT + RIGHT), plan)

"""Which run decides, and what is told of it: what came of the runs is given, nothing is trained."""

import dataclasses

import pytest
import torch

from autograder.assignments.linear_mnist import recipes, reference
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Band
from autograder.judge.settings import Training
from autograder.judge.training import trainer as trainers
from autograder.judge.training.recipe import BATCH, FOLLOWED_STEPS
from autograder.judge.training.run import End, Measured, Plan, Trained
from autograder.judge.training.supervisor import DeviceLostError
from autograder.judge.training.thresholds import Thresholds
from autograder.judge.training.trainer import Trainer, TrainingSetting
from autograder.judge.training.training_data import small_digits

EPOCHS = {"epochs": {"digits": 3}}
SGD = dataclasses.replace(recipes.RECIPES["converge_sgd_momentum"], **EPOCHS)
OTHER = dataclasses.replace(recipes.RECIPES["converge_other"], **EPOCHS)
WANTED = Thresholds(Band(**dict.fromkeys(Band.__dataclass_fields__, (0.0,) * 4) | {"most_loss": (9.0, 1.0, 1.0, 1.0)}))
PLACE = TrainingSetting(
    Assignment.find("linear_mnist"),
    small_digits(),
    "/data",
    "cpu",
    Training(),
    7.5,
    ("autograd",),
)


class Copy:
    """A copy of a kernel that nothing is asked of."""

    closed = 0

    def close(self):
        self.closed += 1


@pytest.fixture
def trainer(monkeypatch):
    """Return a function: what comes of the runs, one after another → the trainer; ``plans`` are what was asked for."""

    def make(*outcomes, recipe=SGD, place=PLACE, **more):
        left = list(outcomes)

        def train(copy, plan):
            made.plans.append(plan)
            outcome = left.pop(0)
            if isinstance(outcome, BaseException):
                raise outcome
            return dataclasses.replace(outcome, plan=plan)

        def open_copy():
            made.copies.append(Copy())
            return made.copies[-1]

        made = Trainer(recipe, open_copy, lambda: place, **more)
        made.plans, made.copies = [], []
        made.__dict__["thresholds"] = WANTED
        monkeypatch.setattr(trainers, "train", train)
        return made

    return make


def own(made):
    """Whose gradient was trained with in each run: True for the student's."""
    assert {plan.replaced for plan in made.plans} <= {(), ("gradient",)}
    return [not plan.replaced for plan in made.plans]


PLAN = Plan(SGD, small_digits(), "", 0.1)


def ended(loss=0.5, epochs=3, **more):
    """A run without its first steps."""
    return Trained(
        PLAN, SGD.start(0), measured=[Measured(2.3, 0.1, 2.3, 0.1), *[Measured(loss, 0.9, 0.0, 0.0)] * epochs], **more
    )


@pytest.fixture(scope="module")
def first_steps():
    """The first steps of an answer with a right gradient whose step goes only half as far as the right one's."""
    w, gradients, returned = torch.zeros(784, 10), [], []
    batches = small_digits().batches(0, BATCH)
    for _ in range(FOLLOWED_STEPS):
        gradients.append(reference.grad_func(*next(batches), w).float())
        w = w - 0.05 * gradients[-1]
        returned.append({"w": w, "m": gradients[-1]})
    return {"returned": returned, "told": gradients}


GOOD = ended()


def test_a_wrong_step_with_right_gradients_is_not_trained_again(trainer, first_steps):
    made = trainer(ended(loss=2.0, **first_steps))
    assert made.judged is made.runs[0]
    assert own(made) == [True]


@pytest.mark.parametrize(
    "change",
    [
        {"function": "grad_func", "end": End.FAILED},
        {"used": "autograd", "end": End.FORBIDDEN},
        *({"end": end} for end in End if end.is_broken_off),
        {"end": End.NOT_FINITE},
    ],
    ids=lambda change: change["end"].name,
)
def test_what_may_be_the_gradients_doing_later_is_tried_with_the_right_one(trainer, first_steps, change):
    """The first steps show nothing against the gradient; the student's is not to cost the step's points."""
    made = trainer(ended(loss=2.0, **first_steps, **change), GOOD)
    assert made.judged is made.runs[1]
    assert own(made) == [True, False]


@pytest.mark.parametrize("count", [0, 1, FOLLOWED_STEPS - 1])
def test_a_gradient_that_was_not_seen_often_enough_may_be_wrong(trainer, first_steps, count):
    some = {name: values[:count] for name, values in first_steps.items()}
    made = trainer(ended(loss=2.0, **some), GOOD)
    assert made.judged is made.runs[1]


@pytest.mark.parametrize("at", [1, 2, FOLLOWED_STEPS])
def test_one_number_that_is_off_in_one_gradient_is_a_wrong_gradient(trainer, first_steps, at):
    gradients = [grad.clone() for grad in first_steps["told"]]
    gradients[at - 1][300, 4] += 1e-3
    made = trainer(ended(loss=2.0, **first_steps | {"told": gradients}), GOOD)
    assert made.judged is made.runs[1]


def test_a_step_that_fails_does_so_with_any_gradient(trainer, first_steps):
    made = trainer(ended(loss=2.0, **first_steps, function="sgd_momentum_step", end=End.FAILED))
    assert made.judged is made.runs[0] and own(made) == [True]


def test_of_several_learning_rates_the_best_run_counts(trainer, first_steps):
    """Most epochs first, then the lowest loss."""
    few = ended(loss=1.5, epochs=2, **first_steps)
    runs = [ended(loss=2.2, **first_steps), ended(loss=2.0, **first_steps), few]
    made = trainer(*runs, recipe=OTHER)
    assert made.judged is made.runs[1]
    assert [plan.eta for plan in made.plans] == [1e-3, 1e-2, 1e-1]
    other_way = trainer(*reversed(runs), recipe=OTHER)
    assert other_way.judged is other_way.runs[1]


def test_the_right_gradient_is_tried_with_all_learning_rates(trainer):
    broken = ended(loss=2.0, epochs=0, end=End.DIED)
    made = trainer(broken, broken, GOOD, recipe=OTHER)
    assert made.judged is made.runs[2]
    assert own(made) == [True, False, False]


@pytest.mark.parametrize("outcome", [GOOD, RuntimeError("the judge failed")], ids=["done", "failed"])
def test_the_copy_that_was_trained_with_is_closed(trainer, outcome):
    made = trainer(outcome, GOOD)
    try:
        made._train_once(0.1, ())
    except RuntimeError:
        assert outcome is not GOOD
    assert [copy.closed for copy in made.copies] == [1]


def test_a_gpu_that_is_lost_once_costs_nothing(trainer):
    made = trainer(DeviceLostError("gone"), GOOD, recipe=OTHER)
    assert made.judged is made.runs[0] and len(made.plans) == 2
    assert [copy.closed for copy in made.copies] == [1, 1]


def test_what_the_place_says_is_what_is_trained_with(trainer, monkeypatch):
    turns = []

    class Turn:
        def __init__(self, *arguments):
            turns.append(arguments)

        def __enter__(self):
            turns.append("in")

        def __exit__(self, *_):
            turns.append("out")

    monkeypatch.setattr(trainers, "turn", Turn)
    place = dataclasses.replace(PLACE, device="cuda:3", settings=Training(budget=12.0, per_device=2))
    made = trainer(GOOD, recipe=OTHER, place=place)
    assert made.judged is made.runs[0]
    (plan,) = made.plans
    assert (plan.device, plan.budget, plan.patience) == ("cuda:0", 12.0, 7.5)  # the student side sees one GPU only
    assert (plan.watched, plan.folder, plan.eta, plan.seed) == (("autograd",), "/data", 1e-3, 0)
    assert turns == [("cuda:3", 2), "in", "out"]
    on_cpu = trainer(GOOD, recipe=OTHER)
    assert on_cpu.judged is on_cpu.runs[0]
    assert on_cpu.plans[0].device == "cpu" and turns[3:] == [("cpu", 4), "in", "out"]


def test_a_good_end_without_the_right_steps_is_looked_into(trainer, first_steps):
    """Where the gradient is wrong, another path leads there, too: with the right one it is seen which step is taken."""
    gradients = [2 * grad for grad in first_steps["told"]]
    made = trainer(ended(**first_steps | {"told": gradients}), GOOD)
    assert made.judged is made.runs[1] and own(made) == [True, False]


def test_the_right_steps_without_a_good_end_are_looked_into(trainer, monkeypatch):
    monkeypatch.setattr(trainers, "follows", lambda recipe, run: True)
    made = trainer(ended(loss=2.0), GOOD)
    assert made.judged is made.runs[1]


def test_curves_are_the_best_with_the_students_gradient_and_the_one_that_decided(trainer):
    runs = [ended(loss=2.0), ended(loss=1.8), ended(loss=1.5, epochs=2)]
    made = trainer(*runs, GOOD, recipe=OTHER)
    assert made.evidence() is None
    assert made.judged is made.runs[3]
    found = made.evidence()
    assert (found.data, found.device, found.band) == ("digits", "cpu", WANTED.band)
    assert [(curve.replaced, curve.loss[-1], curve.judged) for curve in found.curves] == [
        ((), 1.8, False),
        (("grad_func",), 0.5, True),
    ]


def test_a_run_that_decides_by_itself_is_the_only_curve(trainer, first_steps):
    made = trainer(*(ended(loss=loss, **first_steps) for loss in (2.0, 1.8, 1.9)), recipe=OTHER)
    assert made.judged is made.runs[1]
    assert [(curve.loss[-1], curve.judged) for curve in made.evidence().curves] == [(1.8, True)]


def test_runs_before_a_fault_of_the_graders_are_shown_as_not_judged(trainer):
    made = trainer(ended(loss=2.0), RuntimeError("the judge failed"))
    with pytest.raises(RuntimeError):
        _ = made.judged
    assert [curve.judged for curve in made.evidence().curves] == [False]


def failed(run, **more):
    """What is said to the student where a run decides that was not good enough."""
    made = Trainer(SGD, lambda: None, lambda: None, **more)
    made.__dict__.update(judged=run, thresholds=WANTED)
    with pytest.raises(StudentFailed) as found:
        made.must_converge()
    return found.value.message


def about(name):
    return f"cell 3 would define {name}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"function": "step", "end": End.MISSING, "stopped": "step is not defined."},
         "step is not defined: cell 3 would define step."),
        ({"function": "step", "end": End.FAILED, "stopped": "It failed: NameError: name 'beta_0' is not defined.",
          "error": "NameError: name 'beta_0' is not defined"},
         "It failed: NameError: name 'beta_0' is not defined: cell 3 would define beta_0."),
        ({"function": "step", "end": End.FAILED, "stopped": "It failed: no."}, "It failed: no."),
        ({"end": End.SILENT, "stopped": "Nothing came."}, "Nothing came. Be quick."),
        ({"end": End.DIED, "stopped": "nothing came back"}, "nothing came back"),
    ],
)  # fmt: skip
def test_why_a_run_ended_is_said_with_what_is_known_of_it(change, said):
    assert failed(ended(**change), why_missing=about, about_time=lambda: "Be quick.") == said


def test_a_run_out_of_time_is_told_by_its_numbers_and_the_time():
    late = {"end": End.OUT_OF_TIME, "stopped": "The time was used up."}
    said = failed(ended(loss=2.0, epochs=2, **late), about_time=lambda: "Be quick.")
    assert said.startswith("After 2 epochs the validation loss is 2.0")
    assert said.endswith("were expected. The time was used up. Be quick.")
    said = failed(ended(epochs=0, **late), about_time=lambda: "Be quick.")
    assert said == "The time was used up. Be quick. Not a single epoch was finished: too slow."


def test_what_is_used_is_told_even_where_the_time_was_used_up():
    said = "It uses autograd, which this question asks you to do without."
    assert failed(ended(used="autograd", end=End.OUT_OF_TIME, stopped=said)) == said


def test_of_a_path_that_is_left_the_first_step_is_named(first_steps):
    run = ended(**first_steps)
    assert trainers.leaves(SGD, run)[0] == 1
    no_step = dataclasses.replace(run, returned=[], told=first_steps["told"][:1])
    assert trainers.leaves(SGD, no_step) is None
    assert not trainers.follows(SGD, no_step)
    assert trainers.follows(OTHER, no_step)  # any path is right


def test_who_is_done_before_the_last_epoch_has_not_got_there(trainer):
    """After fewer epochs less is asked for, and only a run that was out of time is judged by that."""
    made = trainer(*[ended(epochs=2)] * 2)
    assert not trainers.reached(ended(epochs=2), WANTED)
    assert trainers.reached(ended(epochs=2, end=End.OUT_OF_TIME), WANTED)
    with pytest.raises(StudentFailed, match="The training was over after 2 of 3 epochs"):
        made.must_converge()

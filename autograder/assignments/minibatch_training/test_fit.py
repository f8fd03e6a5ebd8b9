"""Hidden tests of SGD and of fit. A test's docstring is the sentence a student reads about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer
from autograder.judge.carried_errors import carried
from autograder.judge.student_fixture import Student

from . import first_examples, reference, tolerances
from . import probes_fit as probes
from . import strategies_batches as draw

optimiser = pytest.mark.forbid("optimisers")
Run = tuple[dict[str, Any], list[Any], list[Any]]


@pytest.mark.question("optimizer")
@pytest.mark.points(1)
@optimiser
@first_examples.tried_first([first_examples.ONE_STEP])
@given(drawn=draw.steps(), rate=draw.RATES | st.just(0.0))
def test_sgd_step(student: Student, drawn: Any, rate: float) -> None:
    """step() takes lr times its gradient off each parameter, in place."""
    check_sgd(student, probes.stepped, *drawn, [rate], "list")


@pytest.mark.question("optimizer")
@pytest.mark.points(0.25)
@optimiser
@first_examples.tried_first([{"drawn": first_examples.ONE_STEP["drawn"]}])
@given(drawn=draw.steps())
def test_sgd_default(student: Student, drawn: Any) -> None:
    """The learning rate is 0.1 where none is given."""
    check_sgd(student, probes.stepped, *drawn, [], "list")


@pytest.mark.question("optimizer")
@pytest.mark.points(0.75)
@optimiser
@first_examples.tried_first([{**first_examples.THREE_STEPS, "given_as": "generator"}])
@given(drawn=draw.steps(count=3), rate=draw.RATES, given_as=draw.ONCE)
def test_sgd_steps_from_a_generator(student: Student, drawn: Any, rate: float, given_as: str) -> None:
    """Several steps in a row are right, where the parameters were given as a generator or another iterator."""
    check_sgd(student, probes.stepped, *drawn, [rate], given_as)


@pytest.mark.question("optimizer")
@pytest.mark.points(0.5)
@optimiser
@first_examples.tried_first([first_examples.WITHOUT_GRADIENT])
@given(drawn=draw.steps(count=2, missing=True), rate=draw.RATES)
def test_sgd_without_gradient(student: Student, drawn: Any, rate: float) -> None:
    """A parameter without a gradient stays as it is, and the others move."""
    check_sgd(student, probes.stepped, *drawn, [rate], "list")


@pytest.mark.question("optimizer")
@pytest.mark.points(0.5)
@optimiser
@first_examples.tried_first([first_examples.CHANGED_RATE])
@given(drawn=draw.steps(count=3), rates=st.lists(draw.RATES, min_size=3, max_size=3, unique=True))
def test_sgd_changed_rate(student: Student, drawn: Any, rates: list[float]) -> None:
    """opt.lr can be changed between two steps."""
    check_sgd(student, probes.stepped, *drawn, rates, "list")


@pytest.mark.question("optimizer")
@pytest.mark.points(0.25)
@optimiser
@first_examples.tried_first([first_examples.ONE_STEP])
@given(drawn=draw.steps(), rate=draw.RATES)
def test_sgd_leaves_gradients(student: Student, drawn: Any, rate: float) -> None:
    """step() leaves the gradients as they were."""
    values, (gradients,) = drawn
    answer = student.probe(probes.gradients_after, "SGD", values, gradients, rate)
    answer.at("gradients").equal(gradients)
    if all(bool((one == other).all()) for one, other in zip(answer.value["parameters"], values, strict=True)):
        raise answer.fail("step() has changed no parameter.", "changed parameters, and gradients as they were")


@pytest.mark.question("optimizer")
@pytest.mark.points(0.75)
@optimiser
@first_examples.tried_first(first_examples.ZEROED)
@given(drawn=draw.steps(missing=True), given_as=draw.GIVEN_AS, times=st.integers(1, 2))
def test_sgd_zero_grad(student: Student, drawn: Any, given_as: str, times: int) -> None:
    """zero_grad() makes each gradient zero or None."""
    values, (gradients,) = drawn
    check_sgd(student, probes.zeroed, values, gradients, given_as, times)


def check_sgd(student: Student, probe: Callable[..., Any], *arguments: Any) -> None:
    """Check that a probe makes the same of the student's SGD as of the right one."""
    student.probe(probe, "SGD", *arguments).equal(probe(reference.SGD, *arguments))


Check = Callable[[Answer, Any], None]


def check_fit(student: Student, probe: Callable[..., Any], *arguments: Any, check: Check) -> None:
    """Check what a probe makes of fit: with the student's own accuracy, or else a right one."""
    right = probe(reference.fit, reference.accuracy, *arguments)
    carried(
        lambda accuracy: student.probe(probe, "fit", accuracy, *arguments),
        student.name("accuracy"),
        probes.right_accuracy,
        lambda answer: check(answer, right),
    )


def flat(history: Any) -> Tensor:
    """Return all numbers of a history."""
    return torch.tensor([number for pair in history for number in pair])


def close(answer: Answer, right: Any) -> None:
    """Check all of an answer, numbers up to rounding."""
    answer.equal(right, within={(): tolerances.TRAINED})


def check_column(answer: Answer, right: Any, column: int) -> None:
    """Check one number of the pair that fit gives for each epoch, whatever its type."""
    for epoch, pair in enumerate(right):
        answer.at(epoch, column).close(pair[column], tolerances.TRAINED, ("The mean loss", "The accuracy")[column])


@pytest.mark.question("fit")
@pytest.mark.points(0.25)
@given(run=draw.trainings(valid=(4,)), epochs=st.sampled_from([1, 2, 3, 12]))
def test_fit_kind(student: Student, run: Run, epochs: int) -> None:
    """fit returns a list with a pair of floats for each epoch."""

    def check(answer: Answer, right: Any) -> None:
        answer.equal(right, within={(): float("inf")})
        off = abs(torch.tensor([answer.at(epoch, i).number() for epoch in range(epochs) for i in (0, 1)]) - flat(right))
        if float(off[::2].max()) > 0.1 and float(off[1::2].max()) > 0.1:
            raise answer.fail("Neither the losses nor the accuracies are like the right ones yet.", str(right))

    check_fit(student, probes.history, *run, epochs, 0.0, "cross-entropy", check=check)


@pytest.mark.question("fit")
@pytest.mark.points(0.75)
@given(run=draw.trainings(valid=(3, 3, 1), least=3) | draw.trainings(valid=(1, 3, 3), least=2), loss=draw.LOSSES)
def test_fit_loss(student: Student, run: Run, loss: str) -> None:
    """The loss that fit gives is the mean over all validation examples, whatever the sizes of the batches."""
    check_fit(student, probes.history, *run, 1, 0.0, loss, check=lambda answer, right: check_column(answer, right, 0))


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(valid=(1, 107, 107), least=2))
def test_fit_accuracy(student: Student, run: Run) -> None:
    """The accuracy that fit gives is the fraction of all validation examples, whatever the sizes of the batches."""
    check_fit(
        student, probes.history, *run, 1, 0.0, "cross-entropy",
        check=lambda answer, right: check_column(answer, right, 1),
    )  # fmt: skip


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(train=(3,)), rate=draw.RATES, loss=draw.LOSSES)
def test_fit_step(student: Student, run: Run, rate: float, loss: str) -> None:
    """A single training batch makes one step, along the gradient of the loss."""
    check_fit(student, probes.weights_after, *run, 1, rate, loss, check=close)


@pytest.mark.question("fit")
@pytest.mark.points(0.75)
@given(run=draw.trainings(train=(2, 3, 1), least=2), rate=draw.RATES, loss=draw.LOSSES)
def test_fit_steps(student: Student, run: Run, rate: float, loss: str) -> None:
    """Every training batch makes one step, along the gradient of its own loss alone."""
    check_fit(student, probes.weights_after, *run, 1, rate, loss, check=close)


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(), epochs=st.integers(2, 3), rate=draw.RATES)
def test_fit_epochs(student: Student, run: Run, epochs: int, rate: float) -> None:
    """The weights are right after several epochs, each of which goes through all training batches."""
    check_fit(student, probes.weights_after, *run, epochs, rate, "cross-entropy", check=close)


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(valid=(4,)), epochs=st.integers(2, 3), rate=draw.RATES)
def test_fit_measures_each_epoch(student: Student, run: Run, epochs: int, rate: float) -> None:
    """The numbers of each epoch are measured after its training, and are of that epoch alone."""
    ((X, y),) = run[2]

    def check(answer: Answer, right: Any) -> None:
        answer.at("steps before").equal(right["steps before"])
        for epoch, weights in enumerate(answer.value["weights"]):  # the student's own, however they were trained
            logits = X @ weights["weight"].T + weights["bias"]
            pair = float(reference.cross_entropy(logits, y)), float(reference.accuracy(logits, y))
            for column, name in enumerate(("The mean loss", "The accuracy")):
                answer.at("pairs", epoch, column).close(pair[column], tolerances.TRAINED, name)

    check_fit(student, probes.measured, *run, epochs, rate, check=check)


KINDS = st.sampled_from(["dropout", "batch norm"])


def check_modes(student: Student, run: Run, epochs: int, kind: str, of: str, what: str) -> None:
    """Check the modes, or whether there is a graph, with the batches of training or validation."""

    def check(answer: Answer, right: Any) -> None:
        for name in right:
            if name.startswith(of):
                answer.at(name, what).equal(right[name][what])

    check_fit(student, probes.modes_in_fit, *run, epochs, kind, check=check)


@pytest.mark.question("fit")
@pytest.mark.points(0.25)
@given(run=draw.trainings(train=(2, 3), valid=(3, 2)), kind=KINDS)
def test_fit_trains_in_training_mode(student: Student, run: Run, kind: str) -> None:
    """The model is in training mode with the training batches."""
    check_modes(student, run, 1, kind, "training", "in training mode")


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(train=(2, 3), valid=(3, 2)), epochs=st.integers(2, 3), kind=KINDS)
def test_fit_returns_to_training_mode(student: Student, run: Run, epochs: int, kind: str) -> None:
    """The model is in training mode again in the epochs after the first."""
    check_modes(student, run, epochs, kind, "training", "in training mode")


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(train=(2, 3), valid=(3, 2)), epochs=st.integers(1, 2), kind=KINDS)
def test_fit_validates_in_evaluation_mode(student: Student, run: Run, epochs: int, kind: str) -> None:
    """The model is in evaluation mode with the validation batches."""
    check_modes(student, run, epochs, kind, "validation", "in training mode")


@pytest.mark.question("fit")
@pytest.mark.points(0.5)
@given(run=draw.trainings(train=(2, 3), valid=(3, 2)), epochs=st.integers(1, 2), kind=KINDS)
def test_fit_validates_without_graph(student: Student, run: Run, epochs: int, kind: str) -> None:
    """No graph is built with the validation batches."""
    check_modes(student, run, epochs, kind, "validation", "graph")


@pytest.mark.question("fit")
@pytest.mark.points(0.25)
@given(run=draw.trainings())
def test_fit_validation_changes_nothing(student: Student, run: Run) -> None:
    """The validation takes no step, and leaves the model's weights as they were: they can still be trained, too."""
    check_fit(student, probes.validation_changes, *run, check=close)


@pytest.mark.question("fit")
@pytest.mark.points(0.25)
@given(run=draw.trainings(), epochs=st.integers(1, 3))
def test_fit_without_lengths(student: Student, run: Run, epochs: int) -> None:
    """fit goes through each loader once an epoch; it needs no len of them, and of the model no more than Module has."""
    check_fit(student, probes.passes, *run, epochs, check=close)

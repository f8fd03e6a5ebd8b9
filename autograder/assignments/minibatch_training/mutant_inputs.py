"""What mutants of the canonical answers are tried on: calls of functions, and probes with their arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from . import probes, probes_batches, probes_fit, probes_modules
from . import strategies as tensors
from . import strategies_batches as batches
from . import strategies_modules as modules

Inputs = st.SearchStrategy[Any]


def of(question: str) -> Inputs:
    """Return a strategy for one question: (function, arguments), or (probe, name, arguments)."""
    return st.one_of(_BY_QUESTION[question]())


def _called(function: str, *arguments: Inputs) -> Inputs:
    return st.tuples(st.just(function), st.tuples(*arguments))


def _with(function: str, pair: Inputs) -> Inputs:
    return st.tuples(st.just(function), pair)


def _probed(probe: Callable[..., Any], name: str, *arguments: Inputs) -> Inputs:
    """Draw a probe's arguments; those that are drawn together, as a tuple, are taken apart."""
    joined = st.tuples(*arguments).map(lambda drawn: tuple(value for part in drawn for value in _several(part)))
    return st.tuples(st.just(probe), st.just(name), joined)


def _several(part: Any) -> tuple[Any, ...]:
    return part if isinstance(part, tuple) else (part,)


X = st.one_of(tensors.matrices(), tensors.large())
RIGHT_LOG, RIGHT_MODULE, RIGHT_ACCURACY = (
    st.just(probes.right_log_softmax), st.just(probes_modules.RightModule), st.just(probes_fit.right_accuracy)
)  # fmt: skip
PAIR = tensors.labelled(X)
OPTIONS = st.sampled_from([[], [False], [True]])
RUN, ONE_EPOCH = batches.trainings(), batches.trainings(train=(2, 3), valid=(3, 2))


def _functions(*names: str) -> list[Inputs]:
    gradients = [
        _probed(probes.gradient, name, tensors.weighted(tensors.matrices(), 1 if name == "logsumexp" else 0))
        for name in names
    ]
    return [*(_called(name, X) for name in names), *gradients]


def _cross_entropy() -> list[Inputs]:
    log_p = tensors.labelled(tensors.matrices()).map(tensors.log_probabilities)
    return [
        _with("nll", log_p),
        _probed(probes.loss_gradient, "nll", log_p),
        _probed(probes.loss, "cross_entropy", RIGHT_LOG, PAIR),
        _probed(probes.logits_gradient, "cross_entropy", RIGHT_LOG, PAIR),
        _probed(probes.losses, "cross_entropy", RIGHT_LOG, PAIR.map(lambda pair: (pair[0], [pair[1]]))),
        _probed(probes.loss_and_inputs, "cross_entropy", RIGHT_LOG, PAIR),
    ]


def _module() -> list[Inputs]:
    lines = [modules.own_parameters(), modules.flat(), modules.nested(), modules.shared(), modules.replaced()]
    return [
        _probed(probes_modules.parameters, "Module", st.one_of(lines)),
        _probed(probes_modules.attributes, "Module", st.one_of(modules.taken_out(), modules.with_others())),
        _probed(probes_modules.modes, "Module", modules.nested(), modules.ASKED),
        _probed(probes_modules.modes, "Module", modules.flat(), st.just([])),
        _probed(probes_modules.switched, "Module", modules.flat(), modules.SWITCHES),
        _probed(probes_modules.called, "Module", st.lists(tensors.matrices(), min_size=1, max_size=3)),
    ]


def _sequential() -> list[Inputs]:
    layers = modules.layers(0)
    x = tensors.matrices(1, 3, 3).filter(lambda x: x.shape[1] == 3).map(lambda x: x.double())
    return [
        _probed(probes_modules.through, "Sequential", RIGHT_MODULE, layers, x),
        _probed(probes_modules.layers_of, "Sequential", RIGHT_MODULE, layers),
        _probed(probes_modules.parameters_of, "Sequential", RIGHT_MODULE, layers),
        _probed(probes_modules.modes_of, "Sequential", RIGHT_MODULE, layers, modules.ASKED),
    ]


def _optimizer() -> list[Inputs]:
    rates = st.lists(batches.RATES, max_size=3)
    return [
        _probed(probes_fit.stepped, "SGD", batches.steps(count=3), rates, batches.GIVEN_AS),
        _probed(probes_fit.stepped, "SGD", batches.steps(count=2, missing=True), rates, batches.GIVEN_AS),
        _probed(probes_fit.gradients_after, "SGD", batches.steps().map(_first_step), batches.RATES),
        _probed(
            probes_fit.zeroed, "SGD", batches.steps(missing=True).map(_first_step), batches.GIVEN_AS, st.integers(1, 2)
        ),
    ]


def _first_step(drawn: Any) -> Any:
    return drawn[0], drawn[1][0]


def _dataset() -> list[Inputs]:
    return [
        _probed(probes_batches.length, "Dataset", batches.examples()),
        _probed(probes_batches.sample, "Dataset", st.one_of(batches.at_index(), batches.at_list())),
        _probed(probes_batches.part, "Dataset", batches.at_slice()),
        _probed(probes_batches.outside, "Dataset", batches.outside()),
        _probed(probes_batches.loop, "Dataset", batches.examples()),
    ]


def _sampler() -> list[Inputs]:
    n = st.integers(1, 12)
    return [
        _probed(probes_batches.in_order, "Sampler", n),
        _probed(probes_batches.sampler_length, "Sampler", n, st.booleans()),
        _probed(probes_batches.kinds_of_indices, "Sampler", n, st.booleans()),
        _probed(probes_batches.shuffled, "Sampler", st.just(20), st.just(2)),
        _probed(probes_batches.new_orders, "Sampler", st.just(300)),
        _probed(probes_batches.all_orders, "Sampler", st.just(3), st.just(300)),
        _probed(probes_batches.first_batches, "BatchSampler", batches.indices_and_size(), OPTIONS),
        _probed(probes_batches.number_of_batches, "BatchSampler", batches.NUMBERS, OPTIONS),
        _probed(probes_batches.batches, "BatchSampler", batches.two_passes(), OPTIONS),
        _probed(probes_batches.later_passes, "BatchSampler", batches.two_passes()),
    ]


def _dataloader() -> list[Inputs]:
    kinds = st.sampled_from(["tensors", "ints"]), st.sampled_from(["list", "generator"])
    one = batches.loads().map(lambda drawn: (*drawn[:2], drawn[2][0]))
    return [
        _probed(probes_batches.collated, "collate", batches.examples(), *kinds),
        _probed(probes_batches.loaded, "DataLoader", batches.loads(passes=2)),
        _probed(probes_batches.loader_length, "DataLoader", one),
    ]


def _fit() -> list[Inputs]:
    epochs, end = st.integers(1, 3), (batches.RATES, batches.LOSSES)
    return [
        _probed(probes_fit.history, "fit", RIGHT_ACCURACY, RUN, epochs, *end),
        _probed(probes_fit.weights_after, "fit", RIGHT_ACCURACY, RUN, epochs, *end),
        _probed(probes_fit.modes_in_fit, "fit", RIGHT_ACCURACY, ONE_EPOCH, epochs, st.just("dropout")),
        _probed(probes_fit.validation_changes, "fit", RIGHT_ACCURACY, RUN),
        _probed(probes_fit.measured, "fit", RIGHT_ACCURACY, RUN, epochs, batches.RATES),
        _probed(probes_fit.passes, "fit", RIGHT_ACCURACY, RUN, epochs),
    ]


_BY_QUESTION: dict[str, Callable[[], list[Inputs]]] = {
    "softmax": lambda: _functions("softmax"),
    "log_softmax": lambda: _functions("logsumexp", "log_softmax"),
    "cross_entropy": _cross_entropy,
    "accuracy": lambda: [_with("accuracy", st.one_of(tensors.guesses(), tensors.many_guesses()))],
    "module": _module,
    "sequential": _sequential,
    "optimizer": _optimizer,
    "dataset": _dataset,
    "sampler": _sampler,
    "dataloader": _dataloader,
    "fit": _fit,
}

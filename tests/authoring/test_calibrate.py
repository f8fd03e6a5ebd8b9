"""What is made of measured runs: means, spreads and thresholds, by hand and by what was measured."""

import statistics
from dataclasses import replace
from types import SimpleNamespace

import pytest

from autograder.assignments.linear_mnist.recipes import RECIPES
from autograder.authoring import calibrate
from autograder.authoring.calibrate import Candidate, Ended, band, candidates, factor, merged, section
from autograder.judge.assignment import Assignment
from autograder.judge.training.run import End, Measured
from autograder.judge.training.thresholds import thresholds

LINEAR_MNIST = Assignment.find("linear_mnist")

ADAM, OTHER = RECIPES["converge_adam"], RECIPES["converge_other"]


@pytest.mark.parametrize(("seeds", "k"), [(3, 17.35), (5, 9.367), (20, 5.399), (1000, 4.06)])
def test_the_tolerance_factor(seeds, k):
    """With ever more seeds it comes down to the normal value's 3.891."""
    assert factor(seeds) == pytest.approx(k, rel=3e-3)


@pytest.mark.parametrize("data", ["MNIST", "digits"])
@pytest.mark.parametrize("name", ["adam", "other", "sgd_momentum"])
def test_the_thresholds_are_what_the_measurement_gives(data, name):
    found = thresholds(LINEAR_MNIST, data, name).band
    images = {"MNIST": 12_000, "digits": 308}[data]
    for epoch in range(len(found.loss)):
        off = 5.399 * max(found.loss_spread[epoch], 1e-4)
        assert found.most_loss[epoch] == pytest.approx(found.loss[epoch] + off, abs=1e-5)
        off = 5.399 * max(found.accuracy_spread[epoch], 1 / images)
        assert found.least_accuracy[epoch] == pytest.approx(found.accuracy[epoch] - off, abs=1e-5)


def run(*rows, eta=0.1):
    return SimpleNamespace(
        measured=[Measured(loss, accuracy, 0.0, 0.0) for loss, accuracy in rows],
        epochs=len(rows) - 1,
        used="",
        end=End.DONE,
        ended_early=False,
    )


def test_a_band_is_made_of_means_and_spreads_over_the_runs():
    losses, accuracies = [0.50, 0.52, 0.57], [0.80, 0.83, 0.85]
    found = band([run((2.3, 0.1), pair) for pair in zip(losses, accuracies, strict=True)], 100)
    spread, k = statistics.stdev(losses), factor(3)
    assert found.loss == (2.3, pytest.approx(0.53, abs=1e-6))
    assert found.loss_spread == (0.0, pytest.approx(spread, abs=1e-6))
    assert found.most_loss == (pytest.approx(2.3 + k * 1e-4), pytest.approx(0.53 + k * spread, abs=1e-5))
    assert found.accuracy[1] == pytest.approx(statistics.mean(accuracies), abs=1e-6)
    assert found.least_accuracy[0] == pytest.approx(0.1 - k / 100, abs=1e-5)  # no finer than an image
    assert found.least_accuracy[1] == pytest.approx(statistics.mean(accuracies) - k * 0.0251661, abs=1e-4)


def ended(loss, follows=True, accuracy=0.9):
    return [Ended(run((2.3, 0.1), (loss + seed, accuracy)), follows) for seed in (0.0, 0.01)]


def test_of_several_learning_rates_the_best_one_is_asked_for_and_rivals_are_told_beside_it():
    data = SimpleNamespace(name="digits", rows=range(5), validation=(None, range(4)))
    found = [
        (Candidate(OTHER, "", "", eta, OTHER.answer), ended(loss))
        for eta, loss in ((1e-3, 0.5), (1e-2, 0.3), (1e-1, 0.4))
    ]
    found += [(Candidate(ADAM, "", "", 1e-3, ADAM.answer), ended(0.2))]
    found += [(Candidate(ADAM, name, "", 1e-3, ADAM.answer), ended(*told)) for name, told in (
        (ADAM.rivals[1], (9.9, True)), (ADAM.rivals[0], (0.2, False)))]  # fmt: skip
    text = section(data, found)
    assert text.startswith("[digits]\ntraining_images = 5\nvalidation_images = 4\nmeasured = ")
    assert "[digits.other]\nseeds = 2\neta = 0.01\nloss = [2.300000, 0.305000]" in text
    assert "[digits.adam]\nseeds = 2\neta = 0.001\nloss = [2.300000, 0.205000]" in text
    lines = [line for line in text.splitlines() if line.startswith("rivals.")]
    assert [line.split('"')[1] for line in lines] == list(ADAM.rivals[:2])
    assert lines[0].endswith("{ loss = 0.205000, accuracy = 0.900000, runs = 2, reach = 2, follow = 0 }")
    assert lines[1].endswith("runs = 2, reach = 0, follow = 2 }")


def test_a_new_measurement_replaces_that_of_its_data_set_alone():
    old = LINEAR_MNIST.thresholds_file.read_text(encoding="utf-8")
    assert merged("linear_mnist", old, {}) == old
    new = merged("linear_mnist", old, {"digits": "[digits]\nseeds = 1\n"})
    assert new.count("[MNIST.adam]") == 1 and "[digits.adam]" not in new and new.count("[digits]") == 1


def test_every_rival_and_every_learning_rate_is_measured():
    found = [(one.recipe.name, one.name, one.eta) for one in candidates(LINEAR_MNIST)]
    for recipe in RECIPES.values():
        assert [eta for name, rival, eta in found if (name, rival) == (recipe.name, "")] == list(recipe.etas)
        assert [rival for name, rival, _ in found if name == recipe.name and rival] == list(recipe.rivals)
    code = {(one.recipe.name, one.name): one.code for one in candidates(LINEAR_MNIST)}
    assert len(set(code.values())) == len(code)


def test_a_recipe_without_a_data_set_keeps_no_other_from_being_measured_on_it():
    first, *others = RECIPES.values()
    recipes = RECIPES | {next(iter(RECIPES)): replace(first, epochs={"digits": 1})}
    known = SimpleNamespace(recipes=recipes, registry=LINEAR_MNIST.registry)
    known.canonical_answer = LINEAR_MNIST.canonical_answer
    assert others and {one.recipe.name for one in candidates(known, "MNIST")} == {one.name for one in others}
    assert {one.recipe.name for one in candidates(known)} == {first.name, *(one.name for one in others)}


def test_rivals_are_measured_with_fewer_seeds_and_right_ones_with_all(monkeypatch):
    monkeypatch.setattr(calibrate, "measured", lambda assignment, one, data, seeds, config, device: [seeds[0]])
    monkeypatch.setattr(calibrate, "_ended", lambda recipe, seed: seed)
    seeds = {one.name: found for one, found in calibrate.all_measured(LINEAR_MNIST, None, [7, 8, 9], None, 2, 2)}
    assert seeds[""] == [7, 8, 9] and {tuple(found) for name, found in seeds.items() if name} == {(7, 8)}
    seeds = {one.name: found for one, found in calibrate.all_measured(LINEAR_MNIST, None, [7, 8, 9], None, 2)}
    assert {tuple(found) for found in seeds.values()} == {(7, 8, 9)}

"""What is trained with: the parts, the nearest wrong answers to each, and what training reaches."""

from __future__ import annotations

import tomllib

from autograder.authoring.calibrate import _answers, candidates
from tests.assignments.conftest import KNOWN

ASSIGNMENT = KNOWN["minibatch_training"]
RECIPE = ASSIGNMENT.recipes["converge_fit"]


def test_wrong_answers_to_any_part_are_measured_with_the_right_ones_to_all_others() -> None:
    found = {one.name: one for one in candidates(ASSIGNMENT, "digits")}
    assert list(found) == ["", *RECIPE.rivals]
    never = found["sampler/never-shuffled"]
    code = list(_answers(ASSIGNMENT, never))
    assert never.question == "sampler" and never.code in code and ASSIGNMENT.canonical_answer("fit") in code
    assert ASSIGNMENT.canonical_answer("sampler") not in code
    assert len(code) == len({part.question for part in RECIPE.parts.values()})


def test_a_loop_in_plain_python_has_time_enough() -> None:
    assert RECIPE.seconds == 120


def test_training_tells_what_does_not_learn_from_what_does() -> None:
    measured = tomllib.loads(ASSIGNMENT.thresholds_file.read_text(encoding="utf-8"))
    unlearning = {"fit/no-zero-grad", "fit/zero-before-step", "fit/first-batch-only", "fit/uphill"}
    for data in ("MNIST", "digits"):
        rivals = measured[data]["network"]["rivals"]
        assert measured[data]["network"]["seeds"] >= 20
        assert {name for name, one in rivals.items() if one["reach"] == 0} == {*unlearning, "sampler/never-shuffled"}

"""Answers to each question of each assignment that are no answers: the student failed, and the grader could judge."""

import numpy as np
import pytest
import torch
from traitlets.config import Config

from autograder import wire
from autograder.judge import judge_session
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.notebook_run import NotebookRun
from tests.judge.conftest import notebook
from tests.judge.test_interference import Taken

ASSIGNMENTS = {name: Assignment.find(name) for name in ("linear_mnist", "minibatch_training", "batch_norm")}
DEEP = {"first": [[{"a": [[1]]}]] * 3, "x": None, "length": {"again": -1}}
FORGED = {
    "nothing": None,
    "a large number": 2**63 - 1,
    "text": "\ud800" * 50,
    "dictionaries": DEEP,
    "keys of all kinds": {None: 1, 2.5: [], True: {}, -(2**62): "x", "": 0},
    "many axes": torch.zeros((1,) * 30),
    "NumPy": [np.ones((2, 0)), np.float32("nan"), np.uint8(255)],
    "what can't cross": [object(), {1, 2}, torch.zeros(2, dtype=torch.complex64)],
    "a little of all": [torch.ones(2, 2), {"a": torch.zeros(1)}, 1, "a"],
}
STRANGE = {
    "no dictionary": [5, None, "x", [1]],
    "nothing used that is named": [
        {"value": 1, "used": [1]},
        {"value": 1, "used": [[]]},
        {"value": 1, "used": [["x"]]},
    ],
    "used by another name": [{"value": 1, "used": [["\ud800", {"a": 1}]]}, {"value": 1, "used": [[None, None, None]]}],
    "errors that are none": [{"error": 5, "used": []}, {"error": {"type": [1], "message": {}, "line": 3}, "used": []}],
    "missing what has no name": [{"missing": {"a": 1}, "used": []}, {"missing": "x" * 4000, "used": []}],
    "less than was asked for": [{"value": 1, "used": []}, {"value": 1, "back": {}, "used": []}],
}


class Forger:
    """Answers each call with what it is given."""

    def __init__(self, answers):
        self._answers = answers

    def __call__(self, channel):
        count = 0
        while True:
            for call in wire.receive(channel)["calls"]:
                answer = self._answers[count % len(self._answers)]
                if isinstance(answer, dict) and "back" in answer and isinstance(answer["back"], list):
                    answer = {**answer, "back": answer["back"] * len(call["back"])}
                wire.send(channel, {"answers": [answer]})
                count += 1


def judged(assignment, answers, monkeypatch, tmp_path):
    """Return the results of all questions that call, when each call is answered so."""
    made = []

    def copy_at(self, question):
        made.append(Taken(Forger(answers)))
        return made[-1]

    monkeypatch.setattr(NotebookRun, "copy_at", copy_at)
    monkeypatch.setattr(judge_session, "explained", lambda tests, *_: list(tests))  # it takes most of the time
    points = assignment.possible_points
    cells = [(name, points[name]) for name in assignment.questions if name in points and name not in assignment.recipes]
    config = Config(NotebookJudge={"examples": 1})
    evidence = judge_notebook(notebook(*cells), assignment, tmp_path, config)
    for copy in made:
        copy.close()
    evidence.to_json().encode()
    return evidence.questions


@pytest.mark.parametrize("name", ASSIGNMENTS)
@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_value_that_is_no_answer_fails_each_question(name, forged, monkeypatch, tmp_path):
    answers = [{"value": forged, "back": [forged], "used": []}]
    for question in judged(ASSIGNMENTS[name], answers, monkeypatch, tmp_path):
        assert question.outcome is Outcome.FAILED, [test for test in question.tests if test.details]


@pytest.mark.parametrize("answers", STRANGE.values(), ids=STRANGE)
def test_what_no_sender_of_ours_would_say_fails_each_question(answers, monkeypatch, tmp_path):
    for question in judged(ASSIGNMENTS["linear_mnist"], answers, monkeypatch, tmp_path):
        assert question.outcome is Outcome.FAILED, [test for test in question.tests if test.details]

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from course import POINTS, Course
from fake_judge import judge
from nbgrader.utils import determine_grade

from autograder.course.feedback.pasted_results import paste
from autograder.course.gradebook.verdicts import evidence_without_judging, verdicts
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import CellResult, CellStatus, Evidence, Outcome

LINEAR_MNIST = Assignment.find("linear_mnist")


@pytest.fixture
def notebook(generated: Any) -> Any:
    return nbformat.reads(json.dumps(Course(generated).right()), as_version=4)


def test_nbgrader_reads_the_score_the_judge_gave(notebook: Any, generated: Any) -> None:
    evidence = judge(notebook, LINEAR_MNIST, generated, None)
    paste(notebook, evidence, verdicts(notebook, evidence), [])
    nbformat.validate(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    assert {name: determine_grade(cells[name]) for name in POINTS} == {
        name: (most, most) for name, most in POINTS.items()
    }
    assert [output.output_type for output in cells["test_adam"].outputs] == ["display_data", "execute_result"]
    assert cells["setup"].outputs[0].text == "ran\n"
    assert cells["train"].outputs == []
    assert notebook.cells[0].id == "title"  # nothing to be said, so nothing above it


def test_nbgrader_reads_no_points_from_an_unjudged_cell(notebook: Any) -> None:
    evidence = evidence_without_judging(notebook, "linear_mnist", Outcome.NOT_JUDGED, "x", "")
    paste(notebook, evidence, verdicts(notebook, evidence), ["a note"])
    nbformat.validate(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    assert {name: determine_grade(cells[name]) for name in POINTS} == {name: (0, most) for name, most in POINTS.items()}
    cell = cells["test_adam"]
    assert "No reason was given" in cell.outputs[1].evalue
    assert "a note" in notebook.cells[0].source


@pytest.mark.parametrize("status", [CellStatus.LEFT_OUT, CellStatus.NOT_RUN])
def test_a_cell_left_out_says_why_and_odd_outputs_are_dropped(notebook: Any, status: CellStatus) -> None:
    good = {"output_type": "stream", "name": "stdout", "text": "hello"}
    cell = CellResult(1, status, "it hung", (good, {"output_type": "gossip"}, {}))
    evidence = Evidence("linear_mnist", (), (cell,))
    paste(notebook, evidence, verdicts(notebook, evidence), [])
    assert [output.text for output in notebook.cells[1].outputs] == [
        "hello",
        f"This cell was {status.value}: it hung\n",
    ]


def test_outputs_claimed_for_a_test_cell_do_not_reach_it(notebook: Any) -> None:
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "test_adam")
    forged = {"output_type": "execute_result", "data": {"text/plain": "6.0"}, "metadata": {}, "execution_count": 1}
    evidence = Evidence("linear_mnist", (), (CellResult(place, CellStatus.OK, outputs=(forged,)),))
    paste(notebook, evidence, verdicts(notebook, evidence), [])
    assert determine_grade(notebook.cells[place]) == (0, 6.0)


def test_a_sum_of_thirds_is_not_more_than_the_points(notebook: Any, generated: Any) -> None:
    evidence = judge(notebook, LINEAR_MNIST, generated, None)
    question = evidence.questions[0]
    whole = type(question.tests[0])("t", "s", Outcome.PASSED, 4.0 + 1e-12, 4.0)
    found = verdicts(notebook, Evidence("x", (type(question)("ce_loss", "test_ce_loss", 4.0, (whole,)),), ()))
    assert found["test_ce_loss"].score == 4.0


def test_two_results_for_one_question_are_none(notebook: Any, generated: Any) -> None:
    evidence = judge(notebook, LINEAR_MNIST, generated, None)
    twice = Evidence("x", evidence.questions * 2, ())
    assert {verdict.score for verdict in verdicts(notebook, twice).values()} == {None}


def test_a_question_without_tests_could_not_be_judged(notebook: Any, generated: Any) -> None:
    evidence = judge(notebook, LINEAR_MNIST, generated, None)
    bare = tuple(type(q)(q.question, q.grade_id, q.max_points, ()) for q in evidence.questions)
    found = verdicts(notebook, Evidence("x", bare, ()))
    assert {verdict.score for verdict in found.values()} == {None}
    assert "No hidden test was run" in found["test_adam"].next_step


PRINTED = {"output_type": "stream", "name": "stdout", "text": "mine"}


def test_what_was_handed_in_is_shown_where_the_grader_did_not_run_to_the_end(notebook: Any) -> None:
    """Neither beside the grader's own outputs, nor in a cell with points, whoever gives them."""
    places = {cell.id: i for i, cell in enumerate(notebook.cells)}
    notebook.cells[places["adam"]].metadata.nbgrader.grade = True  # an answer that humans mark
    ran = (
        CellResult(places["setup"], CellStatus.OK, outputs=({**PRINTED, "text": "ran"},)),
        CellResult(places["data"], CellStatus.ERROR, outputs=({**PRINTED, "text": "broke"},)),
        CellResult(places["train"], CellStatus.SKIPPED),
    )
    evidence = Evidence("linear_mnist", (), ran)
    names = ("title", "setup", "data", "train", "adam", "test_adam")
    handed_in = {places[name]: [nbformat.from_dict(PRINTED)] for name in names}
    paste(notebook, evidence, verdicts(notebook, evidence), [], handed_in)
    nbformat.validate(notebook)
    said = {name: [output.get("text") for output in notebook.cells[places[name]].get("outputs", [])] for name in names}
    assert said == {
        "title": [], "setup": ["ran"], "data": ["broke", "mine"], "train": ["mine"], "adam": [], "test_adam": [None] * 2
    }  # fmt: skip


def test_outputs_of_a_run_are_harmless_too(notebook: Any) -> None:
    script = {"output_type": "display_data", "data": {"text/html": "<script>act()</script><b>x</b>"}, "metadata": {}}
    evidence = Evidence(
        "linear_mnist", (), (CellResult(1, CellStatus.OK, outputs=(script,)), CellResult(0, CellStatus.OK))
    )
    paste(notebook, evidence, verdicts(notebook, evidence), [])
    assert notebook.cells[1].outputs[0].data == {"text/html": "<b>x</b>"}
    nbformat.validate(notebook)  # a text has no outputs, whatever is recorded for it


def test_notes_and_an_open_sandbox_are_said_on_top(notebook: Any) -> None:
    bare = json.dumps(notebook)
    for sandbox, notes, said in (("namespaces", ["a word"], "a word"), ("off", [], "The sandbox was off")):
        evidence = Evidence("linear_mnist", (), (), sandbox)
        shown = nbformat.reads(bare, as_version=4)
        paste(shown, evidence, verdicts(shown, evidence), notes)
        assert said in shown.cells[0].source
        assert shown.cells[1:][0].id == "title"

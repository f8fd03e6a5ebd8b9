from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from course import Course, at
from fake_judge import judge
from faults import ALL
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course.gradebook.verdicts import verdicts
from autograder.course.intake.cell_restoring import restore
from autograder.course.intake.notebook_repair import well_formed
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")


@pytest.fixture(scope="module")
def release(generated: Any) -> Any:
    return Course(generated).release


@pytest.fixture
def submission(generated: Any) -> Any:
    return well_formed(Course(generated).right())[0]


def named(notebook: Any) -> list[str]:
    return [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]


def test_a_right_submission_comes_out_as_it_is(submission: Any, release: Any) -> None:
    clean, notes = restore(submission, release)
    assert notes == []
    assert [cell.source for cell in clean.cells] == [cell.source for cell in submission.cells]
    assert [cell.metadata for cell in clean.cells] == [cell.metadata for cell in release.cells]
    assert clean.metadata.autograder.unanswered == []


def test_the_release_is_not_changed(submission: Any, release: Any) -> None:
    before = copy.deepcopy(release)
    submission.cells.reverse()
    restore(submission, release)
    assert release == before


def test_untouched_stubs_are_listed(release: Any) -> None:
    _, clean = None, restore(well_formed(copy.deepcopy(release))[0], release)[0]
    answers = ["derivation", "ce_loss", "grad_func", "sgd_momentum", "batch_size", "other_optimiser", "adam"]
    assert sorted(clean.metadata.autograder.unanswered) == sorted(answers)


def test_a_stub_with_other_blanks_is_still_a_stub(submission: Any, release: Any) -> None:
    submission.cells[at(submission, "adam")].source = release.cells[at(release, "adam")].source + "\n\n"
    assert restore(submission, release)[0].metadata.autograder.unanswered == ["adam"]


@pytest.mark.parametrize("reordering", ["reversed", "tests first", "answers last"])
def test_each_test_comes_after_its_answer_however_cells_are_moved(
    submission: Any, release: Any, reordering: str
) -> None:
    if reordering == "reversed":
        submission.cells.reverse()
    else:
        submission.cells.sort(key=lambda cell: ("test_" in str(cell.metadata)) != (reordering == "tests first"))
    clean, _ = restore(submission, release)
    assert sorted(named(clean)) == sorted(named(release))
    for name in ("ce_loss", "grad_func", "sgd_momentum", "adam"):
        assert at(clean, name) < at(clean, f"test_{name}")


def test_every_subset_of_cells_comes_out_complete(submission: Any, release: Any) -> None:
    for start in range(len(submission.cells)):
        for step in (1, 2, 3):
            part = copy.deepcopy(submission)
            part.cells = part.cells[start::step]
            clean, _ = restore(part, release)
            nbformat.validate(clean)
            assert sorted(named(clean)) == sorted(named(release))


def test_without_ids_and_metadata_every_cell_is_recognised(submission: Any, release: Any) -> None:
    for i, cell in enumerate(submission.cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"x{i}"
    clean, notes = restore(submission, release)
    assert [cell.metadata for cell in clean.cells] == [cell.metadata for cell in release.cells]
    assert [cell.source for cell in clean.cells] == [cell.source for cell in submission.cells]
    assert len(notes) == 1


def test_an_edited_training_cell_is_recognised_by_its_lines_wherever_it_stands(submission: Any, release: Any) -> None:
    cells = submission.cells
    training = next(cell for cell in cells if "skip-execution" in cell.metadata.get("tags", []))
    training.source = training.source.replace("print(batch_size)", "print(batch_size)\n    print()")
    cells.remove(training)
    cells.insert(0, training)
    for i, cell in enumerate(cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"x{i}"
    clean, _ = restore(submission, release)
    assert clean.cells[0].metadata.tags == ["skip-execution"]


def test_cells_are_recognised_by_their_ids_alone(submission: Any, release: Any) -> None:
    submission.cells.reverse()
    for cell in submission.cells:
        cell.metadata, cell.source = nbformat.NotebookNode(), f"# {cell.id}, all new"
    clean, _ = restore(submission, release)
    sources = {cell.metadata.nbgrader.grade_id: cell.source for cell in clean.cells if "nbgrader" in cell.metadata}
    for name in ("derivation", "batch_size", "ce_loss", "other_optimiser"):
        assert sources[name] == f"# {name}, all new"


def test_the_students_own_cells_keep_their_text_and_lose_their_metadata(submission: Any, release: Any) -> None:
    own = new_code_cell("x = 1", metadata={"tags": ["skip-execution"], "nbgrader": {"grade_id": "mine", "grade": True}})
    submission.cells.insert(3, own)
    clean, _ = restore(submission, release)
    assert clean.cells[3].source == "x = 1"
    assert clean.cells[3].metadata == {}


def test_attachments_of_text_answers_are_kept(submission: Any, release: Any) -> None:
    submission.cells[at(submission, "derivation")].attachments = {"a.png": {"image/png": "aGk="}}
    clean, _ = restore(submission, release)
    assert clean.cells[at(clean, "derivation")].attachments == {"a.png": {"image/png": "aGk="}}


def test_a_text_answer_below_its_unchanged_cell_counts(submission: Any, release: Any) -> None:
    place = at(submission, "derivation")
    submission.cells[place].source = release.cells[at(release, "derivation")].source
    submission.cells.insert(place + 1, new_markdown_cell("my own cell"))
    clean, notes = restore(submission, release)
    assert clean.cells[at(clean, "derivation")].source == "my own cell"
    assert "found in another cell" in notes[0]


def test_a_text_answer_without_metadata_is_found_between_its_neighbours(submission: Any, release: Any) -> None:
    submission.cells[at(submission, "derivation")] = new_code_cell("written as code", id="other")
    clean, _ = restore(submission, release)
    assert clean.cells[at(clean, "derivation")].source == "written as code"
    assert clean.cells[at(clean, "derivation")].cell_type == "markdown"


def test_a_deleted_answer_is_not_put_back_as_a_stub(submission: Any, release: Any) -> None:
    del submission.cells[at(submission, "adam")]
    submission.cells.insert(0, new_code_cell("from mine import adam_step"))
    clean, _ = restore(submission, release)
    assert clean.cells[at(clean, "adam")].source == "# The answer cell adam is missing."
    assert clean.metadata.autograder.unanswered == []


def test_an_edited_test_cell_is_kept_as_an_ordinary_one_above(submission: Any, release: Any) -> None:
    submission.cells[at(submission, "test_adam")].source = "print(adam_step())"
    clean, _ = restore(submission, release)
    place = at(clean, "test_adam")
    assert clean.cells[place].source == release.cells[at(release, "test_adam")].source
    assert (clean.cells[place - 1].source, clean.cells[place - 1].metadata) == ("print(adam_step())", {})


def test_a_test_cell_put_back_stands_below_the_students_own_cells(submission: Any, release: Any) -> None:
    place = at(submission, "test_ce_loss")
    submission.cells[place] = new_code_cell("helper = 1", id="own")
    clean, _ = restore(submission, release)
    assert clean.cells[at(clean, "test_ce_loss") - 1].source == "helper = 1"


def test_ids_are_unique_and_the_same_every_time(submission: Any, release: Any) -> None:
    submission.cells += copy.deepcopy(submission.cells)
    first, second = restore(copy.deepcopy(submission), release)[0], restore(copy.deepcopy(submission), release)[0]
    ids = [cell.id for cell in first.cells]
    assert len(set(ids)) == len(ids)
    assert first == second


def test_a_notebook_of_thousands_of_cells_is_matched_in_time(submission: Any, release: Any) -> None:
    submission.cells += [new_code_cell(f"y{i} = {i}\n" * 20, id=f"own{i}") for i in range(3000)]
    clean, _ = restore(submission, release)
    assert len(clean.cells) == len(release.cells) + 3000


@pytest.mark.parametrize("change", ["DATA = 2", "", "raise SystemExit"])
def test_what_was_locked_is_as_it_was_handed_out_whatever_was_written_there(
    submission: Any, release: Any, change: str
) -> None:
    submission.cells[at(submission, "data")].source = change
    submission.cells[at(submission, "test_adam")].source = change
    clean, notes = restore(submission, release)
    for name in ("data", "test_adam"):
        assert clean.cells[at(clean, name)].source == release.cells[at(release, name)].source
    assert "data" in notes[0]


def test_the_points_and_flags_are_those_that_were_handed_out(submission: Any, release: Any) -> None:
    for cell in submission.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(points=100, locked=False, grade=True, solution=True)
    clean, _ = restore(submission, release)
    assert [cell.metadata for cell in clean.cells] == [cell.metadata for cell in release.cells]


# What is restored is also run: right answers are worth all points, however their cells stand.


def earned(submission: Any, release: Any, generated: Any) -> dict[str, float | None]:
    clean, _ = restore(submission, release)
    nbformat.validate(clean)
    found = verdicts(clean, judge(clean, LINEAR_MNIST, generated, None))
    return {name: verdict.score for name, verdict in found.items()}


ANSWERS = ("ce_loss", "grad_func", "sgd_momentum", "adam")


def stub(release: Any, name: str) -> Any:
    return copy.deepcopy(release.cells[at(release, name)])


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("where", ["right above", "at the top", "right below", "below the test", "at the end"])
@pytest.mark.parametrize("traces", ["its own cell", "pasted, marks and all"])
def test_an_answer_beside_its_stub_counts(
    submission: Any, release: Any, generated: Any, name: str, where: str, traces: str
) -> None:
    place = at(submission, name)
    answer = submission.cells[place]
    submission.cells[place] = stub(release, name)
    if traces == "its own cell":
        answer = new_code_cell(answer.source)
    target = {
        "right above": place,
        "at the top": 0,
        "right below": place + 1,
        "below the test": at(submission, f"test_{name}") + 1,
        "at the end": len(submission.cells),
    }[where]
    submission.cells.insert(target, answer)
    assert earned(submission, release, generated) == ALL


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("helpers", ["above", "below"])
@pytest.mark.parametrize("test", ["below them", "right above the answer", "at the top", "deleted", "at the end"])
def test_an_answer_that_calls_a_helper_counts_wherever_its_test_was_moved(
    submission: Any, release: Any, generated: Any, name: str, helpers: str, test: str
) -> None:
    cells = submission.cells
    answer = cells[at(submission, name)]
    answer.source = answer.source.replace("answer = 'right'", "answer = mine()")
    moved = cells.pop(at(submission, f"test_{name}"))
    own = [new_code_cell("word = 'right'"), new_markdown_cell("My helper"), new_code_cell("def mine(): return word")]
    place = at(submission, name) + (helpers == "below")
    cells[place:place] = own
    place = at(submission, name)
    behind = place + 1 + (len(own) if helpers == "below" else 0)
    if test != "deleted":
        target = {"below them": behind, "right above the answer": place, "at the top": 0, "at the end": len(cells)}
        cells.insert(target[test], moved)
    assert earned(submission, release, generated) == ALL


@pytest.mark.parametrize("order", ["reversed", "tests first", "answers first", "answers last"])
def test_right_answers_are_right_in_any_order(submission: Any, release: Any, generated: Any, order: str) -> None:
    cells = submission.cells
    if order == "reversed":
        cells.reverse()
    elif order == "tests first":
        cells.sort(key=lambda cell: "test_" not in str(cell.metadata))
    else:
        cells.sort(key=lambda cell: (cell.get("id") in ANSWERS) != (order == "answers first"))
    assert earned(submission, release, generated) == ALL


@pytest.mark.parametrize("gone", [("test_adam",), ("test_ce_loss", "test_adam"), ("adam",), ("ce_loss", "test_adam")])
@pytest.mark.parametrize("traces", [True, False])
def test_cells_that_are_put_back_cost_only_the_answers_that_are_gone(
    submission: Any, release: Any, generated: Any, gone: tuple[str, ...], traces: bool
) -> None:
    for name in gone:
        del submission.cells[at(submission, name)]
    if not traces:
        for number, cell in enumerate(submission.cells):
            cell.metadata, cell.id = nbformat.NotebookNode(), f"x{number}"
    lost = {f"test_{name}": 0.0 for name in gone if not name.startswith("test_")}
    assert earned(submission, release, generated) == ALL | lost


def test_wrong_answers_stay_wrong_however_their_cells_stand(submission: Any, release: Any, generated: Any) -> None:
    for name in ANSWERS:
        cell = submission.cells[at(submission, name)]
        cell.source = cell.source.replace("'right'", "'wrong'")
    submission.cells.reverse()
    assert earned(submission, release, generated) == dict.fromkeys(ALL, 0.0)


FUNCTIONS = {"ce_loss": "CE_loss", "grad_func": "grad_func", "sgd_momentum": "sgd_momentum_step", "adam": "adam_step"}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("rest", ["there", "deleted"])
def test_an_answer_nobody_recognises_counts_though_its_cells_were_deleted(
    submission: Any, release: Any, generated: Any, name: str, rest: str
) -> None:
    """Its test is put back behind the student's own cells, even where no handed out cell stands behind them."""
    place = at(submission, name)
    own = [new_code_cell("word = 'right'"), new_code_cell(f"globals()['{FUNCTIONS[name]}'] = lambda: word")]
    later = [f"test_{other}" for other in ANSWERS[ANSWERS.index(name) + 1 :]] if rest == "deleted" else []
    del submission.cells[at(submission, f"test_{name}")]
    submission.cells[place : place + 1] = own  # two cells, so that neither is taken for the answer's
    if rest == "deleted":
        del submission.cells[place + len(own) :]
    assert earned(submission, release, generated) == ALL | dict.fromkeys(later, 0.0)


def test_code_is_not_taken_for_a_text_that_was_deleted(submission: Any, release: Any, generated: Any) -> None:
    """It would define nothing any more."""
    submission.cells[at(submission, "derivation")] = new_code_cell("def mine(): return 'right'")
    answer = submission.cells[at(submission, "grad_func")]
    answer.source = answer.source.replace("answer = 'right'", "answer = mine()")
    assert earned(submission, release, generated) == ALL


def test_a_given_cell_that_nothing_stands_before_is_put_back_at_the_top() -> None:
    mark = {"grade_id": "f", "schema_version": 3, "grade": False, "solution": True, "locked": False}
    answer = new_code_cell("def f(): ...", id="f", metadata={"nbgrader": mark})
    mine = [new_code_cell("import statistics", id="given"), answer]
    own = [new_code_cell(text, id=f"own{i}") for i, text in enumerate(("mean = statistics.mean([1, 2])", "x = 1"))]
    theirs = [*own, new_code_cell("def f(): return mean", id="f", metadata={"nbgrader": mark})]
    notebooks = [nbformat.v4.new_notebook(cells=cells) for cells in (theirs, mine)]
    texts = [cell.source.splitlines()[-1] for cell in restore(*notebooks)[0].cells]
    assert texts == ["import statistics", *(cell.source for cell in own), "def f(): return mean"]

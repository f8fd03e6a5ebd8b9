"""Feedback pages: the very ones that nbgrader would make, made side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbgrader.apps import GenerateFeedbackApp
from nbgrader.converters.base import NbGraderException

from autograder.course.feedback import forked_shares
from autograder.course.feedback.feedback_exporter import UNDESCRIBED
from tests.course.course import Course

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='4'/></svg>"
OUTPUTS = [
    {"output_type": "display_data", "data": {"image/png": DOT}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/png": DOT}, "metadata": {"image/png": {"alt": "a > dot"}}},
    {"output_type": "display_data", "data": {"image/svg+xml": SVG}, "metadata": {}},
    {
        "output_type": "display_data",
        "data": {"text/html": "<table><tr><td>1 < 2 &amp; <b>3</b></table>"},
        "metadata": {},
    },
    {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m <img> & more\n"},
]
STUDENTS = ("ada", "emil", "karl")


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], Course]) -> Course:
    course = new_course()
    for student in STUDENTS:
        notebook = course.right()
        train = next(cell for cell in notebook["cells"] if cell["id"] == "train")
        train["outputs"] = OUTPUTS
        images = f"![](data:image/png;base64,{DOT}) and <img src='x.png'>"
        notebook["cells"][0]["source"] = f"# {student} ä\n\n{images}\n\n- $a<b$"
        course.hand_in(student, notebook)
    assert course.autograde() == 0
    return course


def pages(course: Course) -> dict[str, str]:
    return {path.parts[-3]: path.read_text("utf-8") for path in course.root.glob("feedback/*/*/*.html")}


def test_a_page_is_the_one_that_nbgrader_makes(graded: Course) -> None:
    assert graded.feedback("--force") == 0
    ours = pages(graded)
    stock = {"GenerateFeedback": {"exporter_class": "nbconvert.exporters.HTMLExporter"}}
    assert graded.run(GenerateFeedbackApp, "--force", **stock) == 0
    theirs = pages(graded)
    assert set(ours) == set(theirs) == set(STUDENTS)
    for student, page in ours.items():
        assert student in page and str(BeautifulSoup(page, "html.parser")) == theirs[student]
        assert page.count(f'alt="{UNDESCRIBED}"') == theirs[student].count(UNDESCRIBED) > 0


@pytest.mark.parametrize("workers", [1, 3])
def test_one_that_cannot_be_made_costs_no_other(graded: Course, workers: int, no_threads: None) -> None:
    notebook = graded.root / "autograded/emil/linear_mnist/linear_mnist.ipynb"
    notebook.chmod(0o644)
    right = notebook.read_text("utf-8")
    try:
        notebook.write_text("no notebook")
        assert graded.run(GenerateFeedbackApp, "--force", Grading={"workers": workers}) == 1
    finally:
        notebook.write_text(right, "utf-8")
    assert set(pages(graded)) == set(STUDENTS) - {"emil"}


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever threads other tests have left."""
    monkeypatch.setattr("threading.active_count", lambda: 1)


def written(folder: Path) -> Callable[[list[str]], None]:
    """Work that leaves a file for each item, with all items of its share in it."""

    def work(share: list[str]) -> None:
        for item in share:
            (folder / item).write_text(" ".join(share))
        if "bad" in share:
            raise NbGraderException("told already")

    return work


def test_every_item_is_in_one_share(tmp_path: Path, no_threads: None) -> None:
    forked_shares.run(written(tmp_path), list("abcde"), 2)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        **dict.fromkeys("ace", "a c e"),
        **dict.fromkeys("bd", "b d"),
    }


def test_a_share_that_fails_is_heard_of_when_all_have_ended(tmp_path: Path, no_threads: None) -> None:
    with pytest.raises(NbGraderException, match="could not be made"):
        forked_shares.run(written(tmp_path), ["bad", "b", "c", "d"], 2)
    assert {path.name for path in tmp_path.iterdir()} == {"bad", "b", "c", "d"}


def test_where_there_are_threads_nothing_is_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    forked_shares.run(written(tmp_path), list("abc"), 3)
    assert (tmp_path / "a").read_text() == "a b c"

"""A student's scripts in outputs, answers and comments: none of them runs in the feedback or the formgrader."""

from __future__ import annotations

import re
from collections.abc import Callable

import nbformat
import pytest
from course import Course
from nbformat.v4 import new_output

from autograder.course.notebooks.allowance import Allowance
from autograder.course.notebooks.safe_display import harmless
from autograder.course.notebooks.typed_nbformat import node

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12


def displayed(data: dict[str, object], metadata: dict[str, object] | None = None) -> object:
    return harmless(node(new_output("display_data", data=data, metadata=metadata or {})), Allowance())


def test_a_script_is_replaced_by_what_says_the_same_in_words() -> None:
    shown = displayed({"application/javascript": "alert(1)", "text/plain": "<Javascript object>"})
    assert shown.data == {"text/plain": "<Javascript object>"}
    shown = displayed({"application/javascript": "alert(1)", "application/x-new": "y"})
    assert shown.data == {"text/plain": "(not shown here: application/javascript, application/x-new)"}


def test_a_plot_keeps_its_picture_and_its_size_alone() -> None:
    metadata = {"image/png": {"width": 300, "height": "1 onload=alert(1)"}, "filenames": {"image/png": "/etc/passwd"}}
    shown = displayed({"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}, metadata)
    assert shown.data == {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}
    assert shown.metadata == {"image/png": {"width": 300}}


def test_html_that_is_too_intricate_falls_back_to_text() -> None:
    shown = displayed({"text/html": "<div>" * 50_000, "text/plain": "x"})
    assert shown.data == {"text/plain": "x"}


def test_other_outputs_stay() -> None:
    stream = node(new_output("stream", name="stdout", text="<script>"))
    assert harmless(stream, Allowance()) == new_output("stream", name="stdout", text="<script>")


SCRIPT = "<script>document.title = 'pwned'</script>"


def test_no_script_of_a_students_is_in_the_feedback(new_course: Callable[[], Course]) -> None:
    course = new_course()
    notebook = course.right()
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "derivation":
            cell["source"] = f"My **answer**: $a < b$ [x](javascript:pwned) <img src=x onerror=pwned()> {SCRIPT}"
    raw = {"cell_type": "raw", "id": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": SCRIPT}
    notebook["cells"].insert(1, raw)
    course.hand_in("ann", notebook)
    assert course.autograde() == 0
    assert course.feedback() == 0
    page = (course.root / "feedback" / "ann" / "linear_mnist" / "linear_mnist.html").read_text(encoding="utf-8")
    assert "My <strong>answer</strong>" in page and "$a &lt; b$" in page
    assert not re.search(r"<script>document|onerror|href=.javascript", page)


BOX = '<div class="alert alert-info" style="border: 2px solid red">read this</div>'


@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited"])
def test_a_given_text_keeps_its_looks_as_long_as_it_is_the_instructors(
    new_course: Callable[[], Course], edited: bool
) -> None:
    course = new_course()
    release = course.root / "release" / "linear_mnist" / "linear_mnist.ipynb"
    notebook = nbformat.read(release, 4)
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(BOX, id="box"))
    nbformat.write(notebook, release)
    handed_in = course.right()
    handed_in["cells"].insert(1, nbformat.v4.new_markdown_cell(BOX + "mine" * edited, id="box"))
    own = nbformat.v4.new_markdown_cell(BOX.replace("this", "mine"), metadata={"autograder": {"given": True}}, id="own")
    handed_in["cells"].insert(2, own)
    course.hand_in("ann", handed_in)
    assert course.autograde() == 0
    assert course.feedback() == 0
    page = (course.root / "feedback" / "ann" / "linear_mnist" / "linear_mnist.html").read_text(encoding="utf-8")
    shown = '<div class="alert alert-info" style="border: 2px solid red;">read this'
    assert (shown in page) is not edited
    assert "<div>read mine</div>" in page

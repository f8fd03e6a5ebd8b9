"""A student's scripts in outputs, answers and comments: none of them runs in the feedback or the formgrader."""

from __future__ import annotations

import re
from collections.abc import Callable

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

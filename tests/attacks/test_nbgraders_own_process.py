"""What a student made is read by nbgrader's own process: it must neither hang nor swell, whatever it is given.

Each text here took seconds to hours, or gigabytes, of whoever parsed, coloured or showed it.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from course import NOTEBOOK, Course
from nbformat.v4 import new_output

from autograder.course.intake import limited_reading
from autograder.course.intake.file_copies import digest, regular_files
from autograder.course.intake.notebook_choice import beside_the_notebook
from autograder.course.intake.submission_intake import IntakeLimits, take_in
from autograder.course.notebooks import allowance, safe_display
from autograder.course.notebooks.allowance import Allowance
from autograder.course.notebooks.rendering import code_html, markdown_html
from autograder.course.notebooks.safe_display import harmless
from autograder.course.notebooks.typed_nbformat import node
from autograder.report.safe_html import frame_html, page_html
from autograder.report.safe_svg import harmless_svg

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

HTML = {
    "entities": "&" * 200_000,
    "attributes": "<p " + " ".join(f"a{i}=1" for i in range(10_000)) + ">",
    "comments": "<!--" * 10_000,
    "deep": "<div>" * 100_000,
    "misnested": "<a><b><i>" * 20_000,
    "brackets": f"<style>.dataframe {{ color: {'(' * 100_000} }}</style>",
    "sheets": "<style>" * 50_000,
    "unclosed sheets": "<style " * 50_000 + "</style>" * 1000,
    "declarations": f'<p style="{"color:red;" * 100_000}">x',
    "tables": "<table><tr><td>" * 5_000,
    "quotes": '<a title="' * 50_000,
    "doctype": "<!DOCTYPE " * 50_000,
    "cdata": "<![CDATA[" * 50_000,
    "classes": f'<span class="{"k " * 200_000}">x',
}
MARKDOWN = {
    "environments": "\\begin{a}" * 6_000,
    "brackets": "[" * 50_000,
    "images": "![" * 30_000 + "](a)",
    "quotes": ">" * 20_000 + "x",
    "lists": "".join(f"{'  ' * i}- x\n" for i in range(1_000)),
    "emphasis": "*a _b " * 20_000,
    "backticks": "".join("`" * i + " " for i in range(600)),
    "dollars": "$$a " * 20_000,
    "links": "[a](" * 30_000,
    "tables": "|a" * 20_000 + "\n" + "|-" * 20_000,
    "references": "".join(f"[{i}]: x\n" for i in range(20_000)) + "[1]" * 20_000,
    "angles": "<" * 100_000,
    "headings": "#" * 6 + " x\n" * 50_000,
}
CODE = {
    "quotes": '"""' * 30_001,
    "brackets": "{f'{" * 30_000,
    "escapes": "\\" * 100_000,
    "magic": "%%perl\n" + "m{" * 40_000,
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg">'
DRAWINGS = {"deep": SVG + "<g>" * 20_000 + "</g>" * 20_000 + "</svg>", "attributes": SVG + "<g a='1'/>" * 300_000}

CASES = [
    *((frame_html, name, text) for name, text in HTML.items()),
    *((page_html, name, text) for name, text in HTML.items()),
    *((harmless_svg, name, text) for name, text in DRAWINGS.items()),
]


@pytest.fixture
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "PIECE", 0.5)


@pytest.mark.usefixtures("_in_a_hurry")
@pytest.mark.parametrize(("made", "name", "text"), CASES, ids=lambda value: getattr(value, "__name__", str(value)[:20]))
def test_html_costs_no_more_than_it_may(made: Callable[[str], str], name: str, text: str) -> None:
    began = time.process_time()
    found = Allowance().made(made, text)
    assert found is None or len(found) < 20 * len(text)
    assert time.process_time() - began < 0.4


@pytest.mark.usefixtures("_in_a_hurry")
@pytest.mark.parametrize("name", [*MARKDOWN, *CODE])
def test_markdown_and_code_cost_no_more_than_they_may(name: str) -> None:
    began, allowed = time.process_time(), Allowance()
    allowed.made(markdown_html, MARKDOWN.get(name, ""), {})
    allowed.made(code_html, CODE.get(name, ""), "ipython3")
    assert time.process_time() - began < 0.4


def test_a_notebook_has_one_allowance_for_all_of_its_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def too_dear(*arguments: object, seconds: float) -> None:
        nonlocal asked
        asked += 1
        raise allowance.TooDearError("it took long", seconds)

    monkeypatch.setattr(allowance.LIMITED, "call", too_dear)
    allowed = Allowance()
    shown = [
        harmless(node(new_output("display_data", {"text/html": "x", "text/plain": "y"})), allowed) for _ in range(50)
    ]
    assert asked == allowance.NOTEBOOK / allowance.PIECE
    assert all(output.data == {"text/plain": "y"} for output in shown)


TEXTS = {
    "one line with carriage returns": "\r\n" + "a" * 100_000,
    "progress": "\r".join(map(str, range(20_000))),
    "escapes": "\x1b[31mx" * 30_000,
    "unclosed escapes": "\x1b[" * 50_000,
    "entities": "&<" * 50_000,
    "long": "x" * 3_000_000,
}


def test_texts_that_a_page_can_not_hold_are_cut(new_course: Callable[[], Course]) -> None:
    course = new_course()
    path = course.hand_in("eve")
    assert course.autograde() == 0
    graded = course.root / "autograded" / "eve" / "linear_mnist" / NOTEBOOK
    notebook = json.loads(graded.read_text())
    outputs = [new_output("stream", name="stdout", text=text) for text in TEXTS.values()]
    outputs += [new_output("display_data", {"text/plain": text}) for text in TEXTS.values()]
    outputs += [new_output("error", ename="E", evalue="e", traceback=[text]) for text in TEXTS.values()]
    cell = next(cell for cell in notebook["cells"] if "import math" in "".join(cell["source"]))
    cell["outputs"] = outputs * 4
    graded.chmod(0o644)
    graded.write_text(json.dumps(notebook))
    began = time.process_time()
    assert course.feedback() == 0
    assert time.process_time() - began < 15
    page = (course.root / "feedback" / "eve" / "linear_mnist" / "linear_mnist.html").read_text()
    assert len(page) < 6_000_000 and "cut off here" in page
    assert page.count('class="ansi-') < 10_000, "a text of many colours is shown without them"
    assert path.exists()


@pytest.mark.usefixtures("_in_a_hurry")
def test_answers_too_dear_to_render_stand_in_the_feedback_as_they_were_written(
    new_course: Callable[[], Course],
) -> None:
    course = new_course()
    notebook = course.right()
    short, long = "\\begin{a}" * 5_000, "\\begin{b}" * 6_000
    for cell in notebook["cells"]:
        cell["source"] = {"derivation": short, "batch_size": long}.get(cell["id"], cell["source"])
    course.hand_in("eve", notebook)
    assert course.autograde() == 0
    began = time.process_time()
    assert course.feedback() == 0
    assert time.process_time() - began < 5
    page = (course.root / "feedback" / "eve" / "linear_mnist" / "linear_mnist.html").read_text()
    assert f"<pre>{short}</pre>" in page
    assert f"<pre>{long[: allowance.LONGEST_TEXT]}{allowance.CUT}</pre>" in page
    assert '<h2 id="in-notebook-The-gradient">The gradient</h2>' in page, "the others are rendered"


@pytest.fixture
def _read_in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_reading, "SECONDS", 3.0)
    monkeypatch.setattr(limited_reading, "MEMORY", 400 << 20)


def _cells(count: int, **cell: Any) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "source": "", **cell}] * count, "nbformat": 4})


NOTEBOOKS = {
    "lists": lambda: '{"cells": [' + "[]," * 15_000_000 + "[]]}",
    "many cells": lambda: _cells(100_000),
    "one long line": lambda: _cells(1, source="x = " + "(" * 5_000_000),
    "much text": lambda: _cells(100, source="x = 1\n" * 100_000),
    "many keys": lambda: json.dumps({"cells": [], "metadata": {f"k{i}": i for i in range(3_000_000)}}),
    "attachments": lambda: _cells(100, cell_type="markdown", attachments={"a.png": {"image/png": "A" * 500_000}}),
}


@pytest.mark.usefixtures("_read_in_a_hurry")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_that_is_too_dear_to_read_is_that_students_alone(course: Course, tmp_path: Path, name: str) -> None:
    course.hand_in("eve")
    path = course.folder("eve") / NOTEBOOK
    path.write_text(NOTEBOOKS[name]())
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    take_in(course.folder("eve"), tmp_path / "staged", {NOTEBOOK: course.release}, IntakeLimits())
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 << 10
    facts = json.loads((tmp_path / "staged" / NOTEBOOK).read_text())["metadata"]["autograder"]
    assert facts["state"] == "unreadable" and "has to be handed in again" in facts["problem"]


def test_a_sparse_file_is_not_read_for_ever(tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "a.py").write_text("x")
    began = time.process_time()
    before = digest(tmp_path, [Path("a.py"), Path("huge.bin")])
    assert time.process_time() - began < 1
    (tmp_path / "a.py").write_text("y")
    assert digest(tmp_path, [Path("a.py"), Path("huge.bin")]) != before


def test_no_more_files_are_looked_at_than_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.course.intake.file_copies._MOST_ENTRIES", 30)
    for i in range(100):
        (tmp_path / f"{i % 10}").mkdir(exist_ok=True)
        (tmp_path / f"{i % 10}" / f"{i}.txt").touch()
    files, odd = regular_files(tmp_path)
    assert len(files) == 30 and not odd


def test_many_files_beside_each_other_are_placed_at_once() -> None:
    files = [Path(f"{i}/a.txt") for i in range(5_000)] + [Path(f"sub/{i}/{i}.txt") for i in range(5_000)]
    began = time.process_time()
    places, replaced = beside_the_notebook(files, {Path("sub")})
    assert time.process_time() - began < 3
    assert len(places) == 5_000 and replaced == []


def test_plain_text_of_any_length_stays_text() -> None:
    assert safe_display.plain_block("<script>" * 10_000) == f"<pre>{'&lt;script&gt;' * 10_000}</pre>"

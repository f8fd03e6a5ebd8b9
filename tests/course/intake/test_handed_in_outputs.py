"""What the student's own machine has shown in cells that the grader doesn't run, for the person who marks the text."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from course import NOTEBOOK, Course
from faults import ALL
from nbgrader.apps import AutogradeApp

from autograder.course.intake import handed_in_outputs
from autograder.course.intake.handed_in_outputs import Keeper

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"pixels" * 20).decode()
OTHER = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"others" * 20).decode()


def picture(png: str = PNG, **more: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"image/png": png, "text/plain": "<Figure>", **more}, "metadata": {}}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def with_outputs(course: Course, **outputs: list[Any]) -> dict[str, Any]:
    """A right notebook whose cells of these ids show something, and cells of the student's own."""
    notebook = course.right()
    for cell in notebook["cells"]:
        if cell["id"].replace("-", "_") in outputs:
            cell["outputs"] = outputs[cell["id"].replace("-", "_")]
    return notebook


def own(source: str, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [*outputs], "execution_count": 1}


def shown(course: Course, student: str, part: str) -> list[Any]:
    """The outputs of the cell whose text holds ``part``."""
    cells = (cell for cell in course.graded(student).cells if cell.cell_type == "code")
    return next(list(cell.outputs) for cell in cells if part in cell.source)


def test_outputs_of_cells_that_are_not_run_are_kept_and_marked(course: Course) -> None:
    notebook = with_outputs(course, train=[printed("epoch 1\n"), picture()], setup=[printed("mine")])
    notebook["cells"] += [own("plot(undefined)", picture(OTHER)), own("print('fine')", printed("not shown"))]
    course.hand_in("ann", notebook)
    assert course.autograde() == 0
    assert course.scores("ann") == ALL
    mark, text, plot = shown(course, "ann", "trained")
    assert mark.text.startswith("As handed in")
    assert (text.text, plot.data["image/png"]) == ("epoch 1\n", PNG)
    error, _, plot = shown(course, "ann", "plot(undefined)")
    assert (error.output_type, plot.data["image/png"]) == ("error", OTHER)
    assert "mine" not in str(shown(course, "ann", "import math"))
    assert "not shown" not in str(shown(course, "ann", "print('fine')"))
    assert course.feedback() == 0
    page = (course.root / "feedback" / "ann" / "linear_mnist" / "linear_mnist.html").read_text(encoding="utf-8")
    assert "As handed in" in page and PNG in page and OTHER in page


def test_they_never_land_on_test_cells_nor_decide_anything(course: Course) -> None:
    score = {"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1}
    outputs = {f"test_{name}": [score] for name in ("ce_loss", "grad_func", "sgd_momentum", "adam")}
    notebook = with_outputs(course, **outputs)
    for cell in notebook["cells"]:
        if cell["id"] in ("ce_loss", "grad_func"):
            cell["source"] = (
                cell["source"].replace("'right'", "'wrong'")
                if isinstance(cell["source"], str)
                else [line.replace("'right'", "'wrong'") for line in cell["source"]]
            )
        if cell["id"] == "test_grad_func":
            cell["source"] = "undefined_name"
    course.hand_in("ann", notebook)
    assert course.autograde() == 0
    assert course.scores("ann") == ALL | {"test_ce_loss": 0.0, "test_grad_func": 0.0}
    assert "As handed in" not in json.dumps(course.graded("ann"))


def test_they_are_no_part_of_what_is_judged(course: Course) -> None:
    course.hand_in("ann", with_outputs(course, train=[picture()]))
    course.hand_in("bob", with_outputs(course, train=[picture(OTHER)]))
    assert course.autograde() == 0
    records = list((course.root / ".autograder" / "evidence").rglob("*.json*"))
    assert PNG not in "".join(path.read_text(encoding="latin-1") for path in records)
    assert course.graded("ann").cells != course.graded("bob").cells
    assert course.run(AutogradeApp, "--force") == 0
    assert not any(path.name.startswith("handed-in") for path in (course.root / ".autograder").iterdir())


def test_they_are_harmless(course: Course) -> None:
    evil = "<script>alert(1)</script><b onclick='x()'>bold</b>"
    outputs = [
        picture('"><script>alert(2)</script>'),
        picture(PNG, **{"text/html": evil, "application/javascript": "alert(3)"}),
        {
            "output_type": "display_data",
            "data": {"text/html": evil},
            "metadata": {"image/png": {"width": "1 onload=x"}},
        },
        {"output_type": "no such type", "data": {}},
        "no output",
        {"output_type": "stream", "name": "elsewhere", "text": 7},
        {"output_type": "error", "ename": 1, "evalue": None, "traceback": "x"},
    ]
    course.hand_in("ann", with_outputs(course, train=outputs))
    assert course.autograde() == 0
    text = json.dumps(shown(course, "ann", "trained"))
    assert "script" not in text and "onclick" not in text and "onload" not in text
    assert "<b>bold</b>" in text and PNG in text


def test_they_are_kept_within_a_budget(course: Course) -> None:
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 3_000_000).decode()
    notebook = with_outputs(course, train=[picture(large), picture(), printed("y" * 1_000_000)])
    course.hand_in("ann", notebook)
    assert course.autograde() == 0
    outputs = shown(course, "ann", "trained")
    assert "1 output was too large" in outputs[0].text
    assert [output.get("data", {}).get("image/png") for output in outputs[1:2]] == [PNG]
    assert len(outputs[2].text) < 30_000
    assert len(json.dumps(course.graded("ann"))) < 200_000


def test_the_budget_of_a_notebook_is_used_up_once() -> None:
    keeper = Keeper()
    picture_of_1_mb = picture(base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 750_000).decode())
    kept = [keeper.keep([picture_of_1_mb]) for _ in range(20)]
    assert sum(len(cell) for cell in kept) == handed_in_outputs.NOTEBOOK // 1_000_100
    assert [cell.too_large for cell in kept][-1] == 1


def test_a_hundred_megabytes_of_outputs_cost_no_memory_and_little_time(course: Course) -> None:
    outputs = [printed("y" * 1_000_000) for _ in range(20)]
    course.hand_in("ann", with_outputs(course, train=outputs))
    start = time.monotonic()
    assert course.autograde() == 0
    assert time.monotonic() - start < 60
    assert (course.root / "autograded" / "ann" / "linear_mnist" / NOTEBOOK).stat().st_size < 1_000_000

"""Names: which cell should have defined one, and which are probably meant."""

import logging

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis import explain
from autograder.judge.diagnosis.diagnose import Diagnosis
from autograder.judge.evidence import CellResult, CellStatus, Outcome, TestResult
from autograder.judge.missing_names import what_became_of, why
from autograder.judge.suggestions import MOST, commas, not_among, there_are
from tests.judge.conftest import notebook

OK, ERROR, SKIPPED, LEFT_OUT, NOT_RUN = CellStatus
SOURCE = "import a\nimport b\nf = 1"


def raised(*lines, name="E", value="no"):
    """The output of a cell in whose lines something was raised."""
    trace = [[f"\x1b[31mE\x1b[0m  Traceback\nCell In[3], line {line}\n----> {line} x"] for line in lines]
    return tuple({"output_type": "error", "ename": name, "evalue": value, "traceback": text} for text in trace)


def said(*statuses, name="f", place=9, sources=None):
    cells = sources or ["f = 1"] * len(statuses)
    results = {i: CellResult(i, status, "it hung") for i, status in enumerate(statuses) if status}
    return why(name, notebook(*cells), results, place)


def test_the_nearest_cell_above_that_failed_is_to_blame():
    assert said(LEFT_OUT, NOT_RUN) == "cell 2 was not run: it hung"
    assert said(LEFT_OUT, OK) == "cell 1 was left out: it hung"
    assert said(OK, OK) == ""
    assert said(SKIPPED, OK) == ""
    assert said(SKIPPED, SKIPPED) == "cell 2 defines it, and is not run when grading"
    assert said(None, None) == ""  # not come to, and above


def test_cells_below_are_named_only_where_there_are_none_above():
    assert said(None, None, place=0) == "cell 2 defines it, below the place where this question is judged"
    assert said(LEFT_OUT, LEFT_OUT, place=1) == "cell 1 was left out: it hung"
    assert said(OK, LEFT_OUT, place=1) == ""
    assert said(LEFT_OUT, name="g") == ""
    assert said(LEFT_OUT, sources=["print(f)"]) == ""


def test_of_several_lines_that_failed_the_one_that_defines_the_name_is_told():
    cell = CellResult(2, ERROR, outputs=raised(1, 2, 3))
    assert what_became_of(cell, SOURCE, "b") == "cell 3 failed at `import b` (E: no)"
    assert what_became_of(cell, SOURCE, "f") == "cell 3 failed at `f = 1` (E: no)"
    assert what_became_of(cell, SOURCE, "z") == "cell 3 failed at `import a` (E: no)"


def test_a_line_that_is_not_known_is_not_told():
    for line in (0, 4):
        assert what_became_of(CellResult(0, ERROR, outputs=raised(line)), SOURCE) == "cell 1 failed (E: no)"
    assert what_became_of(CellResult(0, ERROR), SOURCE) == "cell 1 raised an exception"
    odd = ({"output_type": "error", "ename": "E", "evalue": "x" * 500, "traceback": 3},)
    assert len(what_became_of(CellResult(0, ERROR, outputs=odd), SOURCE)) < 230
    syntax = raised(9, name="SyntaxError", value="bad (123.py, line 2)")
    assert what_became_of(CellResult(0, ERROR, outputs=syntax), SOURCE) == "cell 1 failed (SyntaxError: bad (line 2))"


def test_names_that_were_probably_meant_and_all_there_are():
    assert not_among(["adam", "CE_loss"], "ce_los", "question") == (
        "there is no question called ce_los. Did you mean CE_loss? There are: adam, CE_loss."
    )
    assert there_are([], "a") == "There are none."
    assert there_are(["b", "b", "c"], "zzzz") == "There are: b, c."


def test_of_many_names_a_few_are_listed_and_how_many_there_are_besides():
    names = [f"name{i}" for i in range(MOST + 1)]
    few = ", ".join(names[:17])
    assert there_are(names, "qqqqqq", rest="see the list") == f"There are: {few} and 4 more: see the list."
    assert there_are(names[:MOST], "qqqqqq") == f"There are: {', '.join(names[:MOST])}."
    assert there_are(names, "qqqqqq", first=["z"]) == "There are: z and 20 more."
    assert there_are(names, "name20").startswith("Did you mean name20 or name")


def test_names_with_commas():
    assert commas("adam") == ""
    assert commas("adam, sgd,") == "Names are separated by spaces, without commas: --only adam sgd"


def a_test(outcome):
    return TestResult("t", "", outcome, 0.0, 1.0)


def test_a_diagnosis_stands_beside_what_failed_and_nowhere_else(monkeypatch):
    asked = []
    monkeypatch.setattr(explain, "diagnose", lambda *given: asked.append(given) or Diagnosis("slug", "hint"))
    tests = [a_test(outcome) for outcome in Outcome]
    found = explain.explained(tests, "trial", Assignment.find("linear_mnist"), "adam")
    assert [test.diagnosis for test in found] == ["", "slug", ""] and found[1].hint == "hint"
    ((_, canonical, known, *_),) = asked
    assert "def adam_step" in canonical and {entry.question for entry in known} == {"adam"}


@pytest.mark.parametrize("found", [None, ValueError("broken")])
def test_without_a_diagnosis_everything_stays_as_it_is(monkeypatch, caplog, found):
    def diagnose(*_):
        if found:
            raise found

    monkeypatch.setattr(explain, "diagnose", diagnose)
    tests = [a_test(Outcome.FAILED)]
    with caplog.at_level(logging.ERROR):
        assert explain.explained(tests, "trial", Assignment.find("linear_mnist"), "adam") == tests
    assert ("no diagnosis for adam (ValueError: broken)" in caplog.text) == bool(found)

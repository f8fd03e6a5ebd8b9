"""One question's results as text and as HTML for the notebook, the feedback page and the formgrader.

The HTML carries its style with it (nbgrader's pages have their own style sheets) and is light, whatever theme is around
it. All that may be student-made is escaped, and MathJax is told to leave it alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from autograder.judge.evidence import Counterexample, Outcome, QuestionResult, TestResult, TrainingResult
from autograder.report.sandbox_warning import FOR_STUDENTS
from autograder.report.text import escaped, line, plain, points
from autograder.report.training_curves import picture_html, table_lines

_SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_JUDGED: "?"}
# What is right comes first; each group has its heading where there is more than one.
_HEADINGS = {
    Outcome.PASSED: "This is right:",
    Outcome.FAILED: "This is not right yet:",
    Outcome.NOT_JUDGED: "This could not be judged:",
}
_COLOURS = {Outcome.PASSED: "#1a7f37", Outcome.FAILED: "#cf222e", Outcome.NOT_JUDGED: "#9a6700"}
_IGNORE = 'class="tex2jax_ignore mathjax_ignore"'
_BOX = "font:14px/1.45 system-ui,sans-serif;color:#1f2328;background:#fff;border:1px solid #d0d7de;border-radius:6px;"
_CODE = "margin:2px 0 0;padding:0;border:0;background:none;color:#1f2328;font:12px/1.4 ui-monospace,monospace;"
# Words and numbers stay whole, as Bootstrap's pre does not leave them; what is too long for a line can be scrolled.
_CODE += "white-space:pre-wrap;word-break:normal;overflow-wrap:normal;overflow-x:auto;"
_HEAD = "display:flex;justify-content:space-between;gap:1em"  # what it is, and its points
_WHOLE = "white-space:nowrap"


def question_text(question: QuestionResult, sandbox: str) -> str:
    """Return the results as plain text, one test per paragraph."""
    lines = [f"{_SIGNS[question.outcome]} {line(question.question)}: {_points_line(question)}"]
    lines += [FOR_STUDENTS] if sandbox == "off" else []
    lines += [line(question.note)] if question.note else []
    for heading, tests in _right_first(question.tests):
        lines += [f"  {heading}"] if heading else []
        for test in tests:
            lines += _test_lines(test)
    lines += [f"  {line(text)}" for text in table_lines(question.training)] if question.training else []
    return "\n".join(lines)


def _test_lines(test: TestResult) -> Iterator[str]:
    yield f"  {_SIGNS[test.outcome]} {line(test.sentence)} ({_test_points(test)})"
    yield from (f"      {text}" for text in _message_lines(test))
    if test.counterexample:
        yield from (f"      {line(name):<10} {line(text)}" for name, text in _example_rows(test.counterexample))
    if test.hint:
        yield f"      Hint: {line(test.hint)}"


def question_html(question: QuestionResult, sandbox: str) -> str:
    """Return the results as one self-contained block of HTML."""
    colour = _COLOURS[question.outcome]
    head = (
        f'<div style="{_HEAD};padding:6px 12px;border-bottom:1px solid #d0d7de;background:#f6f8fa;'
        f'border-radius:6px 6px 0 0"><b style="color:{colour}">{_SIGNS[question.outcome]} '
        f'{escaped(question.question)}</b><b style="font-weight:600;{_WHOLE}">{_points_line(question)}</b></div>'
    )
    warning = _strip(FOR_STUDENTS, "#cf222e", "#ffebe9") if sandbox == "off" else ""
    note = _strip(question.note, "#59636e", "#fff") if question.note else ""
    tests = "".join(
        (_strip(heading, "#59636e", "#f6f8fa") if heading else "") + "".join(map(_test_html, tests))
        for heading, tests in _right_first(question.tests)
    )
    curves = _training_html(question.training) if question.training else ""
    return f'<div {_IGNORE} style="{_BOX}max-width:60em;margin:4px 0">{head}{warning}{note}{tests}{curves}</div>'


def _training_html(training: TrainingResult) -> str:
    text = "<br>".join(escaped(line(text)) for text in table_lines(training))
    return f'<div style="padding:5px 12px">{picture_html(training)}<div style="font-size:13px">{text}</div></div>'


def score_html(question: QuestionResult, score: float) -> str:
    """Return the line that stands for a cell's score."""
    text = f"Score: {points(score)} / {points(question.max_points)}"
    if question.max_bonus:
        text = f"Extra points: {points(question.bonus)} / {points(question.max_bonus)}"
    return f'<b style="font:14px system-ui,sans-serif;{_WHOLE}">{text}</b>'


def notes_html(notes: list[str], sandbox: str) -> str:
    """Return what is to be said about the notebook as a whole, as HTML for a markdown cell (no blank lines in it)."""
    shown = ([FOR_STUDENTS] if sandbox == "off" else []) + notes
    items = "".join(f"<li>{escaped(line(note))}</li>" for note in shown)
    title = "Notes from the grader"
    return (
        f'<div {_IGNORE} style="{_BOX}border-left:4px solid #9a6700;padding:6px 12px;max-width:60em">'
        f'<b>{title}</b><ul style="margin:4px 0 0;padding-left:1.4em">{items}</ul></div>'
    )


def _points_line(question: QuestionResult) -> str:
    if question.outcome is Outcome.NOT_JUDGED:
        return f"could not be judged (of {points(question.max_points or question.max_bonus)} points)"
    if question.max_bonus:
        return f"{points(question.bonus)} / {points(question.max_bonus)} extra points"
    return f"{points(question.points)} / {points(question.max_points)} points"


def _test_points(test: TestResult) -> str:
    if test.outcome is Outcome.NOT_JUDGED:
        return f"? / {points(test.max_points or test.max_bonus)}"
    return f"{points(test.points + test.bonus)} / {points(test.max_points or test.max_bonus)}"


def _right_first(tests: Sequence[TestResult]) -> list[tuple[str, list[TestResult]]]:
    """Return the tests by outcome, what is right first, each group with its heading; none for a group alone."""
    groups = {outcome: [test for test in tests if test.outcome is outcome] for outcome in _HEADINGS}
    shown = {outcome: list(_hint_once(found)) for outcome, found in groups.items() if found}
    return [(_HEADINGS[outcome] if len(shown) > 1 else "", found) for outcome, found in shown.items()]


def _hint_once(tests: Sequence[TestResult]) -> Iterator[TestResult]:
    """Leave each hint at the first test it stands with: one misconception fails many tests."""
    given: set[str] = set()
    for test in tests:
        yield dataclasses.replace(test, hint="") if test.hint in given else test
        given.add(test.hint)


def _message_lines(test: TestResult) -> list[str]:
    return plain(test.message).splitlines() if test.message else []


def _example_rows(example: Counterexample) -> list[tuple[str, str]]:
    return [*example.inputs, ("yours", example.yours), ("expected", example.expected)]


def _test_html(test: TestResult) -> str:
    sign = f'<b style="color:{_COLOURS[test.outcome]}">{_SIGNS[test.outcome]}</b>'
    points_of_test = f'<span style="color:#59636e;{_WHOLE}">{_test_points(test)}</span>'
    head = f'<div style="{_HEAD}"><div>{sign} {escaped(line(test.sentence))}</div>{points_of_test}</div>'
    body = f'<pre style="{_CODE}">{escaped(test.message)}</pre>' if test.message else ""
    body += _example_html(test.counterexample) if test.counterexample else ""
    if test.hint:
        body += f'<div style="margin-top:4px;padding:4px 8px;background:#ddf4ff">Hint: {escaped(line(test.hint))}</div>'
    inner = f'<div style="margin-left:1.4em">{body}</div>' if body else ""
    return f'<div style="padding:5px 12px;border-bottom:1px solid #eaeef2">{head}{inner}</div>'


def _example_html(example: Counterexample) -> str:
    cell = "padding:1px 10px 1px 0;border:0;text-align:left;vertical-align:top;background:none;"
    rows = "".join(
        f'<tr style="background:none"><td style="{cell}color:#59636e;white-space:nowrap">{escaped(line(name))}</td>'
        f'<td style="{cell}"><pre style="{_CODE}">{escaped(text)}</pre></td></tr>'
        for name, text in _example_rows(example)
    )
    table = f'<table style="margin:4px 0 0;border:0;border-collapse:collapse;font-size:13px">{rows}</table>'
    return f'<div style="overflow-x:auto">{table}</div>'


def _strip(text: str, colour: str, background: str) -> str:
    return f'<div style="padding:5px 12px;color:{colour};background:{background}">{escaped(line(text))}</div>'

"""Is a course plugged in? What nbgrader would do with a submission here, looked up before it does anything.

Without the step that judges, and the one that saves what was judged, nbgrader runs the student's code on this machine
and gives points for whatever a test cell prints. So these steps are all there, or nothing is graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.converters import Autograde
from nbgrader.preprocessors import SaveAutoGrades
from traitlets.config import Config

from autograder.course.feedback.feedback_totals import SCORE_FILTERS, HonestGrades
from autograder.course.notebooks.safe_display import SAFE_FILTERS
from autograder.course.steps.exporter import CourseExporter
from autograder.course.steps.judging_step import Judge
from autograder.course.steps.save_scores import SaveJudgedGrades

PLUG_IN = (
    "let nbgrader_config.py have `from autograder.course.install import install` and `install(c)`, as the project's "
    "own does, and after that nothing that replaces these settings"
)
PAGE = [
    "autograder.course.feedback.safe_page.SafePage",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
EXPORT = "autograder.course.gradebook.csv_export.HonestCsvExportPlugin"


def gaps_in_grading(converter: Autograde) -> list[str]:
    """Return what keeps submissions from being judged, a clause each; nothing where all is well."""
    try:
        sanitising = _made(converter, converter.sanitize_preprocessors)
        grading = _made(converter, converter.autograde_preprocessors)
    except Exception as error:  # whatever a course's own step, or its name, comes to
        return [f"a step of nbgrader's can't be made ({type(error).__name__}: {error})"]
    return [*_missing(grading), *_harmful([*sanitising, *grading])]


def gaps_in_the_rest(config: Config) -> list[str]:
    """Return what keeps feedback, formgrader and export from telling what was judged, a clause each."""
    found = []
    feedback = [_name(step) for step in config.GenerateFeedback.get("preprocessors", [])]
    if _name(HonestGrades) not in feedback:
        found.append("feedback (c.GenerateFeedback.preprocessors) shows a zero where nothing could be judged")
    filters = dict(config.HTMLExporter.get("filters", {}))
    if any(filters.get(name) != value for name, value in (SAFE_FILTERS | SCORE_FILTERS).items()):
        found.append("feedback and formgrader (c.HTMLExporter.filters) run the scripts in students' texts")
    if [_name(step) for step in config.HTMLExporter.get("preprocessors", [])][: len(PAGE)] != PAGE:
        found.append("feedback and formgrader (c.HTMLExporter.preprocessors) run the scripts in students' outputs")
    if _name(config.ExportApp.get("plugin_class", "")) != EXPORT:
        found.append("export (c.ExportApp.plugin_class) writes a zero where nothing could be judged")
    return found


def _made(converter: Autograde, steps: Sequence[Any]) -> list[Any]:
    """Return the steps that will do something, as nbgrader makes them."""
    make: Any = CourseExporter
    exporter = make(parent=converter, config=converter.config)
    exporter._preprocessors = []
    for step in steps:
        exporter.register_preprocessor(step)
    return [step for step in exporter._preprocessors if getattr(step, "enabled", True)]


def _missing(steps: list[Any]) -> list[str]:
    judging = [i for i, step in enumerate(steps) if isinstance(step, Judge)]
    saving = [i for i, step in enumerate(steps) if isinstance(step, SaveJudgedGrades)]
    found = []
    for places, cls in ((judging, Judge), (saving, SaveJudgedGrades)):
        if len(places) != 1:
            how = "is missing or off" if not places else f"is there {len(places)} times"
            found.append(f"the step {_name(cls)} {how}")
    if judging and saving and max(judging) > min(saving):
        found.append("grades would be saved before anything is judged")
    return found


def _harmful(steps: list[Any]) -> list[str]:
    found = [
        f"the step {_name(type(step))} would run students' code outside of the sandbox"
        for step in steps
        if isinstance(step, ExecutePreprocessor)
    ]
    found += [
        f"the step {_name(type(step))} would save points that nobody has judged"
        for step in steps
        if isinstance(step, SaveAutoGrades) and not isinstance(step, SaveJudgedGrades)
    ]
    return found


def _name(step: Any) -> str:
    return f"{step.__module__}.{step.__qualname__}" if isinstance(step, type) else str(step)

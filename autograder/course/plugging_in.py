"""Our steps and converters in nbgrader's places."""

from __future__ import annotations

import os
import shutil
import sysconfig
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.apps.generateassignmentapp
import nbgrader.apps.generatefeedbackapp
import nbgrader.converters
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.course.autograde_command import JudgedAutograde
from autograder.course.feedback.feedback_command import CourseFeedback
from autograder.course.feedback.feedback_totals import SCORE_FILTERS
from autograder.course.intake.submission_time import TIMESTAMP, read_timestamp
from autograder.course.notebooks.safe_display import SAFE_FILTERS
from autograder.course.plug_in_check import EXPORT, PAGE
from autograder.course.release.generate_command import STUB, CarefulGenerateAssignment
from autograder.terminal import never_fail

SANITIZE = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "autograder.course.steps.overwriting_cells.QuietOverwriteCells",
    "autograder.course.steps.overwriting_cells.CheckCellMetadataOnce",
]
AUTOGRADE = [
    "autograder.course.steps.judging_step.Judge",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.course.steps.save_scores.SaveJudgedGrades",
    "autograder.course.gradebook.late_penalties.NotedLatePenalties",
    "autograder.course.steps.overwriting_cells.CheckCellMetadataOnce",
]
FEEDBACK = ["autograder.course.feedback.feedback_totals.HonestGrades"]


def plug_in(c: Config) -> None:
    """Do what ``install`` promises."""
    c.Autograde.sanitize_preprocessors = list(SANITIZE)
    c.Autograde.autograde_preprocessors = list(AUTOGRADE)
    c.ClearSolutions.code_stub = dict(STUB)
    c.ExportApp.plugin_class = EXPORT
    # What students made may hold scripts; nbgrader's pages show it as it is, whatever sanitize_html says.
    c.HTMLExporter.filters = SAFE_FILTERS | SCORE_FILTERS
    c.HTMLExporter.default_preprocessors = []  # one of them takes hours for a line of a student's
    c.HTMLExporter.preprocessors = list(PAGE)
    # Cells have no numbers here, and headings no use for a sign to link to them by.
    c.HTMLExporter.exclude_input_prompt = c.HTMLExporter.exclude_output_prompt = True
    c.GenerateFeedback.preprocessors = list(FEEDBACK)
    # Harmless, one per new student: nbgrader adds grades to a session that doesn't know their submission yet.
    warnings.filterwarnings("ignore", message="Object of type .* not in session", category=SAWarning)
    never_fail()
    _let_nbgrader_find_alembic()
    _take_nbgraders_place()


def _let_nbgrader_find_alembic() -> None:
    """Put this environment's scripts on the path: nbgrader makes a new gradebook by running the command `alembic`.

    It isn't there when nbgrader is started by its full name, without activating the environment.
    """
    if shutil.which("alembic") is None:
        os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])


def _take_nbgraders_place() -> None:
    """Let nbgrader's command line and formgrader use our converters.

    AutogradeApp.start and NbGraderAPI.autograde name the class in the code; there is no option or entry point for
    another one. Both look the name up in their module when called, so that is where ours goes. The same holds for
    generate_assignment.
    """
    nbgrader.apps.autogradeapp.Autograde = JudgedAutograde
    nbgrader.apps.api.Autograde = JudgedAutograde
    nbgrader.apps.generatefeedbackapp.GenerateFeedback = CourseFeedback
    nbgrader.apps.api.GenerateFeedback = CourseFeedback
    nbgrader.converters.Autograde = JudgedAutograde  # for programs that look it up from now on
    nbgrader.apps.generateassignmentapp.GenerateAssignment = CarefulGenerateAssignment
    nbgrader.apps.api.GenerateAssignment = CarefulGenerateAssignment
    nbgrader.apps.api.NbGraderAPI.get_submitted_timestamp = _get_submitted_timestamp


def _get_submitted_timestamp(self: Any, assignment_id: str, student_id: str) -> datetime | None:
    """Return the time of submission, None if there is none that can be read.

    nbgrader's own raises on a bad one, and with it goes the formgrader's list of all students.
    """
    course = self.coursedir
    path = Path(course.format_path(course.submitted_directory, student_id, assignment_id), TIMESTAMP)
    try:
        return read_timestamp(path) if path.exists() else None
    except ValueError:
        return None

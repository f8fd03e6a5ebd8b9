"""In place of nbgrader's Execute: the notebook is judged, and what was found is pasted into its cells."""

from __future__ import annotations

import dataclasses
import traceback
from dataclasses import dataclass
from typing import Any, cast

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.feedback.pasted_results import paste
from autograder.course.gradebook.run_state import Run
from autograder.course.gradebook.verdicts import Verdict, evidence_without_judging, verdicts
from autograder.course.intake import handed_in_outputs
from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.course.intake.student_tasks import task_of
from autograder.course.intake.submission_intake import NOTHING, State
from autograder.grading.class_run import ClassRun
from autograder.grading.data_sets import NOT_AT_HAND
from autograder.grading.judging_task import GRADE_AGAIN, Task
from autograder.judge.evidence import Evidence, Outcome
from autograder.report.text import capitalised, one_line
from autograder.report.trouble_line import not_judged, what_was_lost, what_went_wrong


@dataclass(frozen=True)
class Judged:
    """What the steps after judging need to know of a notebook; travels in ``resources["autograder"]``."""

    verdicts: dict[str, Verdict]  # by grade_id of the test cell
    state: State
    fault: str  # what kept the grader from judging, or ""
    trouble: str  # what the judge found wrong, in one line; notes have been logged before


class Judge(NbGraderPreprocessor):  # type: ignore[misc]
    """Judge a sanitised notebook and paste the evidence into it.

    An exception of the judge's never ends the run and never counts as a result: all questions could not be judged then,
    with the reason in the notebook.
    """

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Fill the outputs of ``notebook`` and put a Judged into ``resources["autograder"]``."""
        facts = notebook.metadata[METADATA_KEY]
        evidence, fault = self._evidence(notebook, resources)
        self._log_details(evidence)
        found = verdicts(notebook, evidence)
        questions = tuple(verdict.question for verdict in found.values())
        whole = dataclasses.replace(evidence, questions=questions, notes=())
        notes = [*facts.notes, *evidence.notes, *map(NOT_AT_HAND.format, evidence.missing_data)]
        trouble = what_went_wrong(whole)
        if not fault and facts.state == State.READABLE and any(verdict.score is None for verdict in found.values()):
            fault = trouble
        paste(notebook, evidence, found, notes, self._handed_in(resources))
        scores = [[v.question.question, v.points, v.question.max_points] for v in found.values()]
        facts.update(self._what_it_follows_from(resources), **_given(found))
        told = what_was_lost(whole, facts.time_notes)
        unjudged = not_judged(whole)
        facts["unjudged"] = dataclasses.asdict(unjudged) if unjudged else {}
        facts.update(trouble=told, fault=fault, scores=scores, notes=notes, sandbox=evidence.sandbox)
        self._log_notes(evidence.notes, resources)
        resources["autograder"] = Judged(found, State(facts.state), fault, trouble)
        return notebook, resources

    def _what_it_follows_from(self, resources: Any) -> dict[str, Any]:
        """Return the facts by which a later run tells whether this is still what the grade would be."""
        run = self._course_run()
        if run is None:
            return {}
        basis = dataclasses.asdict(run.basis) if run.basis is not None else {}
        return {"judged_by": basis, "handed_out": run.handed_out.get(f"{resources['nbgrader']['notebook']}.ipynb", "")}

    def _log_notes(self, notes: tuple[str, ...], resources: Any) -> None:
        """Log what the judge noted of this notebook; of missing data, the same for all, the log has been told once."""
        names = resources["nbgrader"]
        for note in notes:
            self.log.warning("%s: %s.ipynb: %s", one_line(names["student"]), names["notebook"], one_line(note, 400))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._told: set[str] = set()  # details that the log has: where one student meets a fault, all do

    def _log_details(self, evidence: Evidence) -> None:
        """Tell the instructor what broke: tracebacks go to the log, never into the notebook a student gets back."""
        for question in evidence.questions:
            for test in question.tests:
                if test.outcome is Outcome.NOT_JUDGED and test.details and test.details not in self._told:
                    self._told.add(test.details)
                    self.log.error("%s could not be judged:\n%s", test.name, test.details)

    def _evidence(self, notebook: NotebookNode, resources: Any) -> tuple[Evidence, str]:
        """Return the evidence, and what kept the grader from judging ("" if nothing did)."""
        facts = notebook.metadata[METADATA_KEY]
        assignment = resources["nbgrader"]["assignment"]
        sentence = "A notebook was handed in."
        if facts.state == State.NOTHING:
            message = f"{capitalised(NOTHING)}."
            return evidence_without_judging(notebook, assignment, Outcome.FAILED, sentence, message), ""
        if facts.state == State.UNREADABLE:
            problem = f"{capitalised(facts.problem)}."
            return evidence_without_judging(notebook, assignment, Outcome.NOT_JUDGED, sentence, problem), ""
        try:
            evidence = self._run().evidence(self._task(notebook, resources))
        except Exception as error:  # whatever it is, it is the grader's, and this student's alone
            self.log.error("The judge failed:\n%s", traceback.format_exc())
            fault = f"the grader failed ({type(error).__name__}: {one_line(error)})"
            message = f"{capitalised(fault)}. {GRADE_AGAIN}"
            return evidence_without_judging(notebook, assignment, Outcome.NOT_JUDGED, "The grader ran.", message), fault
        return evidence, ""

    def _task(self, notebook: NotebookNode, resources: Any) -> Task:
        names, run = resources["nbgrader"], self._course_run()
        assert run is not None
        folder = run.folders.staged(names["student"])  # not all of it lies beside the graded notebook
        return task_of(notebook, names["student"], self._run().assignment, names["notebook"], folder, run.given)

    def _handed_in(self, resources: Any) -> handed_in_outputs.ByCell:
        run, names = self._course_run(), resources["nbgrader"]
        if run is None or run.handed_in is None:
            return {}
        return handed_in_outputs.read(run.handed_in, names["student"], names["notebook"])

    def _run(self) -> ClassRun:
        """Return the class's run: this step's parent is nbconvert's exporter, whose parent is the converter."""
        run = self._course_run()
        if run is None or run.judging is None:
            raise RuntimeError("this step works inside `nbgrader autograde` as autograder.course.install sets it up")
        return run.judging

    def _course_run(self) -> Run | None:
        return cast("Run | None", getattr(getattr(self.parent, "parent", None), "course_run", None))


def _given(found: dict[str, Verdict]) -> dict[str, Any]:
    """Return what the judge gives to cells, by grade_id: to be found in the gradebook, and to be taken back."""
    bonuses = {name: verdict.bonus for name, verdict in found.items() if verdict.question.max_bonus}
    answered = [verdict.question for verdict in found.values() if not verdict.question.note]
    tests = {test.name: test.outcome.value for question in answered for test in question.tests}
    return {"cells": {name: verdict.score for name, verdict in found.items()}, "bonuses": bonuses, "tests": tests}

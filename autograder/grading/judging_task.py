"""One submission to be judged, as plain data: it can be judged in any process on any machine."""

from __future__ import annotations

import importlib
import io
import tarfile
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograder.grading.settings import Grading, run_folder
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult
from autograder.judge.notebook import Notebook

GRADE_AGAIN = "Look at the log, mend what is broken and grade this student again."


@dataclass(frozen=True)
class Task:
    """What a worker needs to judge a submission."""

    student: str  # or what the answer is called: for messages and records
    assignment: str
    notebook: str  # the sanitised notebook: nbformat 4 JSON
    files: bytes = b""  # tar archive of the student's other files
    title: str = ""  # of the notebook: its file's name without the suffix
    questions: tuple[str, ...] = ()  # to be judged; none: all
    key: str = ""  # of the record to be
    folder: str = ""  # of the assignment, where it is a course's own; "": it comes with autograder
    digest: str = ""  # of the assignment's files; "": any

    @classmethod
    def of(
        cls,
        assignment: Assignment,
        student: str,
        notebook: str,
        files: bytes = b"",
        title: str = "",
        questions: tuple[str, ...] = (),
    ) -> Task:
        """Return a task that says by which files it is judged."""
        folder = "" if assignment.installed else str(assignment.folder)
        return cls(student, assignment.name, notebook, files, title, questions, folder=folder, digest=assignment.digest)


def prepare(config: Config) -> None:
    """Have ready in this process what takes seconds. Raises CannotJudge where nothing at all can be judged.

    That is asked of the judge's own module: its function ``ready(config)``, if it has one.
    """
    if hasattr(module := _judge(config), "ready"):
        module.ready(config)


def expect(assignment: Assignment, config: Config) -> None:
    """Have begun in this process what judging an assignment begins with; nothing waits for it.

    That is asked of the judge's own module: its function ``expect(assignment, config)``, if it has one.
    """
    if hasattr(module := _judge(config), "expect"):
        module.expect(assignment, config)


def _judge(config: Config) -> ModuleType:
    return importlib.import_module(Grading(config=config).judge.rpartition(".")[0])


def judge_task(task: Task, config: Config) -> Evidence:
    """Judge in this process. Whatever goes wrong, there is evidence: what the grader breaks could not be judged."""
    node = notebook_of(task)
    try:
        judge: Callable[..., Evidence] = import_item(Grading(config=config).judge)
        place = run_folder(config)
        with tempfile.TemporaryDirectory(prefix="autograder-files-", dir=place, ignore_cleanup_errors=True) as folder:
            unpack(task.files, Path(folder))
            wanted = frozenset(task.questions) or None
            evidence = judge(node, assignment_of(task), Path(folder), config, questions=wanted)
        if not isinstance(evidence, Evidence):
            raise TypeError(f"the judge returned {type(evidence).__name__}, not evidence")
    except (Exception, SystemExit, CannotJudge) as error:  # one judge's fault is not the class's
        reason = f"The grader failed ({type(error).__name__}: {str(error)[:200]}). {GRADE_AGAIN}"
        return could_not_judge(task, reason, traceback.format_exc())
    return evidence


def assignment_of(task: Task) -> Assignment:
    """Return the task's assignment. Raises CannotJudge where this machine has no such folder, or other files in it."""
    if task.folder and not Path(task.folder).is_dir():
        raise CannotJudge(f"there is no folder {task.folder} on this machine: all that judge need it at the same place")
    found = Assignment.at(Path(task.folder)) if task.folder else Assignment.find(task.assignment)
    if task.digest not in ("", found.digest):
        raise CannotJudge(f"{found.folder} holds other files here, or has changed since grading began: grade again")
    return found


def could_not_judge(task: Task, reason: str, details: str) -> Evidence:
    """Return evidence that says of each question that it could not be judged; ``details`` is for the instructor."""
    cells = Notebook(notebook_of(task)).test_cells
    questions = []
    for name, cell in cells.items():
        if not task.questions or name in task.questions:
            test = TestResult(
                cell.grade_id, "The grader ran.", Outcome.NOT_JUDGED, 0.0, cell.points, reason, details=details
            )
            questions.append(QuestionResult(name, cell.grade_id, cell.points, (test,)))
    return Evidence(task.assignment, tuple(questions), ())


def notebook_of(task: Task) -> NotebookNode:
    """Return the task's notebook as a node."""
    node: NotebookNode = nbformat.v4.reads(task.notebook)  # joins lines, validates nothing
    return node


def pack(files: Mapping[str, Path]) -> bytes:
    """Return a tar archive of files, by their names in it; b"" for none."""
    if not files:
        return b""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, path in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                tar.addfile(entry, content)
    return archive.getvalue()


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack an archive made by ``pack``."""
    if archive:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")

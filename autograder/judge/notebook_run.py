"""Runs a notebook's cells in order, up to where a question is judged, and again without a cell that did harm."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traitlets.config import Config

from autograder.judge import missing_names, submission_budget
from autograder.judge.connection import Copy
from autograder.judge.defined_names import bound_names, has_another_use
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import CellResult, CellStatus
from autograder.judge.notebook import Notebook
from autograder.judge.settings import NotebookJudge
from autograder.judge.stopwatch import StalledError
from autograder.judge.student_fixture import VANISHED
from autograder.judge.student_kernel import CellLost, CellRun, Kernel
from autograder.judge.submission_budget import BudgetUsedUp

RAN = (CellStatus.OK, CellStatus.ERROR)
_NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")  # nothing of the cell has been run
_USED_UP = "the time for all of the notebook was used up"
_START = 2.0  # seconds for the start of a kernel that count as the submission's
_IN_ITS_PLACE = "what was handed out for this cell was run in its place"


class NotebookRun:
    """One notebook being run: at most one kernel at a time, forked afresh whenever a cell or a test has killed it."""

    def __init__(self, notebook: Notebook, student_files: Path, limits: NotebookJudge, config: Config):
        self.notebook = notebook
        self.results: dict[int, CellResult] = {}
        self.sandbox = "namespaces"
        self.left_out: tuple[str, ...] = ()  # files of the student's that the kernel didn't get, and why
        self._files, self._limits, self._config = student_files, limits, config
        self._steps = [i for i in notebook.code if i not in {cell.index for cell in notebook.test_cells.values()}]
        self._too_many = frozenset([i for i in self._steps if notebook.code[i].strip()][limits.cells :])
        self._kernel: Kernel | None = None
        self._done = 0  # how many of the steps the present kernel has behind it
        self._careful = False  # whether to ask after every cell if the kernel still answers
        self._suspects: list[int] = []  # cells that were left out, and may be innocent
        self._stopping: set[int] = set()  # cells that do harm below a line that raises: they end there
        self._harmful: set[int] = set()  # cells of which what was handed out is not run either
        self._seconds = 0.0  # of the kernels' own
        self._output = 0  # bytes of what was kept
        self.doubtful = False  # whether somebody else may have ended a kernel, or kept it from getting on

    def copy_at(self, question: str) -> Copy:
        """Return a fresh copy of the kernel as it is when the notebook has run down to the question's test cell."""
        test_cell = self.notebook.test_cells.get(question)
        stop = sum(1 for i in self._steps if i < test_cell.index) if test_cell else len(self._steps)
        for _ in range(2):
            kernel = self._run_to(stop)
            try:
                with self._noticing_stalls():
                    return kernel.copy(self._limits.call_timeout)
            except (ConnectionError, TimeoutError):
                self._start_over()  # a test has ended it, or a cell keeps it from answering: find out which
        raise CannotJudge("the student kernel does not answer between two cells; look at the notebook by hand")

    def recorded(self) -> tuple[CellResult, ...]:
        """Return what became of the cells that were come to, in their order."""
        return tuple(self._told(self.results[index]) for index in sorted(self.results))

    def _told(self, result: CellResult) -> CellResult:
        """Say of a cell that it was run as it was handed out."""
        if not self._stands_in(result.index):
            return result
        if result.status is CellStatus.LEFT_OUT:
            return dataclasses.replace(result, reason=f"{result.reason}; {_IN_ITS_PLACE}")
        text = f"{_IN_ITS_PLACE.capitalize()}.\n"
        return dataclasses.replace(
            result, outputs=(*result.outputs, {"output_type": "stream", "name": "stderr", "text": text})
        )

    def why_missing(self, name: str, question: str) -> str:
        """Say why a function or a name it uses is not defined where a question is judged, or "" if that isn't known."""
        test_cell = self.notebook.test_cells.get(question)
        place = test_cell.index if test_cell else len(self.notebook.code)
        return self._fault_with(name, question) or missing_names.why(name, self.notebook, self.results, place)

    def _fault_with(self, name: str, question: str) -> str:
        """Say what went wrong in a question's own cell, unless only a line failed that has nothing to do with it."""
        index = self.notebook.answer_cells.get(question, -1)
        failed_partly = index in self.results and self.results[index].status is CellStatus.ERROR
        source = self.notebook.code.get(index, "")
        if failed_partly and not has_another_use(source) and name not in bound_names(source):
            return ""
        return self.fault_of_answer(question)

    def fault_of_answer(self, question: str) -> str:
        """Say what went wrong in the cell that holds a question's answer, or ""."""
        result = self.results.get(self.notebook.answer_cells.get(question, -1))
        if result is None or result.status in (CellStatus.OK, CellStatus.SKIPPED):
            return ""
        raised = next((output for output in result.outputs if output["output_type"] == "error"), None)
        if raised is not None:
            value = re.sub(r"\(\d+\.py, (line \d+)\)$", r"(\1)", str(raised["evalue"]))  # ipykernel's name for the cell
            return " ".join(f"the cell of this question raised {raised['ename']}: {value}".split())[:300]
        if result.status is CellStatus.ERROR:  # IPython itself refused it: an unknown magic
            return "the cell of this question failed before a line of it was run"
        return f"the cell of this question was {result.status.value}: {result.reason}"

    def finish(self) -> None:
        """Run the cells after the last question."""
        try:
            self._run_to(len(self._steps))
        except BudgetUsedUp:
            for index in self._steps:
                self.results.setdefault(index, CellResult(index, CellStatus.NOT_RUN, _USED_UP))

    def close(self) -> None:
        """End the kernel, if there is one. Its end is waited for only if it has a GPU, which the next one may need."""
        self._drop_kernel(wait=bool(self._config.get("StudentProvisioner", {}).get("gpu")))

    def _run_to(self, stop: int) -> Kernel:
        """Run the steps before ``stop`` that are still to be run; return the kernel, a fresh one if need be."""
        kernel = self._living_kernel()
        while self._done < stop:
            submission_budget.check()
            if self._step(kernel, self._steps[self._done]):
                self._done += 1
            else:
                self._start_over()
                kernel = self._living_kernel()
        return kernel

    def _step(self, kernel: Kernel, index: int) -> bool:
        """Run one cell; return whether the kernel is still of use."""
        try:
            with self._noticing_stalls():
                self._run_cell(kernel, index)
        except CellLost as lost:
            if kernel.handle.vanished:
                self._start_over()
                raise CannotJudge(VANISHED) from lost
            if lost.began or self._careful:
                self._blame(index, lost)
            return False
        ran = self.results[index].status in RAN or self._stands_in(index)
        if self._careful and ran and self.notebook.code[index].strip() and not self._answers(kernel):
            self._convict(index)
            return False
        return True

    def _stands_in(self, index: int) -> bool:
        """Whether what was handed out is run in place of what the student has made of it."""
        result = self.results[index]
        fails = result.status is CellStatus.LEFT_OUT or _is_no_python(result)
        return fails and index in self.notebook.handed_out and index not in self._harmful

    def _answers(self, kernel: Kernel) -> bool:
        with self._noticing_stalls():
            return kernel.answers()

    @contextmanager
    def _noticing_stalls(self) -> Iterator[None]:
        """Part with a kernel that does not get on: whatever is judged with the next one is in doubt."""
        try:
            yield
        except StalledError:
            self._start_over()
            self.doubtful = True
            raise

    def _run_cell(self, kernel: Kernel, index: int) -> None:
        known = self.results.get(index)
        left = self._limits.notebook_timeout - self._seconds
        if known and known.status in (CellStatus.LEFT_OUT, CellStatus.SKIPPED, CellStatus.NOT_RUN):
            if self._stands_in(index) and left > 0:
                self._run_handed_out(kernel, index, min(left, self._limits.cell_timeout))
            return
        if index in self._too_many:
            limit = f"a notebook may have {self._limits.cells} code cells"
            self.results[index] = CellResult(index, CellStatus.NOT_RUN, limit)
        elif index in self.notebook.skipped:
            self.results[index] = CellResult(index, CellStatus.SKIPPED)
        elif left <= 0:
            limit = f"the notebook's cells took more than {self._limits.notebook_timeout:g} s in all"
            self.results[index] = CellResult(index, CellStatus.NOT_RUN, limit)
        elif self.notebook.code[index].strip():
            self._execute(kernel, index, min(left, self._limits.cell_timeout))
        else:
            self.results[index] = CellResult(index, CellStatus.OK)

    def _execute(self, kernel: Kernel, index: int, timeout: float) -> None:
        run = self._timed(kernel, self.notebook.code[index], timeout, index in self._stopping)
        if index not in self.results:  # a replay changes nothing in what was recorded
            status = CellStatus.ERROR if run.raised else CellStatus.OK
            self.results[index] = CellResult(index, status, outputs=run.outputs)
            self._output += sum(len(str(output)) for output in run.outputs)
        if self._stands_in(index):
            self._run_handed_out(kernel, index, timeout)

    def _run_handed_out(self, kernel: Kernel, index: int, timeout: float) -> None:
        """Run what was handed out for a cell that can't be run as it was edited; not again if that does harm."""
        try:
            self._timed(kernel, self.notebook.handed_out[index], timeout)
        except CellLost:
            self._harmful.add(index)
            raise

    def _timed(self, kernel: Kernel, source: str, timeout: float, stop: bool = False) -> CellRun:
        room = (self._limits.notebook_output << 10) - self._output
        try:
            run = kernel.run(source, timeout, max(min(self._limits.output << 10, room), 1), stop)
        except CellLost as lost:
            self._seconds += lost.seconds
            raise
        self._seconds += run.seconds
        return run

    def _living_kernel(self) -> Kernel:
        if self._kernel is not None and not self._kernel.handle.alive():
            self._start_over()
        if self._kernel is None:
            submission_budget.check()
            with submission_budget.excused(beyond=_START):  # what all kernels are forked from may have to start first
                self._kernel, self._done = Kernel(self._files, self._config), 0
            self.sandbox = self._kernel.handle.sandbox
            self.left_out = tuple(self._kernel.handle.left_out)
        return self._kernel

    def _blame(self, index: int, lost: CellLost) -> None:
        """Blame a cell for the end of a kernel: the next run of the notebook goes without it.

        Where the harm was done below a line that raised, it goes without what stands below that line.
        """
        if index in self._harmful:
            return  # what was handed out has ended it: the next run goes without that
        if lost.raised and index not in self._stopping:
            self._stopping.add(index)
            self.results.pop(index, None)
        else:
            self.results[index] = CellResult(index, CellStatus.LEFT_OUT, str(lost))
            self._suspects.append(index)

    def _convict(self, index: int) -> None:
        """Leave out a cell after which the kernel did not answer; later cells that were blamed get another chance."""
        for suspect in [suspect for suspect in self._suspects if suspect > index]:
            self._suspects.remove(suspect)
            del self.results[suspect]
        if self._stands_in(index):
            self._harmful.add(index)
        elif self.results[index].status is CellStatus.ERROR and index not in self._stopping:
            self._stopping.add(index)
            del self.results[index]
        else:
            reason = "after it the kernel did not answer any more"
            self.results[index] = CellResult(index, CellStatus.LEFT_OUT, reason)

    def _start_over(self) -> None:
        """Part with the kernel. The next one is asked after every cell whether it still answers.

        A cell may do its harm later than it ends (a thread that ends the process, all processes used up): so a cell
        that was lost may not be the one to blame.
        """
        self._drop_kernel()
        self._careful = True

    def _drop_kernel(self, wait: bool = True) -> None:
        if self._kernel is not None:
            if wait:
                self._kernel.close()
            else:
                self._kernel.let_go()
            self.doubtful = self.doubtful or self._kernel.handle.killed or self._kernel.handle.vanished
            self._kernel = None


def _is_no_python(result: CellResult) -> bool:
    raised = (output for output in result.outputs if output["output_type"] == "error")
    return result.status is CellStatus.ERROR and str(next(raised, {}).get("ename")) in _NO_PYTHON

"""Runs a notebook's cells in order, up to where a question is judged, and again without a cell that did harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traitlets.config import Config

from autograder.judge.calls import Copy
from autograder.judge.cells import Notebook
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import CellResult, CellStatus
from autograder.judge.kernel import CellLost, Kernel
from autograder.judge.limits import NotebookJudge
from autograder.judge.stopwatch import StalledError
from autograder.judge.student import VANISHED

RAN = (CellStatus.OK, CellStatus.ERROR)


class NotebookRun:
    """One notebook being run: at most one kernel at a time, forked afresh whenever a cell or a test has killed it."""

    def __init__(self, notebook: Notebook, student_files: Path, limits: NotebookJudge, config: Config):
        self.notebook = notebook
        self.results: dict[int, CellResult] = {}
        self.sandbox = "namespaces"
        self.left_out: tuple[str, ...] = ()  # files of the student's that the kernel didn't get, and why
        self._files, self._limits, self._config = student_files, limits, config
        self._steps = [i for i in notebook.code if i not in {cell.index for cell in notebook.test_cells.values()}]
        self._kernel: Kernel | None = None
        self._done = 0  # how many of the steps the present kernel has behind it
        self._careful = False  # whether to ask after every cell if the kernel still answers
        self._suspects: list[int] = []  # cells that were left out, and may be innocent
        self._seconds = 0.0  # of the kernels' own
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

    def fault_of_answer(self, question: str) -> str:
        """Say what went wrong in the cell that holds a question's answer, or ""."""
        result = self.results.get(self.notebook.answer_cells.get(question, -1))
        if result is None or result.status in (CellStatus.OK, CellStatus.SKIPPED):
            return ""
        raised = next((output for output in result.outputs if output["output_type"] == "error"), None)
        if raised is not None:
            value = re.sub(r"\(\d+\.py, (line \d+)\)$", r"(\1)", str(raised["evalue"]))  # ipykernel's name for the cell
            return " ".join(f"the cell of this question raised {raised['ename']}: {value}".split())[:300]
        return f"the cell of this question was {result.status.value}: {result.reason}"

    def finish(self) -> None:
        """Run the cells after the last question."""
        self._run_to(len(self._steps))

    def close(self) -> None:
        """End the kernel, if there is one. Its end is waited for only if it has a GPU, which the next one may need."""
        self._drop_kernel(wait=bool(self._config.get("StudentProvisioner", {}).get("gpu")))

    def _run_to(self, stop: int) -> Kernel:
        """Run the steps before ``stop`` that are still to be run; return the kernel, a fresh one if need be."""
        kernel = self._living_kernel()
        while self._done < stop:
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
                self._leave_out(index, str(lost))
            return False
        if self._careful and self.results[index].status in RAN and not self._answers(kernel):
            self._convict(index)
            return False
        return True

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
        if known and known.status in (CellStatus.LEFT_OUT, CellStatus.SKIPPED, CellStatus.NOT_RUN):
            return
        left = self._limits.notebook_timeout - self._seconds
        if index in self.notebook.skipped:
            self.results[index] = CellResult(index, CellStatus.SKIPPED)
        elif left <= 0:
            limit = f"the notebook's cells took more than {self._limits.notebook_timeout:g} s in all"
            self.results[index] = CellResult(index, CellStatus.NOT_RUN, limit)
        elif self.notebook.code[index].strip():
            self._execute(kernel, index, min(left, self._limits.cell_timeout))
        else:
            self.results[index] = CellResult(index, CellStatus.OK)

    def _execute(self, kernel: Kernel, index: int, timeout: float) -> None:
        try:
            run = kernel.run(self.notebook.code[index], timeout, self._limits.output << 10)
        except CellLost as lost:
            self._seconds += lost.seconds
            raise
        self._seconds += run.seconds
        if index not in self.results:  # a replay changes nothing in what was recorded
            status = CellStatus.ERROR if run.raised else CellStatus.OK
            self.results[index] = CellResult(index, status, outputs=run.outputs)

    def _living_kernel(self) -> Kernel:
        if self._kernel is not None and not self._kernel.handle.alive():
            self._start_over()
        if self._kernel is None:
            self._kernel, self._done = Kernel(self._files, self._config), 0
            self.sandbox = self._kernel.handle.sandbox
            self.left_out = tuple(self._kernel.handle.left_out)
        return self._kernel

    def _leave_out(self, index: int, reason: str) -> None:
        """Blame a cell for the end of a kernel: the next run of the notebook goes without it."""
        self.results[index] = CellResult(index, CellStatus.LEFT_OUT, reason)
        self._suspects.append(index)

    def _convict(self, index: int) -> None:
        """Leave out a cell after which the kernel did not answer; later cells that were blamed get another chance."""
        for suspect in [suspect for suspect in self._suspects if suspect > index]:
            self._suspects.remove(suspect)
            del self.results[suspect]
        self.results[index] = CellResult(index, CellStatus.LEFT_OUT, "after it the kernel did not answer any more")

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

"""Small notebooks, and copies of a kernel that are threads of this process: no sandbox where none is tested."""

import os
import socket
import threading
from pathlib import Path

import nbformat
import pytest

from autograder.judge.notebook import Notebook
from autograder.kernels.process_activity import Activity
from autograder.student.call_server import serve


class ThreadCopy:
    """Answers calls like a forked copy of a student's kernel, from a thread."""

    def __init__(self, names):
        self.channel, other = socket.socketpair()
        self.killed = self.vanished = False
        self.pidfd = os.eventfd(1)  # readable
        self._other = other
        self._thread = threading.Thread(target=self._serve, args=(names,), daemon=True)
        self._thread.start()

    def _serve(self, names):
        with self._other:
            serve(self._other, names)

    def activity(self):
        """What the thread is doing; once it has ended, it waits for nothing but time."""
        try:
            task = Path(f"/proc/self/task/{self._thread.native_id}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return Activity(0.0, asleep=True, stopped=False)
        return Activity((int(task[11]) + int(task[12])) / 100, asleep=task[0] == "S", stopped=False)

    def go_on(self):
        raise AssertionError("a thread is never stopped")

    def kill(self):
        self.killed = True

    def death(self):
        return "it was killed by signal SIGSEGV (segmentation fault)"

    def close(self):
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
        self.channel.close()
        if not self.killed:
            self._thread.join()


@pytest.fixture
def copy_of():
    """Return a function: source of some cells → a copy that serves what they define."""
    copies = []

    def make(source):
        names = {}
        exec("import torch\nimport numpy as np\nimport torch.nn.functional as F\n" + source, names)
        copies.append(ThreadCopy(names))
        return copies[-1]

    yield make
    for copy in copies:
        copy.close()


def code(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def test_cell(question, points):
    mark = {"grade": True, "solution": False, "locked": True, "points": points, "schema_version": 3}
    return code("print('the visible check')", nbgrader={**mark, "grade_id": f"test_{question}"})


test_cell.__test__ = False


def notebook(*cells, **metadata):
    """Strings become code cells; (question, points) becomes a test cell."""
    made = [cell if not isinstance(cell, str | tuple) else None for cell in cells]
    for i, cell in enumerate(cells):
        if isinstance(cell, str):
            made[i] = code(cell)
        elif isinstance(cell, tuple):
            made[i] = test_cell(*cell)
    return Notebook(nbformat.v4.new_notebook(cells=made, metadata=metadata))

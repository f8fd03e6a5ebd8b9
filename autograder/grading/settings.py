"""How a class is graded, settable in ``nbgrader_config.py`` as ``c.Grading.<name>``."""

from __future__ import annotations

import os

from traitlets import Integer, Unicode
from traitlets.config import Configurable

JUDGE = "autograder.grading.submission.judge_submission"


class Grading(Configurable):
    """Where the judging is done and where its evidence is kept."""

    workers = Integer(0, min=0, help="Processes that judge side by side. 0: one per core.").tag(config=True)
    scheduler = Unicode("", help="Where to judge. Empty: in processes of this machine.").tag(config=True)
    store = Unicode(
        ".autograder/evidence", help="Folder of the evidence store; a relative one is in the course's folder."
    ).tag(config=True)
    judge = Unicode(
        JUDGE,
        help="Dotted name of the function that judges: judge(notebook, assignment, files, config, questions) -> "
        "Evidence. `questions` is None (all of them) or a frozenset of names.",
    ).tag(config=True)

    def processes(self) -> int:
        """Return how many processes are to judge side by side."""
        return int(self.workers) or cores()


def cores() -> int:
    """Return how many cores this process may use."""
    count = getattr(os, "process_cpu_count", None)  # from Python 3.13
    return int(count() or 1) if count else len(os.sched_getaffinity(0))

"""How long and how much: the judge's own limits, settable in ``nbgrader_config.py`` as ``c.NotebookJudge.<name>``.

Seconds are a process's own (``stopwatch``): those in which it computes or sleeps, not those it has to wait for a
processor.
"""

import os
from pathlib import Path

from traitlets import Bool, Float, Integer, Unicode
from traitlets.config import Config, Configurable


class NotebookJudge(Configurable):
    """Limits of judging one notebook. What a student may use up at once is set on ``StudentProvisioner``."""

    cell_timeout = Float(
        30.0,
        min=0.1,
        help="Seconds a cell may compute or sleep; one that takes longer is left out and the notebook replayed.",
    ).tag(config=True)
    notebook_timeout = Float(
        600.0,
        min=1.0,
        help="Seconds that all cells of a notebook may compute or sleep, replays included; later cells are not run.",
    ).tag(config=True)
    call_timeout = Float(10.0, min=0.1, help="Seconds that one call of a student's function may compute or sleep.").tag(
        config=True
    )
    test_timeout = Float(60.0, min=0.1, help="Seconds that all calls of one hidden test may compute or sleep.").tag(
        config=True
    )
    submission_timeout = Float(
        900.0,
        min=1.0,
        help="Seconds for all of a submission: cells, tests, training, kernels that start and end, and what the grader "
        "computes for it. What is not judged by then counts as failed.",
    ).tag(config=True)
    memory = Integer(
        2048,
        min=256,
        help="MiB by which a process that judges may grow over one submission; what comes then is failed.",
    ).tag(config=True)
    cells = Integer(500, min=1, help="Code cells of a notebook that are run, empty ones and test cells apart.").tag(
        config=True
    )
    output = Integer(1024, min=1, help="KiB of output kept of a cell; the rest is cut off.").tag(config=True)
    notebook_output = Integer(8192, min=1, help="KiB of output kept of all cells of a notebook.").tag(config=True)
    examples = Integer(25, min=1, help="Examples that Hypothesis tries in each hidden test.").tag(config=True)


class Training(Configurable):
    """How questions are judged that train, settable as ``c.Training.<name>``."""

    enabled = Bool(
        True,
        help="Whether this machine trains. If not, the questions that are judged by training could not be judged here: "
        "they are left to `autograder grade NAME --only convergence` on another machine with the same evidence store.",
    ).tag(config=True)
    device = Unicode(
        "auto", help='What students\' code trains on: "cpu", "cuda:0" and so on, or "auto": a GPU if there is one.'
    ).tag(config=True)
    budget = Float(
        60.0,
        min=1.0,
        help="Seconds of processor time (and sleep) for one training run; one that takes longer is judged by the epoch "
        "it has come to.",
    ).tag(config=True)
    per_device = Integer(4, min=1, help="Students that train on one GPU at the same time.").tag(config=True)


def data_folder(config: Config | None = None) -> Path:
    """Return the one folder for data sets: ``c.StudentProvisioner.data``, else AUTOGRADER_DATA, else the cache."""
    configured = (config or Config()).get("StudentProvisioner", {}).get("data", "")
    return Path(configured or os.environ.get("AUTOGRADER_DATA") or "~/.cache/autograder").expanduser()

"""How long and how much: the judge's own limits, settable in ``nbgrader_config.py`` as ``c.NotebookJudge.<name>``."""

from traitlets import Float, Integer
from traitlets.config import Configurable


class NotebookJudge(Configurable):
    """Limits of judging one notebook. What a student may use up at once is set on ``StudentProvisioner``."""

    cell_timeout = Float(
        30.0, min=0.1, help="Seconds a cell may run; one that runs longer is left out and the notebook replayed."
    ).tag(config=True)
    notebook_timeout = Float(
        600.0, min=1.0, help="Seconds for all cells of a notebook, replays included; later cells are not run."
    ).tag(config=True)
    call_timeout = Float(10.0, min=0.1, help="Seconds for one call of a student's function by a hidden test.").tag(
        config=True
    )
    test_timeout = Float(60.0, min=0.1, help="Seconds for all calls of a student's functions in one hidden test.").tag(
        config=True
    )
    output = Integer(1024, min=1, help="KiB of output kept of a cell; the rest is cut off.").tag(config=True)
    examples = Integer(25, min=1, help="Examples that Hypothesis tries in each hidden test.").tag(config=True)

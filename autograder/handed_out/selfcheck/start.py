"""Check your answers before you hand them in: a few small public checks for every function.

In a terminal::

    python selfcheck.py                  # checks the notebook beside this file
    python selfcheck.py my_notebook.ipynb

In the notebook::

    import selfcheck
    selfcheck.check(FUNCTION)                   # one question, found by the function's name
    selfcheck.check(my_function, "QUESTION")    # ... or named

The exit status is 0 when all checks pass (an optional question may be left out), 1 when not, 2 when the notebook can't
be read. In a terminal the notebook runs in a process of its own, so that nothing in it can end the check. The expected
values come from plain formulas and numbers below: read them! The hidden tests, which give the points, follow the same
rules and go further. Needs Python 3.9 or newer and torch, nothing else.
"""

from __future__ import annotations

import sys
import textwrap
import warnings
from pathlib import Path

HERE = Path(__file__).resolve()
PYTHON = Path(sys.executable or "python").stem  # what to type to get this Python


def without_torch(error: BaseException) -> str:
    """Return one sentence on why torch is not there, and what to do."""
    if HERE.with_name("torch.py").exists() or HERE.with_name("torch").exists():
        return "selfcheck.py can't find PyTorch, because a file or folder named torch lies beside it: rename that."
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        return f"selfcheck.py needs torch, which this Python does not have: run  {PYTHON} -m pip install torch"
    reason = textwrap.shorten(f"{type(error).__name__}: {error}", 160)
    return f"selfcheck.py needs torch, which can't be loaded here ({reason}): try  {PYTHON} -m pip install -U torch"


try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch without NumPy says so, and needs none here
        import torch  # noqa: F401
        from torch.overrides import TorchFunctionMode  # noqa: F401
except (ImportError, OSError) as error:
    if __name__ == "__main__":
        print(without_torch(error))
        sys.exit(1)
    raise ModuleNotFoundError(without_torch(error), name="torch") from None

CHECK_SECONDS = 10.0  # for the checks of one question
CELL_SECONDS = 30.0  # for one cell of the notebook

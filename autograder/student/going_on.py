"""Student side: a line of a cell that raises does not keep the lines below it from being run.

In Jupyter the rest of the cell would be lost, and with `from google.colab import drive` on top all imports. A statement
is run once at most.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Any

STOP = "autograder_stop"  # in a request's metadata: stop where the cell first raises, as Jupyter does
_MEANT = (SystemExit, KeyboardInterrupt)  # whoever raises these wants the cell to end


def attach(shell: Any) -> None:
    """Have the shell run its cells so."""
    run = shell.run_ast_nodes

    async def run_ast_nodes(
        nodelist: Sequence[Any],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> bool:
        if _must_stop(shell):
            return bool(await run(nodelist, cell_name, interactivity, compiler=compiler, result=result))
        raised, first = False, None
        for i, node in enumerate(nodelist):
            shows = interactivity if interactivity == "all" or i == len(nodelist) - 1 else "none"
            if await run([node], cell_name, shows, compiler=compiler, result=result):
                raised = True
                first = first or getattr(result, "error_in_exec", None)
                if isinstance(getattr(result, "error_in_exec", None), _MEANT):
                    break
                _send_what_was_shown()
        if first is not None:
            result.error_in_exec = first
        return raised

    shell.run_ast_nodes = run_ast_nodes


def _must_stop(shell: Any) -> bool:
    try:
        return bool(shell.kernel.get_parent()["metadata"].get(STOP))
    except (AttributeError, KeyError, TypeError):
        return False


def _send_what_was_shown() -> None:
    """Let the exception out before anything below it can end the process: it would look as if nothing had raised."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()

"""A line of a cell that raises does not keep the lines below it from being run.

In Jupyter the rest of the cell would be lost, and with `from google.colab import drive` on top all imports. A statement
is run once at most, but for imports and for a definition that could not be made (see statements.py).
"""

from __future__ import annotations

import ast
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from autograder.student import cell_statements

STOP = "autograder_stop"  # in a request's metadata: stop where the cell first raises, as Jupyter does
_AROUND = ("time", "capture", "prun")  # cell magics that would run the cell below them as one statement


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
        async def fails(node: ast.stmt, shows: str) -> bool:
            return bool(await run([node], cell_name, shows, compiler=compiler, result=result))

        if _must_stop(shell):
            return bool(await run(nodelist, cell_name, interactivity, compiler=compiler, result=result))
        start = time.perf_counter()
        nodes, timed = _out_of_magic(nodelist, shell.transform_cell)
        nodes = cell_statements.apart(nodes)
        raised, first = False, None
        for i, node in enumerate(nodes):
            shows = interactivity if interactivity == "all" or i == len(nodes) - 1 else "none"
            failed = await fails(node, shows)
            if failed:
                raised = True
                error = getattr(result, "error_in_exec", None)
                first = first or error
                _send_what_was_shown()
                if isinstance(error, KeyboardInterrupt):  # somebody has stopped the cell from outside
                    break
                if isinstance(error, NameError) and (plain := cell_statements.plainer(node, shell.user_ns)) is not None:
                    await fails(plain, "none")
            for left in cell_statements.imports_left(node, shell.user_ns, failed):
                await fails(left, "none")
        if first is not None:
            result.error_in_exec = first
        if timed:
            print(f"Wall time: {time.perf_counter() - start:.3g} s")
        return raised

    shell.run_ast_nodes = run_ast_nodes


def _out_of_magic(nodes: Sequence[Any], transform: Callable[[str], str]) -> tuple[Sequence[Any], bool]:
    """Return the statements below cell magics such as %%time, and whether their time is to be told."""
    timed, above = False, 0
    while (found := _cell_magic(nodes)) is not None:
        name, body = found
        above += 1
        try:
            tree = ast.parse(transform(body))
        except SyntaxError:  # the magic itself says so
            return nodes, timed
        timed = timed or name == "time"
        nodes = ast.increment_lineno(tree, above).body
    return nodes, timed


def _cell_magic(nodes: Sequence[Any]) -> tuple[str, str] | None:
    """Return the magic that is all of a cell, and the cell below it; None where it is another one, or none."""
    match nodes:
        case [
            ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="run_cell_magic"),
                    args=[ast.Constant(value=str(name)), ast.Constant(), ast.Constant(value=str(body))],
                )
            )
        ] if name in _AROUND:
            return name, body
    return None


def _must_stop(shell: Any) -> bool:
    try:
        return bool(shell.kernel.get_parent()["metadata"].get(STOP))
    except (AttributeError, KeyError, TypeError):
        return False


def _send_what_was_shown() -> None:
    """Let the exception out before anything below it can end the process: it would look as if nothing had raised."""
    with contextlib.suppress(Exception):
        sys.stdout.flush()

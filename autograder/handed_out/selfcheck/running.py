"""Running a notebook"""

from __future__ import annotations

import ast
import linecache
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autograder.handed_out.selfcheck.cells import plain_python, tested_question
from autograder.handed_out.selfcheck.judging import install, judge, undefined_name
from autograder.handed_out.selfcheck.notebook import QUESTIONS
from autograder.handed_out.selfcheck.questions import Question, Result
from autograder.handed_out.selfcheck.rules import in_time
from autograder.handed_out.selfcheck.start import CELL_SECONDS
from autograder.handed_out.selfcheck.student_lines import raised_at


class Silence:
    """Takes the place of get_ipython() and display: whatever is asked of it, nothing happens."""

    def __getattr__(self, name: str) -> Silence:
        """Answer every question with itself."""
        return self

    def __call__(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def notebook_names() -> dict[str, Any]:
    """Return the names a notebook starts with."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module  # where Python looks for classes the notebook defines
    module.__dict__.update(get_ipython=lambda: Silence(), display=Silence(), input=no_input)
    return module.__dict__


def no_input(prompt: object = "") -> str:
    """Stand in for input()."""
    raise EOFError("input() has nobody to ask here")


class Running:
    """A notebook being run: its names, the names whose import has failed, the cells that stopped, and notes."""

    def __init__(self) -> None:
        self.names = notebook_names()
        self.lost: dict[str, int] = {}  # name: the cell whose import of it has failed
        self.stopped: dict[int, str] = {}  # cell: its source
        self.notes: list[str] = []

    def run(self, index: int, source: str) -> None:
        """Run one cell; note where it fails."""
        file = f"<cell {index}>"
        text = plain_python(source)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        try:
            statements = [(one, compile(one, file, "exec")) for one in separate(text, file)]
            spares = any(imports(one.body[-1], "torch") for one, _ in statements)

            def steps() -> None:
                for one, code in statements:
                    self.step(index, code, one.body[-1], spares)

            in_time(steps, CELL_SECONDS)
        except TimeoutError as error:
            self.stop(index, source, f"ran for more than {CELL_SECONDS:g} s and was left out", str(error))
        except BaseException as error:
            reason, line = textwrap.shorten(f"{type(error).__name__}: {error}", 200), raised_at(error)
            says_it = len(str(error)) > 30 and str(error)[:30] in line  # raise Error("these very words")
            self.stop(index, source, f"stopped with {reason}", "" if says_it else line, install(error))

    def stop(self, index: int, source: str, what: str, line: str, advice: str = "") -> None:
        """Note that a cell has not run to its end."""
        self.stopped[index] = source
        line = line.replace(f"cell {index}, ", "", 1)
        self.notes.append(
            f"Cell {index} {what}{f' ({line})' if line else ''}." + (f" Hint: {advice}." if advice else "")
        )

    def step(self, index: int, code: Any, statement: ast.stmt, spares: bool) -> None:
        """Run one statement of a cell.

        An import that fails costs its own names, not the rest of the cell; so does any line beside the import of torch.
        """
        try:
            exec(code, self.names)
        except ImportError as error:
            if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                raise
            self.lost.update(dict.fromkeys(bound(statement), index))
            needs = install(error) or f"{type(error).__name__}: {error}"
            self.notes.append(f"Cell {index} goes on without {ast.unparse(statement)}: {needs}.")
        except Exception as error:
            if undefined_name(error) in self.lost:
                return  # the import has been noted
            if not spares:
                raise
            reason = textwrap.shorten(f"{type(error).__name__}: {error}", 160)
            line = raised_at(error).replace(f"cell {index}, ", "", 1)
            self.notes.append(f"Cell {index} goes on after an error: {reason} ({line}).")

    def answer_to(self, question: Question) -> tuple[Any, ...]:
        """Return the functions or classes that answer a question, as they are defined now."""
        return tuple(self.names.get(name) for name in question.names)

    def has_another(self, question: Question, tried: tuple[Any, ...]) -> bool:
        """Return whether something else answers a question now."""
        return any(one is not before for one, before in zip(self.answer_to(question), tried))  # noqa: B905

    def advice(self, name: str) -> str:
        """Return what is known about a name that isn't defined, or ""."""
        if name in self.lost:
            return f"the import of {name} has failed: see the note on cell {self.lost[name]}"
        defines = re.compile(rf"^\s*(def|class) {re.escape(name)}\b|^{re.escape(name)}\s*=", re.MULTILINE)
        found = next((index for index, source in self.stopped.items() if defines.search(source)), None)
        return f"cell {found}, which defines {name}, did not run to its end: see the note on it" if found else ""


def separate(text: str, file: str) -> list[ast.Module]:
    """Return a cell's statements as modules, one import in each, with what the cell imports from __future__."""
    body: list[ast.stmt] = []
    for one in ast.parse(text, file).body:
        parts = (
            [ast.copy_location(ast.Import([name]), one) for name in one.names] if isinstance(one, ast.Import) else [one]
        )
        body += parts
    future = [one for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    rest = [one for one in body if one not in future]
    if rest:
        compile(ast.Module([*future, *rest], []), file, "exec")  # raises SyntaxError for the cell as a whole
    return [ast.Module([*future, one], []) for one in rest]


def imports(statement: ast.stmt, module: str) -> bool:
    """Return whether a statement imports a module or something of it."""
    if isinstance(statement, ast.Import):
        return any(name.name.split(".")[0] == module for name in statement.names)
    return isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] == module


def bound(statement: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the names an import defines."""
    return [(name.asname or name.name).split(".")[0] for name in statement.names]


@dataclass
class Found:
    """What the check of a notebook has found."""

    results: list[Result]
    notes: list[str]


def run_cells(cells: list[dict[str, Any]], tell: Callable[[str], None] = lambda where: None) -> Found:
    """Run the code cells, check each question at its test cell; return the results and notes on failed cells.

    tell is called with each place in the notebook before it is run.
    """
    running = Running()
    results: dict[str, Result] = {}
    tried: dict[str, tuple[Any, ...]] = {}  # by question: what was checked
    by_cell = {one.tested_at or name: one for name, one in QUESTIONS.items()}

    def judged(question: Question) -> None:
        tell(f"{question.function}(...)")
        tried[question.name] = running.answer_to(question)
        results[question.name] = judge(question, tried[question.name], running.advice)

    for index, cell in enumerate(cells, start=1):
        tested = tested_question(cell)
        if cell.get("cell_type") != "code" or "skip-execution" in cell["metadata"].get("tags", []):
            continue
        if tested is None:
            tell(f"cell {index}")
            running.run(index, cell["source"])
        elif tested in by_cell:
            judged(by_cell[tested])
    for question in QUESTIONS.values():  # its test cell was deleted, or its stub left as it was: the end counts
        is_stub = question.name in results and results[question.name].state == "stub"
        if question.name not in results or (is_stub and running.has_another(question, tried[question.name])):
            judged(question)
    return Found([results[name] for name in QUESTIONS], running.notes)

"""What is wrong with the files of an assignment, a sentence each, found before anything is judged by them."""

from __future__ import annotations

import ast
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.judge.assignment.assignment import Assignment, BrokenAssignment
from autograder.judge.assignment.hidden_tests import question_lines
from autograder.judge.assignment.import_errors import at, why_not_imported
from autograder.judge.assignment.wanted_names import WANTED, wrong_names
from autograder.judge.diagnosis.registry import Misconception, RegistryError, RightAnswer

_ROUNDING = 1e-9  # between points that are the same


def check(assignment: Assignment, points: Mapping[str, float] | None = None) -> None:
    """Raise BrokenAssignment with what is wrong first.

    ``points``: what the notebook's test cells are worth, by question; None: not known.
    """
    for fault in faults(assignment, points):
        raise BrokenAssignment(fault)


def faults(assignment: Assignment, points: Mapping[str, float] | None = None) -> Iterator[str]:
    """Yield what is wrong, file and line first; what can't be asked since a file can't be read is left out."""
    unread = [fault for path in assignment.folder.glob("*.py") for fault in _not_read(path)]
    if unread:
        yield from unread
        return
    modules, broken = _imported(assignment)
    if broken:
        yield from broken
        return
    wrong = [fault for path, module in modules.items() for fault in wrong_names(path, module)]
    yield from wrong
    tests = [path for path in assignment.test_files if path in modules]
    for path in tests:
        yield from _tests(path, modules[path], assignment)
    if not wrong:
        yield from _registry(assignment)
        yield from _worth(assignment, {path: modules[path] for path in tests}, points or {})
    if assignment.thresholds_file.is_file():
        yield from _toml(assignment.thresholds_file)


def _not_read(path: Path) -> Iterator[str]:
    try:
        compile(path.read_bytes(), path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        yield why_not_imported(error, path)


def _imported(assignment: Assignment) -> tuple[dict[Path, ModuleType], list[str]]:
    """Return the files that judging may use, imported, and why others can't be."""
    found, broken = {}, []
    paths = [assignment.folder / f"{stem}.py" for stem in WANTED]
    for path in [*filter(Path.is_file, paths), *assignment.test_files]:
        try:
            found[path] = assignment.module(path.stem)
        except BrokenAssignment as error:
            broken.append(str(error))
    return found, list(dict.fromkeys(broken))


def _tests(path: Path, module: ModuleType, assignment: Assignment) -> Iterator[str]:
    """Yield what is wrong with the hidden tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    written = {first for _, lines in question_lines(path.read_text(encoding="utf-8")) for first in lines}
    seen: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield f"{at(path, node.lineno)}: hidden tests are functions; {node.name} is a class"
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
            continue
        where = at(path, node.lineno)
        if node.name in seen:
            yield f"{where}: there is another test called {node.name}, which would not be run"
        seen.add(node.name)
        marks = _marks(getattr(module, node.name))
        if node.lineno not in written:
            yield f'{where}: the hidden test {node.name} needs its question: @pytest.mark.question("name") above it'
        elif not _is_number(marks.get("points")):
            yield f"{where}: the hidden test {node.name} needs its points: @pytest.mark.points(number) above it"
        elif not _is_number(marks.get("bonus", (0,))):
            yield f"{where}: the extra points of the hidden test {node.name} are no number"
        elif "training" in (one.arg for one in node.args.args) and marks["question"][0] not in assignment.recipes:
            yield f"{where}: {node.name} trains, and recipes.py has no recipe for {marks['question'][0]}"
    if not seen:
        yield f"{path}: there is no hidden test in it"


def _marks(test: Any) -> dict[str, tuple[Any, ...]]:
    return {mark.name: mark.args for mark in getattr(test, "pytestmark", [])}


def _is_number(arguments: tuple[Any, ...] | None) -> bool:
    return (
        arguments is not None
        and len(arguments) == 1
        and isinstance(arguments[0], int | float)
        and math.isfinite(arguments[0])
        and arguments[0] >= 0
    )


def _registry(assignment: Assignment) -> Iterator[str]:
    """Yield which registered answers make no sense."""
    known, questions = assignment.registry, assignment.questions
    answers: tuple[RightAnswer | Misconception, ...] = (*known.right, *known.wrong)
    for answer in answers:
        if answer.question not in questions:
            place = _where(assignment, answer.slug)
            yield f"{place}: the answer {answer.slug} is to {answer.question}, which has no hidden test"
    for question in known.nothing:
        if question not in questions:
            path = assignment.folder / "right_answers.py"
            yield f"{path}: KNOWS_NOTHING has answers to {question}, which has no hidden test"
    for wrong in known.wrong:
        try:
            next(wrong.variants("" if wrong.code else assignment.canonical_answer(wrong.question)))
        except (RegistryError, BrokenAssignment) as error:
            yield f"{_where(assignment, wrong.slug)}: {error}"


def _where(assignment: Assignment, slug: str) -> str:
    """Return the place of a registered answer, as far as its name stands there in quotes."""
    for stem in ("right_answers", "misconceptions"):
        path = assignment.folder / f"{stem}.py"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for number, line in enumerate(lines, start=1):
            if f'"{slug}"' in line or f"'{slug}'" in line:
                return at(path, number)
    return str(assignment.folder)


def _worth(assignment: Assignment, modules: Mapping[Path, ModuleType], points: Mapping[str, float]) -> Iterator[str]:
    """Yield which questions' tests are not worth what the notebook says."""
    found: dict[str, float] = {}
    places: dict[str, str] = {}
    for path, module in modules.items():
        for name, test in vars(module).items():
            marks = _marks(test) if name.startswith("test") else {}
            if "question" in marks and _is_number(marks.get("points")):
                question = str(marks["question"][0])
                found[question] = found.get(question, 0.0) + marks["points"][0] * _times(test)
        for question, lines in question_lines(path.read_text(encoding="utf-8")):
            places.setdefault(question, at(path, lines[0]))
    for question, worth in points.items():
        if abs(found.get(question, 0.0) - worth) > _ROUNDING:
            where = places.get(question, str(assignment.test_files[0]))
            yield (
                f"{where}: the hidden tests of {question} are worth {found.get(question, 0.0):g} points, its cell "
                f"test_{question} {worth:g}. Mend the one or the other; after a change to the notebook run `nbgrader "
                f"generate_assignment {assignment.name} --force`"
            )


def _times(test: Any) -> int:
    """Return how often a parametrized test counts."""
    return math.prod(_length(mark.args[1]) for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize")


def _length(values: Iterable[Any]) -> int:
    return len(list(values))


def _toml(path: Path) -> Iterator[str]:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield f"{path}: {error}"

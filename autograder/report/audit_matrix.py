"""The audit as a matrix: which hidden test catches which wrong answer, and what the answer is taken for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from traitlets.config import Config

from autograder.authoring.audit import Case, Verdict, cases, check_names, complaints, judged, unnamed
from autograder.authoring.mutants import mutants, without_equivalents
from autograder.authoring.pairs import pairs
from autograder.authoring.points_kept import WANTED, kept_line, knowing_nothing, paid_for_nothing, shares_kept, stingy
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.evidence import Outcome
from autograder.report.hints_table import print_hints
from autograder.report.text import points, shortened

_SIGNS = {Outcome.FAILED: "[red]✗[/]", Outcome.PASSED: "[dim]·[/]", Outcome.NOT_JUDGED: "[yellow]?[/]"}


def audit(
    assignment: Assignment,
    course: Path,
    config: Config,
    only: Sequence[str] | None = None,
    mutate: bool = False,
    training: bool = False,
) -> bool:
    """Try the registered answers, or ``only`` those of these questions or names, on the hidden tests.

    ``mutate``: mutants and pairs of misconceptions as well; ``training``: on the tests that train, too.

    Prints the matrix, which mutants and pairs survived, whether the hints are true, and what is wrong; returns whether
    all is well. Raises FileNotFoundError when the assignment hasn't been released in ``course``, GradingError for a
    name in ``only`` that is no question's and no answer's.
    """
    known = cases(assignment)
    check_names(assignment, known, only or ())
    chosen = [case for case in known if not only or {case.question, case.slug} & set(only)]
    left_out = {case.question for case in known if case not in chosen and not case.right}
    complete = frozenset(case.question for case in known) - left_out
    nothing = knowing_nothing(assignment, sorted(complete))
    changed, same = without_equivalents(mutants(assignment), assignment) if mutate else ([], [])
    sample, known_pairs = pairs(assignment) if mutate else ([], 0)
    paired, same_pairs = without_equivalents(sample, assignment)
    changed, paired = ([case for case in made if not only or case.question in only] for made in (changed, paired))
    registered = _judged(chosen, assignment, course, config, training)
    fine = print_audit(registered, complete=complete)  # at once: the others may take as long again
    # Whether an answer costs points elsewhere, those that are registered show.
    others = _judged([*nothing, *changed, *paired], assignment, course, config, alone=True)
    rest = iter(others)
    ignorant, mutated, combined = (list(islice(rest, len(group))) for group in (nothing, changed, paired))
    fine &= print_nothing(ignorant)
    if mutate:
        mutated, same_numbers = _told_apart(mutated, assignment)
        fine &= print_mutants(mutated, len(same) + same_numbers)
        fine &= print_pairs(combined, len(same_pairs), known_pairs)
    return print_hints([*registered, *others], assignment, only or ()) and fine


def _told_apart(mutated: Sequence[Verdict], assignment: Assignment) -> tuple[list[Verdict], int]:
    """Return the mutants without those that nothing catches and that give the right numbers, and how many these are.

    What they give is of another type only, which the tests don't ask for: a number may be a float32 tensor, say.
    """
    uncaught = [verdict.case for verdict in mutated if verdict.points >= verdict.max_points]
    _, same = without_equivalents(uncaught, assignment, Likeness(strict=False, single=True))
    return [verdict for verdict in mutated if verdict.case not in same], len(same)


def _judged(
    chosen: Sequence[Case],
    assignment: Assignment,
    course: Path,
    config: Config,
    training: bool = False,
    alone: bool = False,
) -> list[Verdict]:
    """Judge under a progress bar; return the verdicts in the order of the cases."""
    order = {id(case): i for i, case in enumerate(chosen)}
    verdicts = judged(chosen, assignment, course, config, training, alone)
    console = Console(stderr=True)
    shown = track(verdicts, "answers", total=len(chosen), console=console, transient=True) \
        if console.is_terminal else verdicts  # fmt: skip
    return sorted(shown, key=lambda verdict: order[id(verdict.case)])


def print_mutants(verdicts: Sequence[Verdict], equivalent: int, console: Console | None = None) -> bool:
    """Print which mutants the hidden tests have let through; return whether there is none."""
    return _print_survivors(verdicts, "mutants", f"{equivalent} more do the same as the usual answer", console)


def print_pairs(verdicts: Sequence[Verdict], equivalent: int, known: int, console: Console | None = None) -> bool:
    """Do the same with pairs of misconceptions; ``known``: of how many they are a sample."""
    rest = f"{equivalent} more do the same as the usual answer; all pairs would be {known}"
    return _print_survivors(verdicts, "pairs of misconceptions", rest, console)


def _print_survivors(verdicts: Sequence[Verdict], what: str, rest: str, console: Console | None) -> bool:
    console = console or Console()
    survivors = [verdict for verdict in verdicts if verdict.points >= verdict.max_points or verdict.unjudged]
    named = sum(bool(verdict.diagnosis) for verdict in verdicts)
    caught = len(verdicts) - len(survivors)
    console.print(f"{caught} of {len(verdicts)} {what} are caught, {named} of them named; {rest}.")
    for verdict in survivors:
        case = verdict.case
        console.print(f"[bold red]✗ {case.question}: nothing catches[/] {escape(f'{case.note} ({case.name})')}")
    return not survivors


def print_nothing(verdicts: Sequence[Verdict], console: Console | None = None) -> bool:
    """Print which answers that know nothing have points; return whether none has."""
    console = console or Console()
    paid = paid_for_nothing(verdicts)
    if verdicts:
        console.print(f"{len(verdicts) - len(paid)} of {len(verdicts)} answers that know nothing get no points.")
    for line in paid:
        console.print(f"[bold red]✗ {escape(line)}[/]")
    return not paid


def print_audit(
    verdicts: Sequence[Verdict], console: Console | None = None, complete: frozenset[str] | None = None
) -> bool:
    """Print the matrix of each question and what is wrong; return whether all is well.

    ``complete``: the questions whose wrong answers were all tried; None: all.
    """
    console = console or Console()
    for question in dict.fromkeys(verdict.case.question for verdict in verdicts):
        console.print(matrix(question, [verdict for verdict in verdicts if verdict.case.question == question]))
    wrong = [verdict for verdict in verdicts if not verdict.case.right]
    caught = sum(verdict.points < verdict.max_points and not verdict.unjudged for verdict in wrong)
    right = [verdict for verdict in verdicts if verdict.case.right]
    accepted = sum(not verdict.caught and not verdict.unjudged for verdict in right)
    nameless = unnamed(verdicts)
    console.print(f"{caught} of {len(wrong)} wrong answers are caught, {caught - len(nameless)} of them named.")
    console.print(f"{accepted} of {len(right)} right answers get all points.")
    _print_kept(verdicts, console, complete)
    if nameless:
        console.print(f"[yellow]Caught without a name: {escape(', '.join(nameless))}[/]")
    lines = complaints(verdicts, complete)
    for line in lines:
        console.print(f"[bold red]✗ {escape(line)}[/]")
    return not lines


def _print_kept(verdicts: Sequence[Verdict], console: Console, complete: frozenset[str] | None) -> None:
    shares = shares_kept(verdicts)
    if shares:
        console.print(kept_line(shares))
    few = [question for question in stingy(shares) if complete is None or question in complete]
    if few:
        console.print(
            f"[yellow]Less than {WANTED:.0%} on {escape(', '.join(few))}: does each hidden test ask one thing, so that "
            "what is right of a wrong answer is paid?[/]"
        )


def matrix(question: str, verdicts: Sequence[Verdict]) -> Table:
    """Return the table of one question: an answer a row, a hidden test a column; ✗: the test rejects the answer."""
    tests = list(dict.fromkeys(name for verdict in verdicts for name in verdict.tests))
    table = Table(
        title=f"{question}: ✗ where a test rejects an answer", title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("answer", no_wrap=True)
    for name in tests:
        table.add_column(name.removeprefix("test_").removeprefix(f"{question}_").replace("_", " "), justify="center")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("taken for", overflow="fold")
    known = {verdict.case.slug for verdict in verdicts}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.case.right):
        signs = (_SIGNS[verdict.tests[name]] if name in verdict.tests else "" for name in tests)
        table.add_row(_name(verdict), *signs, _points(verdict), _taken_for(verdict, known))
    return table


def _name(verdict: Verdict) -> str:
    name = escape(shortened(verdict.case.name, 40))
    return f"[green]{name}[/]" if verdict.case.right else name


def _points(verdict: Verdict) -> str:
    kept = points(verdict.points)
    return kept if (verdict.points < verdict.max_points) is not verdict.case.right else f"[bold red]{kept}[/]"


def _taken_for(verdict: Verdict, known: set[str]) -> str:
    if verdict.case.right:
        return ""
    if verdict.diagnosis == verdict.case.slug:
        return "[green]✓[/]"
    if not verdict.diagnosis:
        return "[yellow]–[/]"
    colour = "red" if verdict.case.slug in known else "default"
    return f"[{colour}]{escape(verdict.diagnosis)}[/]"

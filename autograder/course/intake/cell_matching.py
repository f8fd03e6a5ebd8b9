"""Which of the student's cells is which cell of the release notebook, however little of its metadata is left."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.cell_origins import is_as_handed_out, is_kept
from autograder.course.intake.given_cells import is_run_as_given
from autograder.course.notebooks.cell_roles import Role, defined_names, grade_id, is_blank, role, same_text
from autograder.judge.defined_names import bound_names

_SIMILAR = 0.5  # share of lines two versions of a handed-out cell have in common; unrelated cells stay below 0.2


@dataclass
class Match:
    """Pairs of cells, by position in the two notebooks."""

    pairs: dict[int, int] = field(default_factory=dict)  # release -> submission
    duplicates: dict[int, list[int]] = field(default_factory=dict)  # release -> others that claim its grade_id
    elsewhere: set[int] = field(default_factory=set)  # release: answers found in another cell than their own
    served: dict[int, int] = field(
        default_factory=dict
    )  # release -> submission: answers in a cell that isn't theirs alone
    dropped: set[int] = field(default_factory=set)  # submission: unchanged stubs whose answer stands elsewhere

    def taken(self) -> set[int]:
        """Return the submission's cells that are spoken for."""
        return {*self.pairs.values(), *self.dropped}


def match_cells(release: list[NotebookNode], submission: list[NotebookNode]) -> Match:
    """Match the cells: by grade_id, cell id, text, function defined, similarity and neighbours, in this order."""
    return _Matcher(release, submission).run()


class _Matcher:
    def __init__(self, release: list[NotebookNode], submission: list[NotebookNode]) -> None:
        self.release = release
        self.submission = submission
        self.roles = [role(cell) for cell in release]
        self.match = Match()
        self._known: dict[int, set[str]] = {}  # what the submission's cells define

    def run(self) -> Match:
        self._by_grade_id()
        self._by_cell_id()
        self._by_text()
        self._by_function()
        self._by_similarity()
        self._by_neighbours()
        return self.match

    def _open(self, *roles: Role) -> Iterator[int]:
        """Yield the release cells of these roles that have no partner yet."""
        return (r for r, kind in enumerate(self.roles) if kind in roles and r not in self.match.pairs)

    def _free(self, low: int = -1, high: int | None = None) -> list[int]:
        """Return the submission's cells between two positions (exclusive) that have no partner yet."""
        taken = self.match.taken()
        return [s for s in range(low + 1, len(self.submission) if high is None else high) if s not in taken]

    def _by_grade_id(self) -> None:
        claims: dict[str, list[int]] = {}
        for s, cell in enumerate(self.submission):
            if name := grade_id(cell):
                claims.setdefault(name, []).append(s)
        named = [r for r, cell in enumerate(self.release) if grade_id(cell) in claims]
        for r in sorted(named, key=lambda r: self.roles[r] is Role.TEST):  # a test cell is chosen by its answer's place
            candidates = claims[grade_id(self.release[r])]
            chosen = self._first_after_answer(r, candidates) if self.roles[r] is Role.TEST else None
            if chosen is None:
                chosen = max(candidates, key=lambda s: self._worth(r, s))
            self.match.pairs[r] = chosen
            if len(candidates) > 1:
                others = self.match.duplicates[r] = [s for s in candidates if s != chosen]
                if self.roles[r] is Role.ANSWER:  # below its answer a stub would define the function anew
                    self.match.dropped.update(s for s in others if not self._written(r, s))

    def _worth(self, r: int, s: int) -> tuple[bool, bool, int]:
        """Order duplicates: a written answer wins, then the right cell type, then the later one."""
        mine, theirs = self.release[r], self.submission[s]
        written = not is_blank(theirs) and not same_text(mine.source, theirs.source)
        return (written and self.roles[r] in (Role.ANSWER, Role.TEXT), mine.cell_type == theirs.cell_type, s)

    def _first_after_answer(self, r: int, candidates: list[int]) -> int | None:
        answer = answer_of(self.release, r)
        place = self.match.pairs.get(answer, -1) if answer is not None else -1
        return next((s for s in candidates if s > place), None)

    def _by_cell_id(self) -> None:
        places = {self.submission[s].id: s for s in self._free()}
        for r in self._open(*Role):
            if (s := places.get(self.release[r].get("id"))) is not None:
                self.match.pairs[r] = s

    def _by_text(self) -> None:
        """Match what was handed out unchanged; not answers: two of them may have the same stub."""
        places: dict[str, list[int]] = {}
        for s in self._free():
            places.setdefault("".join(self.submission[s].source.split()), []).append(s)
        for r in self._open(Role.TEST, Role.LOCKED, Role.TASK, Role.GIVEN):
            text = "".join(self.release[r].source.split())
            if text and places.get(text):
                self.match.pairs[r] = places[text].pop(0)

    def _by_function(self) -> None:
        """Match an answer by the function its stub defines, also where its own cell is still the stub or blank."""
        for r, kind in enumerate(self.roles):
            names = defined_names(self.release[r].source)
            own = self.match.pairs.get(r)
            if kind is not Role.ANSWER or not names or (own is not None and self._written(r, own)):
                continue
            free = set(self._free())
            found = {s: len(names & self._defines(s)) for s in (*free, *self._shared(names)) if self._written(r, s)}
            found = {s: count for s, count in found.items() if count and (own is None or self._is_code(s))}
            if not found:
                continue
            best = max(found, key=lambda s: (self._is_code(s), found[s], s))
            if best in free and names & defined_names(self.submission[best].source):
                self._move_answer(r, best)
            else:
                self._serve_answer(r, best)

    def _shared(self, names: set[str]) -> Iterator[int]:
        """Yield code cells that are spoken for, keep the student's text, are run, and define some of ``names``."""
        for r, s in self.match.pairs.items():
            mine, theirs = self.release[r], self.submission[s]
            keeps = self.roles[r] is Role.ANSWER or is_run_as_given(mine) or is_kept(mine, theirs)
            if keeps and self._is_code(s) and names & self._defines(s) - bound_names(mine.source):
                yield s

    def _defines(self, s: int) -> set[str]:
        if s not in self._known:
            self._known[s] = bound_names(self.submission[s].source)
        return self._known[s]

    def _is_code(self, s: int) -> bool:
        return bool(self.submission[s].cell_type == "code")

    def _written(self, r: int, s: int) -> bool:
        cell = self.submission[s]
        return not is_blank(cell) and not is_as_handed_out(self.release[r], cell)

    def _serve_answer(self, r: int, s: int) -> None:
        """Let an answer be what a cell defines that holds other answers, too, or imports it."""
        if (own := self.match.pairs.pop(r, None)) is not None:
            self.match.dropped.add(own)  # a stub below that cell would define the function anew
            self.match.elsewhere.add(r)
        self.match.served[r] = s

    def _move_answer(self, r: int, s: int) -> None:
        if (own := self.match.pairs.get(r)) is not None:
            self.match.dropped.add(own)  # nothing is lost: it holds what was handed out, or nothing
            self.match.elsewhere.add(r)
        self.match.pairs[r] = s

    def _by_similarity(self) -> None:
        free = {s: _lines(self.submission[s]) for s in self._free()}
        for r in self._open(Role.TEST, Role.LOCKED, Role.TASK, Role.GIVEN):
            mine = _lines(self.release[r])
            likeness = {s: _likeness(mine, theirs) for s, theirs in free.items()}
            best = max(likeness, key=lambda s: (likeness[s], -s), default=None)
            if best is not None and likeness[best] >= _SIMILAR:
                self.match.pairs[r] = best
                del free[best]

    def _by_neighbours(self) -> None:
        """Match what still has no partner by its place; a text answer also when its own cell is unchanged."""
        for r, kind in enumerate(self.roles):
            if r in self.match.served:
                continue
            own = self.match.pairs.get(r)
            unwritten_text = kind is Role.TEXT and own is not None and not self._written(r, own)
            if own is not None and not unwritten_text:
                continue
            between = [s for s in self._free(*self._gap(r, own)) if not is_blank(self.submission[s])]
            if kind is Role.TEXT:
                between = [s for s in between if not _is_code(self.submission[s])]  # others may need what it defines
                between.sort(key=lambda s: (self.submission[s].cell_type != "markdown", not self._written(r, s), s))
                if unwritten_text:
                    between = [s for s in between if self.submission[s].cell_type == "markdown" and self._written(r, s)]
            elif kind in (Role.ANSWER, Role.GIVEN):
                between = [s for s in between if self.submission[s].cell_type == self.release[r].cell_type]
                between = between if len(between) == 1 else []
            else:
                between = []
            if between:
                self._move_answer(r, between[0])

    def _gap(self, r: int, own: int | None) -> tuple[int, int]:
        """Return the positions of the nearest matched neighbours of release cell ``r``."""
        pairs = self.match.pairs
        before = next((pairs[i] for i in range(r - 1, -1, -1) if i in pairs), -1) if own is None else own
        after = next((pairs[i] for i in range(r + 1, len(self.release)) if i in pairs), len(self.submission))
        return before, after


def answer_of(release: list[NotebookNode], test: int) -> int | None:
    """Return the answer cell that a test cell belongs to: by name (test_adam: adam), else the nearest one before it."""
    named = grade_id(release[test]).removeprefix("test_")
    answers = [i for i, cell in enumerate(release[:test]) if role(cell) is Role.ANSWER]
    return next((i for i in answers if grade_id(release[i]) == named), answers[-1] if answers else None)


def _is_code(cell: NotebookNode) -> bool:
    """Whether a code cell holds Python that does something, and not prose that was written into it."""
    if cell.cell_type != "code":
        return False
    try:
        statements = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    words = (ast.Constant, ast.Name)
    return not all(isinstance(one, ast.Expr) and isinstance(one.value, words) for one in statements)


def _lines(cell: NotebookNode) -> set[str]:
    return {line.strip() for line in cell.source.splitlines() if line.strip()}


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0

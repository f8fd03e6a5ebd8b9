"""Claims of what hints say that was seen of all calls: it is seen of other calls as well."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.claims import Claim, Raised, attempt
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.loaded_answer import LoadedAnswer
from autograder.judge.diagnosis.registry import Edit, Look, Misconception, RightAnswer
from autograder.judge.diagnosis.seen_calls import Seen

Probe = Callable[..., Any]
Call = tuple[str, Probe | None, tuple[Any, ...]]  # the function or class, what tries it, and the other arguments


def seen_again(look: Look, reference: Any, likeness: Likeness, calls: Sequence[Call]) -> Claim:
    """Claim that a look holds of these calls; ``reference`` has right functions and classes of the same names."""

    def claim(answer: Any) -> bool:
        return look.holds([_seen(answer, reference, likeness, *one) for one in calls])

    claim.__qualname__ = f"{look!r}.{claim.__qualname__}"
    return claim


def canonical(right: Sequence[RightAnswer]) -> LoadedAnswer:
    """Return the first right answer to each question, all of them as one."""
    first = {answer.question: answer.code for answer in reversed(right)}
    return LoadedAnswer("\n".join(reversed(first.values())))


@dataclass(frozen=True)
class OtherCalls:
    """Calls of an assignment's questions beside those of its hidden tests, and right answers to them."""

    reference: Any  # right functions and classes, by their names
    likeness: Likeness
    of: Mapping[str, Sequence[Call]]  # by question

    def entry(
        self, question: str, slug: str, sentence: str, hint: str, edits: tuple[Edit, ...], look: Look
    ) -> Misconception:
        """Return a misconception that is known by a look; its claim is that the look holds of these calls, too."""
        claim = seen_again(look, self.reference, self.likeness, self.of[question])
        return Misconception(question, slug, sentence, hint, edits, looks=look, claim=claim)


def _seen(
    answer: Any, reference: Any, likeness: Likeness, function: str, probe: Probe | None, arguments: tuple[Any, ...]
) -> Seen:
    def ask(of: Any) -> Any:
        tried, given = getattr(of, function), copy.deepcopy(arguments)
        return tried(*given) if probe is None else probe(tried, *given)

    value = attempt(ask, answer)
    error = value.kind if isinstance(value, Raised) else ""
    yours = RecordedCall(function, arguments, value=None if error else value, error=error, probe=probe)
    return Seen(yours, RecordedCall(function, arguments, value=ask(reference), probe=probe), likeness)

"""What a question asks to do without: how an assignment says it, and what is said of whoever has used it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from autograder.judge.diagnosis.registry import Cause
from autograder.student.forbidden_table import CATEGORIES, is_known

_CAUSES = {
    "autograd": Cause.AUTOGRAD,
    "losses": Cause.LOSS,
    "optimisers": Cause.OPTIMISER,
    "softmax": Cause.SOFTMAX,
    "containers": Cause.CONTAINER,
    "data": Cause.DATA_TOOLS,
    "normalisation": Cause.NORMALISATION,
}
# The names of what one call went through that a student would recognise, the best one first.
_PLAIN = tuple(map(re.compile, (
    r"torch\.nn\.[A-Z]", r"torch\.nn\.functional", r"Tensor\.backward", r"torch\.optim\.(?!Optimizer)", r"torch\.optim",
    r"torch\.autograd", r"torch\.utils\.data\.DataLoader", r"torch\.utils\.data\.", r"torch\.distributions",
    r"torch's [a-z]", r"torch\.ops",
)))  # fmt: skip


def forbidden(item: pytest.Item, own: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return what a hidden test's ``forbid`` markers say: categories, and dotted names for those of the author's own.

    ``own`` are the author's. Raises pytest.UsageError for what there is nothing of.
    """
    asked = [str(entry) for mark in item.iter_markers("forbid") for entry in mark.args]
    entries = [name for entry in asked for name in own.get(entry, (entry,))]
    for entry in entries:
        if not is_known(entry):
            known = ", ".join((*CATEGORIES, *own))
            raise pytest.UsageError(
                f"{item.nodeid} forbids {entry!r}: that is no category ({known}) and no dotted name like torch.sort"
            )
    return frozenset(entries)


def cause(entry: str) -> Cause:
    """Return what it is that a question asks to do without."""
    return _CAUSES.get(entry, Cause.OTHER_HELP)


def plainest(used: list[Any]) -> tuple[str, str]:
    """Choose, among what the same call went through, what a student would recognise: (what is forbidden, name)."""
    pairs = [entry if isinstance(entry, list) and len(entry) == 2 else ["", entry] for entry in used]
    found = sorted((str(name)[:100], str(entry)[:100]) for entry, name in pairs)
    name, entry = min(found, key=lambda pair: (_rank(pair[0]), pair))
    return entry, name


def _rank(name: str) -> int:
    return next((i for i, pattern in enumerate(_PLAIN) if pattern.match(name)), len(_PLAIN))

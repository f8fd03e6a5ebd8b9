"""Which extra credit is the judge's: that alone may be taken back when a submission is graded again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autograder.course.gradebook.class_results import facts_by_notebook
from autograder.grading.evidence_store import Store

Bonuses = Mapping[tuple[str, str], frozenset[float]]  # by notebook (no suffix) and grade_id: amounts that were given


def bonuses_given(student: str, names: list[str], graded: Path, store: Store) -> Bonuses:
    """Return the extra credit that the judge gave a student for the notebooks ``names``, as it may be in the gradebook.

    The copy in ``graded`` says it. Of a notebook without any, all evidence on record is asked: a run may have been
    killed between the gradebook and the copy.
    """
    facts = facts_by_notebook(graded, names)
    found: dict[tuple[str, str], frozenset[float]] = {}
    for name in names:
        title = Path(name).stem
        if name in facts:
            given = facts[name].get("bonuses", {})
            found |= {(title, cell): frozenset([float(amount)]) for cell, amount in given.items()}
            continue
        for record in filter(None, map(store.get, store.keys(student, title))):
            for question in (one for one in record.evidence.questions if one.max_bonus):
                key = title, question.grade_id
                found[key] = found.get(key, frozenset()) | {float(question.bonus)}
    return found

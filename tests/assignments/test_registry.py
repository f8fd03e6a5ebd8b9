"""The registries of right and wrong answers are complete and well formed."""

import re
from collections import Counter
from typing import Any

import pytest

from tests.assignments.conftest import JUDGED, KNOWN, registered


@pytest.mark.parametrize("assignment", JUDGED)
def test_slugs_are_unique_in_a_question(assignment: str) -> None:
    registry = KNOWN[assignment].registry
    names = Counter((entry.question, entry.slug) for entry in (*registry.right, *registry.wrong))
    assert [name for name, count in names.items() if count > 1] == []
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug) for _, slug in names)


@pytest.mark.parametrize("assignment", JUDGED)
def test_every_question_has_right_answers_and_wrong_ones(assignment: str) -> None:
    registry = KNOWN[assignment].registry
    assert {entry.question for entry in registry.wrong} == {entry.question for entry in registry.right}


@pytest.mark.parametrize(("assignment", "entry"), registered("wrong"))
def test_a_wrong_answer_has_words_and_code(assignment: str, entry: Any) -> None:
    assert entry.sentence and entry.hint[-1] in ".?"
    canonical = KNOWN[assignment].canonical_answer(entry.question)
    variants = list(entry.variants(canonical))
    assert len(set(variants)) == len(variants) and canonical not in variants
    for text in variants:
        compile(text, entry.slug, "exec")
    assert bool(entry.numbers) == any(re.search(r"\bK\b", new) for _, new in entry.edits)


@pytest.mark.parametrize(("assignment", "entry"), registered("wrong"))
def test_a_hint_doesnt_give_the_answer_away(assignment: str, entry: Any) -> None:
    code = KNOWN[assignment].canonical_answer(entry.question)
    lines = [line.strip() for line in code.splitlines()[1:] if line.strip()]
    assert not any(line in entry.hint for line in lines)
    assert not re.search(r"torch\.(?!optim)|\.T\b|dim=|\*\*|@", entry.hint)

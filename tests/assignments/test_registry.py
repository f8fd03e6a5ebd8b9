"""The registries of right and wrong answers are complete and well formed."""

import re
from collections import Counter
from typing import Any

import pytest

from autograder.judge.assignment import canonical_answer, misconceptions
from tests.assignments.conftest import JUDGED, registered


@pytest.mark.parametrize("assignment", JUDGED)
def test_slugs_are_unique_in_a_question(assignment: str) -> None:
    module = misconceptions(assignment)
    names = Counter((entry.question, entry.slug) for entry in (*module.RIGHT, *module.WRONG))
    assert [name for name, count in names.items() if count > 1] == []
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug) for _, slug in names)


@pytest.mark.parametrize("assignment", JUDGED)
def test_every_question_has_right_answers_and_wrong_ones(assignment: str) -> None:
    module = misconceptions(assignment)
    assert {entry.question for entry in module.WRONG} == {entry.question for entry in module.RIGHT}


@pytest.mark.parametrize(("assignment", "entry"), registered("WRONG"))
def test_a_wrong_answer_has_words_and_code(assignment: str, entry: Any) -> None:
    assert entry.sentence and entry.hint[-1] in ".?"
    canonical = canonical_answer(assignment, entry.question)
    variants = list(entry.variants(canonical))
    assert len(set(variants)) == len(variants) and canonical not in variants
    for text in variants:
        compile(text, entry.slug, "exec")
    assert bool(entry.numbers) == any(re.search(r"\bK\b", new) for _, new in entry.edits)


@pytest.mark.parametrize(("assignment", "entry"), registered("WRONG"))
def test_a_hint_doesnt_give_the_answer_away(assignment: str, entry: Any) -> None:
    lines = [line.strip() for line in canonical_answer(assignment, entry.question).splitlines()[1:]]
    assert not any(line in entry.hint for line in lines)
    assert not re.search(r"torch\.(?!optim)|\.T\b|dim=|\*\*|@", entry.hint)

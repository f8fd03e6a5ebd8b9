"""The misconception behind a wrong class is found by the very probe that the hidden test tried it with."""

from types import SimpleNamespace

import pytest
from hypothesis import strategies as st

from autograder.authoring.audit import Case
from autograder.authoring.mutants import mutants, without_equivalents
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.diagnosis.call_log import CallLog
from autograder.judge.diagnosis.candidates import both
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import unsteady
from autograder.judge.diagnosis.registry import Misconception as Wrong
from autograder.judge.student_fixture import Student
from tests.judge.probed import probes, reference

LOADER = """
class Loader:
    def __init__(self, data, size):
        self.data, self.size = data, size

    def __iter__(self):
        for start in range(0, len(self.data), self.size):
            yield self.data[start:start + self.size]

    def __len__(self):
        return -(-len(self.data) // self.size)
"""
KNOWN = (
    Wrong("loader", "len-drops-last", "", "Count the last batch, too.", ((" -(-len(self.data) // self.size)",
                                                                       " len(self.data) // self.size"),)),
    Wrong("loader", "first-missing", "", "Where do you begin?", (("range(0", "range(self.size"),)),
    Wrong("loader", "one-pass", "", "What happens at the second pass?", (
        ("self.data, self.size = data, size", "self.data, self.size, self.left = data, size, list(data)"),
        ("for start in range(0, len(self.data), self.size)", "while self.left"),
        ("yield self.data[start:start + self.size]", "yield [self.left.pop(0) for _ in self.left[:self.size]]"))),
    Wrong("loader", "no-len", "", "How long is it?", (("__len__", "length"),), raises=r"has no len\(\)"),
    Wrong("loader", "objects", "", "Give lists.", (("yield self.data", "yield lambda: self.data"),)),
)  # fmt: skip
GIVEN = [(data, size) for data in ([1], [1, 2, 3], [5, 4, 3, 2]) for size in (1, 2, 3)]


def observed(copy_of, source, probe=probes.batches, given=GIVEN):
    """What hidden tests see of a class: calls, and which failed."""
    logs, copy = {}, copy_of(source)
    failed = set()
    for number, arguments in enumerate(given):
        logs[f"test_{number}"] = log = CallLog()
        student = Student(lambda: copy, {}, frozenset(), 5.0, 20.0, log=log, right=reference.__dict__.get)
        more = [student.name("Order"), *arguments[1:]] if probe is probes.through else arguments[1:]
        try:
            right = probe(reference.Loader, arguments[0], *([list, *more[1:]] if probe is probes.through else more))
            student.probe(probe, "Loader", arguments[0], *more).equal(right)
        except (StudentFailed, StudentLost):
            failed.add(f"test_{number}")
    return Observed({name: log.calls for name, log in logs.items()}, frozenset(failed))


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.slug)
def test_a_wrong_class_is_named(copy_of, entry):
    seen = observed(copy_of, next(entry.variants(LOADER)))
    assert seen.failed
    found = diagnose(seen, LOADER, KNOWN)
    assert found is not None and (found.slug, found.hint) == (entry.slug, entry.hint)


def test_two_at_once_are_named_both(copy_of):
    both = next(KNOWN[1].variants(next(KNOWN[0].variants(LOADER))))
    found = diagnose(observed(copy_of, both), LOADER, KNOWN)
    assert found is not None and found.slug == "len-drops-last+first-missing"


def test_what_nothing_explains_has_no_name(copy_of):
    assert diagnose(observed(copy_of, LOADER.replace("range(0", "range(-1")), LOADER, KNOWN) is None


def test_references_are_the_right_ones_unless_the_answer_defines_them(copy_of):
    own = "\nclass Order(list): pass\n"
    source = next(KNOWN[1].variants(LOADER)) + own
    found = diagnose(observed(copy_of, source, probes.through), LOADER + own, KNOWN)
    assert found is not None and found.slug == "first-missing"
    found = diagnose(observed(copy_of, source, probes.through), LOADER, KNOWN)  # reference.Order stands in
    assert found is not None and found.slug == "first-missing"


def test_an_answer_may_inherit_from_another_questions_answer(copy_of):
    base = "class Base:\n    def __init__(self, data, size):\n        self.data, self.size = data, size\n\n"
    child = LOADER.replace("class Loader:", "class Loader(Base):").replace(
        "    def __init__(self, data, size):\n        self.data, self.size = data, size\n\n", ""
    )
    assert "__init__" not in child
    known = KNOWN[:2]
    seen = observed(copy_of, base + next(known[1].variants(child)))
    assert diagnose(seen, child, known, others=base).slug == "first-missing"
    with pytest.raises(NameError):
        diagnose(seen, child, known)


def test_two_mistakes_that_together_are_no_code_are_no_pair():
    def edit(slug, old, new):
        return Wrong("loader", slug, "", "Why?", ((old, new),))

    canonical = "if a:\n    b()\nc()\n"
    fine, other = edit("fine", "c()", "d()"), edit("other", "    b()\n", "    b(1)\n")
    assert both(fine, other, canonical) == "if a:\n    b(1)\nd()\n"
    assert both(edit("emptied", "    b()\n", ""), fine, canonical) is None


def test_a_class_of_functions_alone_has_no_memory():
    assert not Formula((), LOADER).has_memory
    assert not Formula((), LOADER.replace(":\n    def", ':\n    """A loader."""\n    def', 1)).has_memory
    assert Formula((), LOADER + "    kept = []\n").has_memory


def test_mutants_of_a_class_are_tried_with_probes():
    drawn = st.tuples(
        st.just(probes.batches),
        st.just("Loader"),
        st.tuples(st.lists(st.integers(0, 9), max_size=5), st.integers(1, 3)),
    )
    registry = SimpleNamespace(right=[SimpleNamespace(question="loader")])
    assignment = SimpleNamespace(
        registry=registry,
        canonical_answer=lambda question: LOADER,
        answers_before=lambda question: "",
        inputs=lambda question: drawn,
    )
    found = mutants(assignment)
    wrong = next(case for case in found if "range(1, len(self.data)" in case.note)
    same = Case("loader", "same", LOADER.replace("// self.size", "// (1 * self.size)"))
    assert without_equivalents([wrong, same], assignment) == ([wrong], [same])


def test_the_same_for_two_probes_is_not_the_same_call_twice(copy_of):
    log, copy = CallLog(), copy_of(LOADER)
    student = Student(lambda: copy, {}, frozenset(), 5.0, 20.0, log=log)
    for probe in (probes.batches, probes.counted):
        student.probe(probe, "Loader", [1, 2, 3], 2)
    assert len(log.calls) == 2 and not unsteady(log.calls)

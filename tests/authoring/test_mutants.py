"""Mutants: many, all different, and none that does the same as the canonical answer."""

from collections import Counter

from autograder.authoring.audit import Case
from autograder.authoring.mutants import mutants, without_equivalents
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")


def test_the_canonical_answers_have_many_mutants():
    found = mutants(LINEAR_MNIST)
    counts = Counter(case.question for case in found)
    assert min(counts.values()) >= 20 and counts["adam"] >= 80
    assert len({(case.question, case.code) for case in found}) == len(found)
    for case in found:
        compile(case.code, case.name, "exec")
        assert case.note and case.code.strip() != LINEAR_MNIST.canonical_answer(case.question).strip()
    notes = {case.note for case in found if case.question == "grad_func"}
    assert {"p = torch.softmax(X @ w, dim=0)", "grad = -X.T @ (ystar + p) / X.shape[0]"} <= notes


def test_mutants_that_do_the_same_are_told_apart():
    canonical = LINEAR_MNIST.canonical_answer("sgd_momentum")
    same = Case("sgd_momentum", "same", canonical.replace("beta * m + grad", "grad + m * beta"), note="same")
    other = Case("sgd_momentum", "other", canonical.replace("beta * m", "1.00001 * beta * m"), note="other")
    assert without_equivalents([same, other], LINEAR_MNIST) == ([other], [same])


CLASS = """
import torch

class Batches:
    def __init__(self, items, size):
        self.items = items
        self.size = size

    @property
    def whole(self):
        return len(self.items) // self.size

    def __iter__(self):
        for start in range(0, len(self.items) % 1000, self.size):
            yield self.items[start:start + self.size]

    def __len__(self):
        count = self.whole
        count += 1
        return count

def collate(samples):
    return [max(*samples, 2)]

def last(samples):
    return collate(samples)[-1]
"""


def test_a_class_and_several_functions_have_mutants_too(monkeypatch):
    monkeypatch.setattr(Assignment, "canonical_answer", lambda self, question: CLASS)
    found = mutants(LINEAR_MNIST)
    assert len(found) > 20
    for case in found:
        compile(case.code, case.name, "exec")
        assert "@property" in case.code or "whole" not in case.note
    notes = {case.note for case in found}
    assert {"return len(self.items) * self.size", "without self.size = size", "without count += 1"} <= notes


def test_objects_of_a_class_do_not_make_a_mutant_equivalent(monkeypatch):
    code = "\nclass sgd_momentum_step:\n    def __init__(self, *given):\n        self.given = given\n"
    monkeypatch.setattr(Assignment, "canonical_answer", lambda self, question: code)
    other = Case("sgd_momentum", "other", code.replace("= given", "= None"), note="other")
    assert without_equivalents([other], LINEAR_MNIST) == ([other], [])

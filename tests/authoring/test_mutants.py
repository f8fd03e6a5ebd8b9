"""Mutants: many, all different, and none that does the same as the canonical answer."""

from collections import Counter

from autograder.authoring.audit import Case
from autograder.authoring.mutants import mutants, without_equivalents
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")


def test_the_usual_answers_have_many_mutants():
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

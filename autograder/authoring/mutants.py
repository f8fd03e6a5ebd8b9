"""Mutants of the canonical answers, made by rule: what a hidden test should notice beside the mistakes with a name."""

from __future__ import annotations

import ast
import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import hypothesis

from autograder.authoring.audit import Case
from autograder.judge import probes, pytree
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.hypothesis_profile import JUDGING
from autograder.wire import Opaque

MANY = 300  # inputs on which a mutant must be the same to count as equivalent
Rule = Callable[[ast.AST], Iterator[ast.AST]]
_EXCHANGED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
_OTHER_METHODS = {"sum": "mean", "mean": "sum", "log_softmax": "softmax", "softmax": "sigmoid", "sqrt": "abs"}


def mutants(assignment: Assignment) -> list[Case]:
    """Return all mutants of the canonical answers, none twice."""
    found: dict[tuple[str, str], Case] = {}
    for question in dict.fromkeys(answer.question for answer in assignment.registry.right):
        canonical = assignment.canonical_answer(question)
        for number, (code, note) in enumerate(_mutated(canonical), start=1):
            found.setdefault((question, code), Case(question, f"mutant {number}", code, note=note))
    return list(found.values())


def _mutated(code: str) -> Iterator[tuple[str, str]]:
    tree = ast.parse(code)
    for index, node in enumerate(ast.walk(tree)):
        for rule in (_operators, _constants, _names(tree), _calls, _axes, _returns, _statements):
            for changed in rule(node):
                other = copy.deepcopy(tree)
                target = list(ast.walk(other))[index]
                target.__dict__.update(copy.deepcopy(changed).__dict__)
                target.__class__ = changed.__class__
                text = ast.unparse(ast.fix_missing_locations(other))
                with contextlib.suppress(SyntaxError):  # what stood in a call may stand nowhere else
                    compile(text, "<mutant>", "exec")
                    yield f"\n{text}\n", _difference(ast.unparse(tree), text)


def _difference(canonical: str, mutant: str) -> str:
    before, after = canonical.splitlines(), mutant.splitlines()
    if sorted(before) == sorted(after):
        return "two lines exchanged"
    new = [line.strip() for line in after if line not in before]
    return "; ".join(new) or "without " + "; ".join(line.strip() for line in before if line not in after)


def _operators(node: ast.AST) -> Iterator[ast.AST]:
    """Exchange an operator, or drop one side of it."""
    if isinstance(node, ast.AugAssign) and type(node.op) in _EXCHANGED:
        yield ast.AugAssign(node.target, _EXCHANGED[type(node.op)](), node.value)
    if isinstance(node, ast.BinOp):
        if type(node.op) in _EXCHANGED:
            yield ast.BinOp(node.left, _EXCHANGED[type(node.op)](), node.right)
        yield node.left
        yield node.right
        if isinstance(node.op, ast.Sub | ast.Div):
            yield ast.BinOp(node.right, node.op, node.left)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand


def _constants(node: ast.AST) -> Iterator[ast.AST]:
    """Change a number by a little."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        if isinstance(node.value, float):
            yield ast.Constant(node.value * 10)
        elif node.value > 0:
            yield ast.Constant(node.value - 1)


def _names(tree: ast.Module) -> Rule:
    """Return a rule that reads another variable of a function, or t one off."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names = [argument.arg for function in functions for argument in function.args.args]
    alike = [pair for pair in (("m", "v"), ("beta_1", "beta_2"), ("w", "m"), ("m_hat", "v_hat"), ("m", "grad"))
             if pair[0] in names or pair[0].endswith("hat")]  # fmt: skip

    def exchange(node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            for one, other in alike:
                if node.id in (one, other):
                    yield ast.Name(other if node.id == one else one, ast.Load())
            if node.id == "t":
                yield ast.BinOp(ast.Name("t", ast.Load()), ast.Add(), ast.Constant(1))
                yield ast.BinOp(ast.Name("t", ast.Load()), ast.Sub(), ast.Constant(1))

    return exchange


def _calls(node: ast.AST) -> Iterator[ast.AST]:
    """Leave a call away, or make another one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node.args[0] if node.args and isinstance(node.func.value, ast.Name) else node.func.value
        if node.func.attr in _OTHER_METHODS:
            yield ast.Call(ast.Attribute(node.func.value, _OTHER_METHODS[node.func.attr], ast.Load()), node.args,
                           [] if node.func.attr == "softmax" else node.keywords)  # fmt: skip
    elif isinstance(node, ast.Call) and len(node.args) == 1:
        yield node.args[0]


def _axes(node: ast.AST) -> Iterator[ast.AST]:
    """Leave out a transposition."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value


def _returns(node: ast.AST) -> Iterator[ast.AST]:
    """Return things in another order, or one less."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        parts = node.value.elts
        for i in range(len(parts) - 1):
            swapped = [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]
            yield ast.Return(ast.Tuple(swapped, ast.Load()))
        yield ast.Return(ast.Tuple(parts[:-1], ast.Load()))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Leave out a line, or exchange it with the next one."""
    if isinstance(node, ast.FunctionDef):
        body, returns = node.body, isinstance(node.body[-1], ast.Return)
        for i in range(len(body) - returns):
            yield _with_body(node, [*body[:i], *body[i + 1 :]] or [ast.Pass()])
            if i + 1 < len(body) - returns:
                yield _with_body(node, [*body[:i], body[i + 1], body[i], *body[i + 2 :]])


def _with_body(function: ast.FunctionDef, body: list[ast.stmt]) -> ast.FunctionDef:
    changed = copy.copy(function)
    changed.body = body
    return changed


def without_equivalents(
    found: Sequence[Case], assignment: Assignment, likeness: Likeness | None = None
) -> tuple[list[Case], list[Case]]:
    """Return the mutants that differ from the canonical answer on some input, and those that don't on any tried.

    ``likeness``: what differs; None: types and all bits count.
    """
    likeness = likeness or Likeness()
    different: list[Case] = []
    equivalent: list[Case] = []
    for question in dict.fromkeys(case.question for case in found):
        calls = calls_of(assignment, question, MANY)
        right = Formula((), assignment.canonical_answer(question), assignment.answers_before(question))
        canonical = list(right.outputs(calls))
        for case in (case for case in found if case.question == question):
            same = _same(replace(right, code=case.code), calls, canonical, likeness)
            (equivalent if same else different).append(case)
    return different, equivalent


def _same(
    mutant: Formula, calls: Sequence[RecordedCall], canonical: Sequence[RecordedCall], likeness: Likeness
) -> bool:
    if any(isinstance(leaf, Opaque) for call in canonical for _, leaf in pytree.leaves(call.value)):
        return False  # an object says nothing of what it does
    return all(likeness.same(one, other) for one, other in zip(canonical, mutant.outputs(calls), strict=True))


def _as_call(*drawn: Any) -> RecordedCall:
    """Return a call as strategies draw it: (function, arguments), or (probe, class, arguments)."""
    if len(drawn) == 2:
        return RecordedCall(*drawn)
    probe, name, arguments = drawn
    return RecordedCall(name, probes.referring(probe, arguments), probe=probe)


def calls_of(assignment: Assignment, question: str, count: int) -> list[RecordedCall]:
    """Return calls on so many inputs, as the assignment's strategies draw them; none where there is no strategy."""
    calls: list[RecordedCall] = []
    inputs = assignment.inputs(question)
    if inputs is None:  # nobody can say: all mutants count as different
        return calls

    @hypothesis.settings(JUDGING, max_examples=count)
    @hypothesis.given(inputs)
    def collect(drawn: Any) -> None:
        calls.append(_as_call(*drawn))

    collect()
    return calls

"""One selfcheck.py is made of the engine and an assignment's checks.py, whatever these are about."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.authoring.selfcheck_file import ChecksError, selfcheck_file
from autograder.authoring.selfcheck_modules import Module
from autograder.handed_out import selfcheck as engine

ROOT = Path(__file__).parents[2]
MODULES = [Path(engine.__file__).with_name(f"{name}.py") for name in engine.ORDER]
IMPORTS = """import torch

from autograder.handed_out.selfcheck.comparing import compare, show
from autograder.handed_out.selfcheck.questions import Question, WrongError, by_name
"""
CLASSES = f'''"""Classes are checked, too."""

from __future__ import annotations

{IMPORTS}

def goes_through(Sampler, BatchSampler):
    """Batches of 2 of 5."""
    found = list(BatchSampler(Sampler(range(5)), 2))
    if found != [[0, 1], [2, 3], [4]]:
        example = "list(BatchSampler(Sampler(range(5)), 2))"
        raise WrongError("the batches are wrong", show(found), "[[0, 1], [2, 3], [4]]", example=example)


def descends(SGD):
    """One step."""
    p = torch.nn.Parameter(torch.tensor([1.0]))
    (2 * p).sum().backward()
    SGD([p], lr=0.5).step()
    compare("p after a step", p.detach(), torch.zeros(1))


QUESTIONS = by_name(
    Question(
        "sampler", "Sampler", lambda Sampler, BatchSampler: False, (goes_through,), also=("BatchSampler",), what="class"
    ),
    Question(
        "optimizer",
        "SGD",
        lambda SGD: False,
        (descends,),
        what="class",
        forbidden={{torch.optim.Optimizer: "torch.optim"}},
        autograd=True,
    ),
)
'''
ALONE = "students need torch alone for the self-check"
TAKEN = "the self-check itself has something called"
SAMPLER = """
class Sampler:
    def __init__(self, data): self.n = len(data)
    def __iter__(self): return iter(range(self.n))
class BatchSampler:
    def __init__(self, sampler, size): self.sampler, self.size = sampler, size
    def __iter__(self):
        rows = list(self.sampler)
        return iter([rows[i:i + self.size] for i in range(0, len(rows), self.size)])
"""
OPTIMIZER = """
import torch
class SGD:
    def __init__(self, parameters, lr): self.parameters, self.lr = list(parameters), lr
    @torch.no_grad()
    def step(self):
        for p in self.parameters:
            p -= self.lr * p.grad
"""
BUILT_IN = """
import torch
class SGD(torch.optim.SGD):
    pass
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return a function that makes a self-check of checks and imports it."""

    def make(checks: str) -> ModuleType:
        (tmp_path / "checks.py").write_text(checks)
        path = tmp_path / "selfcheck.py"
        path.write_text(selfcheck_file(tmp_path / "checks.py", ["a.ipynb"], {}))
        spec = importlib.util.spec_from_file_location("selfcheck", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "selfcheck", module)
        spec.loader.exec_module(module)
        return module

    return make


def answers(code: str, *names: str) -> Any:
    found: dict[str, Any] = {}
    exec(code, found)
    return tuple(found.get(name) for name in names) if len(names) > 1 else found.get(names[0])


def test_classes_are_checked_as_functions_are(made: Callable[[str], ModuleType]) -> None:
    check = made(CLASSES)
    sampler, optimizer = check.QUESTIONS["sampler"], check.QUESTIONS["optimizer"]
    assert check.judge(sampler, answers(SAMPLER, "Sampler", "BatchSampler")).state == "passed"
    assert check.judge(optimizer, answers(OPTIMIZER, "SGD")).state == "passed"
    wrong = check.judge(sampler, answers(SAMPLER.replace("rows[i:i", "rows[:i"), "Sampler", "BatchSampler"))
    assert (wrong.state, wrong.call) == ("wrong", "list(BatchSampler(Sampler(range(5)), 2))")
    wrong = check.judge(optimizer, answers(OPTIMIZER.replace("p -=", "p +="), "SGD"))
    assert (wrong.what, wrong.yours, wrong.expected) == (
        "p after a step is wrong",
        "[2.0] (float32)",
        "[0.0] (float32)",
    )
    assert wrong.call.startswith("SGD([torch.tensor([1.0], dtype=torch.float32)], lr=0.5)")


def test_a_class_that_is_missing_or_borrowed_is_named(made: Callable[[str], ModuleType]) -> None:
    check = made(CLASSES)
    missing = check.judge(check.QUESTIONS["sampler"], answers("class Sampler: ...", "Sampler", "BatchSampler"))
    assert (missing.state, missing.what, missing.expected) == ("missing", "BatchSampler", "a class")
    assert check.summary(missing, check.QUESTIONS["sampler"]) == "there is no class BatchSampler"
    borrowed = check.judge(check.QUESTIONS["optimizer"], answers(BUILT_IN, "SGD"))
    assert (borrowed.state, borrowed.yours) == ("wrong", "it uses torch.optim")


def test_several_names_are_checked_in_the_notebook(
    made: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    check = made(CLASSES)
    check.check(answers(SAMPLER, "Sampler", "BatchSampler"))
    assert "sampler: the public checks pass. The hidden tests go further." in capsys.readouterr().out
    check.check(answers(SAMPLER, "Sampler"), "sampler")
    assert "there is no class BatchSampler" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        ("def f(:\n    pass", "line 1: invalid syntax"),
        ("x = 1", "has no QUESTIONS: set it to by_name(Question(...), ...)"),
        ("import numpy as np", f"line 1: {ALONE}, so it can't have `import numpy as np`"),
        ("from . import other", f"line 1: {ALONE}, so it can't have `from . import other`"),
        ("def f():\n    import pandas", f"line 2: {ALONE}"),
        ("import math\n\ndef report(): ...", f"line 3: {TAKEN} report: choose another name"),
        ("for re in (1, 2): ...", f"line 1: {TAKEN} re: choose another name"),
        ("HANDED_OUT = {}", f"line 1: {TAKEN} HANDED_OUT: choose another name"),
        (
            "from autograder.handed_out.selfcheck.comparing import nothing",
            "line 1: there is no nothing in comparing.py of the self-check",
        ),
        (
            "from autograder.handed_out.selfcheck.comparing import compare as c",
            "line 1: compare must keep its name: all stands in one file then",
        ),
        ("import autograder.handed_out.selfcheck.comparing", "line 1: write this import at the head, as `from autogr"),
        ("from autograder.judge import wire", f"line 1: {ALONE}"),
    ],
)  # fmt: skip
def test_what_can_not_be_handed_out_is_refused_with_its_line(tmp_path: Path, checks: str, why: str) -> None:
    path = tmp_path / "checks.py"
    path.write_text(checks)
    with pytest.raises(ChecksError) as caught:
        selfcheck_file(path, [], {})
    assert str(caught.value).startswith(f"{path}{' ' if why.startswith('has') else ', '}{why}")


def test_a_part_of_torch_may_be_imported_and_settings_may_be_left_out(made: Callable[[str], ModuleType]) -> None:
    check = made(f"import torch.nn.functional as F\nfrom torch import nn\n{IMPORTS}\nQUESTIONS = by_name()\n")
    assert check.F is check.torch.nn.functional and check.nn is check.torch.nn
    assert (check.NOTEBOOK, check.TEXTS, check.QUESTIONS) == ("a.ipynb", (), {})


def test_the_engine_knows_no_assignment() -> None:
    words = "linear_mnist|ce_loss|CE_loss|grad_func|adam|sgd|mnist|minibatch|batch_norm"
    for path in MODULES:
        assert not re.search(words, path.read_text(encoding="utf-8"), re.IGNORECASE), path


def test_no_name_of_the_engine_is_taken_twice() -> None:
    names = [name for path in MODULES for name in Module(path).names]
    assert sorted(names) == sorted(set(names))


def test_each_module_imports_only_those_before_it() -> None:
    for index, path in enumerate(MODULES):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(engine.__name__):
                assert (node.module or "").rpartition(".")[2] in engine.ORDER[:index]
    assert {path.stem for path in Path(engine.__file__).parent.glob("*.py")} - {"__init__"} == set(engine.ORDER)

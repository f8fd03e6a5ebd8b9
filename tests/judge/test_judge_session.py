"""Whole notebooks judged in real, sandboxed kernels: what costs a question, what costs a cell, what costs nothing."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from autograder.judge import pytest_sessions, student_kernel
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import CellStatus, Evidence, Outcome
from autograder.judge.judge_session import JudgeSession
from autograder.judge.notebook import Notebook
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.notebook_run import NotebookRun
from autograder.judge.student_fixture import Student
from tests.judge.conftest import code, notebook, test_cell

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
ANSWERS = {answer.slug: answer.code for answer in LINEAR_MNIST.registry.right}
for entry in LINEAR_MNIST.registry.wrong:
    ANSWERS.setdefault(entry.slug, next(entry.variants(LINEAR_MNIST.canonical_answer(entry.question))))
IMPORTS = "import torch\nimport numpy as np"
QUESTIONS = (("ce_loss", 4), ("grad_func", 6), ("sgd_momentum", 4), ("adam", 6))
RIGHT = ("log-softmax", "matrix", "new-tensors", "textbook")
QUICK = Config(NotebookJudge={"cell_timeout": 4.0, "call_timeout": 4.0, "examples": 5})
HASTY = Config(NotebookJudge={"cell_timeout": 1.5, "call_timeout": 1.5, "examples": 3})


def judged(tmp_path, *cells, config=QUICK, **metadata):
    return judge_notebook(notebook(*cells, **metadata), LINEAR_MNIST, tmp_path, config)


def answered(*slugs):
    """The four questions, each with an answer before its test cell."""
    cells = [IMPORTS]
    for slug, question in zip(slugs, QUESTIONS, strict=True):
        cells += [ANSWERS.get(slug, slug), question]
    return cells


def two():
    """The first and the last question, with right answers."""
    return [IMPORTS, ANSWERS["log-softmax"], QUESTIONS[0], ANSWERS["textbook"], QUESTIONS[3]]


def points(evidence):
    return {question.question: question.points for question in evidence.questions}


def lost(evidence):
    """What the tests that did not pass have to say."""
    return [
        f"{test.name}: {test.message} {test.details}"
        for question in evidence.questions
        for test in question.tests
        if test.outcome is not Outcome.PASSED
    ]


FULL = {"ce_loss": 4, "grad_func": 6, "sgd_momentum": 4, "adam": 6}
BOTH = {"ce_loss": 4, "adam": 6}


def test_the_reference_solution_gets_everything_and_twice_the_same(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")  # training is quicker on the small digits
    path = ROOT / "source" / "linear_mnist" / "linear_mnist.ipynb"
    first, second = (judge_notebook(Notebook.read(path), LINEAR_MNIST, path.parent) for _ in range(2))
    training = {"converge_sgd_momentum": 3, "converge_other": 0, "converge_adam": 3}
    assert points(first) == FULL | training
    assert sum(question.bonus for question in first.questions) == 2
    assert all(test.outcome is Outcome.PASSED and test.sentence for q in first.questions for test in q.tests)
    assert first.sandbox == "namespaces"
    assert dataclasses.replace(first, timings={}) == dataclasses.replace(second, timings={})
    assert Evidence.from_json(first.to_json()) == first


def test_a_wrong_answer_costs_its_own_question_alone(tmp_path):
    evidence = judged(tmp_path, *answered("sum-over-batch", "missing-mean", "in-place", "lerp"))
    assert points(evidence) == {**FULL, "ce_loss": 2.5, "grad_func": 4.25}  # one thing is wrong with each
    test = next(test for test in evidence.questions[1].tests if test.outcome is Outcome.FAILED)
    assert test.message.startswith("The gradient, beside the mean of those of its examples, is wrong: ")
    assert [name for name, _ in test.counterexample.inputs] == ["X", "ystar", "w"]


def test_tests_share_a_copy_until_one_fails_and_a_failure_counts_in_a_fresh_one_only(tmp_path, monkeypatch):
    opened = []
    copy_at = NotebookRun.copy_at
    monkeypatch.setattr(NotebookRun, "copy_at", lambda run, name: opened.append(name) or copy_at(run, name))
    counting = (
        "calls = 0\ndef CE_loss(X, ystar, w):\n    global calls\n    calls += 1\n"
        "    return float(-(ystar * torch.log_softmax(X @ w, dim=1)).sum(dim=1).mean()) if calls < 50 else 0.0"
    )
    assert points(judged(tmp_path, *answered(counting, *RIGHT[1:]))) == FULL
    assert opened.count("ce_loss") == 3  # two tests failed after others, not by themselves
    assert opened[3:] == ["grad_func", "sgd_momentum", "adam"]


def test_once_a_test_has_failed_the_questions_others_are_not_tried_the_quick_way(tmp_path, monkeypatch):
    quickly, together = [], Student.together
    monkeypatch.setattr(
        Student,
        "together",
        lambda student, examples, about: quickly.append(student) or together(student, examples, about),
    )
    evidence = judged(tmp_path, *answered("def CE_loss(X, ystar, w):\n    return 0.0", *RIGHT[1:]))
    assert points(evidence) == {**FULL, "ce_loss": 0}
    tests = {question.question: len(question.tests) for question in evidence.questions}
    assert tests["ce_loss"] > 2
    assert len(quickly) == 1 + sum(number for question, number in tests.items() if question != "ce_loss")


def test_once_a_test_has_failed_each_of_the_questions_others_has_a_copy_of_its_own(tmp_path, monkeypatch):
    opened = []
    copy_at = NotebookRun.copy_at
    monkeypatch.setattr(NotebookRun, "copy_at", lambda run, name: opened.append(name) or copy_at(run, name))
    small_only = (
        "def CE_loss(X, ystar, w):\n"
        "    loss = float(-(ystar * torch.log_softmax(X @ w, dim=1)).sum(dim=1).mean())\n"
        "    return loss if w.shape[1] > 1 else loss + 1"
    )
    evidence = judged(tmp_path, *answered(small_only, *RIGHT[1:]))
    outcomes = [test.outcome for test in evidence.questions[0].tests]
    assert outcomes[:3] == [Outcome.FAILED, Outcome.PASSED, Outcome.PASSED]  # only the first one tries a single class
    assert opened.count("ce_loss") == 1 + len(outcomes)  # the first test failed the quick way as well


def test_neither_order_nor_threads_nor_earlier_students_change_anything(tmp_path):
    wrong, right = answered("no-max-shift", "missing-mean", "ema", "lerp"), answered(*RIGHT)
    threads = Config(QUICK, StudentProvisioner={"threads": 2})
    first = [judged(tmp_path, *cells) for cells in (wrong, right)]
    second = [judged(tmp_path, *cells, config=threads) for cells in (right, wrong)]
    for one, other in zip(first, reversed(second), strict=True):
        assert dataclasses.replace(one, timings={}) == dataclasses.replace(other, timings={})
    assert {test.diagnosis for test in first[0].questions[1].tests} == {"missing-mean", ""}


def test_exit_hang_and_memory_cost_the_question_alone(tmp_path):
    hangs = "def CE_loss(X, ystar, w):\n    while True:\n        pass"
    memory = "def sgd_momentum_step(w, m, grad, eta, beta):\n    return torch.ones(10**10), m"
    evidence = judged(tmp_path, *answered(hangs, "ends-the-process", memory, "textbook"), config=HASTY)
    assert points(evidence) == {"ce_loss": 0, "grad_func": 0, "sgd_momentum": 0, "adam": 6}
    loss, gradient, momentum, _ = evidence.questions
    assert loss.tests[0].message == "CE_loss did not return within 1.5 s and was stopped."
    assert loss.tests[1].message == "Not tried: CE_loss did not return within 1.5 s and was stopped."
    assert "grad_func ended its process: it called exit with status 0" in gradient.tests[0].message
    assert "asked for more memory" in momentum.tests[0].message
    assert {q.outcome for q in evidence.questions[:3]} == {Outcome.FAILED}


def test_a_segfault_and_killing_everything_cost_the_question_alone(tmp_path):
    segfault = "import ctypes\ndef CE_loss(X, ystar, w):\n    ctypes.string_at(0)"
    massacre = "import os, signal\ndef sgd_momentum_step(w, m, grad, eta, beta):\n    os.kill(-1, signal.SIGKILL)"
    cells = [segfault, QUESTIONS[0], massacre, QUESTIONS[2], ANSWERS["matrix"], QUESTIONS[1]]
    evidence = judged(tmp_path, IMPORTS, *cells, config=HASTY)
    assert points(evidence) == {"ce_loss": 0, "sgd_momentum": 0, "grad_func": 6}
    assert "SIGSEGV" in evidence.questions[0].tests[0].message


def test_a_cell_that_hangs_or_kills_costs_nothing_but_itself(tmp_path):
    cells = two()
    cells[3:3] = [
        "before = 1\nwhile True:\n    pass",
        "import os\nos._exit(3)",
        "import os, signal\nos.kill(os.getpid(), 9)",
    ]
    cells.append("print(sorted(n for n in ('before', 'CE_loss', 'adam_step') if n in globals()))")
    evidence = judged(tmp_path, *cells, config=HASTY)
    assert points(evidence) == BOTH, lost(evidence)
    reasons = {cell.index: cell.reason for cell in evidence.cells if cell.status is CellStatus.LEFT_OUT}
    assert set(reasons) == {3, 4, 5}
    assert reasons[3] == "it did not end within 1.5 s"
    assert "exit with status 3" in reasons[4]
    assert "SIGKILL" in reasons[5]
    assert evidence.cells[-1].outputs[0]["text"] == "['CE_loss', 'adam_step']\n"


def test_sudden_ends_between_the_answers_cost_only_their_cells(tmp_path):
    segfault = "import ctypes\nctypes.string_at(0)"
    killing = "import contextlib, os, signal\nfor p in (os.getppid(), 1, 0, -1):\n"
    massacre = killing + "    with contextlib.suppress(PermissionError):\n        os.kill(p, signal.SIGKILL)"
    cells = two()
    for place, culprit in zip((5, 3, 3, 1), (segfault, massacre, segfault, "import os\nos._exit(1)"), strict=True):
        cells.insert(place, culprit)
    evidence = judged(tmp_path, *cells, config=HASTY)
    assert points(evidence) == BOTH, lost(evidence)
    assert [cell.index for cell in evidence.cells if cell.status is CellStatus.LEFT_OUT] == [1, 4, 5, 8]


PATCHES = {
    "all processes used up": "import threading, time\nfor _ in range(300):\n"
    "    threading.Thread(target=time.sleep, args=(9999,), daemon=True).start()",
    "libraries patched": "import json, socket, sys\njson.dumps = json.loads = None\n"
    "socket.socket.sendall = None\nsys.stdout = None\nsys.path.clear()\nimport torch\ntorch.set_num_threads = None",
}


@pytest.mark.parametrize("culprit", PATCHES.values(), ids=PATCHES)
def test_a_cell_that_keeps_the_kernel_from_answering_costs_only_itself(tmp_path, monkeypatch, culprit):
    monkeypatch.setattr(student_kernel, "PROBE_TIMEOUT", 1.0)
    cells = two()
    cells.insert(3, culprit)
    evidence = judged(tmp_path, *cells)
    assert points(evidence) == BOTH, lost(evidence)
    assert {cell.index for cell in evidence.cells if cell.status is CellStatus.LEFT_OUT} <= {3}


def test_exceptions_exits_warnings_and_noise_cost_nothing(tmp_path):
    noise = "import sys, warnings\nwarnings.warn('hm')\nprint('noise', file=sys.stderr)"
    loud = "def CE_loss(X, ystar, w):\n    import sys, warnings, os\n    warnings.warn('x')\n"
    loud += "    print('x', file=sys.stderr)\n"
    loud += "    os.write(1, b'x' * 100000)\n    return float(-(ystar * torch.log_softmax(X @ w, 1)).sum(1).mean())"
    cells = answered(loud, *RIGHT[1:])
    cells[1:1] = [
        noise,
        "1/0",
        "raise SystemExit",
        "exit()",
        "this is no Python",
        "%no_such_magic",
        "%matplotlib inline",
    ]
    evidence = judged(tmp_path, *cells)
    assert points(evidence) == FULL, lost(evidence)
    statuses = [cell.status for cell in evidence.cells[1:7]]
    assert statuses[:3] == [CellStatus.OK, CellStatus.ERROR, CellStatus.ERROR]
    assert not [cell for cell in evidence.cells if cell.status is CellStatus.LEFT_OUT]


def test_a_test_cell_sees_the_names_as_they_are_at_its_place(tmp_path):
    cells = answered(*RIGHT)
    cells.insert(2, "CE_loss_kept = CE_loss\ndef CE_loss(X, ystar, w):\n    return 0.0")
    cells.insert(4, "CE_loss = CE_loss_kept")
    evidence = judged(tmp_path, *cells)
    assert points(evidence) == {**FULL, "ce_loss": 0}


def test_what_a_question_changes_is_gone_for_the_next(tmp_path):
    vandal = "def CE_loss(X, ystar, w):\n    global grad_func, torch\n    grad_func = torch = None\n    return 0.0"
    evidence = judged(tmp_path, IMPORTS, vandal, ANSWERS["matrix"], QUESTIONS[0], QUESTIONS[1], *answered(*RIGHT)[5:])
    assert points(evidence) == {**FULL, "ce_loss": 0}


def test_a_notebook_without_test_cells_runs_no_hidden_tests(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(JudgeSession, "run_test", lambda self, item: ran.append(item.name))
    evidence = judged(tmp_path, IMPORTS, "print('here')")
    assert (ran, evidence.questions) == ([], ())
    assert "here" in str(evidence.cells[-1].outputs)


def test_a_missing_function_and_a_stub_are_told(tmp_path):
    stub = "def sgd_momentum_step(w, m, grad, eta, beta):\n    return w, m"
    cells = answered("", "grad_func = 3", stub, "textbook")
    evidence = judged(tmp_path, *cells, autograder={"unanswered": ["sgd_momentum"]})
    loss, gradient, momentum, _ = evidence.questions
    assert loss.tests[0].message == "CE_loss is not defined at this point of the notebook."
    assert "'int' object is not callable" in gradient.tests[0].message
    assert momentum.note == "This answer is still as it was handed out."
    assert points(evidence) == {"ce_loss": 0, "grad_func": 0, "sgd_momentum": 0, "adam": 6}


def test_what_went_wrong_in_the_answers_cell_is_told(tmp_path):
    mark = {"solution": True, "grade": False, "schema_version": 3}
    broken = code("def CE_loss(:\n    return", nbgrader={**mark, "grade_id": "ce_loss"})
    endless = code("while True:\n    pass", nbgrader={**mark, "grade_id": "grad_func"})
    evidence = judged(tmp_path, IMPORTS, broken, QUESTIONS[0], endless, QUESTIONS[1], config=HASTY)
    loss, gradient = (question.tests[0].message for question in evidence.questions)
    start = "is not defined at this point of the notebook: the cell of this question"
    assert loss == f"CE_loss {start} raised SyntaxError: invalid syntax (line 1)."
    assert gradient == f"grad_func {start} was left out: it did not end within 1.5 s."


def test_forbidden_help_is_named(tmp_path):
    optimiser = """
def sgd_momentum_step(w, m, grad, eta, beta):
    weights = w.clone().requires_grad_()
    weights.grad = grad.clone()
    maker = torch.optim.SGD
    maker([weights], lr=eta, momentum=beta).step()
    return weights.detach(), m
"""
    evidence = judged(tmp_path, *answered("ready-made", "autograd", optimiser, "textbook"))
    assert points(evidence) == {"ce_loss": 0, "grad_func": 0, "sgd_momentum": 0, "adam": 6}
    messages = [question.tests[0].message for question in evidence.questions[:3]]
    for message, name in zip(messages, ("nn.functional.cross_entropy", "Tensor.backward", "torch.optim"), strict=True):
        assert name in message and "do without" in message


def test_forbidden_help_counts_though_it_is_not_seen_twice(tmp_path):
    once = """
import torch.nn.functional as F
calls = 0
def CE_loss(X, ystar, w):
    global calls
    calls += 1
    if calls == 12:  # of a process: in the second test, and not when that is run again in a fresh copy
        return float(F.cross_entropy(X @ w, ystar))
    return float(-(torch.log_softmax(X @ w, 1) * ystar).sum(1).mean())
"""
    evidence = judged(tmp_path, IMPORTS, once, ("ce_loss", 4))
    messages = {test.name: test.message for test in evidence.questions[0].tests}
    assert not messages["test_ce_loss_one_example"]
    assert "uses torch.nn.functional.cross_entropy" in messages["test_ce_loss_up_to_a_factor"]


PROFILED = """
import contextlib, cProfile, ctypes, io, pstats
import torch.nn.functional as F
calls = 0
def CE_loss(X, ystar, w):
    global calls
    calls += 1
    {}
"""
BY_HAND = "return float(-(torch.log_softmax(X @ w, 1) * ystar).sum(1).mean())"
READY = "return float(F.cross_entropy(X @ w, ystar))"
PROFILERS = {
    "cProfile": "with cProfile.Profile() as profiler:\n        {}",
    "statistics": "profiler = cProfile.Profile()\n    profiler.enable()\n    try:\n        {}\n    finally:\n"
    "        profiler.disable()\n        pstats.Stats(profiler, stream=io.StringIO()).print_stats(3)",
    "sys.setprofile": "import sys\n    sys.setprofile(lambda *_: None)\n    try:\n        {}\n    finally:\n"
    "        sys.setprofile(None)",
    "torch": "with torch.profiler.profile(with_stack=True, activities=[torch.profiler.ProfilerActivity.CPU]):\n"
    "        {}",
    "out of sight": "if calls > 1: ctypes.pythonapi.PyEval_SetProfile(None, None)\n    {}",
}


@pytest.mark.parametrize("profiler", PROFILERS.values(), ids=PROFILERS)
def test_a_profiler_costs_nothing_and_hides_nothing(tmp_path, profiler):
    by_hand, ready = (PROFILED.format(profiler.format(body)) for body in (BY_HAND, READY))
    assert points(judged(tmp_path, IMPORTS, by_hand, ("ce_loss", 4))) == {"ce_loss": 4}
    evidence = judged(tmp_path, IMPORTS, ready, ("ce_loss", 4))
    assert points(evidence) == {"ce_loss": 0}
    assert any("cross_entropy" in message for message in lost(evidence))


def test_training_cells_are_skipped_and_output_is_limited(tmp_path):
    cells = [
        *answered(*RIGHT),
        code("while True:\n    pass", tags=["skip-execution"]),
        "print('x' * 10_000_000)",
        "print('x' * (1 << 30))",
        "for i in range(100_000):\n    print('y' * 100)",
        "1 + 1",
    ]
    evidence = judged(tmp_path, *cells)
    skipped, line, gigabyte, flood, last = evidence.cells[-5:]
    assert skipped.status is CellStatus.SKIPPED
    for cell in (line, gigabyte, flood):
        assert sum(len(str(output)) for output in cell.outputs) < 3 << 20
        assert "cut off here" in cell.outputs[-1]["text"]
        assert "Traceback" not in str(cell.outputs)
    assert last.outputs[0]["data"]["text/plain"] == "2"


def test_the_notebooks_time_as_a_whole_is_limited(tmp_path):
    config = Config(NotebookJudge={**QUICK.NotebookJudge, "notebook_timeout": 1.0})
    evidence = judged(tmp_path, "import time\ntime.sleep(0.9)", "time.sleep(0.9)", "late = 1", config=config)
    assert evidence.cells[-1].status is CellStatus.NOT_RUN
    assert "more than 1 s in all" in evidence.cells[-1].reason


def test_the_students_files_are_there_but_shadow_nothing(tmp_path):
    (tmp_path / "helper.py").write_text("from torch import log_softmax as f\n")
    (tmp_path / "torch.py").write_text("raise RuntimeError('shadowed')\n")
    mine = "from helper import f\ndef CE_loss(X, ystar, w):\n    return float(-(ystar * f(X @ w, 1)).sum(1).mean())"
    evidence = judged(tmp_path, *answered(mine, *RIGHT[1:]))
    assert points(evidence) == FULL, lost(evidence)
    assert any("torch.py" in note for note in evidence.notes)


def test_points_that_do_not_add_up_are_the_graders_fault(tmp_path):
    evidence = judged(tmp_path, ANSWERS["textbook"], ("adam", 7), ("no_such_question", 1))
    assert [question.outcome for question in evidence.questions] == [Outcome.NOT_JUDGED] * 2
    assert "worth 6 points, its cell 7" in evidence.questions[0].tests[0].details


def test_one_pytest_session_judges_one_notebook_after_another(tmp_path, monkeypatch):
    started = []
    start = pytest.main
    monkeypatch.setattr(pytest, "main", lambda *arguments, **more: started.append(1) or start(*arguments, **more))
    pytest_sessions.end_all()
    first, wrong, last = (
        judged(tmp_path, *answered(slug, *RIGHT[1:])) for slug in (RIGHT[0], "sum-over-batch", RIGHT[0])
    )
    assert points(first) == points(last) == FULL
    assert points(wrong)["ce_loss"] < 4
    assert points(wrong)["adam"] == 6
    assert {len(evidence.questions[0].tests) for evidence in (first, wrong, last)} == {len(first.questions[0].tests)}
    assert dataclasses.replace(first, timings={}) == dataclasses.replace(last, timings={})
    assert len(started) == 1
    monkeypatch.setattr(JudgeSession, "sort", lambda self, items: items[0].nodeid.no_such_thing)
    with pytest.raises(CannotJudge, match=r"the hidden tests can't be run \(pytest says .*INTERNAL_ERROR"):
        judged(tmp_path, *answered(*RIGHT))
    monkeypatch.undo()
    assert points(judged(tmp_path, *answered(*RIGHT))) == FULL


def test_a_kernel_that_cannot_start_gives_no_points(tmp_path):
    evidence = judged(tmp_path / "missing", *answered(*RIGHT))
    assert {question.outcome for question in evidence.questions} == {Outcome.NOT_JUDGED}
    assert points(evidence) == dict.fromkeys(FULL, 0)


def test_the_sandbox_can_be_off_and_then_says_so(tmp_path):
    config = Config(QUICK, StudentProvisioner={"sandbox": "off"})
    evidence = judged(tmp_path, IMPORTS, ANSWERS["textbook"], QUESTIONS[3], config=config)
    assert (evidence.sandbox, points(evidence)) == ("off", {"adam": 6})


def test_a_hidden_test_is_debugged_by_hand(tmp_path):
    path = tmp_path / "mine.ipynb"
    cells = [code(IMPORTS), code(ANSWERS["tensor"]), test_cell(*QUESTIONS[0])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    hidden = LINEAR_MNIST.folder / "test_hidden.py"
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(hidden),
        "--notebook",
        str(path),
        "-k",
        "ce_loss_float",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, env=environment)
    assert run.returncode == 1, run.stdout + run.stderr
    assert run.stderr == ""  # not a word on how its kernels end
    assert [path.name for path in tmp_path.iterdir()] == ["mine.ipynb"]  # Hypothesis's folder is elsewhere
    assert "CE_loss must return a Python float, but yours returned one number" in run.stdout

"""Submissions that take all of the grader's time or memory: there is so much for each, whatever takes it."""

import itertools
import math
import resource
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from autograder.grading import judging_processes
from autograder.judge import submission_budget
from autograder.judge.assignment import Assignment
from autograder.judge.cell_outputs import CUT_OFF
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import CellStatus, Outcome
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.stopwatch import StalledError, Stopwatch
from autograder.judge.submission_budget import LONGEST, SLACK, BudgetUsedUp, SubmissionBudget
from autograder.kernels import zygote_client
from autograder.kernels.process_activity import Activity, activity
from tests.judge.conftest import notebook

LINEAR_MNIST = Assignment.find("linear_mnist")
LOSS = next(answer.code for answer in LINEAR_MNIST.registry.right if answer.question == "ce_loss")
STEP = next(answer.code for answer in LINEAR_MNIST.registry.right if answer.question == "sgd_momentum")
IMPORTS = "import json, os, threading, time, torch\nimport numpy as np\nkernel = get_ipython().kernel"


def judged(tmp_path, *cells, **limits):
    config = Config(NotebookJudge={"examples": 3, "cell_timeout": 5.0, "call_timeout": 5.0, **limits})
    evidence = judge_notebook(notebook(IMPORTS, *cells), LINEAR_MNIST, tmp_path, config)
    return evidence, {q.question: q for q in evidence.questions}, {cell.index: cell for cell in evidence.cells}


HOOKS = """
get_ipython().events.register("pre_run_cell", lambda *_: time.sleep(60))
os.register_at_fork(before=lambda: time.sleep(60))
os._exit(1)
"""
LATE_HOOKS = HOOKS.replace("os._exit(1)", "")


def test_a_kernel_that_answers_late_between_cells_takes_no_more_than_there_is(tmp_path):
    cells = (LOSS, ("ce_loss", 4), LATE_HOOKS, *["1"] * 60, STEP, ("sgd_momentum", 4), *["2"] * 60)
    evidence, questions, cells = judged(tmp_path, *cells, submission_timeout=12.0)
    assert questions["ce_loss"].points == 4
    step = questions["sgd_momentum"]
    assert step.outcome is Outcome.FAILED and step.points == 0
    assert all("The 12 s that a notebook has for everything" in test.message for test in step.tests)
    assert cells[max(cells)].status is CellStatus.NOT_RUN and "all of the notebook" in cells[max(cells)].reason
    assert len(cells) == 124
    (note,) = evidence.notes
    assert "That was in the tests of sgd_momentum" in note


def test_what_has_ended_its_kernel_is_not_asked_for_again_at_each_empty_cell(tmp_path, monkeypatch):
    from autograder.judge.student_kernel import Kernel

    asked, answers = [], Kernel.answers
    monkeypatch.setattr(Kernel, "answers", lambda self: asked.append(1) or answers(self))
    _, questions, cells = judged(tmp_path, "os._exit(1)", *[" \n"] * 50, LOSS, ("ce_loss", 4))
    assert questions["ce_loss"].points == 4 and cells[1].status is CellStatus.LEFT_OUT
    assert len(asked) <= 4


def test_a_right_but_slow_answer_takes_no_more_than_there_is(tmp_path):
    slow = LOSS + "\nquick = CE_loss\ndef CE_loss(*a):\n    time.sleep(1.0)\n    return quick(*a)"
    _, questions, _ = judged(tmp_path, slow, ("ce_loss", 4), STEP, ("sgd_momentum", 4), submission_timeout=8.0)
    assert [question.outcome for question in questions.values()] == [Outcome.FAILED] * 2
    assert "The 8 s that a notebook has" in questions["sgd_momentum"].tests[-1].message


def test_a_notebook_has_so_many_cells(tmp_path):
    _, questions, cells = judged(tmp_path, *["", "1"] * 5, LOSS, ("ce_loss", 4), cells=5)
    assert questions["ce_loss"].points == 0
    assert [cells[i].status for i in range(12)] == [CellStatus.OK] * 9 + [CellStatus.OK] + [CellStatus.NOT_RUN] * 2
    assert cells[10].reason == "a notebook may have 5 code cells"


def test_all_cells_of_a_notebook_share_the_room_for_what_they_print(tmp_path):
    cells = [f"print('x' * {size})" for size in (20_000, 20_000, 20_000, 200_000, 100, 15_000, 9_000, 4_000, 4_000)]
    _, questions, found = judged(tmp_path, *cells, LOSS, ("ce_loss", 4), output=100, notebook_output=50)
    kept = ["".join(output["text"] for output in found[i].outputs) for i in range(1, len(cells) + 1)]
    told = [len(text) - 1 if text.startswith("x") else text for text in kept]
    assert told == [20_000, 20_000, CUT_OFF, CUT_OFF, 100, CUT_OFF, 9_000, CUT_OFF, CUT_OFF]
    assert questions["ce_loss"].points == 4


FLOOD = """
parts = [b"stream", b"<IDS|MSG>", *[b"x" * (1 << 20)] * 400]  # a message leaves the kernel once it is whole
thread = threading.Thread(target=kernel.iopub_socket.send_multipart, args=(parts,))
thread.start()
time.sleep(3)  # what is judged meanwhile may be done before the memory is full
"""


BREAKS_ITS_CONNECTIONS = """
good = CE_loss
def CE_loss(*arguments):
    for number in map(int, os.listdir("/proc/self/fd")):  # those of the kernel, of which this is a copy
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("socket:"): os.write(number, b"\\xff" * 4096)
        except OSError: pass
    return good(*arguments)
"""


def test_a_kernel_that_has_broken_its_connections_is_not_waited_for(tmp_path):
    cells = (LOSS, BREAKS_ITS_CONNECTIONS, ("ce_loss", 4), "1", STEP, ("sgd_momentum", 4))
    _, questions, found = judged(tmp_path, *cells)
    assert questions["ce_loss"].outcome is Outcome.FAILED
    assert questions["sgd_momentum"].points == 4
    assert len(found) == 5


def test_messages_that_fill_the_judges_memory_are_the_end_of_what_is_tried(tmp_path):
    evidence, questions, _ = judged(tmp_path, LOSS, ("ce_loss", 4), FLOOD, STEP, ("sgd_momentum", 4), memory=256)
    assert questions["ce_loss"].points == 4
    assert questions["sgd_momentum"].outcome is Outcome.FAILED
    assert "filled the grader's memory" in questions["sgd_momentum"].tests[0].message
    assert "filled the grader's memory" in evidence.notes[0]


def test_a_process_that_judges_has_a_limit_of_its_own_and_what_it_starts_has_none():
    process = judging_processes._Process(Config(NotebookJudge={"memory": 300}))
    try:
        before, after = process.run(limits_of_data).result()
    finally:
        process.end()
    assert 600 << 20 < before[0] < (600 << 20) + (4 << 30)
    assert after == (before[1], before[1])


def limits_of_data():
    """Return the limits of this process, and those of a zygote that it has started; it may not take all there is."""
    with pytest.raises(MemoryError):
        bytearray(5 << 30)
    zygote = zygote_client.OwnZygote(zygote_client.Settings())
    try:
        return (resource.getrlimit(resource.RLIMIT_DATA), resource.prlimit(zygote._process.pid, resource.RLIMIT_DATA))
    finally:
        zygote.close()


class Clock:
    def __init__(self, monkeypatch):
        self.now = 1000.0
        self.processor = 0.0
        monkeypatch.setattr(submission_budget.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(submission_budget.time, "process_time", lambda: self.processor)


class Waits:
    """A process that is at work, is given some of the processor, and is known to wait for it some of the time."""

    def __init__(self, clock, share, delay=None):
        self.clock, self.share, self.delay, self.began = clock, share, delay, clock.now

    def activity(self):
        passed = self.clock.now - self.began
        delayed = None if self.delay is None else passed * self.delay
        return Activity(passed * self.share, asleep=False, stopped=False, delayed=delayed)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_all_time_counts_whoever_takes_it(clock):
    budget = SubmissionBudget(100.0, 10_000)
    with budget.spending():
        for _ in range(10):
            clock.now += 10.0
            submission_budget.check()
        clock.now += 1.0
        for _ in range(2):
            with pytest.raises(BudgetUsedUp, match=r"The 1\.66667 minutes"):
                submission_budget.check()
    submission_budget.check()  # nobody's


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_what_the_machine_keeps_a_process_waiting_does_not_count(clock, share):
    budget = SubmissionBudget(100.0, 10_000)
    with budget.spending():
        watch = Stopwatch(Waits(clock, share), math.inf)
        for _ in range(900):
            clock.now += 0.1
            watch.wait()
    assert budget.used == pytest.approx(90 * share, abs=0.5)


@pytest.mark.parametrize(("share", "delay", "own"), [(0.1, 0.9, 9), (0.0, 0.4, 54), (0.1, 0.0, 90), (0.5, 8.0, 45)])
def test_only_what_a_process_has_waited_for_a_processor_is_taken_off(clock, share, delay, own):
    budget = SubmissionBudget(100.0, 10_000)
    with budget.spending():
        watch = Stopwatch(Waits(clock, share, delay), math.inf)
        for _ in range(900):
            clock.now += 0.1
            watch.wait()
    assert budget.used == pytest.approx(own, abs=0.5)


@pytest.mark.parametrize(("delay", "error"), [(0.1, TimeoutError), (None, StalledError), (1.0, StalledError)])
def test_who_hides_what_he_does_has_not_been_kept_from_it_by_the_machine(clock, delay, error):
    for limits in ((5.0,), (1000.0, 5.0)):
        watch = Stopwatch(Waits(clock, 0.0, delay), *limits)
        with pytest.raises(error):
            for _ in range(1000):
                clock.now += 0.1
                watch.wait()
        if error is TimeoutError:
            assert watch.lap_is_over is (len(limits) == 2)


HIDES = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        end = time.monotonic() + 0.02
        while time.monotonic() < end: pass
        os._exit(0)
    time.sleep(0.02)
"""


def test_a_process_that_leaves_its_work_to_children_that_soon_end_is_seen_through():
    process = subprocess.Popen([sys.executable, "-c", HIDES])
    runner = SimpleNamespace(activity=lambda: activity(process.pid))
    watch = Stopwatch(runner, 1.0)
    try:
        with pytest.raises(TimeoutError):
            while True:
                time.sleep(watch.wait())
    finally:
        process.kill()
        process.wait()


def test_what_the_judge_itself_computes_counts_while_it_waits(clock):
    budget = SubmissionBudget(100.0, 10_000)
    with budget.spending():
        watch = Stopwatch(Waits(clock, 0.0), math.inf)
        for _ in range(900):
            clock.now += 0.1
            clock.processor += 0.05
            watch.wait()
    assert budget.used == pytest.approx(45, abs=0.5)


def test_a_process_that_was_stopped_and_others_turns_do_not_count(clock):
    budget = SubmissionBudget(100.0, 10_000)
    clock.now += 10 * LONGEST
    assert budget.used == LONGEST
    with budget.spending():
        with submission_budget.excused():
            clock.now += 30.0
        assert budget.used == LONGEST
        with submission_budget.excused(beyond=2.0):
            clock.now += 30.0
        assert budget.used == LONGEST + 2


def test_a_machine_that_does_not_get_on_is_nobodys_doing(clock):
    budget = SubmissionBudget(100.0, 10_000)
    with budget.spending():
        watch = Stopwatch(Waits(clock, 0.0), math.inf)
        with pytest.raises(CannotJudge, match="overloaded"):
            for _ in itertools.count():
                clock.now += 0.5
                watch.wait()
    assert clock.now - 1000 == pytest.approx(SLACK * 100, abs=2)

"""A process's own time: what it computes and sleeps, not what the machine keeps it waiting."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.assignments.linear_mnist import recipes
from autograder.judge import hidden_test_run, judge_session, stopwatch
from autograder.judge.answer_checks import StudentLost
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import CellStatus, Outcome
from autograder.judge.notebook_judging import ATTEMPTS, judge_notebook
from autograder.judge.stopwatch import SLACK, StalledError, Stopwatch
from autograder.judge.student_fixture import Student
from autograder.judge.student_kernel import CellLost, Kernel
from autograder.judge.training.run import Plan
from autograder.judge.training.supervisor import train
from autograder.judge.training.training_data import small_digits
from autograder.judge.training.training_setting import IN_THE_SANDBOX
from autograder.kernels.pidfds import process_id
from autograder.kernels.process_activity import Activity, activity
from tests.judge.conftest import notebook

LINEAR_MNIST = Assignment.find("linear_mnist")

COMPUTES = """
import time
def double(x):
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass
    return 2 * x
"""


class Process:
    """One that does what it is told, on a clock that is told, too."""

    def __init__(self, monkeypatch):
        self.now = self.processor = 0.0
        self.asleep = self.stopped = False
        self.made_to_go_on = 0
        monkeypatch.setattr(stopwatch.time, "monotonic", lambda: self.now)

    def activity(self):
        return Activity(self.processor, self.asleep, self.stopped)

    def go_on(self):
        self.made_to_go_on += 1

    def live(self, stopwatch, seconds, share=0.0):
        """Pass some seconds, a share of them on a processor."""
        for _ in range(round(seconds * 20)):
            self.now += 0.05
            self.processor += 0.05 * share
            stopwatch.wait()


@pytest.fixture
def process(monkeypatch):
    return Process(monkeypatch)


@pytest.mark.parametrize(("share", "asleep"), [(1.0, False), (0.0, True), (0.3, True)])
def test_what_it_computes_or_sleeps_is_its_own(process, share, asleep):
    process.asleep = asleep
    watch = Stopwatch(process, 10.0)
    process.live(watch, 9.5, share)
    with pytest.raises(TimeoutError):
        process.live(watch, 1.0, share)


@pytest.mark.parametrize("share", [0.0, 0.125])
def test_what_it_waits_for_a_processor_is_not(process, share):
    watch = Stopwatch(process, 10.0)
    process.live(watch, 70.0, share)
    assert watch.used == pytest.approx(70 * share, abs=0.2)


def test_a_machine_that_stands_still_is_not_its_doing(process):
    process.asleep = True
    watch = Stopwatch(process, 10.0)
    for _ in range(20):
        process.now += 3600.0
        watch.wait()
    assert watch.used < 5


def test_each_lap_has_its_limit_and_all_together_have_one(process):
    watch = Stopwatch(process, 10.0, 3.0)
    for _ in range(4):
        watch.lap()
        process.live(watch, 2.3, share=1.0)
    watch.lap()
    with pytest.raises(TimeoutError):
        process.live(watch, 2.3, share=1.0)
    assert not watch.lap_is_over
    watch = Stopwatch(process, 10.0, 3.0)
    with pytest.raises(TimeoutError):
        process.live(watch, 4, share=1.0)
    assert watch.lap_is_over


def test_while_nobody_waits_for_it_its_sleep_does_not_count(process):
    process.asleep = True
    watch = Stopwatch(process, 10.0, 1.0)
    for _ in range(100):
        watch.lap()
        watch.wait()
        process.now += 5.0
    assert watch.used == 0


def test_a_process_that_never_gets_on_is_nobodys_fault_in_the_end(process):
    watch = Stopwatch(process, 10.0)
    with pytest.raises(StalledError, match="grade again when it has less to do"):
        process.live(watch, 10 * SLACK + 1)


def test_a_stopped_process_is_made_to_go_on_and_who_stops_again_and_again_does_so_itself(process):
    process.stopped = True
    watch = Stopwatch(process, 100.0, 1.0)
    process.live(watch, 3.2)
    assert (process.made_to_go_on, watch.used) == (3, pytest.approx(0.0, abs=0.3))
    with pytest.raises(TimeoutError):
        process.live(watch, 2)


def test_what_a_real_process_does_is_seen():
    child = subprocess.Popen([sys.executable, "-c", "input(); [None for _ in iter(int, 1)]"], stdin=subprocess.PIPE)
    try:
        assert until(lambda: activity(child.pid).asleep)
        child.stdin.write(b"\n")
        child.stdin.flush()
        before = activity(child.pid).processor
        assert until(lambda: activity(child.pid).processor > before + 0.1)
        assert not activity(child.pid).asleep
        child.send_signal(signal.SIGSTOP)
        assert until(lambda: activity(child.pid).stopped)
    finally:
        child.kill()
        child.communicate()
    assert activity(child.pid).asleep  # nobody is at work


def until(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def kernel(tmp_path):
    data = small_digits()
    kernel = Kernel(tmp_path, Config(StudentProvisioner={"data_sets": [str(data.folder / data.part)]}))
    yield kernel
    kernel.close()


def student_of(kernel, source, call_timeout=1.0):
    kernel.run(source, 60, 0)
    copy = kernel.copy(60)
    return Student(lambda: copy, {"double": ("x",)}, frozenset(), call_timeout, 60.0)


def stopped_for(seconds, pid):
    """Stop a process at once, for some time."""
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(seconds, _go_on, (pid,)).start()


def _go_on(pid):
    with contextlib.suppress(ProcessLookupError):  # it was ended in the meantime
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def crowd():
    """More busy processes than there are processors."""
    command, count = [sys.executable, "-c", "while True: pass"], 2 * len(os.sched_getaffinity(0))
    busy = [subprocess.Popen(command) for _ in range(count)]
    yield
    for process in busy:
        process.kill()
        process.wait()


def test_a_call_that_has_to_wait_for_a_processor_is_in_time(kernel, crowd):
    assert student_of(kernel, COMPUTES).double(2.0).value == 4


def test_a_call_that_hangs_or_sleeps_is_not_whatever_the_machine_does(kernel, crowd):
    for body in ("while True: pass", "import time; time.sleep(60)", "import threading; threading.Event().wait()"):
        with pytest.raises(StudentLost, match=r"double did not return within 0\.5 s"):
            student_of(kernel, f"def double(x):\n    {body}", call_timeout=0.5).double(1.0)


def test_a_copy_that_is_stopped_for_a_while_is_in_time(kernel):
    student = student_of(kernel, COMPUTES)
    stopped_for(1.5, student._opened()._outer_pid)
    assert student.double(2.0).value == 4


def test_who_stops_himself_goes_on_but_not_for_ever(kernel):
    once = "import os, signal\ndef double(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return 2 * x"
    assert student_of(kernel, once, call_timeout=0.5).double(2.0).value == 4
    always = once.replace("    os.kill", "    while True: os.kill")
    with pytest.raises(StudentLost, match=r"double did not return within 0\.5 s"):
        student_of(kernel, always, call_timeout=0.5).double(2.0)


def test_a_cell_and_a_kernel_that_are_stopped_for_a_while_are_in_time(kernel):
    pid = process_id(kernel.handle.pidfd)
    stopped_for(1.5, pid)
    assert not kernel.run(COMPUTES + "double(1)", 1.0, 0).raised
    stopped_for(1.5, pid)
    kernel.copy(1.0).close()
    with pytest.raises(CellLost, match=r"did not end within 0\.5 s"):
        kernel.run("time.sleep(60)", 0.5, 0)


def test_training_that_is_stopped_for_a_while_goes_on_and_one_that_sleeps_does_not(kernel):
    recipe = recipes.RECIPES["converge_sgd_momentum"]
    answers = LINEAR_MNIST.canonical_answer("grad_func") + LINEAR_MNIST.canonical_answer("sgd_momentum")
    plan = Plan(recipe, small_digits(), IN_THE_SANDBOX, recipe.etas[0], patience=0.5)
    kernel.run("import torch\n" + answers, 60, 0)
    copy = kernel.copy(60)
    stopped_for(1.5, copy._outer_pid)
    assert train(copy, plan).stopped == ""
    kernel.run("import time\nright = grad_func\ndef grad_func(*a):\n    time.sleep(60)", 60, 0)
    assert train(kernel.copy(60), plan).stopped == "After step 0 nothing came back for 0.5 s."


GRADING = """
import sys
from pathlib import Path
from traitlets.config import Config
from autograder.judge.student_kernel import warm_up
from autograder.judge.notebook_judging import judge_notebook
from tests.judge.conftest import notebook
from autograder.judge.assignment import Assignment
assignment = Assignment.find("linear_mnist")
answers = [assignment.canonical_answer(question) for question in ("ce_loss", "sgd_momentum")]
cells = notebook("import torch\\nimport numpy as np", *answers, ("ce_loss", 4), ("sgd_momentum", 4))
config = Config(StudentProvisioner={"zygotes": sys.argv[1]}, NotebookJudge={"call_timeout": 1.0, "test_timeout": 5.0})
warm_up(config)
print("ready", flush=True)
input()
for _ in range(2):
    found = judge_notebook(cells, assignment, Path(sys.argv[1], "files"), config)
    print(*[question.points for question in found.questions])
"""


def test_several_gradings_at_once_on_a_busy_machine_give_right_answers_everything(request):
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        Path(folder, "files").mkdir()
        command = [sys.executable, "-c", GRADING, folder]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        gradings = [subprocess.Popen(command, **pipes) for _ in range(2)]
        assert [grading.stdout.readline() for grading in gradings] == ["ready\n"] * 2
        request.getfixturevalue("crowd")
        for grading in gradings:
            grading.stdin.write("go\n")
            grading.stdin.flush()
        assert [grading.communicate()[0] for grading in gradings] == ["4.0 4.0\n" * 2] * 2


class Stalls:
    """Makes every wait for a call end in a stall, in some sessions."""

    def __init__(self, monkeypatch, sessions):
        self.begun, self.sessions = 0, sessions
        begin = judge_session.JudgeSession.__init__
        wait = Stopwatch.wait

        def counted(*arguments):
            self.begun += 1
            begin(*arguments)

        def stalled(watch):
            if watch._lap_limit == 7.0 and self.begun <= self.sessions:
                raise StalledError("the machine did not get on")
            return wait(watch)

        monkeypatch.setattr(judge_session.JudgeSession, "__init__", counted)
        monkeypatch.setattr(stopwatch.Stopwatch, "wait", stalled)


LOSS = "import torch\nimport numpy as np\n" + LINEAR_MNIST.canonical_answer("ce_loss")


@pytest.mark.parametrize(("stalled", "begun", "outcome"), [(1, 2, Outcome.PASSED), (9, ATTEMPTS, Outcome.NOT_JUDGED)])
def test_what_has_stalled_is_judged_again_and_in_the_end_not_at_all(tmp_path, monkeypatch, stalled, begun, outcome):
    stalls = Stalls(monkeypatch, stalled)
    monkeypatch.setattr(hidden_test_run, "passes_quickly", lambda item: False)
    config = Config(NotebookJudge={"call_timeout": 7.0, "examples": 3})
    evidence = judge_notebook(notebook(LOSS, ("ce_loss", 4)), LINEAR_MNIST, tmp_path, config)
    (question,) = evidence.questions
    assert (stalls.begun, question.outcome) == (begun, outcome)
    assert question.points == (4 if outcome is Outcome.PASSED else 0)
    if outcome is Outcome.NOT_JUDGED:
        assert "did not get on" in question.tests[0].details


def test_a_cell_that_has_stalled_is_run_again(tmp_path, monkeypatch):
    run, stalls = Kernel.run, [StalledError("the machine did not get on")]

    def once(kernel, *arguments):
        if stalls:
            kernel.handle.kill()
            raise stalls.pop()
        return run(kernel, *arguments)

    monkeypatch.setattr(Kernel, "run", once)
    evidence = judge_notebook(notebook(LOSS, ("ce_loss", 4)), LINEAR_MNIST, tmp_path)
    assert evidence.questions[0].points == 4
    assert [cell.status for cell in evidence.cells] == [CellStatus.OK]

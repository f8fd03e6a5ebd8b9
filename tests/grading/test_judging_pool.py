"""Tasks side by side, without processes: what is handed on when."""

import threading
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager

import pytest
from traitlets.config import Config

from autograder.grading import judging_pool, judging_processes
from autograder.grading.errors import PoolGoneError
from autograder.grading.judging_task import Task, expect, prepare
from autograder.grading.run_observer import Watch
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence

EVIDENCE = Evidence("squares", (), ())


class Pool:
    """Judges at once; ``breaks`` says how often the process of a task ends over it."""

    attempts = 3

    def __init__(self, breaks=None):
        self.submitted = []
        self._breaks = breaks or {}

    def wait_until_ready(self):
        pass

    def capacity(self):
        return 1

    def submit(self, task):
        self.submitted.append(task.student)
        future = Future()
        if self._breaks.get(task.student, 0):
            self._breaks[task.student] -= 1
            future.set_exception(BrokenExecutor("gone"))
        else:
            future.set_result(EVIDENCE)
        return future


def tasks(*students):
    return iter([Task(student, "squares", '{"cells": [], "metadata": {}}') for student in students])


def test_the_next_one_is_being_judged_while_somebody_looks_at_the_last():
    fake = Pool()
    found = judging_pool._side_by_side(tasks("ada", "bob", "eve"), fake)
    assert next(found)[0].student == "ada"
    assert fake.submitted == ["ada", "bob"]
    assert [task.student for task, _ in found] == ["bob", "eve"]


@pytest.mark.parametrize(("times", "tried"), [(2, 3), (3, 3)])
def test_a_task_whose_process_ended_is_tried_again_but_not_for_ever(times, tried):
    fake = Pool({"bob": times})
    found = {task.student: evidence for task, evidence in judging_pool._side_by_side(tasks("ada", "bob", "eve"), fake)}
    assert list(found) == ["ada", "bob", "eve"]
    assert fake.submitted.count("bob") == tried
    assert (found["bob"] is EVIDENCE) is (times < 3)


class Busy(Pool):
    """Judges two at a time; nothing is done until it is told so."""

    def __init__(self):
        super().__init__()
        self.running = {}

    def capacity(self):
        return 2

    def submit(self, task):
        assert len([one for one in self.running.values() if not one.done()]) < 2
        self.submitted.append(task.student)
        self.running[task.student] = Future()
        if len(self.submitted) > 2:
            self.running[task.student].set_result(EVIDENCE)
        return self.running[task.student]


def test_no_more_at_a_time_than_there_is_room_for():
    busy = Busy()
    found = judging_pool._side_by_side(tasks("ada", "bob", "eve", "dan"), busy)
    threading.Timer(0.05, lambda: busy.running["bob"].set_result(EVIDENCE)).start()
    assert next(found)[0].student == "bob"
    assert busy.submitted == ["ada", "bob", "eve"]
    busy.running["ada"].set_result(EVIDENCE)
    assert {task.student for task, _ in found} == {"ada", "eve", "dan"}


class Heard(Watch):
    def __init__(self):
        self.lines = []

    def begins(self, student):
        self.lines.append(f"begins {student}")

    def ends(self, student):
        self.lines.append(f"ends {student}")


def test_a_task_is_told_of_once_however_often_it_is_tried():
    heard = Heard()
    list(judging_pool._side_by_side(tasks("ada", "bob"), Pool({"bob": 2}), heard))
    assert sorted(heard.lines) == ["begins ada", "begins bob", "ends ada", "ends bob"]


def test_what_else_goes_wrong_with_a_pool_ends_the_run():
    class Gone(Pool):
        def submit(self, task):
            future = Future()
            future.set_exception(PoolGoneError("no more"))
            return future

    with pytest.raises(PoolGoneError):
        list(judging_pool._side_by_side(tasks("ada"), Gone()))


class Process:
    """In place of a judging process: ends, or fails, so often before something can be made ready in it."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.asked = []

    def run(self, function, *arguments):
        self.asked.append(function)
        future = Future()
        error = self.errors.pop(0) if self.errors else None
        future.set_exception(error) if error else future.set_result(None)
        return future


def made_ready(*processes, ahead=None):
    pool = judging_processes._Processes(processes, None, ahead)
    pool.wait_until_ready()


def test_a_process_that_somebody_kills_as_it_starts_is_started_again_but_not_for_ever():
    made_ready(Process(BrokenExecutor(), BrokenExecutor()))
    with pytest.raises(PoolGoneError, match="end as soon as they start"):
        made_ready(Process(*[BrokenExecutor()] * 3))


@pytest.mark.parametrize("error", [CannotJudge("no namespaces"), ValueError("no namespaces")])
def test_where_nothing_can_be_judged_the_run_ends_and_says_why(error):
    with pytest.raises(PoolGoneError, match="nothing can be judged on this machine: no namespaces"):
        made_ready(Process(error))


def test_all_processes_begin_with_what_is_going_to_be_judged_before_the_kernels_start():
    processes = Process(), Process()
    made_ready(*processes, ahead=Assignment.find("linear_mnist"))
    assert [process.asked for process in processes] == [[expect, prepare], [expect]]
    made_ready(unexpected := Process())
    assert unexpected.asked == [prepare]


@pytest.mark.parametrize(("ahead", "before"), [(None, 0), (Assignment.find("linear_mnist"), 1)])
def test_the_pool_opens_before_the_first_task_is_made_only_where_there_will_be_one(monkeypatch, ahead, before):
    opened, found = [], []

    @contextmanager
    def open_pool(config, ahead=None):
        opened.append(ahead)
        yield Pool()

    def make():
        found.append(len(opened))
        yield from tasks("ada", "bob")

    monkeypatch.setattr(judging_pool, "_pool", open_pool)
    assert len(list(judging_pool.judge_all(make(), Config(), ahead=ahead))) == 2
    assert found == [before]
    assert opened == [ahead]
    assert list(judging_pool.judge_all(iter(()), Config())) == []
    assert opened == [ahead]

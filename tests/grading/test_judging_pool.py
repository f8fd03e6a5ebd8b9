"""Tasks side by side, without processes: what is handed on when."""

from concurrent.futures import BrokenExecutor, Future

import pytest

from autograder.grading import judging_pool
from autograder.grading.judging_task import Task
from autograder.judge.evidence import Evidence

EVIDENCE = Evidence("squares", (), ())


class Pool:
    """Judges at once; ``breaks`` says how often the process of a task ends over it."""

    attempts = 3

    def __init__(self, breaks=None):
        self.submitted = []
        self._breaks = breaks or {}

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

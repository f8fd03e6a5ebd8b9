"""One run over a class: nothing is judged twice, what was lost is judged again, nobody suffers for another."""

import dataclasses
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.grading import class_run as run_module
from autograder.grading.assignment_reading import read
from autograder.grading.class_run import NEW, UNCHANGED, ClassRun
from autograder.grading.errors import StoreError
from autograder.grading.score_changes import changes
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult
from tests.grading.fakes import JUDGE, task

LINEAR_MNIST = Assignment.find("linear_mnist")

LINEAR_MNIST = Assignment.find("linear_mnist")

CONFIG = Config(Grading={"judge": JUDGE, "workers": 2})


class Class:
    """A course's folder, and runs over it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "log"

    def task(self, student, do="right", **more):
        return task(student, self.folder / "log", do, **more)

    def judge(self, *tasks, config=CONFIG, trained=None):
        facts = read(LINEAR_MNIST, config)
        facts = facts if trained is None else dataclasses.replace(facts, trained=trained)
        self.run = ClassRun(LINEAR_MNIST, config, self.folder, facts)
        self.done = {}
        self.run.judge(iter(tasks), lambda done: self.done.update({done.student: done}))
        return {student: (done.outcome.value, done.why) for student, done in self.done.items()}

    def asked(self):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(lines)


@pytest.fixture
def room(tmp_path):
    return Class(tmp_path)


BOTH = "adam ce_loss"


def test_each_is_judged_once_and_then_known(room):
    tasks = [room.task("ada"), room.task("bob", "wrong")]
    assert room.judge(*tasks) == {"ada": ("passed", NEW), "bob": ("failed", NEW)}
    assert room.asked() == [BOTH, BOTH]
    assert room.done["ada"].seconds == 0.5
    assert room.judge(*tasks) == {"ada": ("passed", UNCHANGED), "bob": ("failed", UNCHANGED)}
    assert room.asked() == []
    assert room.done["ada"].seconds == 0
    assert room.run.evidence(tasks[1]).questions[0].outcome is Outcome.FAILED
    assert room.asked() == []


def test_the_same_work_handed_in_by_several_is_judged_once(room):
    students = [room.task(name) for name in ("ada", "bob", "cid", "dee", "eve", "fay")]
    found = room.judge(*students)
    assert room.asked() == [BOTH]
    assert [outcome for outcome, _ in found.values()] == ["passed"] * 6
    assert sum(done.rerun for done in room.done.values()) == 1
    assert all(len(room.run.store.keys(name, "n")) == 1 for name in found)


def test_evidence_that_was_not_prepared_is_found_all_the_same(room):
    run = ClassRun(LINEAR_MNIST, CONFIG, room.folder)
    assert [q.question for q in run.evidence(room.task("ada")).questions] == ["ce_loss", "adam"]


def test_what_could_not_be_judged_is_tried_again_in_the_next_run_and_not_before(room):
    one = room.task("ada", "unjudged")
    assert room.judge(one) == {"ada": ("could not be judged", NEW)}
    assert room.run.evidence(one).questions[0].outcome is Outcome.NOT_JUDGED
    assert room.asked() == [BOTH]
    assert room.judge(one) == {"ada": ("could not be judged", "ce_loss, adam could not be judged the last time")}
    assert room.asked() == [BOTH]


def test_of_a_submission_only_what_could_not_be_judged_is_judged_again(room):
    one = room.task("ada", "break off", unjudged=["adam"])
    room.judge(one)
    assert room.asked() == [BOTH]
    assert room.judge(one) == {"ada": ("could not be judged", "adam could not be judged the last time")}
    assert room.asked() == ["adam"]
    found = room.run.evidence(one)
    assert [q.outcome.value for q in found.questions] == ["passed", "could not be judged"]
    assert len(found.cells) == 1  # what the first judging saw stays, though the second broke off


def test_what_is_left_to_another_machine_is_not_tried_again_here(room):
    elsewhere = Config(CONFIG, Training={"enabled": False})
    tasks = [room.task("ada", unjudged=["adam"]), room.task("bob", "unjudged", number=1)]
    room.judge(*tasks, config=elsewhere, trained=("adam",))
    assert room.asked() == [BOTH, BOTH]
    assert room.judge(*tasks, config=elsewhere, trained=("adam",)) == {
        "ada": ("could not be judged", UNCHANGED),
        "bob": ("could not be judged", "ce_loss could not be judged the last time"),
    }
    assert room.asked() == ["ce_loss"]
    room.judge(*tasks, trained=("adam",))
    assert room.asked() == ["adam", BOTH]


def test_where_nothing_that_is_asked_for_has_changed_nothing_is_judged(room, monkeypatch):
    one, some = room.task("ada"), Config(CONFIG, Grading={**CONFIG.Grading, "only": ["adam"]})
    room.judge(one)
    room.asked()
    real = run_module.Fingerprints.of

    def of(self, given):
        found = real(self, given)
        return dataclasses.replace(found, tests={**found.tests, "ce_loss": "changed"})

    monkeypatch.setattr(run_module.Fingerprints, "of", of)
    assert room.judge(one, config=some) == {"ada": ("passed", "the hidden tests of ce_loss changed")}
    assert room.asked() == []
    assert not room.done["ada"].rerun
    room.judge(one)
    assert room.asked() == ["ce_loss"]
    another = Config(CONFIG, Grading={**CONFIG.Grading, "only": ["converge_adam"]})
    room.judge(room.task("bob", number=2), config=another)
    assert room.asked() == []


def test_a_changed_test_is_rerun_and_no_other(room, monkeypatch):
    one = room.task("ada", "wrong")
    room.judge(one)
    room.asked()
    real = run_module.Fingerprints.of

    def of(self, given):
        found = real(self, given)
        return dataclasses.replace(found, tests={**found.tests, "adam": "changed"})

    monkeypatch.setattr(run_module.Fingerprints, "of", of)
    assert room.judge(one) == {"ada": ("failed", "the hidden tests of adam changed")}
    assert room.asked() == ["adam"]
    assert [q.question for q in room.run.evidence(one).questions] == ["ce_loss", "adam"]
    assert room.asked() == []


def test_a_new_version_of_the_work_is_judged_and_the_old_record_kept(room):
    room.judge(room.task("ada", "wrong"))
    assert room.judge(room.task("ada", "right")) == {"ada": ("passed", "its code cells changed")}
    found = list(changes(room.run.store))
    assert [(c.student, c.question, c.before, c.after) for c in found] == [
        ("ada", "ce_loss", 0.0, 2.0),
        ("ada", "adam", 0.0, 2.0),
    ]
    assert found[0].tests == ("test_ce_loss: passed",)


def test_a_process_that_dies_takes_nobody_along(room):
    tasks = [room.task("killer", "die"), *(room.task(f"s{i}", seconds=0.05, number=i) for i in range(6))]
    found = room.judge(*tasks)
    assert found.pop("killer")[0] == "could not be judged"
    assert [outcome for outcome, _ in found.values()] == ["passed"] * 6
    question = room.run.evidence(tasks[0]).questions[0]
    assert "The process that judged this ended over it, each time" in question.tests[0].message
    assert "grade this student again" in question.tests[0].message


def test_a_judge_that_returns_something_else_takes_nobody_along(room):
    found = room.judge(room.task("ada", "nonsense"), room.task("bob", number=1))
    assert {name: outcome for name, (outcome, _) in found.items()} == {"ada": "could not be judged", "bob": "passed"}
    (first, *_) = room.run.evidence(room.task("ada", "nonsense")).questions
    assert "the judge returned dict, not evidence" in first.tests[0].message and first.points == 0


def test_a_process_that_is_killed_once_costs_nothing(room):
    assert room.judge(room.task("ada", "die once"))["ada"][0] == "passed"
    assert room.asked() == [BOTH, BOTH]


def test_a_full_disk_ends_the_run_and_what_was_judged_stays(room, monkeypatch):
    put, count = run_module.Store.put, iter(range(10))

    def full(self, record):
        if next(count) == 1:
            raise StoreError("the disk is full")
        put(self, record)

    monkeypatch.setattr(run_module.Store, "put", full)
    tasks = [room.task(f"s{i}", number=i) for i in range(3)]
    with pytest.raises(StoreError):
        room.judge(*tasks, config=Config(CONFIG, Grading={"judge": JUDGE, "workers": 1}))
    assert len(room.done) == 1
    monkeypatch.undo()
    assert sorted(why for _, why in room.judge(*tasks).values()) == sorted([UNCHANGED, NEW, NEW])


def test_a_store_that_cannot_be_written_is_refused_before_anything_is_judged(room):
    (room.folder / ".autograder").write_text("a file")
    with pytest.raises(StoreError, match="can't be written"):
        room.judge(room.task("ada"))
    assert room.asked() == []


def test_tasks_are_made_as_they_can_be_judged(room):
    made = []

    def tasks():
        for i in range(20):
            made.append(i)
            assert len(made) - len(room.done) <= 2 * 2 + 1 + 2  # running, waiting, being made
            yield room.task(f"s{i}", number=i)

    room.judge(*[])
    room.done = {}
    room.run.judge(tasks(), lambda done: room.done.update({done.student: done}))
    assert len(room.done) == 20


def test_only_some_questions_are_judged_and_the_rest_where_it_is_asked_for(room):
    some = Config(CONFIG, Grading={**CONFIG.Grading, "only": ["adam"]})
    one = room.task("ada")
    assert room.judge(one, config=some) == {"ada": ("passed", NEW)}
    assert room.asked() == ["adam"]
    assert room.judge(one, config=some) == {"ada": ("passed", UNCHANGED)}
    room.judge(one)
    assert room.asked() == ["ce_loss"]
    assert [q.question for q in room.run.evidence(one).questions] == ["ce_loss", "adam"]
    assert room.judge(one) == {"ada": ("passed", UNCHANGED)}


ONLY_ADAM = Config(CONFIG, Grading={**CONFIG.Grading, "only": ["adam"]})
ONLY_LOSS = Config(CONFIG, Grading={**CONFIG.Grading, "only": ["ce_loss"]})


def changed(monkeypatch, **tests):
    """Have these questions' hidden tests be others from now on."""
    real = run_module.Fingerprints.of

    def of(self, given):
        found = real(self, given)
        return dataclasses.replace(found, tests={**found.tests, **tests})

    monkeypatch.setattr(run_module.Fingerprints, "of", of)


def outcomes(room, one):
    return {q.question: q.outcome.value for q in room.run.evidence(one).questions}


PASSED, FAILED, UNJUDGED = "passed", "failed", "could not be judged"


def test_a_fault_in_the_questions_asked_for_leaves_the_others_as_they_were(room):
    one = room.task("ada")
    room.judge(one, config=ONLY_LOSS)
    broken = room.task("ada", "unjudged")
    assert room.judge(broken, config=ONLY_ADAM)["ada"][0] == UNJUDGED  # other code: nothing of the old record holds
    assert [q.question for q in room.run.store.get(room.run.store.keys("ada", "n")[-1]).evidence.questions] == ["adam"]
    room.asked()
    assert room.judge(broken)["ada"] == (UNJUDGED, "ce_loss, adam could not be judged the last time")
    assert room.asked() == [BOTH]


def test_a_fault_while_only_a_changed_test_is_judged_keeps_the_other_result(room, monkeypatch):
    """The judge fails over one question, then it is mended: that one is judged, the other result stands all along."""
    once = room.task("ada", "unjudged once")
    room.judge(once)
    assert outcomes(room, once) == {"ce_loss": PASSED, "adam": PASSED}
    room.asked()
    changed(monkeypatch, adam="another")
    (room.folder / "fault").touch()
    assert room.judge(once) == {"ada": (UNJUDGED, "the hidden tests of adam changed")}
    assert outcomes(room, once) == {"ce_loss": PASSED, "adam": UNJUDGED}
    assert room.asked() == ["adam"]
    (room.folder / "fault").unlink()
    assert room.judge(once) == {"ada": (PASSED, "adam could not be judged the last time")}
    assert room.asked() == ["adam"]
    assert outcomes(room, once) == {"ce_loss": PASSED, "adam": PASSED}


def test_a_process_that_dies_over_a_changed_test_keeps_the_other_result(room, monkeypatch):
    one = room.task("ada", "die once")
    room.judge(one)
    changed(monkeypatch, adam="another")
    (room.folder / "log.died").unlink()
    room.asked()
    assert room.judge(one) == {"ada": (PASSED, "the hidden tests of adam changed")}
    assert room.asked() == ["adam", "adam"]  # the second time it is judged, and nothing else is
    assert outcomes(room, one) == {"ce_loss": PASSED, "adam": PASSED}


def test_a_process_that_always_dies_over_a_changed_test_leaves_the_other_result(room, monkeypatch):
    one = room.task("ada", "die on fault")
    room.judge(one)
    changed(monkeypatch, adam="another")
    (room.folder / "fault").touch()
    assert room.judge(one)["ada"][0] == UNJUDGED
    assert outcomes(room, one) == {"ce_loss": PASSED, "adam": UNJUDGED}


def test_what_is_compared_with_is_the_last_record(room, monkeypatch):
    room.judge(room.task("ada", "wrong"))
    room.judge(room.task("ada"))
    room.asked()
    changed(monkeypatch, adam="another")
    assert room.judge(room.task("ada")) == {"ada": (PASSED, "the hidden tests of adam changed")}
    assert room.asked() == ["adam"]


def test_a_bonus_that_could_not_be_judged_is_heard_of(room, monkeypatch):
    changed(monkeypatch, extra="there is such a question")
    assert room.judge(room.task("ada", "no bonus judged"))["ada"][0] == UNJUDGED


def test_only_one_question_with_a_change_in_another(room, monkeypatch):
    one = room.task("ada", "wrong")
    room.judge(one)
    room.asked()
    changed(monkeypatch, adam="another", ce_loss="another")
    room.judge(one, config=ONLY_ADAM)
    assert room.asked() == ["adam"]
    kept = room.run.store.get(room.run.store.keys("ada", "n")[-1]).evidence.questions
    assert [q.question for q in kept] == ["adam"]  # the other's tests changed: its old result says nothing any more
    room.judge(one)
    assert room.asked() == ["ce_loss"]
    assert outcomes(room, one) == {"ce_loss": FAILED, "adam": FAILED}


def test_what_only_one_question_was_judged_for_is_not_all_right(room):
    one = room.task("ada")
    room.judge(one, config=ONLY_ADAM)
    assert room.judge(one)["ada"] == (PASSED, "ce_loss could not be judged the last time")
    assert room.asked() == ["adam", "ce_loss"]
    assert outcomes(room, one) == {"ce_loss": PASSED, "adam": PASSED}


def test_two_who_hand_in_the_same_fault_are_told_the_same_and_tried_again_once(room):
    tasks = [room.task("ada", "unjudged"), room.task("bob", "unjudged")]
    assert {outcome for outcome, _ in room.judge(*tasks).values()} == {UNJUDGED}
    assert room.asked() == [BOTH]
    assert {outcome for outcome, _ in room.judge(*tasks).values()} == {UNJUDGED}
    assert room.asked() == [BOTH]


def test_convergence_stands_for_all_questions_that_train(room):
    typed = "".join(["conver", "gence"])  # as from a command line: another object than the code's own word
    run = ClassRun(LINEAR_MNIST, Config(Grading={"only": [typed, "adam"]}), room.folder)
    assert run._only == {"converge_sgd_momentum", "converge_other", "converge_adam", "adam"}


def evidence_of(*questions):
    """Evidence on questions, each with its outcome and the points that it is worth."""
    results = []
    for number, (outcome, worth) in enumerate(questions):
        test = TestResult("t", "", outcome, worth if outcome is Outcome.PASSED else 0.0, worth)
        results.append(QuestionResult(f"q{number}", f"test_q{number}", worth, (test,)))
    return Evidence("linear_mnist", tuple(results), (), timings={"all": 0.5})


@pytest.mark.parametrize(
    ("questions", "worst"),
    [
        ([], Outcome.PASSED),
        ([(Outcome.PASSED, 2.0), (Outcome.FAILED, 2.0)], Outcome.FAILED),
        ([(Outcome.PASSED, 2.0), (Outcome.FAILED, 0.0)], Outcome.PASSED),  # a bonus that was not earned costs nothing
        ([(Outcome.PASSED, 2.0), (Outcome.NOT_JUDGED, 0.0)], Outcome.NOT_JUDGED),
        ([(Outcome.FAILED, 2.0), (Outcome.NOT_JUDGED, 2.0)], Outcome.NOT_JUDGED),
        ([(Outcome.NOT_JUDGED, 2.0), (Outcome.FAILED, 2.0)], Outcome.NOT_JUDGED),
    ],
)
def test_a_submission_is_as_its_worst_question(room, questions, worst):
    done = run_module._done(room.task("ada"), evidence_of(*questions), "why", rerun=True)
    assert (done.outcome, done.seconds, done.title) == (worst, 0.5, "n")
    assert run_module._done(room.task("ada"), evidence_of(*questions), "why").seconds == 0.0


def known(room, one, evidence=None):
    """Put evidence on a task on record, as if it had been judged."""
    run = ClassRun(LINEAR_MNIST, CONFIG, room.folder)
    inputs = run._fingerprints.of(one)
    results = [QuestionResult(name, f"test_{name}", 2.0, (PASSED_TEST,)) for name in inputs.tests]
    run.store.put(run_module.Record(inputs, evidence or Evidence("linear_mnist", tuple(results), ()), "now"))
    run.store.note(one.student, one.title, inputs.key)
    return run


PASSED_TEST = TestResult("t", "", Outcome.PASSED, 2.0, 2.0)


def test_what_is_forgotten_is_judged_again(room):
    one = room.task("ada")
    run = known(room, one)
    run.judge([one], lambda done: None)
    assert room.asked() == []
    run.forget(one)
    run.judge([one], lambda done: None)
    assert room.asked() == [BOTH]


def test_evidence_that_has_gone_meanwhile_is_an_error_and_no_evidence(room, monkeypatch):
    one = room.task("ada")
    run = known(room, one)
    monkeypatch.setattr(run, "judge", lambda *_: None)
    monkeypatch.setattr(run.store, "get", lambda key: None)
    with pytest.raises(StoreError, match=r"the evidence on ada has gone from .*: grade again"):
        run.evidence(one)


def test_what_others_were_judged_for_is_noted_for_who_hands_in_the_same_later(room):
    run = known(room, room.task("ada"))
    run.judge([room.task("bob")], lambda done: None)
    assert run.store.keys("bob", "n") == run.store.keys("ada", "n") != []
    assert room.asked() == []
    assert run.evidence(room.task("eve")).questions[0].points == 2.0
    assert run.store.keys("eve", "n") == run.store.keys("ada", "n")

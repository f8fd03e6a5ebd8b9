"""Hidden tests of all kinds run for a notebook, in the judge's own pytest session, on copies that are threads."""

import dataclasses
import textwrap
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from autograder.judge import hypothesis_examples, pytest_plugin, pytest_sessions
from autograder.judge import judge_session as judge_session
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import NOT_JUDGED, CellResult, CellStatus, Outcome
from autograder.judge.judge_session import JudgeSession
from autograder.judge.number_format import number
from autograder.judge.outcome_rules import UNSTEADY
from autograder.judge.stopwatch import StalledError
from tests.judge.conftest import code, notebook

PASSED, FAILED, UNKNOWN = Outcome
RIGHT, WRONG = "def double(x): return 2 * x", "def double(x): return x"
QUICK = Config(NotebookJudge={"call_timeout": 0.6, "test_timeout": 5.0, "examples": 4})
REFERENCE = "def double(x):\n    return 2 * x\n"
HEAD = """
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from autograder.judge.answer_checks import StudentFailed

doubles = lambda student, x=1.0: student.double(x).close(2 * x, 1e-6, "The double")
"""


def hidden(question, *bodies, marks=(), points=1):
    """Hidden tests of a question."""
    made = []
    for count, body in enumerate(bodies):
        lines = [f"@pytest.mark.question({question!r})", f"@pytest.mark.points({points})", *marks]
        arguments = "student, x" if "given" in str(marks) else "student"
        lines.append(f"def test_{question}_{count}({arguments}):")
        lines.append(f'    """Sentence\n    {count}."""\n{textwrap.indent(body, "    ")}\n')
        made.append("\n".join(lines))
    return "\n".join(made)


DOUBLES = "doubles(student)"
GIVEN = "@given(x=st.floats(0, 100))"
CHOSEN = ("@example(x=50.0)", "@example(x=7.0)", GIVEN)
AT_MOST = "assert 0 < student.double(x).value <= "
HIDDEN = HEAD + "\n".join(
    [
        hidden("one", DOUBLES),
        hidden("another", DOUBLES),
        hidden("bonus", DOUBLES, marks=["@pytest.mark.bonus(2)"]),
        hidden("broken", f"{DOUBLES}\n1 / 0", marks=["@pytest.mark.bonus(2)"]),
        hidden("asserts", "assert student.double(1.0).value == 3"),
        "@pytest.fixture\ndef breaks():\n    yield\n    raise OSError('no disk')\n",
        hidden("teardown", DOUBLES, marks=["@pytest.mark.usefixtures('breaks')"]),
        hidden("setup", DOUBLES, marks=["@pytest.mark.usefixtures('no_such_fixture')"]),
        hidden("tenths", DOUBLES, DOUBLES, DOUBLES, points=0.1),
        hidden("two", DOUBLES, DOUBLES),
        hidden("numbers", DOUBLES, "doubles(student, 4.0)"),
        hidden("twice", *["doubles(student)\ndoubles(student, 2.0)"] * 2),
        hidden("five", DOUBLES, DOUBLES, "doubles(student, 4.0)", DOUBLES, DOUBLES),
        hidden("forbids", "doubles(student)\ndoubles(student, 2.0)", marks=["@pytest.mark.forbid('losses')"]),
        hidden("four", AT_MOST + "4", marks=[GIVEN]),
        hidden("three", AT_MOST + "3", marks=[GIVEN]),
        hidden("few", AT_MOST + "2", marks=["@pytest.mark.examples(2)", GIVEN]),
        hidden("fewer", AT_MOST + "1", marks=["@pytest.mark.examples(2)", GIVEN]),
        hidden("smaller", "doubles(student, x)", marks=CHOSEN),
        hidden("few_chosen", "doubles(student, x)", marks=["@pytest.mark.examples(3)", *CHOSEN]),
        hidden("as_drawn", "doubles(student, x)", marks=["@pytest.mark.examples(3)", GIVEN]),
        hidden("few_smaller", "doubles(student, x)", marks=["@pytest.mark.examples(3, smaller=True)", GIVEN]),
        hidden("unsteady", "doubles(student, x)", marks=[GIVEN]),
    ]
)


class Run:
    """Stands in for the run of a notebook: ``double`` is what each question has."""

    sandbox, left_out = "off", ("a.py was left out",)

    def __init__(self, machine, notebook, files, limits, config):
        self.machine, self.notebook, self.config = machine, notebook, config
        self.doubtful, self.closed, self.finished = False, False, False

    def copy_at(self, question):
        assert not self.closed
        self.machine.opened.append(question)
        found = self.machine.source
        if isinstance(found, dict):
            found = found[question]
        if isinstance(found, BaseException):
            raise found
        self.machine.copies.append(self.machine.copy_of(found))
        return self.machine.copies[-1]

    def why_missing(self, name, question):
        return f"{name} of {question} is gone"

    def recorded(self):
        return (CellResult(0, CellStatus.OK),)

    def finish(self):
        self.finished = True
        if self.machine.at_the_end:
            raise self.machine.at_the_end

    def close(self):
        self.closed = True


class Machine:
    def __init__(self, copy_of):
        self.copy_of, self.source, self.at_the_end = copy_of, RIGHT, None
        self.opened, self.copies, self.runs = [], [], []

    def run(self, *arguments):
        self.runs.append(Run(self, *arguments))
        return self.runs[-1]


@pytest.fixture
def machine(copy_of, monkeypatch):
    machine = Machine(copy_of)
    monkeypatch.setattr(judge_session, "NotebookRun", machine.run)
    monkeypatch.setattr(judge_session, "explained", lambda tests, *_: list(tests))
    return machine


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The hidden tests of an assignment: as ever, one pytest session serves all notebooks."""
    folder = tmp_path_factory.mktemp("hidden", numbered=False) / "an_assignment"
    folder.mkdir()
    path = folder / "test_hidden.py"
    path.write_text(HIDDEN)
    (folder / "reference.py").write_text(REFERENCE)
    yield path
    for running in pytest_sessions._waiting.pop(key_of(path), []):
        running.end()


def key_of(path):
    """What the sessions over the hidden tests of an assignment are kept by."""
    found = Assignment.at(path.parent)
    return found.folder, found.digest


@pytest.fixture
def judged(machine, path):
    """Return a function: the cells of a notebook, or one question → the session, when it has judged them."""

    def judge(*cells, questions=None, **metadata):
        cells = [(cell, 1) if isinstance(cell, str) else cell for cell in cells]
        assignment = Assignment.at(path.parent)
        session = JudgeSession(notebook(*cells, **metadata), path.parent, QUICK, questions, assignment)
        pytest_sessions.judge(session, assignment)
        return session

    return judge


def results(session):
    return {test.name: test for question in session.evidence().questions for test in question.tests}


def outcomes(session):
    return [test.outcome for test in results(session).values()]


def the_test(session):
    (test,) = results(session).values()
    return test


def test_a_test_that_passes_has_its_points_and_a_bonus_and_its_sentence(judged, machine):
    session = judged("bonus")
    evidence = session.evidence()
    (question,) = evidence.questions
    (test,) = question.tests
    assert (question.question, question.grade_id, question.max_points) == ("bonus", "test_bonus", 1)
    assert (test.points, test.max_points, test.bonus, test.max_bonus) == (1, 1, 2, 2)
    assert (test.outcome, test.name, test.sentence) == (PASSED, "test_bonus_0", "Sentence 0.")
    assert evidence.assignment == "an_assignment" and evidence.sandbox == "off"
    assert evidence.cells == (CellResult(0, CellStatus.OK),) and evidence.notes == ("a.py was left out",)
    assert sorted(evidence.timings) == ["all", "tests"]
    assert {"python", "torch", "numpy", "hypothesis"} == set(evidence.versions)
    assert question.note == "" and question.training is None
    (run,) = machine.runs
    assert run.finished and run.closed and not session.doubtful


def test_a_test_that_fails_has_none_of_them(judged, machine):
    machine.source = WRONG
    test = the_test(judged("bonus"))
    assert (test.points, test.max_points, test.bonus, test.max_bonus) == (0, 1, 0, 2)
    assert test.outcome is FAILED and test.message == "The double is 1, but it should be about 2."
    assert test.counterexample.inputs == (("x", "1"),)  # by the name that the reference has for it


def test_what_fails_in_a_test_itself_is_not_the_students_and_gives_no_points(judged):
    test = the_test(judged("broken"))
    assert (test.outcome, test.points, test.bonus, test.message) == (UNKNOWN, 0, 0, NOT_JUDGED)
    assert "ZeroDivisionError" in test.details


def test_the_plain_assert_of_a_test_fails_the_student(judged):
    assert outcomes(judged("asserts")) == [FAILED]


def test_an_error_after_a_test_takes_its_points_back(judged):
    (test,) = judged("teardown").evidence().questions[0].tests
    assert (test.outcome, test.points) == (UNKNOWN, 0) and "no disk" in test.details


def test_an_error_before_a_test_could_not_be_judged(judged):
    test = the_test(judged("setup"))
    assert (test.outcome, test.points) == (UNKNOWN, 0)


def test_questions_are_judged_in_the_notebooks_order_and_only_those_that_it_has(judged, machine):
    session = judged(code("a = 1"), "another", "one")
    assert machine.opened == ["another", "one"]
    assert [question.question for question in session.evidence().questions] == ["another", "one"]


def test_only_the_questions_that_are_asked_for_are_judged(judged, machine):
    session = judged("another", "one", questions=frozenset(["one"]))
    assert machine.opened == ["one"]
    assert [question.question for question in session.evidence().questions] == ["one"]


def test_points_that_do_not_add_up_give_none_and_both_numbers(judged):
    for possible in (2, 0.5, 1.001):
        (question,) = judged(("one", possible)).evidence().questions
        assert (question.outcome, question.points, question.max_points) == (UNKNOWN, 0, possible)
        assert question.tests[0].max_points == possible
        assert question.tests[0].details == (
            f"the hidden tests of one are worth 1 points, its cell {possible:g}: mend the one or the other"
        )


def test_points_that_add_up_but_for_rounding_do(judged):
    (question,) = judged(("tenths", 0.3)).evidence().questions
    assert question.outcome is PASSED and question.points == pytest.approx(0.3)


def test_a_question_without_any_test_could_not_be_judged(judged):
    questions = judged("one", ("untested", 0)).evidence().questions
    assert [question.outcome for question in questions] == [PASSED, UNKNOWN]


def test_an_answer_that_is_as_handed_out_is_called_that_and_not_diagnosed(judged, machine, monkeypatch):
    machine.source = WRONG
    asked = []
    monkeypatch.setattr(judge_session, "explained", lambda tests, trial, *names: asked.append(names) or list(tests))
    stub = judged("one", autograder={"unanswered": ["one"]})
    assert stub.evidence().questions[0].note == "This answer is still as it was handed out."
    assert asked == []
    judged("one", autograder={"unanswered": ["another"]})
    assert [(assignment.name, question) for assignment, question in asked] == [("an_assignment", "one")]


def test_what_failed_is_diagnosed_from_the_calls_of_all_its_tests(judged, machine, monkeypatch):
    machine.source = "def double(x): return 2.0 * x if x < 3 else 0.0"
    trials = []

    def explained(found, trial, assignment, question):
        trials.append(trial)
        return [dataclasses.replace(test, diagnosis="named") for test in found]

    monkeypatch.setattr(judge_session, "explained", explained)
    session = judged(("numbers", 2), "one")
    (trial,) = trials  # of the question that failed alone
    assert trial.failed == {"test_numbers_1"}
    calls = {name: [(call.arguments, call.value) for call in found] for name, found in trial.calls.items()}
    assert calls == {"test_numbers_0": [((1.0,), 2.0)], "test_numbers_1": [((4.0,), 0.0)]}
    assert [test.diagnosis for test in results(session).values()] == ["named", "named", ""]
    assert not any(question.calls for question in session._questions.values())  # tensors, that nobody asks for now


def test_what_only_could_not_be_judged_is_not_diagnosed(judged, monkeypatch):
    asked = []
    monkeypatch.setattr(judge_session, "explained", lambda *_: asked.append(1) or [])
    assert outcomes(judged("broken")) == [UNKNOWN] and not asked


def test_a_failure_is_tried_again_in_a_fresh_copy_and_what_passes_there_counts(judged, machine):
    machine.source = "calls = 0\ndef double(x):\n    global calls\n    calls += 1\n    return 2 * x if calls < 4 else x"
    assert outcomes(judged(("twice", 2))) == [PASSED, PASSED]
    assert machine.opened == ["twice", "twice"]


def test_tests_share_a_copy_until_one_has_failed(judged, machine):
    machine.source = "def double(x): return 2 * x if x < 3 else x"
    assert outcomes(judged(("five", 5))) == [PASSED, PASSED, FAILED, PASSED, PASSED]
    assert machine.opened == ["five"] * 4  # shared; the failure's own; one for each that comes after it
    assert all(copy.pidfd == -1 for copy in machine.copies)  # they are closed


def test_a_copy_is_not_lent_to_another_question(judged, machine):
    assert outcomes(judged("another", "one")) == [PASSED, PASSED]
    assert len(machine.copies) == 2 and all(copy.pidfd == -1 for copy in machine.copies)


def test_a_hang_ends_its_question_and_no_other(judged, machine):
    machine.source = {"five": "import time\ndef double(x): time.sleep(1.5)", "one": RIGHT}
    session = judged(("five", 5), "one")
    first, *others, _ = results(session).values()
    assert first.message == "double did not return within 0.6 s and was stopped."
    assert [test.message for test in others] == ["Not tried: " + first.message] * 4
    assert outcomes(session) == [FAILED] * 5 + [PASSED]
    assert machine.opened == ["five", "five", "one"] and not session.doubtful


def test_a_process_that_did_not_get_on_is_in_doubt_and_its_question_not_judged(judged, machine):
    machine.source = StalledError("the machine did not get on")
    session = judged(("two", 2))
    assert outcomes(session) == [UNKNOWN, UNKNOWN] and session.doubtful
    assert machine.opened == ["two", "two"]  # the quick way, and once more; the second test is not tried
    assert "did not get on" in results(session)["test_two_1"].details


def test_a_kernel_that_cannot_be_had_gives_no_points_and_is_in_no_doubt(judged, machine):
    machine.source = CannotJudge("no kernel")
    session = judged("one")
    assert outcomes(session) == [UNKNOWN] and not session.doubtful
    assert the_test(session).details == "no kernel"


def test_a_run_in_doubt_makes_the_session_doubtful(judged, machine):
    session = judged("one")
    machine.runs[0].doubtful = True
    assert session.doubtful


def test_cells_that_could_not_be_run_in_the_end_are_told(judged, machine):
    machine.at_the_end = CannotJudge("no processes left")
    session = judged("one")
    assert outcomes(session) == [PASSED]
    assert session.evidence().notes == (
        "a.py was left out",
        "The cells could not all be run: no processes left",
    )


def test_a_name_that_is_missing_is_asked_of_the_run(judged, machine):
    machine.source = ""
    assert the_test(judged("one")).message == (
        "double is not defined at this point of the notebook: double of one is gone."
    )


def test_what_a_question_forbids_costs_it_even_if_it_is_seen_once(judged, machine):
    machine.source = (
        "calls = 0\ndef double(x):\n    global calls\n    calls += 1\n"
        "    if calls == 1: F.cross_entropy(torch.ones(1, 2), torch.tensor([0]))\n    return 2 * x"
    )
    test = the_test(judged("forbids"))
    assert test.outcome is FAILED
    assert "uses torch.nn.functional.cross_entropy, which this question" in test.message
    assert machine.opened == ["forbids"]  # what is proven is not tried again
    assert outcomes(judged("one")) == [PASSED]


def test_no_more_examples_are_tried_than_the_settings_or_the_test_say(judged, machine):
    machine.source = "calls = 0\ndef double(x):\n    global calls\n    calls += 1\n    return float(calls)"
    assert outcomes(judged("four", "few")) == [PASSED, PASSED]
    assert outcomes(judged("three", "fewer")) == [FAILED, FAILED]


def test_a_failure_is_made_smaller_unless_a_test_has_few_examples(judged, machine):
    machine.source = "def double(x): return 2 * x if x < 7 else x"
    for question, shown in (("smaller", 50.0), ("few_chosen", 50.0), ("few_smaller", 7.0)):
        assert the_test(judged(question)).counterexample.inputs == (("x", number(shown)),)
    assert the_test(judged("as_drawn")).counterexample.inputs != (("x", number(7.0)),)
    before = len(machine.copies)
    machine.source = (
        "calls = 0\ndef double(x):\n    global calls\n    calls += 1\n    return -float(calls)"  # which call is shown?
    )
    shown = the_test(judged("as_drawn")).counterexample.yours
    assert len(machine.copies) == before + 2 and shown == "-1"


def test_who_answers_now_so_and_now_otherwise_has_failed(judged, machine):
    machine.source = (
        "calls = 0\ndef double(x):\n    global calls\n    calls += 1\n    return 2 * x if calls != 3 else -1.0"
    )
    test = the_test(judged("unsteady"))
    assert test.outcome is FAILED and test.message.endswith(UNSTEADY)


def test_a_notebook_leaves_nothing_to_the_next(judged, machine, monkeypatch):
    judged("one")
    monkeypatch.setattr(pytest, "main", None)  # it is not started again
    machine.source = WRONG
    assert outcomes(judged("one")) == [FAILED]
    machine.source = RIGHT
    assert outcomes(judged("another", "one")) == [PASSED, PASSED]
    machine.source = WRONG
    assert [test.outcome for test in judged("one", "another").evidence().questions] == [FAILED, FAILED]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_goes_wrong_in_a_session_is_said_and_the_next_notebook_has_another(judged, path, monkeypatch):
    judged("one")
    with monkeypatch.context() as patch:
        patch.setattr(JudgeSession, "sort", lambda self, items: {}["ours"])
        with pytest.raises(CannotJudge, match=r"can't be run \(pytest says .*: run `pytest .*an_assignment --notebook"):
            judged("one")
    assert pytest_sessions._waiting[key_of(path)] == []
    assert outcomes(judged("one")) == [PASSED]


def test_a_session_that_was_ended_is_not_used_again(judged, path):
    judged("one")
    (running,) = pytest_sessions._waiting[key_of(path)]
    pytest_sessions.end_all()
    assert not running.is_alive() and pytest_sessions._waiting[key_of(path)] == []


@pytest.mark.parametrize("marks", [{"question": ["one"]}, {"points": [1]}, {"question": ["one"], "points": [-1]}, {}])
def test_hidden_tests_without_question_or_points_are_refused(machine, tmp_path, marks):
    marked = {name: SimpleNamespace(args=arguments) for name, arguments in marks.items()}
    session = JudgeSession(notebook(("one", 1)), tmp_path, QUICK, None, Assignment("a", tmp_path))
    with pytest.raises(
        pytest.UsageError, match=r"here::test_it needs the markers question\(name\) and points\(number\)"
    ):
        session.sort([SimpleNamespace(nodeid="here::test_it", get_closest_marker=marked.get)])


def test_hidden_tests_that_cannot_be_collected_are_refused(machine, tmp_path):
    (tmp_path / "test_hidden.py").write_text("def (")
    with pytest.raises(CannotJudge, match=r"the hidden tests can't be run \(pytest says"):
        pytest_sessions.judge(JudgeSession(notebook(("one", 1)), tmp_path, QUICK), Assignment.at(tmp_path))


@pytest.mark.parametrize("which", ["student", "training"])
def test_hidden_tests_without_a_notebook_say_what_is_missing(which):
    request = SimpleNamespace(config=SimpleNamespace(stash={}))
    with pytest.raises(pytest.UsageError, match="need a notebook to judge: add --notebook PATH"):
        list(getattr(pytest_plugin, which).__wrapped__(request))


def test_a_session_begins_before_there_is_a_notebook_and_draws_the_examples(machine, path, judged, monkeypatch):
    drawn = {}
    monkeypatch.setattr(hypothesis_examples, "_drawn", drawn)
    pytest_sessions.begin(Assignment.at(path.parent), 4)
    running = pytest_sessions._waiting[key_of(path)][-1]
    assert outcomes(judged("one")) == [PASSED]
    assert pytest_sessions._waiting[key_of(path)][-1] is running
    counts = {name: len(examples) for (_, _, name, _), examples in drawn.items()}
    assert counts["test_four_0"] == 4
    assert counts["test_few_0"] == 2
    before = dict(drawn)
    judged("four", "few")
    assert drawn == before

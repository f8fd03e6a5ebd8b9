"""A question that is answered by a class, judged in real kernels: right, wrong, and all the ways there is no answer."""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from traitlets.config import Config

from autograder.judge import judge_session, pytest_sessions
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence, Outcome
from autograder.judge.forbidden_use import forbidden
from autograder.judge.judge_session import JudgeSession
from tests.judge.conftest import code, notebook, test_cell

PASSED, FAILED, UNKNOWN = Outcome
HIDDEN = '''
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.probed import probes, reference

pytestmark = pytest.mark.forbid("data", "sorting")


def check(student, data, size):
    student.probe(probes.batches, "Loader", data, size).equal(probes.batches(reference.Loader, data, size))


@pytest.mark.question("loader")
@pytest.mark.points(2)
@given(data=st.lists(st.integers(0, 9), min_size=1, max_size=9), size=st.integers(1, 4))
def test_batches(student, data, size):
    """A loader gives all samples, in batches, at every pass."""
    check(student, data, size)


@pytest.mark.question("loader")
@pytest.mark.points(1)
def test_one_batch(student):
    """A loader may have one batch only."""
    check(student, [1, 2, 3], 5)
'''
LOADER = Path(__file__).with_name("probed").joinpath("reference.py").read_text(encoding="utf-8")
CONFIG = Config(NotebookJudge={"call_timeout": 1.5, "test_timeout": 10.0, "examples": 12})


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed", numbered=False) / "tiny"
    folder.mkdir()
    path = folder / "test_hidden.py"
    path.write_text(HIDDEN)
    (folder / "forbidden.py").write_text('CATEGORIES = {"sorting": ("torch.sort", "builtins.sorted")}\n')
    yield path
    found = Assignment.at(folder)
    for running in pytest_sessions._waiting.pop((found.folder, found.digest), []):
        running.end()


@pytest.fixture
def judged(path, monkeypatch):
    """Return a function: the answer's cell → the question's result."""
    monkeypatch.setattr(judge_session, "explained", lambda tests, *_: list(tests))

    def judge(source, **metadata):
        cells, assignment = ("import torch", source, ("loader", 3)), Assignment.at(path.parent)
        session = JudgeSession(notebook(*cells, **metadata), path.parent, CONFIG, None, assignment)
        pytest_sessions.judge(session, assignment)
        evidence = session.evidence()
        assert Evidence.from_json(evidence.to_json()) == evidence
        return evidence.questions[0]

    return judge


def changed(old, new):
    assert old in LOADER
    return LOADER.replace(old, new)


YIELD = "yield self.data[start : start + self.size]"


def test_a_right_class_gets_everything(judged):
    found = judged(LOADER)
    assert (found.outcome, found.points) == (PASSED, 3), found.tests


def test_a_wrong_class_is_shown_the_smallest_case_and_what_was_done_in_it(judged):
    found = judged(changed("-(-len(self.data) // self.size)", "len(self.data) // self.size"))
    test = found.tests[0]
    assert (found.outcome, found.points) == (FAILED, 0)
    assert test.message == "In what came back under 'length': it is 0, but it should be 1."
    assert test.counterexample.inputs == (
        ("tried", "A loader over 1 sample in batches of 2, gone through twice"), ("data", "[0]"), ("size", "2"),
    )  # fmt: skip
    assert (test.counterexample.yours, test.counterexample.expected) == ("under 'length': 0", "under 'length': 1")


NO_ANSWERS = {
    "hanging": (changed(YIELD, "while True: pass"), "Loader did not return within 1.5 s and was stopped."),
    "crashing": (changed(YIELD, "import ctypes; yield ctypes.string_at(0)"), "Loader ended its process: it was killed"),
    "exiting": (changed(YIELD, "import os; yield os._exit(3)"), "Loader ended its process"),
    "memory": (changed(YIELD, "yield 'x' * (4 << 30)"), "Loader asked for more memory than it may have."),
    "missing": ("Loaders = 1", "Loader is not defined at this point of the notebook."),
    "failing": (changed(YIELD, "yield self.no_such_thing"), "(in the line `yield self.no_such_thing`)"),
    "no length": (changed("__len__", "length"), "The test did `len(loader)` with your Loader"),
    "forbidden": ("from torch.utils.data import DataLoader\ndef Loader(data, size):\n    return DataLoader(data, size)",
                  "Loader uses torch.utils.data.DataLoader, which this question asks you to do without."),
    "an alias": ("from torch.utils.data import DataLoader as Loader",
                 "Loader uses torch.utils.data.DataLoader, which this question asks you to do without."),
    "sorted": (changed("self.data, self.size = data", "self.data, self.size = sorted(data)"),
               "Loader uses builtins.sorted, which"),
    "objects": (changed(YIELD, "yield object()"),
                "In what came back under 'first', element [0]: it should be a list or tuple, but it is an"),
    "a stub": ("class Loader:\n    ...", "Loader() takes no arguments"),
    "lying length": (changed("return -(-len(self.data) // self.size)", "return True + 10**30"),
                     "The test did `len(loader)` with your Loader, which raised OverflowError"),
    "a lying class": (changed("def __len__", "__class__ = property(lambda self: list)\n\n    def __len__")
                      + "\n    def __eq__(self, other):\n        return True\n", None),
}  # fmt: skip


@pytest.mark.parametrize(("source", "message"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_a_class_that_gives_no_answer(judged, source, message):
    found = judged(source)
    if message is None:
        assert (found.outcome, found.points) == (PASSED, 3), found.tests
        return
    assert (found.outcome, found.points) == (FAILED, 0), found.tests
    assert message in found.tests[0].message
    assert found.tests[0].sentence == "A loader gives all samples, in batches, at every pass."


def test_an_endless_loader_is_cut_short_by_the_probe(judged):
    found = judged(changed("for start in range(0, len(self.data), self.size)", "for start in iter(int, 1)"))
    assert found.outcome is FAILED and "under 'first': it has 100 elements" in found.tests[0].message


def test_a_class_as_it_was_handed_out_is_called_that(judged):
    found = judged("class Loader:\n    ...", autograder={"unanswered": ["loader"]})
    assert found.note == "This answer is still as it was handed out." and found.points == 0


def test_a_hidden_test_with_a_probe_is_debugged_by_hand(path, tmp_path, capfd):
    """As in test_judge_session, there as a program: here without loading everything once more."""
    nbformat.write(nbformat.v4.new_notebook(cells=[code(LOADER), test_cell("loader", 3)]), tmp_path / "tiny.ipynb")
    arguments = [path, "--notebook", tmp_path / "tiny.ipynb", "-k", "one_batch", "-q", "-p", "no:cacheprovider"]
    ended, said = pytest.main([str(one) for one in arguments]), capfd.readouterr()
    assert ended == 0 and "1 passed" in said.out, said


def test_a_category_that_there_is_not_is_said_before_anything_is_judged(tmp_path):
    path = tmp_path / "test_hidden.py"
    path.write_text(HIDDEN)  # without forbidden.py
    assignment = Assignment.at(tmp_path)
    session = JudgeSession(notebook("a = 1", ("loader", 3)), tmp_path, CONFIG, None, assignment)
    with pytest.raises(CannotJudge, match="the hidden tests can't be run"):
        pytest_sessions.judge(session, assignment)
    item = SimpleNamespace(
        nodeid="here::test_it", path=path, iter_markers=lambda name: [SimpleNamespace(args=("data", "sorting"))]
    )
    with pytest.raises(pytest.UsageError, match=r"forbids 'sorting': that is no category \(autograd, losses"):
        forbidden(item, {})

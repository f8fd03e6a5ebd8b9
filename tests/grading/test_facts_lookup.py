"""What is known of an assignment is read once, in another process, and is never older than what it follows from."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.grading import facts_lookup
from autograder.grading.assignment_reading import read
from autograder.grading.errors import StoreError
from autograder.grading.evidence_store import Store
from autograder.grading.facts_lookup import facts_of
from autograder.judge.assignment import Assignment, BrokenAssignment

LINEAR_MNIST = Assignment.find("linear_mnist")
POINTS = {"adam": 6.0}


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """How often files were read; no process is started for it."""
    found = []
    monkeypatch.setattr(facts_lookup, "_known", {})
    monkeypatch.setattr(
        facts_lookup, "in_another_process", lambda config, function, *given: found.append(1) or function(*given)
    )
    return found


@pytest.fixture
def copied(tmp_path):
    """The assignment's folder, where it can be changed."""
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(LINEAR_MNIST.folder, tmp_path / "own" / "linear_mnist", ignore=ignored)


def found(store, assignment=LINEAR_MNIST, points=POINTS, **settings):
    facts_lookup._known.clear()  # as in another run
    return facts_of(assignment, Config(**settings), store, points)


def test_what_was_read_is_what_is_known(tmp_path, asked):
    store = Store(tmp_path, "linear_mnist")
    first = found(store)
    assert first == read(LINEAR_MNIST, Config(), POINTS) == found(store)
    assert set(first.trained) == {"converge_sgd_momentum", "converge_other", "converge_adam"} and first.lasting
    assert len(asked) == 1
    assert facts_of(LINEAR_MNIST, Config(), Store(tmp_path / "other", "linear_mnist"), POINTS) == first
    assert len(asked) == 1  # the same program has no need of a store


def test_a_change_of_what_it_follows_from_has_it_read_again(tmp_path, asked, copied, monkeypatch):
    store = Store(tmp_path, "linear_mnist")
    own = Assignment.at(copied)
    first = found(store, own)
    (copied / "reference.py").write_text((copied / "reference.py").read_text() + "\n")
    assert found(store, Assignment.at(copied)).tests != first.tests and len(asked) == 2
    assert found(store, Assignment.at(copied), Training={"budget": 30.0}) and len(asked) == 3
    assert found(store, Assignment.at(copied)) and len(asked) == 4
    assert found(store, Assignment.at(copied), {"adam": 7.0}).fault and len(asked) == 5
    found(store)
    there = tmp_path / "elsewhere" / "MNIST" / "raw" / "train-images-idx3-ubyte"
    for change in (
        lambda: monkeypatch.setattr(facts_lookup, "libraries", lambda: {"torch": "0"}),
        lambda: monkeypatch.setattr(facts_lookup, "code_sum", lambda parts: "another"),
        lambda: monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path / "elsewhere")),
        lambda: there.mkdir(parents=True),
        lambda: (there / "more").touch(),  # another size, or another time
    ):
        change()
        before = len(asked)
        assert found(store) == found(store) and len(asked) == before + 1


def test_data_that_was_prepared_and_is_gone_is_prepared_again(tmp_path, asked):
    store = Store(tmp_path, "linear_mnist")
    facts = found(store)
    assert all(Path(folder).is_dir() for folder in facts.prepared)
    path = tmp_path / "linear_mnist" / "assignment.json"
    path.write_text(path.read_text().replace(json.dumps(facts.prepared[0]), json.dumps(str(tmp_path / "gone"))))
    assert found(store) == facts and len(asked) == 2


def test_where_data_come_from_that_nobody_knows_of_nothing_is_kept(tmp_path, asked, monkeypatch):
    monkeypatch.setattr("autograder.grading.assignment_reading.MNIST_OR_DIGITS", None)
    store = Store(tmp_path, "linear_mnist")
    assert found(store) == facts_of(LINEAR_MNIST, Config(), store, POINTS)
    assert len(asked) == 2 and not store.folder.exists()


def test_a_fault_is_not_kept(tmp_path, asked):
    store = Store(tmp_path, "linear_mnist")
    assert "are worth 6 points, its cell test_adam 5" in found(store, points={"adam": 5.0}).fault
    assert found(store, points={"adam": 5.0}).fault and len(asked) == 2 and not store.folder.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"key": 1}', '{"facts": {}}', "\0", '{"key": "KEY", "facts": {"tests": 1}}']
)
def test_what_is_damaged_is_read_again(tmp_path, asked, text):
    store = Store(tmp_path, "linear_mnist")
    facts, path = found(store), tmp_path / "linear_mnist" / "assignment.json"
    path.write_text(text.replace("KEY", json.loads(path.read_text())["key"]))
    assert found(store) == facts and len(asked) == 2
    assert store.facts(json.loads(path.read_text())["key"]) == facts


def test_a_store_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "linear_mnist").write_text("in the way")
    with pytest.raises(StoreError, match="can't be written"):
        found(Store(tmp_path, "linear_mnist"))


def test_what_no_file_speaks_of_has_the_sum_of_what_is_shared():
    facts = read(LINEAR_MNIST, Config())
    assert facts.tests_of("nobody's") == facts.tests_of("other") == facts.whatever_data_of("nobody's")
    assert facts.tests_of("adam") != facts.tests_of("nobody's")
    assert dataclasses.replace(facts) == facts


BROKEN = """
from pathlib import Path
from traitlets.config import Config
from autograder.grading.evidence_store import Store
from autograder.grading.facts_lookup import facts_of
from autograder.judge.assignment import Assignment
import sys
facts_of(Assignment.at(Path(sys.argv[1])), Config(), Store(Path(sys.argv[2]), "linear_mnist"))
"""


def test_in_the_other_process_a_broken_file_is_named_and_torch_stays_there(tmp_path, copied):
    def run(more):
        command = [sys.executable, "-c", BROKEN + more, copied, tmp_path]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run("print('torch' in sys.modules, 'hypothesis' in sys.modules)")
    assert (done.stdout, done.returncode) == ("False False\n", 0), done.stderr
    (copied / "misconceptions.py").write_text("import nothing_of_that_name\n")
    done = run("")
    assert BrokenAssignment.__name__ in done.stderr and "misconceptions.py, line 1" in done.stderr

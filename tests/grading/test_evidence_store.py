"""The evidence store: whole records or none, whatever happens while they are written."""

import dataclasses
import json
import os
import shutil
import time

import pytest

from autograder.grading.errors import StoreError
from autograder.grading.evidence_key import Inputs
from autograder.grading.evidence_store import ABANDONED, TEMPORARY, Record, Store
from autograder.judge.evidence import (
    CellResult,
    CellStatus,
    Counterexample,
    Evidence,
    Outcome,
    QuestionResult,
    TestResult,
)

INPUTS = Inputs("code", "files", {"adam": "t1", "ce_loss": "t2"}, "g", {"torch": "2.15.0"}, "s", (), "cpu")
EXAMPLE = Counterexample((("X", "1×1 float64 [[\ud800]]"),), "NaN", "0")
TEST = TestResult("test_a", "It works.", Outcome.FAILED, 0.0, 2.0, "no", EXAMPLE, "sign", "Look at the sign.")
CELL = CellResult(3, CellStatus.OK, outputs=({"output_type": "stream", "name": "stdout", "text": "é"},))
EVIDENCE = Evidence("a", (QuestionResult("adam", "test_adam", 2.0, (TEST,)),), (CELL,), timings={"all": 1.5})
RECORD = Record(INPUTS, EVIDENCE, "2026-11-25T10:00:00+00:00")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path, "a")


def path_of(store, record=RECORD):
    key = record.inputs.key
    return store.folder / "records" / key[:2] / f"{key}.json"


def test_a_record_comes_back_as_it_was(store):
    record = dataclasses.replace(RECORD, evidence=dataclasses.replace(EVIDENCE, questions=()))
    store.put(record)
    assert store.get(INPUTS.key) == record
    assert store.get("0" * 64) is None


def test_what_can_be_no_text_file_is_replaced_not_fatal(store):
    store.put(RECORD)
    (question,) = store.get(INPUTS.key).evidence.questions
    assert question.tests[0].counterexample.inputs == (("X", "1×1 float64 [[?]]"),)


def test_the_format_is_as_documented(store):
    store.check()
    store.put(RECORD)
    raw = json.loads(path_of(store).read_text())
    assert list(raw) == ["format", "key", "inputs", "judged", "evidence"]
    assert (raw["format"], raw["key"], raw["inputs"]["tests"]["adam"]) == (1, INPUTS.key, "t1")
    assert json.loads((store.folder / "format.json").read_text()) == {"format": 1}


@pytest.mark.parametrize("change", [lambda text: text[: len(text) // 2], lambda text: "", lambda text: "[]",
                                    lambda text: text.replace('"t1"', '"t9"'),
                                    lambda text: text.replace('"format": 1', '"format": 2')])  # fmt: skip
def test_a_damaged_record_counts_as_none_and_is_heard_of(store, change, caplog):
    store.put(RECORD)
    path_of(store).write_text(change(path_of(store).read_text()))
    assert store.get(INPUTS.key) is None
    assert "is of no use" in caplog.text


def test_a_record_is_there_whole_or_not_at_all(store, monkeypatch):
    store.put(RECORD)
    before = path_of(store).read_text()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match=r"No space left on device.*make room.*What was judged so far is kept"):
        store.put(dataclasses.replace(RECORD, judged="later"))
    assert path_of(store).read_text() == before
    assert [path.name for path in path_of(store).parent.iterdir()] == [path_of(store).name]


def test_a_folder_that_is_none_is_an_error_with_a_next_step(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"can't be written \(Not a directory.*set c.Grading.store"):
        Store(tmp_path / "file", "a").check()


def test_a_students_records_are_listed_oldest_first_none_twice_in_a_row(store):
    for key in ("k1", "k1", "k2", "k1"):
        store.note("ada", "n", key)
    store.note("bob", "n", "k2")
    assert store.keys("ada", "n") == ["k1", "k2", "k1"]
    assert store.keys("nobody", "n") == []
    assert list(store.students()) == [("ada", "n"), ("bob", "n")]


def test_a_damaged_list_begins_anew(store, caplog):
    store.note("ada", "n", "k1")
    (store.folder / "students" / "ada" / "n.json").write_text("{")
    assert store.keys("ada", "n") == []
    assert "ada's records can't be read" in caplog.text


DAMAGED = ["", "{", '{"format": 1}', '{"keys": "k1"}', '{"keys": [1]}', "[]", "null", "\xff"]


@pytest.mark.parametrize("text", DAMAGED)
def test_nothing_is_deleted_while_a_list_cannot_be_read(store, text):
    other = dataclasses.replace(RECORD, inputs=dataclasses.replace(INPUTS, notebook="other"))
    for student, record in (("ada", RECORD), ("bob", other)):
        store.put(record)
        store.note(student, "n", record.inputs.key)
    store.note("bob", "n", "k2")
    (store.folder / "students" / "ada" / "n.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(StoreError, match=r"ada.n.json can't be read .*Nothing was deleted. Grade ada again"):
        store.prune(1)
    assert store.get(INPUTS.key) is not None and store.get(other.inputs.key) is not None
    assert store.keys("bob", "n") == [other.inputs.key, "k2"]
    store.note("ada", "n", INPUTS.key)
    assert store.prune(1)[0] == 1
    assert store.get(INPUTS.key) is not None and store.get(other.inputs.key) is None


def test_nothing_is_deleted_where_no_list_says_whose_it_is(store, monkeypatch):
    store.put(RECORD)
    with pytest.raises(StoreError, match=r"no list of whose they are: .*Nothing was deleted"):
        store.prune(1)
    store.note("ada", "n", INPUTS.key)

    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(store.folder), "iterdir", closed)
    with pytest.raises(StoreError, match="Permission denied"):
        store.prune(1)
    monkeypatch.undo()
    assert store.get(INPUTS.key) is not None


def test_a_list_that_cannot_be_read_is_not_begun_anew(store, monkeypatch):
    store.note("ada", "n", "k1")

    def closed(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(store.folder), "read_text", closed)
    with pytest.raises(StoreError, match=r"n.json can't be read .*Permission denied"):
        store.note("ada", "n", "k2")
    monkeypatch.undo()
    assert store.keys("ada", "n") == ["k1"]


def test_pruning_keeps_what_grades_were_made_of(store):
    former = dataclasses.replace(RECORD, inputs=dataclasses.replace(INPUTS, notebook="former"))
    for record in (former, RECORD):
        store.put(record)
        store.note("ada", "n", record.inputs.key)
    old, new = (path_of(store).with_name(f"{TEMPORARY}{name}") for name in ("old", "new"))
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - ABANDONED - 1,) * 2)
    count, size = store.prune(2)
    assert (count, size) == (1, 4)  # the unfinished file of a run that is long gone
    assert not old.exists() and new.exists()
    assert store.prune(1)[0] == 1
    assert store.get(former.inputs.key) is None
    assert store.get(INPUTS.key) is not None
    assert store.keys("ada", "n") == [INPUTS.key]


def files_of(store):
    return {str(path): path.read_bytes() for path in store.folder.rglob("*") if path.is_file()}


def kept(store):
    store.check()
    store.put(RECORD)
    store.note("ada", "n", INPUTS.key)


def test_pruning_leaves_what_others_have_put_there(store):
    kept(store)
    theirs = [path_of(store).with_name("notes.json"), store.folder / "data" / f"{TEMPORARY}thesis"]
    theirs += [path_of(store).with_name("a" * 64 + ".json"), store.folder / "records" / "mine" / ("b" * 64 + ".json")]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        os.utime(path, (time.time() - 2 * ABANDONED,) * 2)
    assert store.prune(1) == (0, 0)
    assert all(path.exists() for path in theirs)


def without_a_list(store):
    (store.folder / "students" / "ada" / "n.json").write_text("{")


def without_any_list(store):
    shutil.rmtree(store.folder / "students")


def of_another_version(store):
    (store.folder / "format.json").write_text('{"format": 99}')


def of_no_version(store):
    (store.folder / "format.json").write_text("{")


@pytest.mark.parametrize(
    "spoil", [without_a_list, without_any_list, of_another_version, of_no_version], ids=lambda spoil: spoil.__name__
)
def test_pruning_deletes_nothing_that_it_does_not_understand(store, spoil):
    kept(store)
    spoil(store)
    before = files_of(store)
    with pytest.raises(StoreError, match="Nothing was deleted"):
        store.prune(1)
    assert files_of(store) == before


@pytest.mark.parametrize("keep", [1, 2])
def test_of_several_records_the_last_ones_are_kept(store, keep):
    records = [dataclasses.replace(RECORD, inputs=dataclasses.replace(INPUTS, notebook=str(n))) for n in range(4)]
    for record in records:
        store.put(record)
        store.note("ada", "n", record.inputs.key)
    assert store.prune(keep)[0] == 4 - keep
    assert [store.get(record.inputs.key) is not None for record in records] == [n >= 4 - keep for n in range(4)]


def test_a_record_that_somebody_else_needs_is_kept(store):
    kept(store)
    store.note("ada", "n", "k2")
    store.note("bob", "n", INPUTS.key)
    assert store.prune(1) == (0, 0)
    assert store.get(INPUTS.key) is not None


def test_unfinished_files_go_from_all_places_and_are_nobodys_list(store):
    kept(store)
    old = [store.folder / f"{TEMPORARY}a", store.folder / "students" / "ada" / f"{TEMPORARY}b",
           path_of(store).with_name(f"{TEMPORARY}c")]  # fmt: skip
    for path in old:
        path.write_text("half")
        os.utime(path, (time.time() - ABANDONED - 1,) * 2)
    (store.folder / "students" / "ada" / "notes.txt").write_text("somebody's")
    assert store.prune(1) == (3, 12)
    assert not any(path.exists() for path in old) and (store.folder / "students" / "ada" / "notes.txt").exists()
    assert list(store.students()) == [("ada", "n")]


def test_a_record_that_cannot_be_read_is_not_taken_for_none(store, monkeypatch):
    store.put(RECORD)

    def closed(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(store.folder), "read_text", closed)
    with pytest.raises(StoreError, match=r"can't be read .*Permission denied.*mend that, or delete the file"):
        store.get(INPUTS.key)


def test_what_is_forgotten_is_gone_and_nothing_else(store, monkeypatch):
    kept(store)
    store.forget("0" * 64)
    assert store.get(INPUTS.key) is not None
    store.forget(INPUTS.key)
    assert store.get(INPUTS.key) is None and store.keys("ada", "n") == [INPUTS.key]

    def closed(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(store.folder), "unlink", closed)
    with pytest.raises(StoreError, match=r"can't be deleted .*Permission denied"):
        store.forget(INPUTS.key)


def test_a_record_under_another_key_than_its_own_is_none(store):
    other = dataclasses.replace(INPUTS, notebook="other").key
    store.put(RECORD)
    path = store.folder / "records" / other[:2] / f"{other}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(path_of(store).read_text().replace(INPUTS.key, other))
    assert store.get(other) is None

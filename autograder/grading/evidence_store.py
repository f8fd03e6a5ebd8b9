"""The evidence store: what was found out is kept, so that nothing is judged twice and gradings can be compared.

    <store>/<assignment>/format.json                             {"format": 1}
    <store>/<assignment>/records/<first two digits>/<key>.json   one record: a ``Record`` as JSON, see there
    <store>/<assignment>/assignment.json                         its ``AssignmentFacts``, and the sum they follow from
    <store>/<assignment>/students/<student>/<notebook>.json      the keys of a student's records, oldest first

A record is named after all it follows from (``evidence_key.Inputs``): submissions that are the same share one.
Files are written whole or not at all (temporary file, fsync, rename), by any number of processes at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.errors import StoreError
from autograder.grading.evidence_key import Inputs
from autograder.judge.evidence import Evidence, EvidenceError

FORMAT = 1
TEMPORARY = ".unfinished-"
ABANDONED = 3600.0  # seconds after which nobody is writing a file any more
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """What was found out about one submission, and what it follows from.

    As JSON: {"format": 1, "key": …, "inputs": {…}, "judged": "2026-11-25T10:00:00+00:00", "evidence": {…}}, with the
    fields of ``Inputs`` and ``Evidence``.
    """

    inputs: Inputs
    evidence: Evidence
    judged: str  # when, ISO 8601 in UTC

    def to_json(self) -> str:
        """Return the record as JSON text."""
        head = {"format": FORMAT, "key": self.inputs.key, "inputs": dataclasses.asdict(self.inputs)}
        whole = {**head, "judged": self.judged, "evidence": self.evidence.to_plain()}
        return json.dumps(whole, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read a record back; raise EvidenceError when it isn't one, or not under the key that it follows from."""
        try:
            raw = json.loads(text)
            inputs = Inputs.from_plain(raw["inputs"])
            if raw["format"] != FORMAT or raw["key"] != inputs.key:
                raise EvidenceError("a record of another format, or one that was changed by hand")
            return cls(inputs, Evidence.from_plain(raw["evidence"]), str(raw["judged"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"not a record ({error!r})") from error


def now() -> str:
    """Return the time as records have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """The records of one assignment in one folder."""

    def __init__(self, folder: Path, assignment: str):
        self.folder = folder / assignment

    def check(self) -> None:
        """Raise StoreError where nothing can be written: better now than after an hour of judging."""
        _write(self.folder / "format.json", json.dumps({"format": FORMAT}))

    def get(self, key: str) -> Record | None:
        """Return the record with this key, None if there is none; one that can't be read counts as none."""
        path = self._record(key)
        try:
            return Record.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except EvidenceError as error:
            log.warning("%s is of no use (%s): the submission is judged again", path, error)
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"{path} can't be read ({error}): mend that, or delete the file, and grade again"
            ) from error

    def put(self, record: Record) -> None:
        """Keep a record. Raises StoreError when it can't be written."""
        _write(self._record(record.inputs.key), record.to_json())

    def forget(self, key: str) -> None:
        """Delete a record, if there is one. Raises StoreError."""
        try:
            self._record(key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{self._record(key)} can't be deleted ({error}): do that, and grade again") from error

    def keys(self, student: str, notebook: str) -> list[str]:
        """Return the keys of a student's records, oldest first; the last one is what was found last.

        A damaged list begins anew. Raises StoreError where there is one that can't be read.
        """
        try:
            return self._listed(student, notebook)
        except EvidenceError as error:
            log.warning("the list of %s's records can't be read (%s): it begins anew", student, error)
            return []

    def note(self, student: str, notebook: str, key: str) -> None:
        """Note that this is now the student's record. Raises StoreError when it can't be written."""
        keys = self.keys(student, notebook)
        if keys[-1:] != [key]:
            self._list(student, notebook, [*keys, key])

    def facts(self, key: str) -> AssignmentFacts | None:
        """Return the facts of the assignment that follow from what ``key`` is a sum of; None: not known."""
        try:
            raw = json.loads(self._facts.read_text(encoding="utf-8"))
            return AssignmentFacts.from_plain(raw["facts"]) if raw["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep_facts(self, key: str, facts: AssignmentFacts) -> None:
        """Keep the facts of the assignment, in place of others. Raises StoreError when they can't be written."""
        _write(self._facts, json.dumps({"format": FORMAT, "key": key, "facts": dataclasses.asdict(facts)}, indent=1))

    def students(self) -> Iterator[tuple[str, str]]:
        """Yield all students and notebooks with records. Raises StoreError where a folder can't be read."""
        students = self.folder / "students"  # not by a pattern: that passes over what it can't read
        try:
            folders = sorted(path for path in students.iterdir() if path.is_dir()) if students.exists() else []
            paths = [path for folder in folders for path in sorted(folder.iterdir())]
        except OSError as error:
            raise StoreError(f"{students} can't be read ({error}): mend that, and try again") from error
        yield from ((path.parent.name, path.stem) for path in paths if path.suffix == ".json")

    def prune(self, keep: int) -> tuple[int, int]:
        """Delete all records but the last ``keep`` of each student, and what killed runs have left unfinished.

        Files of others in these folders stay. Returns the number of deleted files and of the bytes they had. Raises
        StoreError, before anything is deleted, where the folder is no store of ours or a student's list can't be read:
        any record may be in it.
        """
        self._check_that_it_is_one()
        try:
            lists = {found: self._to_keep(*found, keep) for found in self.students()}
            kept = {key for keys in lists.values() for key in keys}
            for whose, keys in lists.items():
                self._list(*whose, keys)
            doomed = [
                path for path in self.folder.glob("records/*/*.json") if _is_record(path) and path.stem not in kept
            ]
            for where in ("", "records/*/", "students/*/"):
                doomed += [path for path in self.folder.glob(f"{where}{TEMPORARY}*") if _age(path) > ABANDONED]
            size = sum(path.stat().st_size for path in doomed)
            for path in doomed:
                path.unlink()
        except OSError as error:
            raise StoreError(f"{self.folder} can't be cleaned up ({error})") from error
        return len(doomed), size

    def _check_that_it_is_one(self) -> None:
        path = self.folder / "format.json"
        step = "set c.Grading.store to the evidence store's folder. Nothing was deleted"
        try:
            known = json.loads(path.read_text(encoding="utf-8"))["format"]
        except FileNotFoundError:
            known = FORMAT
        except (OSError, ValueError, KeyError, TypeError):
            known = None
        if known != FORMAT:
            raise StoreError(f"{self.folder} is no evidence store of this version ({path} says otherwise): {step}")
        if any(self.folder.glob("records/*/*.json")) and not any(self.students()):
            raise StoreError(f"{self.folder} holds records, but no list of whose they are: {step}")

    def _to_keep(self, student: str, notebook: str, number: int) -> list[str]:
        try:
            return self._listed(student, notebook)[-number:]
        except EvidenceError as error:
            raise StoreError(
                f"{self._student(student, notebook)} can't be read ({error}), so nobody knows which records are "
                f"{student}'s. Nothing was deleted. Grade {student} again, which begins the list anew, or put it back"
            ) from error

    def _listed(self, student: str, notebook: str) -> list[str]:
        """Return the keys in a student's list; raise EvidenceError for a damaged one, StoreError for an unreadable."""
        path = self._student(student, notebook)
        try:
            keys = json.loads(path.read_text(encoding="utf-8"))["keys"]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{path} can't be read ({error}): mend that, or delete the file, and try again") from error
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(f"it is damaged: {error!r}") from error
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise EvidenceError("it is damaged: its keys are none")
        return keys

    def _list(self, student: str, notebook: str, keys: list[str]) -> None:
        _write(self._student(student, notebook), json.dumps({"format": FORMAT, "keys": keys}, indent=1))

    @property
    def _facts(self) -> Path:
        return self.folder / "assignment.json"

    def _record(self, key: str) -> Path:
        return self.folder / "records" / key[:2] / f"{key}.json"

    def _student(self, student: str, notebook: str) -> Path:
        return self.folder / "students" / student / f"{notebook}.json"


def _write(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, whenever the power goes."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise StoreError(
            f"the evidence store can't be written ({error.strerror}: {path.parent}): make room or set c.Grading.store "
            "to another folder, and grade again. What was judged so far is kept"
        ) from error


def _is_record(path: Path) -> bool:
    """Whether a file has the name of a record of ours: others may have put theirs there."""
    return re.fullmatch(r"[0-9a-f]{64}", path.stem) is not None and path.parent.name == path.stem[:2]


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

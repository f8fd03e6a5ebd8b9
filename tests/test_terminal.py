"""Terminals that know ASCII or Latin-1 alone: what is said may look plainer, and is said."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.terminal import ERRORS, never_fail

ROOT = Path(__file__).parents[1]
ANY = "✓ ✗ – — … · “quoted” → ≤ × José 李 😀 \udce9 ﬁ │━"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "koi8-r", "utf-8", "utf-16"])
def test_any_text_can_be_said(encoding: str) -> None:
    said = ANY.encode(encoding, ERRORS).decode(encoding)
    assert len(said) == len(ANY)  # a letter for a letter: tables keep their columns


def test_what_is_replaced_looks_alike() -> None:
    assert "✓ ✗ – … “a” → José".encode("ascii", ERRORS) == b'+ x - . "a" > Jose'
    assert "✓ José".encode("latin-1", ERRORS) == b"+ Jos\xe9"


def test_the_log_file_of_a_run_stands_any_text(tmp_path: Path) -> None:
    log = logging.Logger("a run's")
    handler = logging.FileHandler(tmp_path / "log.txt", encoding="ascii")
    log.addHandler(handler)
    never_fail(log)
    log.error("%s", ANY)
    handler.close()
    assert b"Jose" in (tmp_path / "log.txt").read_bytes()


def test_what_is_no_file_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    never_fail()


@pytest.mark.parametrize(
    ("command", "encoding"),
    [("report", "ascii:strict"), ("simulate", "latin-1"), ("--help", "ascii")],  # each one loads everything: seconds
)
def test_commands_end_well(command: str, encoding: str, tmp_path: Path) -> None:
    graded = tmp_path / "autograded" / "zoë-李" / "linear_mnist"
    graded.mkdir(parents=True)
    facts = {"scores": [["adam", None, 6.0]], "trouble": f"it said {ANY[:-8]}", "fault": ""}
    (graded / "linear_mnist.ipynb").write_text(json.dumps({"metadata": {"autograder": facts}}))
    (tmp_path / "release").symlink_to(ROOT / "release")
    arguments = [] if command == "--help" else ["linear_mnist", "--course", str(tmp_path)]
    arguments += ["--list", "--students", "4"] if command == "simulate" else []
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", command, *arguments], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    done.stdout.decode(encoding.partition(":")[0])
    assert b"Traceback" not in done.stderr

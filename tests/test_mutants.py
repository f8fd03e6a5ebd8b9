"""Faults put into a small tree of its own: what its tests notice is killed, the rest is left."""

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray")

from tools.mutants import __main__ as mutants
from tools.mutants import faults
from tools.mutants.trees import AREAS, RedWithoutFaultError, Seen, Tree, area_of, nearest

ROOT = Path(__file__).parents[1]
CODE = '''"""A module."""


def least(a: int | None, b: int) -> int:
    """Return the smaller one."""
    if a is None or b < a:
        return b
    return a
'''
TEST = "from autograder.wire.smaller import least\n\n\ndef test_least():\n    assert least(None, 1) == 1\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree with one module and a test that doesn't notice everything."""
    source = tmp_path / "source"
    for name, text in {
        "autograder/__init__.py": "",
        "autograder/wire/smaller.py": CODE,
        "tests/wire/test_smaller.py": TEST,
        "tests/judge/test_nothing.py": "def test_nothing():\n    pass\n",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["--import-mode=importlib"]\n',
    }.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=source, check=True)
    monkeypatch.setattr(mutants, "ROOT", source)
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # autograder is one itself, and not this one
    return source


def test_what_tests_notice_is_killed_and_the_rest_is_left(tree, capsys):
    assert mutants.main(["--areas", "autograder/wire", "--faults", "3", "--seed", "1", "--workers", "2"]) == 1
    said = capsys.readouterr().out
    assert "3 faults: " in said and "left: autograder/wire/smaller.py:" in said and "] killed: " in said
    assert (tree / "autograder/wire/smaller.py").read_text() == CODE


def test_tests_that_are_red_without_a_fault_are_refused(tree, capsys):
    (tree / "tests/wire/test_smaller.py").write_text(TEST.replace("== 1", "== 2"))
    assert mutants.main(["--areas", "autograder/wire", "--faults", "1"]) == 2
    assert "fail without any fault" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_faults(tree):
    drawn = [faults.sample(tree, ["autograder/wire"], 5, seed) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all("int | None" not in fault.before or fault.before.startswith("def") for fault in drawn[0])
    assert len({(fault.before, fault.after) for fault in drawn[0]}) == 5


def test_statements_are_dropped(tree):
    found = faults.sample(tree, ["autograder/wire"], 100, 0)
    assert ("return b", "pass") in {(fault.before, fault.after) for fault in found}


def test_equivalent_faults_with_a_reason_are_passed_over(tree, monkeypatch, tmp_path):
    (first, *_) = faults.sample(tree, ["autograder/wire"], 1, 0)
    listed = tmp_path / "equivalent.toml"
    monkeypatch.setattr(faults, "EQUIVALENT", listed)
    entry = f"[[fault]]\npath = {first.path!r}\nbefore = {first.before!r}\nafter = {first.after!r}\nreason = "
    listed.write_text(entry + "''")
    assert first in faults.sample(tree, ["autograder/wire"], 1, 0)
    listed.write_text(entry + "'nobody can notice'")
    assert first not in faults.sample(tree, ["autograder/wire"], 100, 0)


def test_a_test_without_end_is_ended(tree, tmp_path):
    (tree / "tests/wire/test_smaller.py").write_text("def test_a():\n    while True:\n        pass\n")
    copy = Tree(tree, tmp_path / "copy")
    assert copy.test(["tests/wire/test_smaller.py"], 3)[0] is Seen.TIME_OUT
    with pytest.raises(RedWithoutFaultError, match="status 5"):
        copy.test(["autograder"], 60)


def test_every_module_has_tests_and_those_named_after_it_come_first():
    assert nearest(ROOT, "autograder/judge/diagnosis/diagnose.py")[0] == "tests/judge/diagnosis/test_diagnose.py"
    assert area_of("autograder/wire/encoding.py") == "autograder/wire"
    assert all((ROOT / place).exists() for area, places in AREAS.items() for place in (area, *places))


@pytest.mark.parametrize(("path", "before"), sorted({(path, before) for path, before, _ in faults.equivalent()}))
def test_an_equivalent_fault_is_of_lines_that_are_there(path, before):
    lines = {line.strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines()}
    assert set(before.split(" ⏎ ")) <= lines

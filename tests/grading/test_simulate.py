"""Simulated classes, fixed and drawn, and the commands around them."""

import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from autograder import cli
from autograder.grading.damage import DAMAGES
from autograder.grading.members import TWELVE, Draw, Shares
from autograder.grading.names import FIRST
from autograder.grading.simulate import simulate
from autograder.judge.assignment import misconceptions
from autograder.student.capabilities import Capability

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path):
    shutil.copytree(ROOT / "release", tmp_path / "release")
    return tmp_path


def cells(course, student):
    path = course / "submitted" / student / "linear_mnist" / "linear_mnist.ipynb"
    node = nbformat.read(path, as_version=4)
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in node.cells if "nbgrader" in cell.metadata}


def test_a_class_of_twelve_hands_in(course):
    folders = simulate("linear_mnist", course)
    assert [folder.parent.name for folder in folders] == [member.student for member in TWELVE]
    for member, folder in zip(TWELVE, folders, strict=True):
        text = (folder / "linear_mnist.ipynb").read_text()
        assert (folder / "selfcheck.py").is_file()
        if not member.truncated:
            assert nbformat.validate(nbformat.reads(text, as_version=4)) is None


def test_answers_stand_in_their_cells(course):
    simulate("linear_mnist", course)
    assert "p = torch.exp(logits)" in cells(course, "emmy")["ce_loss"]
    assert cells(course, "emmy")["other_optimiser"].count("YOUR CODE HERE") == 1
    assert "YOUR CODE HERE" in cells(course, "rosalind")["adam"]


def test_a_class_is_the_same_for_the_same_seed_and_another_for_another():
    first, again, other = (Draw("linear_mnist", seed).members(50) for seed in (3, 3, 4))
    assert first == again != other
    assert Draw("linear_mnist", 3).members(20) == first[:20]


def test_shares_are_kept():
    shares = Shares(right=2, wrong=1, unfinished=0.5, faulty=0.5)
    members = Draw("linear_mnist", 1, shares).members(800)
    kinds = Counter(member.kind for member in members)
    assert 350 < kinds["right"] < 450 and 150 < kinds["wrong"] < 250
    assert 60 < kinds["unfinished"] < 140 and 60 < kinds["faulty"] < 140
    assert len({member.student for member in members}) == 800
    assert members[len(FIRST)].student == f"{FIRST[0]}-2"


def test_every_kind_is_what_it_says():
    right = {f"{answer.question}/{answer.slug}" for answer in misconceptions("linear_mnist").RIGHT}
    members = Draw("linear_mnist", 1, Shares(1, 1, 1, 1)).members(400)
    for member in members:
        wrong = set(member.answers) - right
        assert (len(member.answers) == 4) is (member.kind != "unfinished")
        assert bool(wrong) is (member.kind == "wrong" or (member.kind == "faulty" and not member.harm))
        assert bool(member.harm) <= (member.kind == "faulty")
    assert {member.damage for member in members} == {*DAMAGES, None}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_the_same_every_time(course, damage):
    path = course / "release" / "linear_mnist" / "linear_mnist.ipynb"
    first, again = (nbformat.read(path, as_version=4) for _ in range(2))
    damage(first)
    damage(again)
    assert nbformat.writes(first) == nbformat.writes(again)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_notebook_is_another_one(course, damage):
    released = nbformat.read(course / "release" / "linear_mnist" / "linear_mnist.ipynb", as_version=4)
    before = nbformat.writes(released)
    damage(released)
    assert nbformat.writes(released) != before


def test_without_a_release_there_is_no_class(tmp_path, capsys):
    assert cli.main(["simulate", "linear_mnist", "--course", str(tmp_path)]) == 2
    assert "run `nbgrader generate_assignment linear_mnist` first" in capsys.readouterr().err


def test_the_command_says_where_the_class_is(course, capsys):
    assert cli.main(["simulate", "linear_mnist", "--course", str(course)]) == 0
    assert capsys.readouterr().out == f"12 submissions are in {course / 'submitted'}\n"


def test_the_command_draws_a_class_and_lists_it(course, capsys):
    command = ["simulate", "linear_mnist", "--course", str(course), "--students", "5", "--seed", "2", "--list"]
    assert cli.main([*command, "--right", "0", "--unfinished", "0", "--faulty", "0"]) == 0
    out = capsys.readouterr().out
    assert "5 submissions" in out and out.count("wrong") >= 5
    assert len(list((course / "submitted").iterdir())) == 5


def test_a_report_needs_grades(course, capsys):
    assert cli.main(["report", "linear_mnist", "--course", str(course)]) == 2
    assert "run `nbgrader autograde` there first" in capsys.readouterr().err


@pytest.mark.parametrize("ok", [True, False])
def test_doctor_says_what_is_missing(monkeypatch, capsys, ok):
    found = [Capability("network namespaces", ok, "no network", "install them", True)]
    monkeypatch.setattr("autograder.student.capabilities.probe", lambda: found)
    assert cli.main(["doctor"]) == (0 if ok else 1)
    assert ("install them" in capsys.readouterr().out) is not ok

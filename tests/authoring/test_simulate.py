"""Simulated classes, fixed and drawn, and the commands around them."""

import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from autograder import cli
from autograder.assignments.linear_mnist.right_answers import TEXTS
from autograder.authoring import simulate as simulation
from autograder.authoring.damaged_notebooks import DAMAGES
from autograder.authoring.demo_folder import main as main_of_demo
from autograder.authoring.simulate import simulate
from autograder.authoring.simulated_students import Draw, Shares, usual_class
from autograder.authoring.simulation_marks import Places
from autograder.authoring.student_names import FIRST
from autograder.course.open_course import configured
from autograder.judge.assignment import Assignment
from autograder.kernels.capabilities import Capability

LINEAR_MNIST = Assignment.find("linear_mnist")
TWELVE = usual_class(LINEAR_MNIST)

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
    folders = simulate(LINEAR_MNIST, course)
    assert [folder.parent.name for folder in folders] == [member.student for member in TWELVE]
    for member, folder in zip(TWELVE, folders, strict=True):
        text = (folder / "linear_mnist.ipynb").read_text()
        assert (folder / "selfcheck.py").is_file()
        if not member.truncated:
            assert nbformat.validate(nbformat.reads(text, as_version=4)) is None


def test_answers_stand_in_their_cells(course):
    simulate(LINEAR_MNIST, course)
    assert "p = torch.exp(logits)" in cells(course, "emmy")["ce_loss"]
    assert cells(course, "emmy")["other_optimiser"].count("YOUR CODE HERE") == 1
    assert "YOUR CODE HERE" in cells(course, "rosalind")["adam"]


def test_a_class_is_the_same_for_the_same_seed_and_another_for_another():
    first, again, other = (Draw(LINEAR_MNIST, seed).members(50) for seed in (3, 3, 4))
    assert first == again != other
    assert Draw(LINEAR_MNIST, 3).members(20) == first[:20]


def test_shares_are_kept():
    shares = Shares(right=2, wrong=1, unfinished=0.5, faulty=0.5)
    members = Draw(LINEAR_MNIST, 1, shares).members(800)
    kinds = Counter(member.kind for member in members)
    assert 350 < kinds["right"] < 450 and 150 < kinds["wrong"] < 250
    assert 60 < kinds["unfinished"] < 140 and 60 < kinds["faulty"] < 140
    assert len({member.student for member in members}) == 800
    assert members[len(FIRST)].student == f"{FIRST[0]}-2"


def test_every_kind_is_what_it_says():
    right = {f"{answer.question}/{answer.slug}" for answer in LINEAR_MNIST.registry.right}
    members = Draw(LINEAR_MNIST, 1, Shares(1, 1, 1, 1)).members(400)
    for member in members:
        wrong = set(member.answers) - right
        assert (len(member.answers) == 4) is (member.kind != "unfinished")
        assert bool(wrong) is (member.kind == "wrong" or (member.kind == "faulty" and not member.harm))
        assert bool(member.harm) <= (member.kind == "faulty")
    assert {member.damage for member in members} == {*DAMAGES, None}
    assert {len(set(member.answers) - right) for member in members if member.kind == "wrong"} == {1, 2}


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


def everything(course):
    return {str(path): path.read_bytes() for path in sorted(course.rglob("*")) if path.is_file()}


def a_students_own(course):
    (course / "submitted" / "ada" / "linear_mnist").mkdir(parents=True)
    (course / "submitted" / "ada" / "linear_mnist" / "linear_mnist.ipynb").write_text("a week of work")
    return "ada/linear_mnist"


def another_students(course):
    a_students_own(course)
    (course / "submitted" / "ada").rename(course / "submitted" / "nobody-of-the-class")
    return "nobody-of-the-class/linear_mnist"


def another_assignment(course):
    (course / "submitted" / "ada" / "ps1").mkdir(parents=True)
    (course / "submitted" / "ada" / "ps1" / "problem.ipynb").write_text("a week of work")
    return "ada/ps1"


def a_changed_one(course):
    simulate(LINEAR_MNIST, course)
    with (course / "submitted" / "ada" / "linear_mnist" / "linear_mnist.ipynb").open("a") as file:
        file.write(" ")
    return "ada/linear_mnist"


def an_added_file(course):
    simulate(LINEAR_MNIST, course)
    (course / "submitted" / "ada" / "linear_mnist" / "mine.py").write_text("a week of work")
    return "ada/linear_mnist"


def a_link(course):
    simulate(LINEAR_MNIST, course)
    (course / "submitted" / "ada").rename(course / "elsewhere")
    (course / "submitted" / "ada").symlink_to(course / "elsewhere")
    return "ada"


def a_file(course):
    (course / "submitted").mkdir()
    (course / "submitted" / "all.zip").write_text("a class's work")
    return "all.zip"


def a_link_to_a_file(course):
    """What it points to is like what was simulated, and somebody else's."""
    simulate(LINEAR_MNIST, course)
    script = course / "submitted" / "ada" / "linear_mnist" / "selfcheck.py"
    script.rename(course / "mine.py")
    script.symlink_to(course / "mine.py")
    return "ada/linear_mnist"


def a_linked_folder(course):
    simulate(LINEAR_MNIST, course)
    (course / "submitted" / "ada" / "linear_mnist" / "more").symlink_to(course / "release")
    return "ada/linear_mnist"


def a_renamed_file(course):
    simulate(LINEAR_MNIST, course)
    folder = course / "submitted" / "ada" / "linear_mnist"
    (folder / "selfcheck.py").rename(folder / "mine.py")
    return "ada/linear_mnist"


def a_damaged_list(course):
    """Nobody knows what was simulated."""
    simulate(LINEAR_MNIST, course)
    (course / ".autograder" / "simulated" / "linear_mnist.json").write_text("{")
    return "ada/linear_mnist"


def a_copy_of_a_simulated_one(course):
    """What is like a simulated one, in the place of a student who wasn't simulated."""
    simulate(LINEAR_MNIST, course)
    shutil.copytree(course / "submitted" / "ada", course / "submitted" / "a-student")
    return "a-student/linear_mnist"


@pytest.mark.parametrize(
    "hand_in",
    [a_students_own, another_students, another_assignment, a_changed_one, an_added_file, a_link, a_file,
     a_copy_of_a_simulated_one, a_link_to_a_file, a_linked_folder, a_renamed_file, a_damaged_list],
    ids=lambda hand_in: hand_in.__name__,
)  # fmt: skip
def test_what_is_not_simulated_stays_as_it_is(course, hand_in, capsys):
    there = hand_in(course)
    before = everything(course)
    assert cli.main(["simulate", "linear_mnist", "--course", str(course), "--students", "3"]) == 2
    said = capsys.readouterr().err
    assert there in said and "Nothing was written" in said and "--course DIR" in said
    assert everything(course) == before


def test_a_simulated_class_may_take_the_place_of_another(course):
    simulate(LINEAR_MNIST, course)
    (course / "submitted" / ".DS_Store").write_text("of the system")
    first = cells(course, "alan")
    others = Draw(LINEAR_MNIST, 5).members(20)
    simulate(LINEAR_MNIST, course, others)
    simulate(LINEAR_MNIST, course)
    assert cells(course, "alan") == first
    there = {path.name for path in (course / "submitted").iterdir() if path.is_dir()}
    assert there == {member.student for member in (*TWELVE, *others)}


def test_a_killed_simulation_can_be_begun_again(course, monkeypatch):
    simulate(LINEAR_MNIST, course, Draw(LINEAR_MNIST, 1).members(5))
    done = []

    def killed(made, target):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(target)
        put_in_place(made, target)

    put_in_place = simulation._put_in_place
    monkeypatch.setattr(simulation, "_put_in_place", killed)
    with pytest.raises(KeyboardInterrupt):
        simulate(LINEAR_MNIST, course, Draw(LINEAR_MNIST, 2).members(5))
    monkeypatch.undo()
    assert len(simulate(LINEAR_MNIST, course)) == 12


def test_who_answers_all_questions_writes_texts_too(course):
    simulate(LINEAR_MNIST, course)
    texts = {member.student: cells(course, member.student)["derivation"] for member in TWELVE if not member.truncated}
    assert texts["rosalind"] == "YOUR ANSWER HERE"  # who left two questions open
    assert all(text in TEXTS["derivation"] for student, text in texts.items() if student != "rosalind")
    assert len(set(texts.values())) > 2


def test_the_folder_of_the_demo_is_deleted_only_if_it_is_one(course, capsys):
    demo = course / "demo"
    assert main_of_demo([str(demo)]) == 0
    shutil.copytree(course / "release", demo / "release")
    simulate(LINEAR_MNIST, demo)
    assert main_of_demo([str(demo)]) == 0
    assert [path.name for path in demo.iterdir()] == [".autograder"]
    (demo / "submitted" / "me" / "linear_mnist").mkdir(parents=True)
    assert main_of_demo([str(demo)]) == 2
    assert "me/linear_mnist" in capsys.readouterr().err
    shutil.rmtree(demo / "submitted")
    (demo / ".autograder" / "made-by-make-demo").unlink()
    assert main_of_demo(["--remove", str(demo)]) == 2
    assert "was not made by `make demo`" in capsys.readouterr().err
    shutil.rmtree(demo)
    assert main_of_demo(["--remove", str(demo)]) == 0 and not demo.exists()


def test_a_demo_folder_that_is_a_link_or_a_file_stays(course, capsys):
    assert main_of_demo([str(course / "real")]) == 0
    (course / "link").symlink_to(course / "real")
    (course / "file").write_text("a week of work")
    for name in ("link", "file"):
        for arguments in ([], ["--remove"]):
            assert main_of_demo([*arguments, str(course / name)]) == 2
            assert "is no folder of its own" in capsys.readouterr().err
    assert (course / "real" / ".autograder").is_dir() and (course / "file").read_text() == "a week of work"


def test_a_report_needs_grades(course, capsys):
    assert cli.main(["report", "linear_mnist", "--course", str(course)]) == 2
    assert "run `nbgrader autograde` there first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ok", "needed", "sign", "status"), [(True, True, "✓", 0), (False, True, "✗", 1), (False, False, "!", 0)]
)
def test_doctor_says_what_is_missing(monkeypatch, capsys, ok, needed, sign, status):
    found = [Capability("network namespaces", ok, "no network", "install them", needed)]
    monkeypatch.setattr("autograder.kernels.capabilities.probe", lambda: found)
    assert cli.main(["doctor"]) == status
    said = capsys.readouterr().out
    assert ("install them" in said) is not ok
    assert f"│ {sign} │ network" in said


STRUCTURES = {  # settings, and where a student's submission lies then
    "submitted_directory = 'eingereicht'": "eingereicht/{}/linear_mnist",
    "directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}'": "submitted/linear_mnist/{}",
    "directory_structure = '{assignment_id}/{nbgrader_step}/{student_id}'": "linear_mnist/submitted/{}",
    "directory_structure = '{student_id}/{nbgrader_step}/{assignment_id}'": "{}/submitted/linear_mnist",
    "directory_structure = '{nbgrader_step}/all-{student_id}-{assignment_id}'": "submitted/all-{}-linear_mnist",
    "directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}-{assignment_id}'": (
        "submitted/linear_mnist/{}-linear_mnist"
    ),
}


@pytest.fixture(params=STRUCTURES, ids=STRUCTURES.get)
def settled(request, course):
    """A course whose folders are elsewhere, and where a student's submission lies."""
    (course / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.{request.param}\n")
    coursedir = configured(course, Config()).coursedir
    wanted = Path(coursedir.format_path(coursedir.release_directory, ".", "linear_mnist"))
    if not (wanted / "linear_mnist.ipynb").is_file():
        shutil.move(course / "release", course / "moved")
        shutil.copytree(course / "moved" / "linear_mnist", wanted)
        shutil.rmtree(course / "moved")
    return course, STRUCTURES[request.param]


def test_a_class_hands_in_where_the_course_has_it(settled, capsys):
    course, place = settled
    command = ["simulate", "linear_mnist", "--course", str(course), "--students", "3"]
    assert cli.main(command) == 0
    parts = Path(place).parts
    students = next(i for i, part in enumerate(parts) if "{}" in part)
    folder = course / (Path(*parts[:students]) if students else place.format("*"))
    assert capsys.readouterr().out == f"3 submissions are in {folder}\n"
    there = [path for path in course.rglob("linear_mnist.ipynb") if "release" not in str(path)]
    assert len(there) == 3 and {path.parent for path in there} == {course / place.format(name) for name in FIRST[:3]}
    assert cli.main([*command, "--seed", "2"]) == 0  # and takes the place of the first one


@pytest.mark.parametrize("student", [FIRST[0], "nobody-of-the-class"])
def test_what_is_not_simulated_stays_there_as_well(settled, student, capsys):
    course, place = settled
    own = course / place.format(student)
    own.mkdir(parents=True)
    (own / "linear_mnist.ipynb").write_text("a week of work")
    before = everything(course)
    assert cli.main(["simulate", "linear_mnist", "--course", str(course), "--students", "3"]) == 2
    said = capsys.readouterr().err
    assert student in said and "Nothing was written" in said
    assert everything(course) == before


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--right", "1.5"], "proportions of a drawn class: add --students"),
        (["--seed", "3"], "--seed draws another class: add --students"),
        (["--students", "3", "--right", "-1"], "proportions"),
        (["--students", "3", "--right", "nan"], "proportions"),
        (["--students", "3", "--right", "0", "--wrong", "0", "--unfinished", "0", "--faulty", "0"], "proportions"),
        (["--students", "0"], "--students must be 1 or more"),
    ],
    ids=" ".join,
)
def test_shares_that_mean_nothing_are_refused(course, options, why, capsys):
    before = everything(course)
    assert cli.main(["simulate", "linear_mnist", "--course", str(course), *options]) == 2
    assert why in capsys.readouterr().err
    assert everything(course) == before


@pytest.mark.parametrize(
    ("submitted", "shown"),
    [
        ("/c/submitted/{student_id}/{assignment_id}", "/c/submitted"),
        ("/c/{assignment_id}/submitted/{student_id}", "/c/intro/submitted"),
        ("/c/{student_id}/done/{assignment_id}", "/c/*/done/intro"),
        ("/c/group-{student_id}-of/{assignment_id}", "/c"),
    ],
)
def test_the_folder_that_is_named_holds_submissions_and_nothing_else(submitted, shown):
    assert Places(Path("/c"), "/c/release/{assignment_id}", submitted).shown("intro") == shown

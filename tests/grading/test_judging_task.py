"""A submission as plain data: what goes in comes out, and whatever the judge does there is evidence."""

import tarfile
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.grading import settings as grading_settings
from autograder.grading.judging_task import could_not_judge, judge_task, notebook_of, pack, prepare, unpack
from autograder.grading.settings import Grading, run_folder, sections, within
from autograder.grading.submission_judging import NOT_JUDGED, judge_submission
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence, Outcome
from tests.grading.fakes import task

LINEAR_MNIST = Assignment.find("linear_mnist")

ONE = task("ada", "/nowhere/log")


def judged(monkeypatch, judge, one=ONE, config=None):
    monkeypatch.setattr("tests.grading.fakes.judge", judge)
    return judge_task(one, Config({"Grading": {"judge": "tests.grading.fakes.judge"}, **(config or {})}))


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(0), CannotJudge("no kernel"), MemoryError()])
def test_whatever_the_judge_raises_could_not_be_judged(monkeypatch, error):
    def judge(*_, **__):
        raise error

    evidence = judged(monkeypatch, judge)
    assert [(q.question, q.outcome, q.points) for q in evidence.questions] == [
        ("ce_loss", Outcome.NOT_JUDGED, 0), ("adam", Outcome.NOT_JUDGED, 0)
    ]  # fmt: skip
    test = evidence.questions[0].tests[0]
    assert test.message.startswith(f"The grader failed ({type(error).__name__}: ") and "Traceback" in test.details
    assert "grade this student again" in test.message and "Traceback" not in test.message


def test_an_interrupt_is_no_evidence(monkeypatch):
    def judge(*_, **__):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(monkeypatch, judge)


@pytest.mark.parametrize(("asked", "told"), [((), None), (("adam",), {"adam"})])
def test_the_judge_is_told_which_questions(monkeypatch, tmp_path, asked, told):
    (tmp_path / "helpers.py").write_text("x = 1")
    heard = []

    def judge(node, assignment, files, config, questions):
        found = {path.name: path.read_text() for path in files.iterdir()}
        heard.append((len(node.cells), assignment.name, found, questions, files.parent))
        return Evidence(assignment.name, (), ())

    one = task("ada", "/nowhere/log")
    one = type(one)(**{**vars(one), "questions": asked, "files": pack({"helpers.py": tmp_path / "helpers.py"})})
    place = tmp_path / "run"
    place.mkdir()
    judged(monkeypatch, judge, one, {"StudentProvisioner": {"zygotes": str(place)}})
    assert heard == [(3, "linear_mnist", {"helpers.py": "x = 1"}, told, place)]
    assert list(place.iterdir()) == []


def test_only_what_was_to_be_judged_could_not_be(monkeypatch):
    some = type(ONE)(**{**vars(ONE), "questions": ("adam",)})
    assert [q.question for q in could_not_judge(some, "r", "d").questions] == ["adam"]
    (whole,) = could_not_judge(some, "r", "d").questions
    assert (whole.points, whole.max_points, whole.tests[0].details) == (0, 2.0, "d")


def test_files_come_out_as_they_went_in_and_their_archive_is_the_same_every_time(tmp_path):
    for name, text in (("a.py", "a"), ("b.txt", "b" * 5000)):
        (tmp_path / name).write_text(text)
    paths = {"b.txt": tmp_path / "b.txt", "sub/a.py": tmp_path / "a.py"}
    archive = pack(paths)
    (tmp_path / "a.py").touch()
    assert pack(dict(reversed(paths.items()))) == archive
    out = tmp_path / "out"
    unpack(archive, out)
    assert (out / "b.txt").read_text() == "b" * 5000 and (out / "sub" / "a.py").read_text() == "a"
    assert pack({}) == b""
    unpack(b"", out)


@pytest.mark.parametrize("name", ["../escaped.py", "/tmp/escaped.py"])
def test_no_file_gets_out_of_its_folder(tmp_path, name):
    (tmp_path / "a.py").write_text("a")
    inside = tmp_path / "in" / "side"
    inside.mkdir(parents=True)
    try:
        unpack(pack({name: tmp_path / "a.py"}), inside)
    except tarfile.FilterError:
        pass
    else:
        assert list(inside.rglob("escaped.py"))
    assert not (inside.parent / "escaped.py").exists() and not Path("/tmp/escaped.py").exists()


def test_what_the_judge_needs_is_made_ready_where_it_has_something_to(monkeypatch):
    asked = []
    monkeypatch.setattr("tests.grading.fakes.ready", asked.append, raising=False)
    config = Config(Grading={"judge": "tests.grading.fakes.judge"})
    prepare(config)
    assert asked == [config]
    monkeypatch.delattr("tests.grading.fakes.ready")
    prepare(config)


def test_a_failure_is_noted_for_who_reads_the_feedback(monkeypatch, tmp_path):
    def fail(*_):
        raise CannotJudge("no kernel")

    monkeypatch.setattr("autograder.grading.submission_judging.missing_data", lambda *_: ())
    monkeypatch.setattr("autograder.grading.submission_judging.judge_notebook", fail)
    assert judge_submission(notebook_of(ONE), LINEAR_MNIST, tmp_path).notes == (NOT_JUDGED,)


def test_workers_get_all_settings_that_judging_depends_on_and_no_others():
    names = ("Grading", "NotebookJudge", "StudentProvisioner", "Training")
    whole = Config({name: {"x": 1} for name in (*names, "CourseDirectory", "Exporter")})
    assert sections(whole) == Config({name: {"x": 1} for name in names})


def test_a_runs_folder_is_set_in_a_copy_alone():
    config = Config(StudentProvisioner={"memory": 7})
    inside = within(Path("/run"), config)
    assert (inside.StudentProvisioner.zygotes, inside.StudentProvisioner.memory) == ("/run", 7)
    assert config == Config(StudentProvisioner={"memory": 7})
    assert (run_folder(inside), run_folder(config), run_folder(Config())) == ("/run", None, None)


def test_as_many_processes_as_are_set_or_one_for_each_core(monkeypatch):
    monkeypatch.setattr(grading_settings, "cores", lambda: 6)
    assert (Grading().processes(), Grading(workers=2).processes()) == (6, 2)

"""One submission judged: whatever goes wrong, there is evidence, and never points by mistake."""

import socket
from pathlib import Path

import nbformat
import pytest
import torchvision.datasets
from traitlets.config import Config

from autograder.grading import data_sets, submission_judging
from autograder.grading.submission_judging import judge_submission
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Outcome

LINEAR_MNIST = Assignment.find("linear_mnist")

MARK = {"grade": True, "solution": False, "locked": True, "points": 6, "grade_id": "test_adam", "schema_version": 3}
NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", metadata={"nbgrader": MARK})])


@pytest.mark.parametrize("error", [CannotJudge("no kernel: do this"), RuntimeError("broken"), MemoryError()])
def test_a_failure_of_the_grader_is_evidence_without_points(monkeypatch, tmp_path, error, caplog):
    def fail(*_):
        raise error

    monkeypatch.setattr(submission_judging, "missing_data", lambda *_: ())
    monkeypatch.setattr(submission_judging, "judge_notebook", fail)
    evidence = judge_submission(NOTEBOOK, LINEAR_MNIST, tmp_path)
    (question,) = evidence.questions
    assert (question.question, question.outcome, question.points) == ("adam", Outcome.NOT_JUDGED, 0)
    assert str(error) in question.tests[0].details
    assert str(tmp_path) in caplog.text
    assert "broken" not in question.tests[0].message


def test_a_failure_concerns_the_questions_that_were_to_be_judged_alone(monkeypatch, tmp_path):
    def fail(*_):
        raise CannotJudge("no kernel")

    monkeypatch.setattr(submission_judging, "missing_data", lambda *_: ())
    monkeypatch.setattr(submission_judging, "judge_notebook", fail)
    marks = [{**MARK, "grade_id": f"test_{name}"} for name in ("ce_loss", "adam")]
    cells = [nbformat.v4.new_code_cell("", metadata={"nbgrader": mark}) for mark in marks]
    notebook = nbformat.v4.new_notebook(cells=cells)
    for wanted, judged in ((None, ["ce_loss", "adam"]), (frozenset(["adam"]), ["adam"]), (frozenset(), [])):
        evidence = judge_submission(notebook, LINEAR_MNIST, tmp_path, questions=wanted)
        assert [question.question for question in evidence.questions] == judged


def test_missing_data_is_said_in_the_evidence(monkeypatch, tmp_path):
    monkeypatch.setattr(submission_judging, "missing_data", lambda *_: ("MNIST",))
    evidence = judge_submission(nbformat.v4.new_notebook(), LINEAR_MNIST, tmp_path)
    assert (evidence.notes, evidence.missing_data) == ((), ("MNIST",))


@pytest.fixture
def online(monkeypatch):
    monkeypatch.setattr(data_sets, "_look_for_network", lambda: None)


class Unreachable:
    """Stands in for torchvision's MNIST without files and without a network."""

    def __init__(self, root, train, download):
        raise RuntimeError("Error downloading x.gz:\nTried https://x.org/x.gz, got:\n<no network>\n")


def test_data_that_cannot_be_had_is_loudly_missed(online, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(torchvision.datasets, "MNIST", Unreachable)
    config = Config(StudentProvisioner={"data": str(tmp_path)})
    assert data_sets.missing_data(LINEAR_MNIST, config) == ("MNIST",)
    assert f"MNIST is not in {tmp_path} and can't be downloaded (<no network>): " in caplog.text
    assert data_sets.missing_data(LINEAR_MNIST, config) == ("MNIST",)
    assert caplog.text.count("can't be downloaded") == 1


class Broken:
    """Stands in for a download that breaks off in the middle."""

    def __init__(self, root, train, download):
        (Path(root) / "MNIST" / "raw").mkdir(parents=True)
        raise OSError("connection lost")


def test_a_download_that_fails_leaves_nothing_behind(online, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(torchvision.datasets, "MNIST", Broken)
    folder = tmp_path / "data"
    assert data_sets.missing_data(LINEAR_MNIST, Config(StudentProvisioner={"data": str(folder)})) == ("MNIST",)
    assert "connection lost" in caplog.text
    assert not folder.exists()


class Fetched:
    """Stands in for a download that goes well."""

    def __init__(self, root, train, download):
        assert train and download
        (Path(root) / "MNIST" / "raw").mkdir(parents=True)
        (Path(root) / "MNIST" / "raw" / "images").write_text("pixels")


def test_a_download_ends_up_in_the_data_folder(online, monkeypatch, tmp_path):
    monkeypatch.setattr(torchvision.datasets, "MNIST", Fetched)
    assert data_sets.missing_data(LINEAR_MNIST, Config(StudentProvisioner={"data": str(tmp_path)})) == ()
    assert (tmp_path / "MNIST" / "raw" / "images").read_text() == "pixels"


@pytest.mark.parametrize(
    ("proxies", "found", "tried"),
    [({}, (), False), ({}, ("pytorch.org",), True), ({"https": "proxy:8080"}, (), True)],
)
def test_a_download_is_tried_where_somebody_can_look_up_names(monkeypatch, tmp_path, caplog, proxies, found, tried):
    def look_up(name, port):
        if name not in found:
            raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(torchvision.datasets, "MNIST", Unreachable)
    monkeypatch.setattr(data_sets.urllib.request, "getproxies", lambda: proxies)
    monkeypatch.setattr(data_sets.socket, "getaddrinfo", look_up)
    assert data_sets.missing_data(LINEAR_MNIST, Config(StudentProvisioner={"data": str(tmp_path)})) == ("MNIST",)
    reason = "<no network>" if tried else "no connection to the internet"
    assert f"MNIST is not in {tmp_path} and can't be downloaded ({reason}): " in caplog.text


def test_data_that_is_there_is_not_missed(monkeypatch, tmp_path):
    monkeypatch.setattr(torchvision.datasets, "MNIST", Unreachable)
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    for name in LINEAR_MNIST.data_sets["MNIST"]:
        (tmp_path / "MNIST" / "raw" / name).touch()
    assert data_sets.missing_data(LINEAR_MNIST, Config(StudentProvisioner={"data": str(tmp_path)})) == ()


def test_where_data_is_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path))
    assert data_sets.data_folder() == tmp_path
    assert data_sets.data_folder(Config(StudentProvisioner={"data": "/elsewhere"})).as_posix() == "/elsewhere"
    monkeypatch.delenv("AUTOGRADER_DATA")
    assert data_sets.data_folder().as_posix().endswith(".cache/autograder")

"""`autograder calibrate --to` writes over nothing but its own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import cli
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")


def own_notes(folder: Path) -> Path:
    (folder / "notes.toml").write_text("my = 'work of a week'\n")
    return folder / "notes.toml"


def a_picture(folder: Path) -> Path:
    (folder / "plot.png").write_bytes(b"\x89PNG\xff\x00")
    return folder / "plot.png"


def a_folder(folder: Path) -> Path:
    return folder


def nowhere(folder: Path) -> Path:
    return folder / "no" / "such" / "folder.toml"


@pytest.mark.parametrize("place", [own_notes, a_picture, a_folder, nowhere], ids=lambda place: place.__name__)
def test_anything_else_is_left_alone(
    place: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "autograder.report.calibration_table.all_measured", lambda *_: pytest.fail("measured all the same")
    )
    path: Path = place(tmp_path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else None
    assert cli.main(["calibrate", "linear_mnist", "--data", "digits", "--to", str(path)]) == 2
    assert str(path) in capsys.readouterr().err
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize(
    "text", [None, "", LINEAR_MNIST.thresholds_file.read_text()], ids=["new", "empty", "measured before"]
)
def test_a_file_of_its_own_is_written(text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trial.toml"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr("autograder.report.calibration_table.all_measured", lambda *_: iter(()))
    monkeypatch.setattr("autograder.report.calibration_table.section", lambda data, *_: f"[{data.name}]\nseeds = 3\n")
    assert cli.main(["calibrate", "linear_mnist", "--data", "digits", "--to", str(path)]) == 0
    assert "[digits]\nseeds = 3" in path.read_text()
    assert ("[MNIST]" in path.read_text()) is bool(text)


def test_there_must_be_a_recipe_that_is_another_one_on_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autograder.report.calibration_table.chosen", lambda settings: settings.device)
    asked = ["calibrate", "linear_mnist", "--device", "cuda:0", "--to", str(tmp_path / "trial.toml")]
    assert cli.main(asked) == 2
    assert "no recipe that is another one on a GPU" in capsys.readouterr().err


def test_what_a_gpu_reaches_stands_beside_what_a_cpu_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = "[digits-gpu]\nseeds = 3"
    monkeypatch.setattr("autograder.report.calibration_table.chosen", lambda settings: settings.device)
    monkeypatch.setattr("autograder.report.calibration_table.all_measured", lambda *_: iter(()))
    monkeypatch.setattr("autograder.report.calibration_table.section", lambda *_: f"{found}\n")
    path = tmp_path / "trial.toml"
    path.write_text(LINEAR_MNIST.thresholds_file.read_text())
    asked = ["calibrate", "batch_norm", "--device", "cuda:0", "--data", "digits", "--to", str(path)]
    assert cli.main(asked) == 0
    assert "[digits]" in path.read_text() and found in path.read_text()

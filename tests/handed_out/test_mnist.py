"""The data that is handed out beside a notebook: where the digits come from, how they are split and served."""

from __future__ import annotations

import ast
import runpy
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder import handed_out

FILE = Path(handed_out.__file__).with_name("mnist.py")
CELL = """
train_loader, validation_loader, test_loader = mnist(batch_size=128)
sizes = [len(loader.y) for loader in (train_loader, validation_loader, test_loader)]
print("{:,} images to train on, {:,} to validate, {:,} to test".format(*sizes))
"""
LINE = "MNIST can't be read from {folder} ({reason}): using scikit-learn's small digits, scaled to 28x28, instead."


@pytest.fixture
def run_cell(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], dict[str, Any]]:
    """Return a function that loads mnist.py anew, makes loaders as notebooks do, and returns all names."""

    def run(folder: Path) -> dict[str, Any]:
        monkeypatch.setenv("AUTOGRADER_DATA", str(folder))
        names = runpy.run_path(str(FILE))
        module = names["mnist"].__globals__
        exec(CELL, module)
        return module

    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cut the network; return the list of what was asked of it."""
    requests: list[str] = []

    def urlopen(request: urllib.request.Request, **_: object) -> None:
        requests.append(request.full_url)
        raise urllib.error.URLError("no network here")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return requests


def image_numbers(X: torch.Tensor) -> list[int]:
    """Return the numbers that write_mnist has put into the first three pixels."""
    return (X[:, :3].double() * 255).round().matmul(torch.tensor([65536.0, 256.0, 1.0]).double()).int().tolist()


def test_split(write_mnist: Callable[..., Path], run_cell: Callable[[Path], dict[str, Any]]) -> None:
    names = run_cell(write_mnist(training=60_000, test=10_000, side=2))
    parts = [names[f"{part}_loader"] for part in ("train", "validation", "test")]
    assert [len(part.y) for part in parts] == [48_000, 12_000, 10_000]
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(2000)).tolist()
    for part, expected in zip(parts, (order[:48_000], order[48_000:], range(10_000)), strict=True):
        assert part.y.tolist() == [number % 10 for number in expected]
        part.batch_size = 1000  # fewer batches, less to wait for
        X, y = (torch.cat(column) for column in zip(*part, strict=True))
        numbers = image_numbers(X)
        assert sorted(numbers) == sorted(expected) if part is parts[0] else numbers == list(expected)
        assert y.tolist() == [number % 10 for number in numbers]


def test_loaders(write_mnist: Callable[..., Path], run_cell: Callable[[Path], dict[str, Any]]) -> None:
    names = run_cell(write_mnist())
    train, validation, test = names["mnist"](batch_size=10)
    assert (len(train), len(validation), len(test)) == (5, 1, 1)
    sizes = [(tuple(X.shape), tuple(y.shape)) for X, y in train]
    assert sizes == [((10, 784), (10,))] * 4 + [((8, 784), (8,))]
    X, y = next(iter(train))
    assert (X.dtype, y.dtype) == (torch.float32, torch.int64)
    assert X.min() == 0 and X.max() == 1
    assert names["one_hot"](y).argmax(dim=1).equal(y)
    assert torch.equal(next(iter(test))[1], next(iter(test))[1])


def test_every_pass_is_shuffled_anew_and_the_same_in_every_run(
    write_mnist: Callable[..., Path], run_cell: Callable[[Path], dict[str, Any]]
) -> None:
    names = run_cell(write_mnist())

    def passes(seed: int) -> list[list[int]]:
        train, _, _ = names["mnist"](batch_size=7, seed=seed)
        return [image_numbers(torch.cat([X for X, _ in train])) for _ in range(2)]

    first, second = passes(seed=0)
    assert first != second
    assert sorted(first) == sorted(second)
    assert [first, second] == passes(seed=0)
    assert [first, second] != passes(seed=1)


def test_images_are_read_once_and_stay_bytes_that_all_loaders_share(
    write_mnist: Callable[..., Path], run_cell: Callable[[Path], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = run_cell(write_mnist())
    monkeypatch.setitem(names, "read_mnist", None)
    again, validation, test = names["mnist"](batch_size=3)
    before = names["train_loader"].images
    assert again.images.data_ptr() == validation.images.data_ptr() == before.data_ptr()
    assert before.dtype == test.images.dtype == torch.uint8
    assert before.shape == (60, 784)


def test_files_that_are_there_need_no_network_and_nothing_is_written(
    write_mnist: Callable[..., Path],
    run_cell: Callable[[Path], dict[str, Any]],
    asked: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = write_mnist()
    raw = folder / "MNIST" / "raw"
    for path in (raw, raw.parent, folder):
        path.chmod(0o555)
    before = {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}
    try:
        run_cell(folder)
    finally:
        for path in (folder, raw.parent, raw):
            path.chmod(0o755)
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before
    assert asked == []
    assert capsys.readouterr().out == "48 images to train on, 12 to validate, 10 to test\n"


def test_without_mnist_and_network_the_small_digits_take_its_place(
    tmp_path: Path,
    run_cell: Callable[[Path], dict[str, Any]],
    asked: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    names = run_cell(tmp_path)
    sizes = "1,232 images to train on, 308 to validate, 257 to test"
    line = LINE.format(folder=tmp_path, reason="no connection to download it")
    assert capfd.readouterr() == (f"{line}\n{sizes}\n", "")
    assert len(asked) == 2
    assert list(tmp_path.iterdir()) == []
    X, y = (torch.cat(column) for column in zip(*names["train_loader"], strict=True))
    assert X.shape == (1232, 784) and X.min() >= 0 and 0.9 < X.max() <= 1
    assert y.unique().tolist() == list(range(10))


@pytest.mark.parametrize(
    ("name", "left"), [("train-images-idx3-ubyte", 11), ("t10k-images-idx3-ubyte", -5), ("train-labels-idx1-ubyte", 8)]
)
def test_damaged_file_is_named_in_one_line(
    write_mnist: Callable[..., Path],
    run_cell: Callable[[Path], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    name: str,
    left: int,
) -> None:
    folder = write_mnist()
    file = folder / "MNIST" / "raw" / name
    file.write_bytes(file.read_bytes()[:left])
    run_cell(folder)
    first, second = capsys.readouterr().out.splitlines()
    assert first == LINE.format(folder=folder, reason="a damaged file")
    assert second.startswith("1,232 images")


def test_without_anything_the_error_is_one_clear_line(
    tmp_path: Path,
    run_cell: Callable[[Path], dict[str, Any]],
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(RuntimeError) as caught:
        run_cell(tmp_path)
    assert str(caught.value) == f"MNIST can't be read from {tmp_path} (no connection to download it)."
    assert asked


@pytest.mark.parametrize(("answer", "online"), [("ok", True), ("404", True), ("refused", False), ("silence", False)])
def test_online(
    answer: str,
    online: bool,
    write_mnist: Callable[..., Path],
    run_cell: Callable[[Path], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = run_cell(write_mnist())
    over = threading.Event()

    class Response:
        def close(self) -> None: ...

    def urlopen(request: urllib.request.Request, **_: object) -> Response:
        if answer == "404":
            raise urllib.error.HTTPError(request.full_url, 404, "not found", None, None)  # type: ignore[arg-type]
        if answer == "refused":
            raise urllib.error.URLError("refused")
        if answer == "silence":
            over.wait()
        return Response()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    start = time.monotonic()
    assert names["online"](["http://one.example", "http://two.example"], seconds=0.3) is online
    assert time.monotonic() - start < 5
    over.set()


def test_the_loaders_are_where_the_notebooks_device_is(
    write_mnist: Callable[..., Path], run_cell: Callable[[Path], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = run_cell(write_mnist())
    assert names["train_loader"].images.device.type == "cpu"
    monkeypatch.setattr(sys.modules["__main__"], "device", torch.device("meta"), raising=False)
    assert names["mnist"](batch_size=3)[0].images.device.type == "meta"


def test_needs_nothing_but_python_3_9_torch_and_what_reads_the_digits() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names) == {
        "torch",
        "torchvision",
        "sklearn",
    }

"""The data that is trained on, and the validation images that the student side never gets."""

import os
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torchvision.datasets
from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.given_data import given_folders, with_data_sets
from autograder.judge.training import training_data as module
from autograder.judge.training.training_data import MNIST_OR_DIGITS, small_digits, training_data

COUNT, TEST = 50, 7


def write(folder, count=COUNT, test=TEST):
    """Write MNIST's files; image n of the training part is all n, those of the test part are all 200."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, values in (("train", np.arange(count)), ("t10k", np.full(test, 200))):
        images = np.repeat(values.astype(np.uint8), 784)
        head = struct.pack(">IIII", 0x803, len(values), 28, 28)
        (raw / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        labels = (values % 10).astype(np.uint8).tobytes()
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(values)) + labels)
    return folder


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A tiny MNIST that can only be read, and a cache of its own."""
    monkeypatch.setenv("AUTOGRADER_DATA", str(write(tmp_path / "data")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for path in (tmp_path / "data").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield tmp_path
    module._mnist.cache_clear()
    module.small_digits.cache_clear()


def held_out():
    return torch.randperm(COUNT, generator=torch.Generator().manual_seed(2000))[COUNT * 4 // 5 :]


def test_the_student_side_gets_no_validation_image(data):
    found = training_data()
    seen = torchvision.datasets.MNIST(found.folder, train=True, download=False)
    for n in range(COUNT):
        expected, label = (200, 0) if n in held_out() else (n, n % 10)
        assert bool((seen.data[n] == expected).all()) and int(seen.targets[n]) == label
    assert sorted(found.rows.tolist()) == sorted(set(range(COUNT)) - set(held_out().tolist()))
    files = [path for path in (found.folder / "MNIST").rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes()[16:] for path in files)
    for n in map(int, held_out()):
        assert bytes([n]) * 784 not in everything
        assert struct.pack("f", n / 255) * 784 not in everything


def test_the_training_images_are_scaled_and_in_the_order_of_the_split(data):
    found = training_data()
    images, labels = found.training
    assert torch.equal(images, (found.rows / 255)[:, None].expand(-1, 784))
    assert torch.equal(labels, found.rows % 10)


def test_the_judge_has_the_validation_images(data):
    images, labels = training_data().validation
    assert images[:, 0].tolist() == held_out().tolist()
    assert labels.tolist() == [n % 10 for n in held_out().tolist()]


def test_it_is_the_notebooks_split(data):
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(2000))
    assert training_data().rows.tolist() == order[: COUNT * 4 // 5].tolist()
    seen = torchvision.datasets.MNIST(training_data().folder, train=True, download=False)
    assert (len(seen.data), len(seen.targets)) == (COUNT, COUNT)


def test_it_is_prepared_once_also_by_many_at_once(data):
    facts = (("any", 1, 1),)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(module._mnist.__wrapped__, data / "data" / "MNIST" / "raw", facts) for _ in range(8)]
        folders = {future.result().folder for future in asked}
    assert len(folders) == 1
    assert [path.name for path in (data / "cache" / "autograder" / "prepared").iterdir()] == [folders.pop().name]
    found = training_data()
    before = found.folder.stat().st_mtime_ns
    module._mnist.cache_clear()
    assert training_data().folder == found.folder
    assert found.folder.stat().st_mtime_ns == before


def test_other_files_are_another_data_set(data):
    first = training_data()
    assert first.name == "other images"
    labels = data / "data" / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    labels.chmod(0o644)
    labels.write_bytes(labels.read_bytes()[:-1] + b"\x05")
    os.utime(labels, ns=(1, 1))
    second = training_data()
    assert second.folder != first.folder and second.identity != first.identity


def assignment(*names, trains=True):
    """One whose given cells read these data sets; it trains on MNIST."""
    recipes = {"convergence": SimpleNamespace(data=MNIST_OR_DIGITS)} if trains else {}
    return SimpleNamespace(data_sets=dict.fromkeys(names, ()), recipes=recipes)


def given(config, *names, trains=True):
    return given_folders(assignment(*names, trains=trains), config)


def test_student_kernels_get_the_data_sets_they_ask_for_without_what_is_judged_by(data):
    config = Config(StudentProvisioner={"memory": 1000})
    assert given(config, "MNIST") == [str(training_data().folder / "MNIST")]
    assert not any(path.match("*validation*") for path in (training_data().folder / "MNIST").rglob("*"))
    assert given(config, "CIFAR10", "MNIST") == [str(data / "data" / "CIFAR10"), str(training_data().folder / "MNIST")]
    assert given(config) == [] == given_folders(None, config)
    assert given(config, "MNIST", trains=False) == [str(data / "data" / "MNIST")]  # nothing is judged by it
    assert with_data_sets(["/a"], config).StudentProvisioner == {"memory": 1000, "data_sets": ["/a"]}
    assert config == Config(StudentProvisioner={"memory": 1000})


def test_without_mnist_there_are_the_small_digits(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path))
    found = training_data()
    assert found is small_digits()
    assert (len(found.rows), len(found.validation[1]), found.steps(64)) == (1232, 308, 20)


def test_damaged_files_are_nothing_to_train_on(data):
    images = data / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte"
    images.chmod(0o644)
    images.write_bytes(images.read_bytes()[:-1])
    with pytest.raises(CannotJudge, match=r"cut off.*put MNIST into"):
        training_data()
    assert given(Config(), "MNIST") == [str(data / "data" / "MNIST")]


def test_batches_are_those_of_the_student_side(data):
    """Seen from the other side in ``test_training``: with the right gradient a run is the same as with a right one."""
    found = training_data()
    batches = found.batches(seed=3, size=16)
    epoch = [next(batches) for _ in range(found.steps(16))]
    assert sorted(len(X) for X, _ in epoch) == [8, 16, 16]
    shown = torch.cat([X[:, 0] for X, _ in epoch]).mul(255).round().long()
    assert sorted(shown.tolist()) == sorted(found.rows.tolist())
    assert torch.equal(torch.cat([ystar.argmax(1) for _, ystar in epoch]), shown % 10)
    epochs = [epoch, *([next(batches) for _ in epoch] for _ in range(4))]
    assert len({tuple(int(X[0, 0] * 255) for X, _ in one) for one in epochs}) > 1
    other = found.batches(seed=4, size=16)
    assert any(not torch.equal(X, next(other)[0]) for one in epochs for X, _ in one)


def prepared(data):
    return list((data / "cache" / "autograder" / "prepared").iterdir())


def test_what_could_not_be_prepared_leaves_nothing_that_is_taken_for_it(data):
    images = data / "data" / "MNIST" / "raw" / "train-images-idx3-ubyte"
    whole = images.read_bytes()
    images.chmod(0o644)
    images.write_bytes(whole[:-1])
    for _ in range(2):
        with pytest.raises(CannotJudge, match="cut off"):
            training_data()
        assert prepared(data) == []


def test_a_cache_that_cannot_be_written_is_nothing_to_train_on(data, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path, "rename", full)
    with pytest.raises(CannotJudge, match=r"No space left on device.*mind that .*prepared can be written"):
        training_data()
    assert prepared(data) == []


def test_whoever_a_student_is_may_read_the_prepared_files(data):
    before = os.umask(0o077)
    try:
        folder = training_data().folder
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


def test_folders_of_another_format_are_not_taken_for_these(data, monkeypatch):
    first = training_data().folder
    module._mnist.cache_clear()
    monkeypatch.setattr(module, "_FORMAT", module._FORMAT + 1)
    assert training_data().folder != first


def test_labels_are_part_of_the_identity_whether_they_are_trained_on_or_not(data):
    found = {training_data().identity}
    labels = data / "data" / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    labels.chmod(0o644)
    whole = labels.read_bytes()
    for row in (int(held_out()[0]), int(training_data().rows[0])):
        labels.write_bytes(whole[: 8 + row] + bytes([9 - whole[8 + row]]) + whole[9 + row :])
        os.utime(labels, ns=(row, row))
        found.add(training_data().identity)
    assert len(found) == 3 and {name for name, _ in found} == {"other images"}


def test_only_the_real_labels_are_called_mnist(data, monkeypatch):
    monkeypatch.setattr(module, "_MNIST_LABELS", module.hashlib.sha256(
        (data / "data" / "MNIST" / "raw" / "train-labels-idx1-ubyte").read_bytes()).hexdigest())  # fmt: skip
    assert training_data().name == "MNIST"


@pytest.mark.parametrize("part", ["train", "t10k"])
@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"\0",
        lambda raw: raw[:2] + b"\x0d" + raw[3:],  # floats
        lambda raw: b"<html>not found</html>",
        lambda raw: struct.pack(">II", 0x801, 3) + b"\0\1\2",  # whole, but of other images
    ],
    ids=["cut off", "longer", "floats", "page", "others"],
)
def test_labels_that_are_none_are_nothing_to_train_on(data, part, change):
    labels = data / "data" / "MNIST" / "raw" / f"{part}-labels-idx1-ubyte"
    labels.chmod(0o644)
    labels.write_bytes(change(labels.read_bytes()))
    with pytest.raises(CannotJudge, match=r"there is nothing to train on \(.*put MNIST into"):
        training_data()
    assert prepared(data) == [] if (data / "cache").exists() else True


def test_test_images_of_another_size_do_not_fit(data):
    raw = data / "data" / "MNIST" / "raw"
    images = raw / "t10k-images-idx3-ubyte"
    images.chmod(0o644)
    images.write_bytes(struct.pack(">IIII", 0x803, TEST, 14, 14) + bytes(TEST * 14 * 14))
    with pytest.raises(CannotJudge, match="holds images and labels that don't fit together"):
        training_data()


@pytest.mark.parametrize(("user", "folder"), [(0, "/var/cache"), (1000, "~/.cache")])
def test_prepared_data_is_where_roots_students_can_look(monkeypatch, user, folder):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert module._cache() == Path(folder).expanduser() / "autograder" / "prepared"


def test_in_training_the_first_tenth_of_the_images_is_measured():
    data = small_digits()
    images, labels = (value[:123] for value in data.training)
    w = torch.randn(784, 10, generator=torch.Generator().manual_seed(0)) * 0.01
    right = float((images @ w).argmax(1).eq(labels).float().mean())
    loss = torch.nn.functional.cross_entropy((images @ w).double(), labels)
    assert data.measured_in_training(lambda X: X @ w) == (pytest.approx(float(loss), abs=1e-5), pytest.approx(right))

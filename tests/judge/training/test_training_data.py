"""The data that is trained on, and the validation images that the student side never gets."""

import os
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import torchvision.datasets
from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.training import training_data as module
from autograder.judge.training.training_data import small_digits, training_data, without_validation_images

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


def test_student_kernels_get_the_prepared_folder(data):
    config = Config(StudentProvisioner={"memory": 1000})
    given = without_validation_images(config)
    assert given.StudentProvisioner.data == str(training_data().folder)
    assert given.StudentProvisioner.memory == 1000
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
    assert without_validation_images(Config()) == Config()


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

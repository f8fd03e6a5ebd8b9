"""MNIST, and the small digits that take its place: prepared so that no validation image reaches the student side.

A notebook reads MNIST by itself, all of it. So the sandbox gets a folder in which the images that the notebook
validates with are not there: other images stand in their rows. Where MNIST is not at hand, notebooks use scikit-learn's
small digits, and so does the training; these are part of a library, so the student side could read all of them.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.settings import data_folder
from autograder.judge.training.data_set import IMAGES, LABELS, VALIDATION, DataSet, TrainingData

MNIST, DIGITS = "MNIST", "digits"  # the names of the data sets, also in convergence.toml
SPLIT_SEED = 2000  # of the notebook's split into training and validation images, four to one
CLASSES = 10
_FILES = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
_MNIST_LABELS = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"  # SHA-256 of the training labels'
_FORMAT = 2  # of the prepared folders


def training_data(config: Config | None = None) -> TrainingData:
    """Return MNIST from the folder for data sets, or the small digits where it isn't there; prepared on first use.

    Any number of processes may ask at once. Raises CannotJudge, with a next step, where there is nothing to train on.
    """
    raw = data_folder(config) / MNIST / "raw"
    try:
        facts = tuple((str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in _paths(raw))
    except OSError:
        facts = ()
    try:
        return _mnist(raw, facts) if facts else small_digits()
    except (OSError, ValueError, ImportError) as error:
        raise CannotJudge(
            f"there is nothing to train on ({error}): put MNIST into {raw} or set AUTOGRADER_DATA, and mind that "
            f"{_cache()} can be written"
        ) from error


@functools.cache
def _mnist(raw: Path, facts: tuple[object, ...]) -> TrainingData:
    """Prepare MNIST; ``facts`` say which files these are."""
    count = len(_labels(raw / _FILES[1]))
    rows, held_out = _split(count)
    name = MNIST if hashlib.sha256((raw / _FILES[1]).read_bytes()).hexdigest() == _MNIST_LABELS else "other images"
    key = hashlib.sha256(repr((_FORMAT, facts)).encode()).hexdigest()[:16]
    folder = _cache() / f"mnist-{key}"
    if not folder.is_dir():
        with _Unfinished(folder) as place:
            _write_mnist(raw, place, rows, held_out)
    return TrainingData(name, folder, rows, MNIST, CLASSES)


def _write_mnist(raw: Path, place: Path, rows: Tensor, held_out: Tensor) -> None:
    images, labels = _images(raw / _FILES[0]).clone(), _labels(raw / _FILES[1]).clone()
    others, their_labels = _images(raw / _FILES[2]), _labels(raw / _FILES[3])
    if len(images) != len(labels) or len(others) != len(their_labels) or images.shape[1] != others.shape[1]:
        raise ValueError(f"{raw} holds images and labels that don't fit together")
    _write_split(place, images, labels, rows, held_out)
    again = torch.arange(len(held_out)) % len(others)
    images[held_out], labels[held_out] = others[again], their_labels[again]
    _write(place / MNIST / "raw", _FILES[0], _FILES[1], images, labels)
    _write(place / MNIST / "raw", _FILES[2], _FILES[3], others, their_labels)


@functools.cache
def small_digits() -> TrainingData:
    """Return scikit-learn's digits of 8×8 pixels, scaled and split as the notebook does it; prepared on first use."""
    import sklearn

    folder = _cache() / f"digits-{_FORMAT}-{sklearn.__version__}"
    rows, held_out = _split(1797 * 6 // 7)
    if not folder.is_dir():
        images, labels = _read_small_digits()
        with _Unfinished(folder) as place:
            _write_split(place, images, labels, rows, held_out)
    return TrainingData(DIGITS, folder, rows, MNIST, CLASSES)


def _read_small_digits() -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    small = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
    images = F.interpolate(small, size=(28, 28), mode="bilinear")[:, 0].mul(255).round().to(torch.uint8)
    return images.flatten(1), torch.tensor(digits.target)


def _split(count: int) -> tuple[Tensor, Tensor]:
    """Return the rows to train on and those to validate with."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(SPLIT_SEED))
    return order[: count * 4 // 5], order[count * 4 // 5 :]


class _Unfinished:
    """A folder that gets its name when it is complete, unless another process was faster."""

    def __init__(self, folder: Path):
        self._folder = folder

    def __enter__(self) -> Path:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._place = Path(tempfile.mkdtemp(prefix="unfinished-", dir=self._folder.parent))
        return self._place

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                for path in (self._place, *self._place.rglob("*")):  # whoever a student's kernel runs as
                    path.chmod(0o755 if path.is_dir() else 0o644)
                self._place.rename(self._folder)
        except OSError:
            if not self._folder.is_dir():
                raise
        finally:
            shutil.rmtree(self._place, ignore_errors=True)


def _cache() -> Path:
    """Return the folder of prepared data: it belongs to this user, whoever owns the data.

    Real root's is the system's: root's students are another user, who can't look into root's home.
    """
    usual = "/var/cache" if os.geteuid() == 0 else "~/.cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or usual).expanduser() / "autograder" / "prepared"


def _paths(raw: Path) -> list[Path]:
    return [raw / name for name in _FILES]


def _write_split(place: Path, images: Tensor, labels: Tensor, rows: Tensor, held_out: Tensor) -> None:
    """Write what is trained on, ready to use, so that processes can share the pages; and what it is judged by."""
    _save(place / MNIST / IMAGES, images[rows].float().div_(255))
    _save(place / MNIST / LABELS, labels[rows])
    _save(place / VALIDATION / "images.npy", images[held_out])
    _save(place / VALIDATION / "labels.npy", labels[held_out])


def _save(path: Path, values: Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values.numpy())


def _write(folder: Path, images_name: str, labels_name: str, images: Tensor, labels: Tensor) -> None:
    """Write images (n, d) of d = side · side pixels and their labels in idx form."""
    folder.mkdir(parents=True, exist_ok=True)
    side = round(images.shape[1] ** 0.5)
    for name, sizes, values in (
        (images_name, (len(images), side, side), images),
        (labels_name, (len(labels),), labels.to(torch.uint8)),
    ):
        head = bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)
        (folder / name).write_bytes(head + values.contiguous().numpy().tobytes())


def _images(path: Path) -> Tensor:
    """Return the images of an idx file, mapped, not read: (n, d) uint8. Raises OSError, ValueError."""
    count, height, width = _sizes(path, 3)
    return torch.from_numpy(np.memmap(path, np.uint8, "c", 16, (count, height * width)))


def _labels(path: Path) -> Tensor:
    """Return the labels of an idx file: (n,) int64. Raises OSError, ValueError."""
    (count,) = _sizes(path, 1)
    return torch.from_numpy(np.fromfile(path, np.uint8, count, offset=8)).long()


def _sizes(path: Path, axes: int) -> tuple[int, ...]:
    with path.open("rb") as file:
        head = file.read(4 + 4 * axes)
    sizes = tuple(int.from_bytes(head[i : i + 4], "big") for i in range(4, len(head), 4))
    if head[:4] != bytes([0, 0, 8, axes]) or path.stat().st_size != len(head) + int(np.prod(sizes)):
        raise ValueError(f"{path} is no idx file, or cut off")
    return sizes


MNIST_OR_DIGITS = DataSet(MNIST, lambda config: training_data(config), (lambda: small_digits(),))

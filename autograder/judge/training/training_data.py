"""What is trained on, and what training is judged by: the student side is never given the validation images.

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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from traitlets.config import Config

from autograder.judge.errors import CannotJudge

MNIST, DIGITS = "MNIST", "digits"  # the names of the data sets, also in convergence.toml
SPLIT_SEED = 2000  # of the notebook's split into training and validation images, four to one
CLASSES = 10
_FILES = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
_MNIST_LABELS = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"  # SHA-256 of the training labels'
IMAGES, LABELS = "training/images.npy", "training/labels.npy"  # in the folder's part "MNIST"
_AT_A_TIME = 256  # images whose loss is computed at once: they stay in a core's cache
_FORMAT = 2  # of the prepared folders


@dataclass(frozen=True)
class TrainingData:
    """A data set, split as the notebook splits it; made by ``training_data``."""

    name: str  # MNIST, DIGITS, or "other images" that stand where MNIST should
    folder: Path  # in torchvision's layout, without the validation images: what the sandbox gets as its data
    rows: Tensor  # (M,) int64: the rows of the training file to train on, in the order in which they are kept

    @property
    def identity(self) -> tuple[str, str]:
        """What tells the data set from others, on whatever machine: its name, and a sum of its labels."""
        labels = (self.folder / "MNIST" / LABELS, self.folder / "validation" / "labels.npy")
        return self.name, hashlib.sha256(b"".join(path.read_bytes() for path in labels)).hexdigest()

    @functools.cached_property
    def training(self) -> tuple[Tensor, Tensor]:
        """The training images (M, d) float32 in [0, 1], and labels (M,) int64."""
        return _mapped(self.folder / "MNIST" / IMAGES), _mapped(self.folder / "MNIST" / LABELS)

    @functools.cached_property
    def validation(self) -> tuple[Tensor, Tensor]:
        """The validation images (m, d) uint8, and labels (m,) int64."""
        return _mapped(self.folder / "validation" / "images.npy"), _mapped(self.folder / "validation" / "labels.npy")

    def batches(self, seed: int, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the mini-batches of a training run for ever: X (N, d), one-hot ystar (N, C), float32.

        As the student side does it: see ``student.training``.
        """
        images, labels = self.training
        one_hot = F.one_hot(labels, CLASSES).float()
        parts = list(zip(torch.split(images, size), torch.split(one_hot, size), strict=True))
        order = torch.Generator().manual_seed(seed)
        while True:
            for number in torch.randperm(len(parts), generator=order).tolist():
                yield parts[number]

    def steps(self, size: int) -> int:
        """Return the number of mini-batches in an epoch."""
        return -(-len(self.rows) // size)

    def measured(self, w: Tensor) -> tuple[float, float]:
        """Return mean cross-entropy and accuracy of weights w (d, C) on the validation images."""
        return _measured(*self.validation, w)

    def measured_in_training(self, w: Tensor) -> tuple[float, float]:
        """Return the same for the first tenth of the training images: that is a curve, and decides nothing."""
        return _measured(*self._first_tenth, w)

    @functools.cached_property
    def _first_tenth(self) -> tuple[Tensor, Tensor]:
        images, labels = self.training
        count = max(1, len(labels) // 10)
        return images[:count], labels[:count]

    @functools.cached_property
    def measured_at_zero(self) -> tuple[float, float, float, float]:
        """Both for w = 0, where every run starts."""
        w = torch.zeros(self.validation[0].shape[1], CLASSES)
        return *self.measured(w), *self.measured_in_training(w)


def _measured(images: Tensor, labels: Tensor, w: Tensor) -> tuple[float, float]:
    scaled = w if images.is_floating_point() else w / 255  # instead of each image
    scaled = scaled.t().contiguous()  # with so few classes X @ w takes twice as long
    logits = torch.cat([scaled @ some.float().t() for some in torch.split(images, _AT_A_TIME)], dim=1).t().contiguous()
    loss = float(F.cross_entropy(logits.double(), labels))
    return loss, int((logits.argmax(1) == labels).sum()) / len(labels)


def data_folder(config: Config | None = None) -> Path:
    """Return the one folder for data sets: ``c.StudentProvisioner.data``, else AUTOGRADER_DATA, else the cache."""
    configured = (config or Config()).get("StudentProvisioner", {}).get("data", "")
    return Path(configured or os.environ.get("AUTOGRADER_DATA") or "~/.cache/autograder").expanduser()


def training_data(config: Config | None = None) -> TrainingData:
    """Return MNIST from the folder for data sets, or the small digits where it isn't there; prepared on first use.

    Any number of processes may ask at once. Raises CannotJudge, with a next step, where there is nothing to train on.
    """
    raw = data_folder(config) / "MNIST" / "raw"
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


def without_validation_images(config: Config) -> Config:
    """Return the configuration of student kernels that are given the data without what training is judged by."""
    try:
        folder = training_data(config).folder
    except CannotJudge:  # the questions that train will say so
        return config
    return Config({**config, "StudentProvisioner": {**config.get("StudentProvisioner", {}), "data": str(folder)}})


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
    return TrainingData(name, folder, rows)


def _write_mnist(raw: Path, place: Path, rows: Tensor, held_out: Tensor) -> None:
    images, labels = _images(raw / _FILES[0]).clone(), _labels(raw / _FILES[1]).clone()
    others, their_labels = _images(raw / _FILES[2]), _labels(raw / _FILES[3])
    if len(images) != len(labels) or len(others) != len(their_labels) or images.shape[1] != others.shape[1]:
        raise ValueError(f"{raw} holds images and labels that don't fit together")
    _write_split(place, images, labels, rows, held_out)
    again = torch.arange(len(held_out)) % len(others)
    images[held_out], labels[held_out] = others[again], their_labels[again]
    _write(place / "MNIST" / "raw", _FILES[0], _FILES[1], images, labels)
    _write(place / "MNIST" / "raw", _FILES[2], _FILES[3], others, their_labels)


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
    return TrainingData(DIGITS, folder, rows)


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


def raw_files(folder: Path) -> list[Path]:
    """Return the paths at which a folder for data sets holds MNIST, whether they are there or not."""
    return _paths(folder / MNIST / "raw")


def _paths(raw: Path) -> list[Path]:
    return [raw / name for name in _FILES]


def _write_split(place: Path, images: Tensor, labels: Tensor, rows: Tensor, held_out: Tensor) -> None:
    """Write what is trained on, ready to use, so that processes can share the pages; and what it is judged by."""
    _save(place / "MNIST" / "training", images[rows].float().div_(255), labels[rows])
    _save(place / "validation", images[held_out], labels[held_out])


def _save(folder: Path, images: Tensor, labels: Tensor) -> None:
    folder.mkdir(parents=True)
    np.save(folder / "images.npy", images.numpy())
    np.save(folder / "labels.npy", labels.numpy())


def _mapped(path: Path) -> Tensor:
    return torch.from_numpy(np.load(path, mmap_mode="c", allow_pickle=False))


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

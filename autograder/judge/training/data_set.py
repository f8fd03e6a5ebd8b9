"""What is trained on, and what training is judged by: the student side is never given the validation images."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from traitlets.config import Config

IMAGES, LABELS = "training/images.npy", "training/labels.npy"  # in the data set's folder
VALIDATION = "validation"  # beside it: the sandbox has the data set's folder alone
_AT_A_TIME = 256  # images whose loss is computed at once: they stay in a core's cache

Values = Callable[[Tensor], Tensor]  # examples X (N, …) float32 in [0, 1] → logits (N, C)


@dataclass(frozen=True)
class TrainingData:
    """A data set, split as the notebook splits it."""

    name: str  # also in convergence.toml
    folder: Path  # what the sandbox gets as its folder of data sets: no validation image is in ``part`` of it
    rows: Tensor  # (M,) int64: the rows of the original file to train on, in the order in which they are kept
    part: str  # the data set's folder in it
    classes: int

    @property
    def identity(self) -> tuple[str, str]:
        """What tells the data set from others, on whatever machine: its name, and a sum of its labels."""
        labels = (self.folder / self.part / LABELS, self.folder / VALIDATION / "labels.npy")
        return self.name, hashlib.sha256(b"".join(path.read_bytes() for path in labels)).hexdigest()

    def files(self, folder: str) -> dict[str, str]:
        """Return where the training images and labels are, for somebody who has ``folder`` at another place."""
        return {"images": f"{folder}/{self.part}/{IMAGES}", "labels": f"{folder}/{self.part}/{LABELS}"}

    @functools.cached_property
    def training(self) -> tuple[Tensor, Tensor]:
        """The training images (M, d) float32 in [0, 1], and labels (M,) int64."""
        return _mapped(self.folder / self.part / IMAGES), _mapped(self.folder / self.part / LABELS)

    @functools.cached_property
    def validation(self) -> tuple[Tensor, Tensor]:
        """The validation images (m, d) uint8, and labels (m,) int64."""
        folder = self.folder / VALIDATION
        return _mapped(folder / "images.npy"), _mapped(folder / "labels.npy")

    def batches(
        self, seed: int, size: int, shape: tuple[int, ...] = (-1,), one_hot: bool = True
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the mini-batches of a training run for ever: X (N, *shape) float32, labels (N,), or (N, C) float32.

        As the student side does it: see ``student.training_batches``.
        """
        images, labels = self.training
        targets = F.one_hot(labels, self.classes).float() if one_hot else labels
        parts = list(zip(torch.split(images, size), torch.split(targets, size), strict=True))
        order = torch.Generator().manual_seed(seed)
        while True:
            for number in torch.randperm(len(parts), generator=order).tolist():
                X, y = parts[number]
                yield X.view(len(X), *shape), y

    def steps(self, size: int) -> int:
        """Return the number of mini-batches in an epoch."""
        return -(-len(self.rows) // size)

    def measured(self, values: Values, shape: tuple[int, ...] = (-1,)) -> tuple[float, float]:
        """Return mean cross-entropy and accuracy of logits on the validation images."""
        return _measured(*self.validation, values, shape)

    def measured_in_training(self, values: Values, shape: tuple[int, ...] = (-1,)) -> tuple[float, float]:
        """Return the same for the first tenth of the training images: that is a curve, and decides nothing."""
        return _measured(*self._first_tenth, values, shape)

    @functools.cached_property
    def _first_tenth(self) -> tuple[Tensor, Tensor]:
        images, labels = self.training
        count = max(1, len(labels) // 10)
        return images[:count], labels[:count]


@dataclass(frozen=True)
class DataSet:
    """What an assignment trains on, and what takes its place where that is not at hand."""

    name: str  # torchvision's, and that of its folder among the data sets
    at_hand: Callable[[Config | None], TrainingData]  # itself, or else what takes its place; raises CannotJudge
    substitutes: tuple[Callable[[], TrainingData], ...] = ()


def _measured(images: Tensor, labels: Tensor, values: Values, shape: tuple[int, ...]) -> tuple[float, float]:
    with torch.no_grad():
        parts: Any = (values(_scaled(some).view(len(some), *shape)) for some in torch.split(images, _AT_A_TIME))
        logits = torch.cat(list(parts))
        loss = float(F.cross_entropy(logits.double(), labels))
        return loss, int((logits.argmax(1) == labels).sum()) / len(labels)


def _scaled(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else images.float().div_(255)


def _mapped(path: Path) -> Tensor:
    return torch.from_numpy(np.load(path, mmap_mode="c", allow_pickle=False))

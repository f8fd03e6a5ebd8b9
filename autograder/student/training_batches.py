"""The mini-batches that are trained on, in the order that the judge has chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]
_load, _from_numpy = numpy.load, torch.from_numpy  # as they are: students' cells put their own in their place


class NoDataError(Exception):
    """The training examples can't be read."""


@dataclass(frozen=True)
class Files:
    """Where the training examples are, and in which form the student's code gets them."""

    images: str  # .npy file: (M, d) float32 in [0, 1]
    labels: str  # .npy file: (M,) int64
    shape: list[int]  # of an example, of d numbers in all
    one_hot: int  # the number of classes, where labels are given as rows of zeros and a one; 0: as they are
    batch: int
    seed: int  # of the order of the batches
    device: str = "cpu"

    def read(self, device: str = "cpu") -> Batch:
        """Return inputs (M, *shape) float32 and targets. Raises NoDataError."""
        try:
            labels = _from_numpy(_load(self.labels, allow_pickle=False))
            images = _from_numpy(_load(self.images, mmap_mode="c", allow_pickle=False))
        except (OSError, EOFError, ValueError) as error:
            raise NoDataError(f"{type(error).__name__}: {error}") from None
        if self.one_hot:
            labels = torch.eye(self.one_hot, dtype=torch.float32).index_select(0, labels)  # whatever the default is
        return _on(device, images.view(-1, *self.shape), labels)


def _on(device: str, images: Tensor, labels: Tensor) -> Batch:
    if device == "cpu":
        return images, labels
    try:
        return images.to(device), labels.to(device)
    except RuntimeError as error:  # there is none, or it is lost
        raise NoDataError(f"{type(error).__name__}: {error}") from None


class Batches:
    """The mini-batches, as a driver sees them: each time it goes through them it is an epoch, in a new order.

    They are parts of the training examples, which are mapped from their file and so shared by all processes. The file
    has the examples in an order drawn once; each epoch takes the mini-batches in a new order. Drawing from all examples
    in each epoch would copy all of them in each, and converges no better (Mishchenko et al., "Random Reshuffling:
    Simple Analysis with Vast Improvements", 2020: the same bounds for both).

    Attributes: ``inputs`` (M, …) and ``targets`` (M, …) are all of them, for a driver that has the student's own code
    draw the batches.
    """

    def __init__(self, files: Files, begin_step: Callable[[], None], is_looked_at: Callable[[], bool]) -> None:
        """``begin_step`` is called before each batch; ``is_looked_at``: whether the present step is."""
        self._files, self._begin_step, self._is_looked_at = files, begin_step, is_looked_at
        self._order = torch.Generator().manual_seed(files.seed)
        self._kept, self._lent = files.read(), files.read(files.device)
        self._copied = False  # whether the student's code is given copies, as it writes into what it is given
        self.epochs = 0  # whose last batch has been handed out
        self.inputs, self.targets = self._lent

    def __len__(self) -> int:
        return -(-len(self.inputs) // self._files.batch)

    def __iter__(self) -> Iterator[Batch]:
        kept = self._batches(self._kept)
        return self._in_order(kept, torch.randperm(len(kept), generator=self._order).tolist())

    def counted(self, loader: Iterable[Any]) -> Iterable[Any]:
        """Return a loader that gives what another gives: each of its batches is a step, each pass an epoch."""
        return _Counted(self, loader)

    def _in_order(self, kept: list[Batch], order: list[int]) -> Iterator[Batch]:
        lent, left = self._batches(self._lent), len(order)
        for number in order:
            self._begin_step()
            left -= 1
            if not left:
                self.epochs += 1
            X, y = lent[number]
            if self._copied:
                yield X.clone(), y.clone()
                continue
            yield X, y
            if self._is_looked_at() and not _same(lent[number], kept[number]):
                self._copied, self._lent = True, self._files.read(self._files.device)
                lent = self._batches(self._lent)

    def _batches(self, values: Batch) -> list[Batch]:
        return list(zip(*(torch.split(value, self._files.batch) for value in values), strict=True))


class _Counted:
    def __init__(self, batches: Batches, loader: Iterable[Any]) -> None:
        self._batches, self._loader = batches, loader

    def __iter__(self) -> Iterator[Any]:
        for batch in self._loader:
            self._batches._begin_step()
            yield batch
        self._batches.epochs += 1


def _same(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    return all(torch.equal(one.cpu(), other) for one, other in zip(some, others, strict=True))

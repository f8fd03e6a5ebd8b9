"""What claims try with evaluate: a model that notes its mode, and batches of some sizes."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LOGITS = torch.tensor([[2.0, 0.0, 1.0], [0.5, 1.0, 0.0], [3.0, 0.0, 1.0], [0.0, 0.25, 2.0], [0.0, 1.5, 0.0]])
LABELS = torch.tensor([0, 0, 1, 2, 1])
Q = "evaluate"
Batches = list[tuple[Tensor, Tensor]]


class Model(nn.Module):
    """Returns its input, and notes its mode and whether a graph is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.factor, self.part, self.modes = nn.Parameter(torch.ones(())), nn.Dropout(), list[bool]()
        self.graphs: list[bool] = []
        self.factor.grad = torch.ones(())

    def forward(self, X: Tensor) -> Tensor:
        """Return X, times one, and note the mode."""
        self.modes.append(self.training or self.part.training)
        made = self.factor * X
        self.graphs.append(made.requires_grad)
        return made


def batches(*sizes: int) -> Batches:
    """The five examples, in batches of these sizes."""
    return list(zip(LOGITS.split(sizes), LABELS.split(sizes), strict=True))  # type: ignore[no-untyped-call]


def ran(a: Any, loader: Any, training: bool = False, loss: Any = F.cross_entropy) -> tuple[float, float, Model]:
    """The loss and the accuracy that an answer returns, and the model afterwards."""
    model = Model().train(training)
    with torch.enable_grad():
        first, second = a.evaluate(model, loss, loader)
    return float(first), float(second), model


def mean_loss(a: Any, *sizes: int) -> float:
    """The loss for batches of these sizes."""
    return ran(a, batches(*sizes))[0]


def accuracy(a: Any, *sizes: int) -> float:
    """The accuracy for batches of these sizes."""
    return ran(a, batches(*sizes))[1]

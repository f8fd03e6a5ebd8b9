"""Claims of what is wrong with the modes that evaluate works in, and with what it leaves behind."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .claim_tools import claim
from .evaluate_trials import Model, Q, batches, ran


@claim(Q, "gradients-cleared")
def _gradients_cleared(a: Any) -> bool:
    gradient = ran(a, batches(3, 2))[2].factor.grad
    return gradient is None or not bool(gradient.any())


@claim(Q, "grad-mode-left-off")
def _grad_mode_left_off(a: Any) -> bool:
    with torch.enable_grad():
        a.evaluate(Model(), F.cross_entropy, batches(3, 2))
        return not torch.is_grad_enabled()


@claim(Q, "frozen")
def _frozen(a: Any) -> bool:
    return not ran(a, batches(3, 2))[2].factor.requires_grad


@claim(Q, "graph")
def _graph(a: Any) -> bool:
    seen = []

    def noting(logits: Tensor, y: Tensor) -> Tensor:
        seen.append(logits.requires_grad)
        return F.cross_entropy(logits, y)

    model = ran(a, batches(3, 2), loss=noting)[2]
    return any(seen) or any(model.graphs)


@claim(Q, "grad-mode-switched-on")
def _grad_mode_switched_on(a: Any) -> bool:
    with torch.no_grad():
        a.evaluate(Model(), F.cross_entropy, batches(3, 2))
        return torch.is_grad_enabled()


@claim(Q, "eval-for-first-batch")
def _eval_for_first_batch(a: Any) -> bool:
    return ran(a, batches(2, 2, 1), training=True)[2].modes == [False, True, True]


@claim(Q, "thawed")
def _thawed(a: Any) -> bool:
    model = Model().eval()
    model.factor.requires_grad_(False)
    a.evaluate(model, F.cross_entropy, batches(3, 2))
    return model.factor.requires_grad

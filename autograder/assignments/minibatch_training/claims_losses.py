"""What the hints about nll and cross_entropy say, as something that can be found out of an answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, call, changes, finite, float32_only, mentions, unless_raised

from .claim_tools import by_question, fails, has_gradient, near
from .claims_functions import LARGE, C, N, X

Y = torch.tensor([1, 3, 2])


def _logs(x: Tensor = X) -> Tensor:
    return torch.log_softmax(x, 1)


def _uneven() -> Tensor:
    """Return logits with the sum of exponentials that (0, 1, 1) have, unequal behind the first."""
    total = 2 * torch.tensor(1.0, dtype=torch.float64).exp()
    return torch.stack([torch.zeros_like(total), (total * 0.25).log(), (total * 0.75).log()])[None]


UNLIKELY = torch.tensor([[-15_000.0, 0.0]])  # log-probabilities
LAST, NOT_LAST = torch.tensor([3, 1, 0]), torch.tensor([1, 1, 2])  # labels, with the last class and without
RIGHT_WITHOUT = -_logs()[range(N), NOT_LAST].mean()


def _twice(x: Tensor) -> Tensor:
    return torch.cat([x, x])


def _loss(a: Any, x: Tensor = X, y: Tensor = Y) -> Tensor:
    return torch.as_tensor(a.cross_entropy(x.clone(), y), dtype=torch.float64)


def _added(a: Any, other: Tensor) -> Tensor:
    """Return how much a change of one example changes the loss, with another one beside it."""
    y = torch.tensor([1, 3])
    return _loss(a, torch.cat([X[2:] + 1, other]), y) - _loss(a, torch.cat([X[2:] / 2, other]), y)


CROSS_ENTROPY: dict[str, Claim] = {
    "sum": lambda a: near(_loss(a, _twice(X), _twice(Y)), 2 * _loss(a)),
    "sign": lambda a: float(_loss(a).sum()) < 0,
    "classes-of-the-labels": lambda a: (
        near(a.nll(_logs(), LAST), -_logs()[range(N), LAST].mean())
        and (fails(lambda: a.nll(_logs(), NOT_LAST)) or not near(a.nll(_logs(), NOT_LAST), RIGHT_WITHOUT))
    ),
    "labels-as-factors": lambda a: near(a.nll(_logs(), torch.zeros_like(Y)), 0.0),
    "indices-exchanged": lambda a: near(
        torch.as_tensor(a.nll(_logs(), NOT_LAST)).reshape(-1), -_logs().T[range(N), NOT_LAST].mean().reshape(-1)
    ),
    "classes-fixed": lambda a: fails(lambda: a.nll(_logs(), Y)) or fails(lambda: a.nll(_logs(X[:, :3]), Y % 3)),
    "mean-over-classes": lambda a: near(_loss(a, torch.cat([X, X - 90], 1)), _loss(a) / 2),
    "divided-twice": lambda a: near(_loss(a, _twice(X), _twice(Y)), _loss(a) / 2),
    "divided-by-classes": lambda a: near(_loss(a, torch.cat([X, X - 90], 1)), _loss(a) / 2),
    "divided-by-n-minus-one": lambda a: near(
        _loss(a, _twice(X), _twice(Y)) * (2 * N - 1) / (2 * N), _loss(a) * (N - 1) / N
    ),
    "logits-as-they-are": lambda a: near(_loss(a, X + 1), _loss(a) - 1) or near(_loss(a, X + 1), _loss(a) + 1),
    "softmax-without-logarithm": lambda a: -1 < float(_loss(a)) < 0,
    "softmax-twice": lambda a: float(_loss(a, torch.eye(4).double()[Y] * 1000)) > 0.5,
    "nll-of-probabilities": lambda a: not finite(a.nll(_logs(), Y)),
    "log-of-softmax": lambda a: finite(_loss(a)) and not finite(_loss(a, LARGE, torch.tensor([1, 0]))),
    "examples-mixed": lambda a: not near(_added(a, X[:1]), _added(a, X[1:2])),
    "no-keepdim": lambda a: fails(lambda: _loss(a), RuntimeError) and not fails(lambda: _loss(a, X[:1], Y[:1])),
    "clamped-log": lambda a: near(
        _loss(a, LARGE, torch.tensor([1, 0])), _loss(a, torch.cat([2 * LARGE[:1], LARGE[1:]]), torch.tensor([1, 0]))
    ),
    "half-done": lambda a: a.cross_entropy(X.clone(), Y) is None or a.nll(_logs(), Y) is None,
    "as-for-two-classes": lambda a: (  # the right class stays as probable as it was, the others change
        not near(_loss(a, torch.tensor([[0.0, 1, 1]]), Y[:1] * 0), _loss(a, _uneven(), Y[:1] * 0))
    ),
    "gather-shape": lambda a: mentions("gather")(a) and fails(lambda: a.nll(_logs(), Y), RuntimeError),
    "all-columns": lambda a: (
        not near(a.nll(_logs(), Y), a.nll(torch.where(torch.eye(4).bool()[Y], _logs(), _logs() - 1), Y))
    ),
    "first-row-only": lambda a: near(a.nll(_logs(), Y), a.nll(torch.cat([_logs()[:1], _logs()[1:] - 1]), Y)),
    "rows-by-label": lambda a: (
        not near(
            a.nll(_logs(), torch.tensor([1, 1, 2])),
            a.nll(_logs() - (1 - torch.eye(4)[[1, 1, 2]]), torch.tensor([1, 1, 2])),
        )
    ),
    "all-classes": lambda a: near(_loss(a), _loss(a, X, (Y + 1) % C)),
    "predicted-class": lambda a: near(_loss(a), _loss(a, X, (Y + 1) % C)),
    "entropy": lambda a: near(_loss(a), _loss(a, X, (Y + 1) % C)),
    "first-example": lambda a: near(_loss(a), _loss(a, X[:1], Y[:1])) or near(_loss(a), _loss(a, X[-1:], Y[-1:])),
    "batch-size-fixed": lambda a: near(_loss(a, _twice(X), _twice(Y)), 2 * _loss(a)) and mentions(r"\d\d")(a),
    "other-logarithm": lambda a: (
        near(
            _loss(a) / _loss(a, X[:1], Y[:1]),
            torch.nn.functional.cross_entropy(X, Y) / torch.nn.functional.cross_entropy(X[:1], Y[:1]),
        )
        and not near(_loss(a), torch.nn.functional.cross_entropy(X, Y))
    ),
    "squared-error": lambda a: float(_loss(a, LARGE, torch.tensor([1, 0]))) < 3,
    "clamped": lambda a: (
        bool(a.nll(torch.tensor([[-1.0, -2.0]]), torch.tensor([0])) != a.nll(UNLIKELY, torch.tensor([0])))
        and bool(a.nll(UNLIKELY, torch.tensor([0])) == a.nll(2 * UNLIKELY, torch.tensor([0])))
    ),
    "median": lambda a: near(_loss(a), sorted(float(_loss(a, X[i : i + 1], Y[i : i + 1])) for i in range(N))[1]),
    "no-mean": lambda a: torch.as_tensor(a.cross_entropy(X.clone(), Y)).numel() == N,
    "number": lambda a: isinstance(a.nll(_logs(), Y), float),
    "detached": lambda a: not has_gradient(a.cross_entropy, X, Y),
    "not-0-dimensional": lambda a: a.cross_entropy(X.clone(), Y).dim() > 0,
    "changes-input": changes(0, "cross_entropy", X, Y),
    "float32": float32_only(lambda factor: call("nll", _logs() * factor, Y)),
    "other-dtype": lambda a: (
        any(a.cross_entropy(x.clone(), Y).dtype != x.dtype for x in (X, X.float()))
        and near(_loss(a).reshape(-1), torch.nn.functional.cross_entropy(X, Y).reshape(-1), 1e-5)  # whatever its shape
    ),
    "ready-made": mentions(r"F\.(cross_entropy|nll_loss)|nn\.(Cross|NLL)"),
    "ready-made-softmax": mentions(r"\.(softmax|log_softmax|logsumexp)\("),
}


class _NllAlone:
    """An answer's nll, with a right cross_entropy around it."""

    def __init__(self, answer: Any) -> None:
        self.nll, self.code = answer.nll, answer.code

    def cross_entropy(self, logits: Tensor, y: Tensor) -> Any:
        return self.nll(_logs(logits), y)


def _of_either(claim: Claim) -> Claim:
    """Claim it of cross_entropy, or of nll alone: the one may hide what is wrong with the other."""
    asked = unless_raised(claim)
    return lambda answer: asked(answer) or asked(_NllAlone(answer))


CLAIMS = by_question(cross_entropy={slug: _of_either(claim) for slug, claim in CROSS_ENTROPY.items()})

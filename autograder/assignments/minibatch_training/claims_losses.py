"""What the hints about nll, cross_entropy and the accuracy say, as something that can be found out of an answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, call, changes, finite, float32_only, mentions, raises

from .claim_tools import by_question, fails, has_gradient, near
from .claims_functions import LARGE, C, N, X

Y = torch.tensor([1, 3, 2])


def _logs(x: Tensor = X) -> Tensor:
    return torch.log_softmax(x, 1)


LAST, NOT_LAST = torch.tensor([3, 1, 0]), torch.tensor([1, 1, 2])  # labels, with the last class and without
RIGHT_WITHOUT = -_logs()[range(N), NOT_LAST].mean()


def _twice(x: Tensor) -> Tensor:
    return torch.cat([x, x])


def _loss(a: Any, x: Tensor = X, y: Tensor = Y) -> Tensor:
    return torch.as_tensor(a.cross_entropy(x.clone(), y), dtype=torch.float64)


CROSS_ENTROPY: dict[str, Claim] = {
    "sum": lambda a: near(_loss(a, _twice(X), _twice(Y)), 2 * _loss(a)),
    "sign": lambda a: float(_loss(a)) < 0 or float(a.nll(_logs(), Y)) < 0,
    "classes-of-the-labels": lambda a: (
        near(a.nll(_logs(), LAST), -_logs()[range(N), LAST].mean())
        and (fails(lambda: a.nll(_logs(), NOT_LAST)) or not near(a.nll(_logs(), NOT_LAST), RIGHT_WITHOUT))
    ),
    "labels-as-factors": lambda a: near(a.nll(_logs(), torch.zeros_like(Y)), 0.0),
    "indices-exchanged": lambda a: near(a.nll(_logs(), NOT_LAST), -_logs().T[range(N), NOT_LAST].mean()),
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
    "clamped-log": lambda a: near(
        _loss(a, LARGE, torch.tensor([1, 0])), _loss(a, torch.cat([2 * LARGE[:1], LARGE[1:]]), torch.tensor([1, 0]))
    ),
    "all-columns": lambda a: (
        not near(a.nll(_logs(), Y), a.nll(torch.where(torch.eye(4).bool()[Y], _logs(), _logs() - 1), Y))
    ),
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
    "median": lambda a: near(_loss(a), sorted(float(_loss(a, X[i : i + 1], Y[i : i + 1])) for i in range(N))[1]),
    "no-mean": lambda a: torch.as_tensor(a.cross_entropy(X.clone(), Y)).numel() == N,
    "number": lambda a: isinstance(a.nll(_logs(), Y), float),
    "detached": lambda a: not has_gradient(a.cross_entropy, X, Y),
    "not-0-dimensional": lambda a: a.cross_entropy(X.clone(), Y).dim() > 0,
    "changes-input": changes(0, "cross_entropy", X, Y),
    "float32": float32_only(lambda factor: call("nll", _logs() * factor, Y)),
    "ready-made": mentions(r"F\.(cross_entropy|nll_loss)|nn\.(Cross|NLL)"),
    "ready-made-softmax": mentions(r"\.(softmax|log_softmax|logsumexp)\("),
}

ALL_RIGHT = X.argmax(1)
ONE_RIGHT = torch.tensor([1, 0, 1])  # of three


def _accuracy(a: Any, y: Tensor, x: Tensor = X) -> float:
    return float(a.accuracy(x.clone(), y))


ACCURACY: dict[str, Claim] = {
    "count": lambda a: near(_accuracy(a, _twice(ALL_RIGHT), _twice(X)), 2 * _accuracy(a, ALL_RIGHT)),
    "error-rate": lambda a: near(_accuracy(a, ALL_RIGHT), 0.0) and near(_accuracy(a, ONE_RIGHT), 2 / 3),
    "per-cent": lambda a: near(_accuracy(a, ALL_RIGHT), 100.0),
    "wrong-axis": lambda a: fails(lambda: _accuracy(a, ALL_RIGHT)),
    "smallest": lambda a: near(_accuracy(a, X.argmin(1)), 1.0),
    "one-for-all": lambda a: _accuracy(a, ALL_RIGHT) < 1 and near(_accuracy(a, ALL_RIGHT[:1], X[:1]), 1.0),
    "divided-by-classes": lambda a: near(_accuracy(a, ALL_RIGHT), N / C),
    "divided-by-all-logits": lambda a: near(_accuracy(a, ALL_RIGHT), 1 / C),
    "counted-in-bytes": lambda a: (
        near(_accuracy(a, ALL_RIGHT), 1.0) and _accuracy(a, ALL_RIGHT.repeat(100), X.repeat(100, 1)) < 0.9
    ),
    "whole-division": lambda a: near(_accuracy(a, ONE_RIGHT), 0.0) and near(_accuracy(a, ALL_RIGHT), 1.0),
    "rounded": lambda a: near(_accuracy(a, ONE_RIGHT), 0.33),
    "all-or-nothing": lambda a: near(_accuracy(a, ONE_RIGHT), 0.0) and near(_accuracy(a, ALL_RIGHT), 1.0),
    "values-not-places": lambda a: (
        near(_accuracy(a, ALL_RIGHT, torch.eye(4).double()[ALL_RIGHT] * ALL_RIGHT[:, None]), 1.0)
        and _accuracy(a, ALL_RIGHT) < 1
    ),
    "more-than-half": lambda a: near(_accuracy(a, ALL_RIGHT, X * 100), 1.0) and _accuracy(a, ALL_RIGHT, X / 100) < 1,
    "batch-size-fixed": lambda a: (
        near(_accuracy(a, _twice(ALL_RIGHT), _twice(X)), 2 * _accuracy(a, ALL_RIGHT)) and mentions(r"\d\d")(a)
    ),
    "whole-number": lambda a: isinstance(a.accuracy(X.clone(), ALL_RIGHT), int),
    "not-0-dimensional": lambda a: a.accuracy(X.clone(), ALL_RIGHT).dim() > 0,
    "mean-of-booleans": raises(call("accuracy", X, ALL_RIGHT), r"Error: mean\(\): .*Bool"),
    "no-mean": lambda a: a.accuracy(X.clone(), ALL_RIGHT).numel() == N,
}

CLAIMS = by_question(cross_entropy=CROSS_ENTROPY, accuracy=ACCURACY)

"""What the hints about softmax, log-softmax, losses and accuracy say, as something that can be found out of an answer.

A claim is a function of an answer's namespace (``a.softmax``): it says what a person would check, not the formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, finite, mentions, unless_raised

X = torch.tensor([[1.0, 2.0, 0.5, -1.0], [0.0, 0.5, -0.5, 1.5], [2.0, -1.0, 0.25, 1.0]], dtype=torch.float64)
Y = torch.tensor([1, 3, 2])
N, C = X.shape
LARGE = torch.tensor([[1000.0, 0.0], [1.0, 0.5]], dtype=torch.float64)
ONE_ROW_LARGE = torch.tensor([[2000.0, 1999.0], [1.0, 0.5]], dtype=torch.float64)


def near(one: Any, other: Any, off: float = 1e-6) -> bool:
    """Return whether two tensors or numbers are the same, relative to the largest."""
    one, other = torch.as_tensor(one, dtype=torch.float64), torch.as_tensor(other, dtype=torch.float64)
    if one.shape != other.shape or not bool(one.isfinite().all()) or not bool(other.isfinite().all()):
        return False
    return bool(((one - other).abs() <= off * (1e-3 + other.abs().max())).all())


def has_gradient(function: Callable[..., Any], x: Tensor, *more: Any) -> bool:
    """Return whether autograd can go through a function of x."""
    with torch.enable_grad():
        value = function(x.clone().requires_grad_(), *more)
        return isinstance(value, Tensor) and value.requires_grad


def right_gradient(function: Callable[..., Any], right: Callable[..., Tensor], x: Tensor, *more: Any) -> bool:
    """Return whether autograd gives the gradient of another function, of what comes back times different numbers."""
    found = []
    for one in (function, right):
        with torch.enable_grad():
            given = x.clone().requires_grad_()
            value = one(given, *more)
            weights = torch.arange(1.0, value.numel() + 1, dtype=value.dtype).reshape(value.shape)
            if not value.requires_grad:
                return False
            found.append(torch.autograd.grad(value, given, weights)[0])
    return near(found[0], found[1])


def breaks_where(function: Callable[[Tensor], Tensor], small: Tensor, large: Tensor) -> bool:
    """Return whether a function is finite for one input and not for another."""
    return finite(function(small.clone())) and not finite(function(large.clone()))


def changes(function: Callable[..., Any], x: Tensor, *more: Any) -> bool:
    """Return whether a function changes its first argument."""
    given = x.clone()
    function(given, *more)
    return not torch.equal(given, x)


def _rows(p: Tensor) -> Tensor:
    return p.sum(1)


def _coarse(function: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    """Return whether changes that only float64 can hold don't show."""
    return torch.equal(function(x.clone()), function(x * (1 + 1e-11))) and not torch.equal(
        function(x.clone()), function(x * 1.01)
    )


def _shift(a: Any) -> Tensor:
    return torch.as_tensor(a.logsumexp(X + 5) - a.logsumexp(X.clone())).reshape(-1)


def _sums(x: Tensor) -> Tensor:
    return torch.logsumexp(x, 1, keepdim=True)


def _steepness(a: Any) -> Tensor:
    """Return how much the logarithm of a ratio of probabilities grows with the difference of two logits."""
    p = a.softmax(X.clone())
    return torch.as_tensor((p[:, 1] / p[:, 0]).log() / (X[:, 1] - X[:, 0]))


SOFTMAX: dict[str, Claim] = {
    "wrong-axis": lambda a: not near(_rows(a.softmax(X.clone())), torch.ones(N)),
    "no-shift": lambda a: breaks_where(a.softmax, X, LARGE) and not finite(a.softmax(LARGE - 5000)),
    "one-shift-for-all": lambda a: finite(a.softmax(LARGE - 1000)[0]) and not finite(a.softmax(ONE_ROW_LARGE)),
    "all-axes": lambda a: near(a.softmax(X.clone()).sum(), 1.0),
    "not-normalised": lambda a: not near(_rows(a.softmax(X.clone())), torch.ones(N)),
    "no-exp": lambda a: near(a.softmax(2 * X), a.softmax(X.clone())),
    "sign": lambda a: bool((a.softmax(X.clone()).argmax(1) == X.argmin(1)).all()),
    "logarithm": lambda a: bool((a.softmax(X.clone()) <= 0).all()),
    "sigmoid": lambda a: near(a.softmax(X.clone())[:, :2], a.softmax(X[:, :2].clone())),
    "mean-for-sum": lambda a: near(_rows(a.softmax(X.clone())), torch.full((N,), float(C))),
    "other-base": lambda a: near(_steepness(a), _steepness(a)[:1].expand(N)) and not near(_steepness(a)[0], 1.0, 1e-3),
    "softmax-twice": lambda a: float(a.softmax(X * 100).max()) < 0.9,
    "scaled": lambda a: near((a.softmax(X.clone())[:, 1] / a.softmax(X.clone())[:, 0]).log(), (X[:, 1] - X[:, 0]) / 2),
    "no-keepdim": lambda a: (
        not _works(lambda: a.softmax(X.clone())) or not near(_rows(a.softmax(X[:, :3].clone())), torch.ones(N))
    ),
    "epsilon": lambda a: bool((_rows(a.softmax(X.clone())) < 1 - 1e-10).all()),
    "clamped": lambda a: (
        not near(a.softmax(torch.tensor([[5000.0, 4999.0]]).double()), a.softmax(torch.tensor([[1.0, 0.0]]).double()))
    ),
    "shifted-by-the-smallest": lambda a: (
        not finite(a.softmax(LARGE.clone())) and finite(a.softmax(LARGE[:, :1] + 4000))
    ),
    "shifted-by-the-mean": lambda a: not finite(a.softmax(2 * LARGE)) and finite(a.softmax(LARGE[:, :1] + 4000)),
    "infinities-replaced": mentions(r"nan_to_num|isnan|isinf|isfinite|where|masked"),
    "detached": lambda a: not has_gradient(a.softmax, X),
    "denominator-detached": lambda a: (
        not right_gradient(a.softmax, lambda x: torch.softmax(x, 1), X)
        and near(a.softmax(X.clone()), torch.softmax(X, 1))
    ),
    "changes-input": lambda a: changes(a.softmax, X),
    "float32": lambda a: _coarse(a.softmax, X),
    "single-result": lambda a: a.softmax(X.clone()).dtype != X.dtype,
    "ready-made": mentions(r"\.(softmax|log_softmax|logsumexp)\("),
}


def _works(trial: Callable[[], Any]) -> bool:
    try:
        trial()
    except Exception:
        return False
    return True


LOG_SOFTMAX: dict[str, Claim] = {
    "no-shift": lambda a: breaks_where(a.logsumexp, X, LARGE),
    "log-of-softmax": lambda a: finite(a.logsumexp(LARGE.clone())) and not finite(a.log_softmax(LARGE.clone())),
    "shift-not-added": lambda a: near(_shift(a), torch.zeros(N), 1e-3),
    "shift-taken-off-twice": lambda a: near(
        _sums(X) - X + a.log_softmax(X.clone()), -X.amax(1, keepdim=True).expand(N, C)
    ),
    "wrong-axis": lambda a: (
        not near(
            torch.as_tensor(a.logsumexp(X[:1].clone())).reshape(-1),
            torch.as_tensor(a.logsumexp(X.clone())).reshape(-1)[:1],
        )
        or not near(a.log_softmax(X[:1].clone()), a.log_softmax(X.clone())[:1])
    ),
    "one-shift-for-all": lambda a: (
        finite(a.logsumexp(LARGE[:1].clone())) and not finite(a.logsumexp(torch.cat([LARGE, LARGE - 5000])))
    ),
    "input-overwritten": lambda a: changes(a.log_softmax, X),
    "logsumexp-overwrites": lambda a: changes(a.logsumexp, X),
    "not-a-column": lambda a: (
        a.logsumexp(X.clone()).shape != (N, 1) and near(a.logsumexp(X.clone()).reshape(-1), _sums(X).reshape(-1))
    ),
    "no-keepdim": lambda a: a.logsumexp(X.clone()).shape != (N, 1),
    "log-missing": lambda a: near(
        a.logsumexp(X - X.amax(1, keepdim=True)), (X - X.amax(1, keepdim=True)).exp().sum(1, keepdim=True)
    ),
    "softmax-alone": lambda a: (
        bool((a.log_softmax(X.clone()) > 0).all()) and near(_rows(a.log_softmax(X.clone())), torch.ones(N))
    ),
    "sign": lambda a: bool((a.log_softmax(X.clone()) > 0).all()),
    "other-logarithm": lambda a: (
        near(a.logsumexp(X - X) / _sums(X - X), (a.logsumexp(X[:, :2] - X[:, :2]) / _sums(X[:, :2] - X[:, :2])))
        and not near(a.logsumexp(X - X), _sums(X - X))
    ),
    "mean-for-sum": lambda a: near(a.logsumexp(torch.cat([X, X], 1)), a.logsumexp(X.clone())),
    "sum-of-all": lambda a: (
        not near(
            torch.as_tensor(a.logsumexp(X[:1].clone())).reshape(-1)[0],
            torch.as_tensor(a.logsumexp(X.clone())).reshape(-1)[0],
        )
    ),
    "sum-first": lambda a: near(
        torch.as_tensor(a.logsumexp(2 * X)).reshape(-1), 2 * torch.as_tensor(a.logsumexp(X.clone())).reshape(-1)
    ),
    "plus-one": lambda a: bool((a.logsumexp(X.clone()) > _sums(X) + 1e-6).all()),
    "clamped-log": lambda a: near(a.log_softmax(LARGE.clone())[0, 1], a.log_softmax(LARGE * 2)[0, 1]),
    "clamped": lambda a: near(a.logsumexp(LARGE.clone())[0], a.logsumexp(LARGE * 2)[0]),
    "shifted-by-the-smallest": lambda a: (
        not finite(a.logsumexp(LARGE.clone())) and finite(a.logsumexp(LARGE[:, :1] + 4000))
    ),
    "detached": lambda a: not has_gradient(a.log_softmax, X),
    "logsumexp-detached": lambda a: not has_gradient(a.logsumexp, X),
    "sum-detached": lambda a: not right_gradient(a.logsumexp, _sums, X) and near(a.logsumexp(X.clone()), _sums(X)),
    "float32": lambda a: _coarse(a.logsumexp, X),
    "ready-made": mentions(r"\.(softmax|log_softmax|logsumexp)\("),
}


def _logs(x: Tensor = X) -> Tensor:
    return torch.log_softmax(x, 1)


def _twice(x: Tensor) -> Tensor:
    return torch.cat([x, x])


def _loss(a: Any, x: Tensor = X, y: Tensor = Y) -> Tensor:
    return torch.as_tensor(a.cross_entropy(x.clone(), y), dtype=torch.float64)


CROSS_ENTROPY: dict[str, Claim] = {
    "sum": lambda a: near(_loss(a, _twice(X), _twice(Y)), 2 * _loss(a)),
    "sign": lambda a: float(_loss(a)) < 0,
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
    "changes-input": lambda a: changes(a.cross_entropy, X, Y),
    "float32": lambda a: _coarse(lambda x: a.nll(x, Y), _logs()),
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
    "wrong-axis": lambda a: not _works(lambda: _accuracy(a, ALL_RIGHT)),
    "smallest": lambda a: near(_accuracy(a, X.argmin(1)), 1.0),
    "one-for-all": lambda a: _accuracy(a, ALL_RIGHT) < 1 and near(_accuracy(a, ALL_RIGHT[:1], X[:1]), 1.0),
    "divided-by-classes": lambda a: near(_accuracy(a, ALL_RIGHT), N / C),
    "counted-in-bytes": lambda a: (
        near(_accuracy(a, ALL_RIGHT), 1.0) and _accuracy(a, ALL_RIGHT.repeat(100), X.repeat(100, 1)) < 0.9
    ),
    "whole-division": lambda a: near(_accuracy(a, ONE_RIGHT), 0.0) and near(_accuracy(a, ALL_RIGHT), 1.0),
    "rounded": lambda a: near(_accuracy(a, ONE_RIGHT), 0.33, 1e-9),
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
    "no-mean": lambda a: a.accuracy(X.clone(), ALL_RIGHT).numel() == N,
}

CLAIMS: dict[tuple[str, str], Claim] = {
    (question, slug): unless_raised(claim)
    for question, claims in (
        ("softmax", SOFTMAX),
        ("log_softmax", LOG_SOFTMAX),
        ("cross_entropy", CROSS_ENTROPY),
        ("accuracy", ACCURACY),
    )
    for slug, claim in claims.items()
}

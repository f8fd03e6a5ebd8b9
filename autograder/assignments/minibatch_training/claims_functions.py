"""What the hints about softmax, logsumexp and log_softmax say, as something that can be found out of an answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, call, changes, finite, float32_only, mentions

from .claim_tools import breaks_where, by_question, fails, has_gradient, near, right_gradient

X = torch.tensor([[1.0, 2.0, 0.5, -1.0], [0.0, 0.5, -0.5, 1.5], [2.0, -1.0, 0.25, 1.0]], dtype=torch.float64)
N, C = X.shape
LARGE = torch.tensor([[1000.0, 0.0], [1.0, 0.5]], dtype=torch.float64)
ONE_ROW_LARGE = torch.tensor([[2000.0, 1999.0], [1.0, 0.5]], dtype=torch.float64)


def _rows(p: Tensor) -> Tensor:
    return p.sum(1)


def _shift(a: Any) -> Tensor:
    return torch.as_tensor(a.logsumexp(X + 5) - a.logsumexp(X.clone())).reshape(-1)


def _sums(x: Tensor) -> Tensor:
    return torch.logsumexp(x, 1, keepdim=True)


def _steepness(a: Any) -> Tensor:
    """Return how much the logarithm of a ratio of probabilities grows with the difference of two logits."""
    p = a.softmax(X.clone())
    return torch.as_tensor((p[:, 1] / p[:, 0]).log() / (X[:, 1] - X[:, 0]))


def _breaks_down(a: Any, x: Tensor) -> bool:
    """Return whether there is something that isn't finite, or a row of zeros."""
    p = a.softmax(x.clone())
    return not finite(p) or not bool(p.any(1).all())


SOFTMAX: dict[str, Claim] = {
    "wrong-axis": lambda a: not near(_rows(a.softmax(X.clone())), torch.ones(N)),
    "no-shift": lambda a: not _breaks_down(a, X) and _breaks_down(a, LARGE) and _breaks_down(a, LARGE - 5000),
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
    "shifted-in-one-place": lambda a: (
        near(a.softmax(X - X.amax(1, keepdim=True)), torch.softmax(X, 1))
        and not near(_rows(a.softmax(X.clone())), torch.ones(N))
    ),
    "no-keepdim": lambda a: (
        fails(lambda: a.softmax(X.clone())) or not near(_rows(a.softmax(X[:, :3].clone())), torch.ones(N))
    ),
    "epsilon": lambda a: bool((_rows(a.softmax(X.clone())) < 1 - 1e-10).all()),
    "clamped": lambda a: (
        not near(a.softmax(torch.tensor([[5000.0, 4999.0]]).double()), a.softmax(torch.tensor([[1.0, 0.0]]).double()))
    ),
    "shifted-by-columns": lambda a: near(a.softmax(X[:1].clone()), torch.full((1, C), 1 / C)),
    "rescaled": lambda a: 0.5 < float(a.softmax(torch.tensor([[5000.0, 4999.0]]).double())[0, 0]) < 0.7,
    "shifted-by-the-smallest": lambda a: (
        not finite(a.softmax(LARGE.clone())) and finite(a.softmax(LARGE[:, :1] + 4000))
    ),
    "shifted-by-the-mean": lambda a: not finite(a.softmax(2 * LARGE)) and finite(a.softmax(LARGE[:, :1] + 4000)),
    "shifted-by-the-size": lambda a: (
        not finite(a.softmax(LARGE - 5000)) and finite(a.softmax(LARGE.clone())) and finite(a.softmax(LARGE + 5000))
    ),
    "infinities-replaced": mentions(r"nan_to_num|isnan|isinf|isfinite|where|masked"),
    "detached": lambda a: not has_gradient(a.softmax, X),
    "denominator-detached": lambda a: (
        not right_gradient(a.softmax, lambda x: torch.softmax(x, 1), X)
        and near(a.softmax(X.clone()), torch.softmax(X, 1))
    ),
    "changes-input": changes(0, "softmax", X),
    "float32": float32_only(lambda factor: call("softmax", X * factor)),
    "single-result": lambda a: any(a.softmax(x.clone()).dtype != x.dtype for x in (X, X.float())),
    "ready-made": mentions(r"\.(softmax|log_softmax|logsumexp)\("),
}


LOG_SOFTMAX: dict[str, Claim] = {
    "shifted-in-one-place": lambda a: near(
        a.log_softmax(X.clone()) + _sums(X) - X, X.amax(1, keepdim=True).expand(N, C)
    ),
    "no-shift": lambda a: breaks_where(a.logsumexp, X, LARGE),
    "log-of-softmax": lambda a: finite(a.logsumexp(LARGE.clone())) and not finite(a.log_softmax(LARGE.clone())),
    "shift-not-added": lambda a: near(_shift(a), torch.zeros(N), 1e-3),
    "shift-sign": lambda a: near(_shift(a), torch.full((N,), -5.0), 1e-3),
    "half-done": lambda a: near(a.logsumexp(X.clone()), X[:, :1]) or not bool(a.log_softmax(X.clone()).any()),
    "divided": lambda a: near(a.log_softmax(X.clone()), X / _sums(X)),
    "off-the-probabilities": lambda a: near(a.log_softmax(X.clone()), torch.softmax(X, 1) - _sums(X)),
    "of-probabilities": lambda a: -3 < float(a.log_softmax(X * 100).min()) < 0 and finite(a.log_softmax(LARGE.clone())),
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
    "input-overwritten": changes(0, "log_softmax", X),
    "logsumexp-overwrites": changes(0, "logsumexp", X),
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
        or not near(a.log_softmax(X[:1].clone()), a.log_softmax(X.clone())[:1])
    ),
    "sum-first": lambda a: near(
        torch.as_tensor(a.logsumexp(2 * X)).reshape(-1), 2 * torch.as_tensor(a.logsumexp(X.clone())).reshape(-1)
    ),
    "plus-one": lambda a: bool((a.logsumexp(X.clone()) > _sums(X) + 1e-6).all()),
    "epsilon": lambda a: bool((a.logsumexp(X.clone()) > _sums(X) + 1e-10).all()),
    "clamped-log": lambda a: near(a.log_softmax(LARGE.clone())[0, 1], a.log_softmax(LARGE * 2)[0, 1]),
    "clamped": lambda a: near(a.logsumexp(LARGE.clone())[0], a.logsumexp(LARGE * 2)[0]),
    "shifted-by-the-smallest": lambda a: (
        not finite(a.logsumexp(LARGE.clone())) and finite(a.logsumexp(LARGE[:, :1] + 4000))
    ),
    "detached": lambda a: not has_gradient(a.log_softmax, X),
    "logsumexp-detached": lambda a: not has_gradient(a.logsumexp, X),
    "sum-detached": lambda a: not right_gradient(a.logsumexp, _sums, X) and near(a.logsumexp(X.clone()), _sums(X)),
    "other-dtype": lambda a: (
        any(of(x.clone()).dtype != x.dtype for of in (a.logsumexp, a.log_softmax) for x in (X, X.float()))
        and near(a.log_softmax(X.clone()).double(), torch.log_softmax(X, 1), 1e-5)
    ),
    "float32": float32_only(lambda factor: call("logsumexp", X * factor)),
    "ready-made": mentions(r"\.(softmax|log_softmax|logsumexp)\("),
}

CLAIMS = by_question(softmax=SOFTMAX, log_softmax=LOG_SOFTMAX)

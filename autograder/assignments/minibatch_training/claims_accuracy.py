"""What the hints about the accuracy say, as something that can be found out of an answer, whatever else is wrong."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, call, mentions, raises

from .claim_tools import by_question, near

SIZES = (1, 2, 4, 10, 16, 32, 64, 100, 128, 256, 512, 1000)
SIGNS = (1.0, -1.0)


def _logits(n: int, classes: int = 4) -> tuple[Tensor, Tensor]:
    """Return logits and labels, all right; the largest logit of a row is the number of its class as well."""
    y = torch.arange(n) % classes
    x = torch.full((n, classes), -5.0, dtype=torch.float64)
    x[torch.arange(n), y] = y.double()
    return x, y


def _of(a: Any, x: Tensor, y: Tensor) -> float:
    """Return an answer's number, or the mean of what it gives instead; NaN where it raises."""
    try:
        return float(torch.as_tensor(a.accuracy(x.clone(), y)).double().mean())
    except Exception:
        return float("nan")


def _right(a: Any, n: int, classes: int = 4, sign: float = 1.0) -> float:
    """Return what comes of examples that are all right; with the sign -1 the label has the smallest logit."""
    x, y = _logits(n, classes)
    return _of(a, sign * x, y)


def _part(a: Any, n: int, right: int, sign: float = 1.0) -> float:
    """Return what comes of examples of which some are right."""
    x, y = _logits(n)
    return _of(a, sign * x, torch.where(torch.arange(n) < right, y, (y + 1) % 4))


def _grows(a: Any) -> bool:
    """Return whether twice the examples, all right, give twice the number."""
    pairs = [(_right(a, n, sign=sign), _right(a, 2 * n, sign=sign)) for n in (4, 64) for sign in SIGNS]
    pairs.append((_right(a, 2, 2), _right(a, 4, 4)))
    return any(one > 0 and near(2 * one, two) for one, two in pairs)


def _shrinks(a: Any) -> bool:
    """Return whether twice the classes, with as many right, give half the number."""
    found = []
    for n in (1, 2):
        for sign in SIGNS:
            x, y = _logits(n)
            found.append((_of(a, sign * x, y), _of(a, sign * torch.cat([x, torch.full_like(x, -9)], 1), y)))
    return any(one > 0 and near(one / 2, two) for one, two in found)


def _all_or_nothing(a: Any) -> bool:
    found = [_part(a, n, right, sign) for n in (1, 2, 4) for right in range(n + 1) for sign in SIGNS]
    return all(one in (0.0, 1.0) for one in found if one == one) and any(one == one for one in found)


def _is_of_type(a: Any, kind: type) -> bool:
    x, y = _logits(4)
    return isinstance(a.accuracy(x, y), kind)


def _rounded(a: Any) -> bool:
    """A third comes out as 0.3 with some threes, and nothing behind them."""
    third = [_part(a, 3, 1, sign) * scale for sign in SIGNS for scale in (1, 0.01)]
    return any(near(one, round(1 / 3, digits)) for one in third for digits in (2, 3, 4))


def _counts_nearly_largest(a: Any) -> bool:
    x, y = _logits(4)
    x[torch.arange(4), y] = 1.0
    x[torch.arange(4), (y + 1) % 4] = 1.0 + 2.0**-17
    return _of(a, x, y) > 0


def _of_classes(a: Any) -> bool:
    """Three of a class are right, and the only one of another isn't: a half."""
    x = torch.tensor([[1.0, 0.0]]).repeat(4, 1)
    return near(_of(a, x, torch.tensor([0, 0, 0, 1])), 0.5)


def _breaks_for_large(a: Any) -> bool:
    """Right for logits as they are, and not where they are a thousand times as large or smaller."""
    x, y = _logits(4)
    x = x - 2  # of both signs
    return near(_of(a, x, y), 1.0) and not all(
        near(_of(a, factor * x + shift, y), 1.0) for factor in (1, 1000) for shift in (0, 1000, -3000)
    )


def _changes_what_is_given(a: Any) -> bool:
    x, y = _logits(4)
    given = x.clone(), y.clone()
    a.accuracy(*given)
    return not (torch.equal(given[0], x) and torch.equal(given[1], y))


def _value_for_place(a: Any) -> bool:
    x, y = _logits(4)
    return _of(a, x, y) > 0 and _of(a, 10 * x + 0.5, y) == 0


def _depends_on_certainty(a: Any) -> bool:
    x, y = _logits(4)
    return _of(a, 100 * x, y) != _of(a, x / 100, y)


ACCURACY: dict[str, Claim] = {
    "count": _grows,
    "error-rate": lambda a: _right(a, 4) == 0 and _part(a, 4, 0) > 0,
    "per-cent": lambda a: any(near(_right(a, n, sign=sign), 100.0) for n in SIZES for sign in SIGNS),
    "wrong-axis": lambda a: _right(a, 3) != _right(a, 3) or any(not near(_right(a, n), _right(a, 4)) for n in (3, 8)),
    "each-with-all": lambda a: (
        near(_right(a, 1), 1.0) and (near(_right(a, 4), 0.25) or near([_right(a, 4), _right(a, 8)], [1.0, 2.0]))
    ),
    "above-zero": lambda a: near(_right(a, 1), 0.0) and _of(a, _logits(1)[0] + 9, _logits(1)[1]) > 0,
    "smallest": lambda a: any(_right(a, 4, classes, -1.0) > _right(a, 4, classes) for classes in (2, 4)),
    "one-for-all": lambda a: _right(a, 4) < 0.9 * _right(a, 1),
    "divided-by-classes": _shrinks,
    "divided-by-all-logits": _shrinks,
    "counted-in-bytes": lambda a: any(_right(a, 300, sign=sign) < 0.9 * _right(a, 100, sign=sign) for sign in SIGNS),
    "whole-division": _all_or_nothing,
    "rounded": _rounded,
    "nearly-largest": _counts_nearly_largest,
    "mean-of-classes": _of_classes,
    "overflows": _breaks_for_large,
    "changes-input": _changes_what_is_given,
    "all-or-nothing": _all_or_nothing,
    "values-not-places": _value_for_place,
    "more-than-half": _depends_on_certainty,
    "batch-size-fixed": lambda a: _grows(a) and mentions(r"\d\d")(a),
    "whole-number": lambda a: _is_of_type(a, int),
    "not-0-dimensional": lambda a: a.accuracy(*_logits(4)).dim() > 0,
    "mean-of-booleans": raises(call("accuracy", *_logits(4)), r"Error: mean\(\): .*Bool"),
    "no-mean": lambda a: a.accuracy(*_logits(4)).numel() == 4,
}

CLAIMS = by_question(accuracy=ACCURACY)

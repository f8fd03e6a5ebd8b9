"""Claims of what is wrong with error_ratio."""

from __future__ import annotations

from typing import Any

from autograder.judge.diagnosis.claims import alike, mentions

from .claim_tools import claim

Q = "error_ratio"


@claim(Q, "upside-down")
def _upside_down(a: Any) -> bool:
    return float(a.error_ratio(0.5, 0.75)) > 1


@claim(Q, "of-accuracies")
def _of_accuracies(a: Any) -> bool:
    return alike(a.error_ratio(0.2, 0.3), a.error_ratio(0.4, 0.6))


@claim(Q, "difference")
def _difference(a: Any) -> bool:
    return alike(a.error_ratio(0.2, 0.3), a.error_ratio(0.4, 0.5))


@claim(Q, "gain")
def _gain(a: Any) -> bool:
    return alike(a.error_ratio(0.4, 0.5), 0.25)


@claim(Q, "share-gone")
def _share_gone(a: Any) -> bool:
    return alike(a.error_ratio(0.5, 0.5), 0.0)


@claim(Q, "percent")
def _percent(a: Any) -> bool:
    return alike(a.error_ratio(0.5, 0.5), 100.0)


@claim(Q, "accuracies-percent")
def _accuracies_percent(a: Any) -> bool:
    return alike(a.error_ratio(50.0, 75.0), 0.5)


@claim(Q, "rounded")
def _rounded(a: Any) -> bool:
    return alike(a.error_ratio(0.5, 0.5004), a.error_ratio(0.5, 0.5), 1e-12)


@claim(Q, "product")
def _product(a: Any) -> bool:
    return alike(a.error_ratio(0.2, 0.6), a.error_ratio(0.6, 0.2)) and not alike(a.error_ratio(0.5, 0.5), 1.0)


@claim(Q, "of-ratio")
def _of_ratio(a: Any) -> bool:
    return _of_accuracies(a) and _share_gone(a)


@claim(Q, "errors-with-it")
def _errors_with_it(a: Any) -> bool:
    return alike(a.error_ratio(0.2, 0.75), 0.25) and alike(a.error_ratio(0.6, 0.75), 0.25)


@claim(Q, "divided-by-accuracy")
def _divided_by_accuracy(a: Any) -> bool:
    return alike(a.error_ratio(0.2, 0.75), 3 * a.error_ratio(0.6, 0.75)) and alike(a.error_ratio(0.2, 1.0), 0.0)


@claim(Q, "brackets")
def _brackets(a: Any) -> bool:
    found = [a.error_ratio(0.25, accuracy) for accuracy in (0.0, 0.75)]
    return mentions("/")(a) and (alike(found, [0.75, 0.0]) or alike(found, [1.0, 0.0]))


@claim(Q, "item-of-float")
def _item_of_float(a: Any) -> bool:
    try:
        a.error_ratio(0.5, 0.75)
    except AttributeError as error:
        return "'float' object has no attribute 'item'" in str(error)
    return False


@claim(Q, "capped")
def _capped(a: Any) -> bool:
    return alike(a.error_ratio(0.9, 0.5), 1.0) and alike(a.error_ratio(0.5, 0.75), 0.5)

"""Right answers and tolerances, computed once for an input: a hidden test's examples are the same for every student."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import torch
from cachetools import LRUCache

ROOM = 128 << 20  # bytes of tensors kept, of inputs and results
_SMALL = 64 << 10  # bytes of a tensor that is known by its numbers

Result = TypeVar("Result")
_known: LRUCache[Hashable, tuple[Any, Any]] = LRUCache(ROOM, getsizeof=lambda entry: _size(entry) + 500)


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """Decorate a function of tensors and numbers that always gives the same for the same; nobody changes its results.

    A small tensor is known by its numbers, a large one by its identity and whether it has been written to.
    """

    @functools.wraps(function)
    def look_up(*arguments: Any) -> Result:
        key = (function, *map(_key, arguments))
        entry = _known.get(key)
        if entry is None:
            # The inputs stay alive with their entry: no other tensor can get their identity.
            entry = function(*arguments), arguments
            with contextlib.suppress(ValueError):  # larger than all the room there is
                _known[key] = entry
        result: Result = entry[0]
        return result

    return look_up


def _key(value: Any) -> Hashable:
    if not isinstance(value, torch.Tensor):
        return type(value), value
    if value.numel() * value.element_size() > _SMALL:
        return id(value), value._version
    # Adding up in another memory layout may round in another way.
    return value.dtype, value.shape, value.stride(), value.numpy().tobytes()


def _size(value: Any) -> int:
    if isinstance(value, tuple):
        return sum(map(_size, value))
    return value.numel() * value.element_size() if isinstance(value, torch.Tensor) else 0

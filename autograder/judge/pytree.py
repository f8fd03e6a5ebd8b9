"""One walk over nested plain data: what is compared, weighed, told apart and put into words goes through it.

A pytree, as torch and JAX call it: containers are dictionaries, lists and tuples, all else is a leaf (a tensor, an
array, a number, a string, None …). The path to a leaf holds the keys and indices on the way. Containers are alike where
kind, length and keys are; a list is no tuple (but what has crossed the wire has lists only), True, 1 and 1.0 are three
keys, and the order of a dictionary's keys doesn't count.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

from autograder.wire import Array

Path = tuple[Any, ...]

_SEQUENCES = (list, tuple)  # a union of types takes ten times as long to ask for, and this is asked all the time
_LEAVES = frozenset({torch.Tensor, float, int, bool, str, type(None)})  # most of them; the rest takes longer
_PLACE = 100  # bytes that a place in a container takes with the object in it, about
_TENSOR = 400  # the same where a tensor is in it, its numbers apart
_LARGE = 64  # bytes of a tensor that is known by a digest of its numbers


def children(value: Any) -> Iterable[tuple[Any, Any]] | None:
    """Return what a container holds, each with its key or index; None for a leaf."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, _SEQUENCES) else None


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield all leaves, each with its path. Empty containers have none."""
    inner = children(value)
    if inner is None:
        yield path, value
    else:
        for key, item in inner:
            yield from leaves(item, (*path, key))


def pairs(first: Any, second: Any, path: Path = (), *, kinds: bool = True) -> Iterator[tuple[Path, Any, Any]]:
    """Yield what stands at the same path of two values, each with the path: all leaves where their form is the same.

    Where a container has no container of its form opposite, the two are yielded as they are, and nothing in them.
    Without ``kinds`` a list and a tuple are of the same form.
    """
    form = _form(second, kinds)
    if form is None or _form(first, kinds) != form:
        yield path, first, second
    elif isinstance(second, dict):
        opposite = {content(key): item for key, item in first.items()}
        for key, item in second.items():
            yield from pairs(opposite[content(key)], item, (*path, key), kinds=kinds)
    else:
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            yield from pairs(one, other, (*path, index), kinds=kinds)


def _form(value: Any, kinds: bool = True) -> Hashable:
    """Return a container's kind with its keys or length; None for a leaf."""
    if isinstance(value, dict):
        return dict, frozenset(map(content, value))
    if isinstance(value, _SEQUENCES):
        return list if kinds and isinstance(value, list) else tuple, len(value)
    return None


def tree_map(function: Callable[[Any], Any], value: Any) -> Any:
    """Return a copy of the value's containers with the function's result for each leaf.

    Sequences become lists, as they do on the way to a student's function.
    """
    if isinstance(value, dict):
        return {key: tree_map(function, item) for key, item in value.items()}
    if isinstance(value, _SEQUENCES):
        return [tree_map(function, item) for item in value]
    return function(value)


def nbytes(value: Any) -> int:
    """Return how many bytes of memory a value takes, about: at least those of its tensors' numbers and its text.

    A view of a larger tensor counts what it shows; a number counts where it is in a container.
    """
    if type(value) is torch.Tensor:
        return value.numel() * value.element_size()
    if isinstance(value, dict):
        return sum(_place(key) + _place(item) for key, item in value.items()) + _PLACE
    if isinstance(value, _SEQUENCES):
        return sum(map(_place, value)) + _PLACE
    if isinstance(value, Array):
        return value.values.nbytes
    if isinstance(value, str):
        return len(value)
    return value.nbytes if isinstance(value, torch.Tensor | np.ndarray) else 0


def _place(value: Any) -> int:
    return nbytes(value) + (_TENSOR if isinstance(value, torch.Tensor | Array) else _PLACE)


def identity(value: Any, leaf: Callable[[Any], Hashable] | None = None) -> Hashable:
    """Return what two values have in common if, and only if, their form is the same and all leaves are.

    ``leaf`` says what leaves have in common, ``content`` by default. Raises TypeError for a leaf that isn't hashable.
    """
    leaf = leaf or content
    if type(value) in _LEAVES:
        return leaf(value)
    if isinstance(value, dict):
        return dict, frozenset((content(key), identity(item, leaf)) for key, item in value.items())
    if isinstance(value, _SEQUENCES):
        items = [leaf(item) if type(item) in _LEAVES else identity(item, leaf) for item in value]
        return list if isinstance(value, list) else tuple, tuple(items)
    return leaf(value)


def content(value: Any, layout: bool = True) -> Hashable:
    """Return what equal leaves have in common: their kind, and their numbers to the bit, be they NaN or -0.0.

    ``layout``: and a tensor's memory layout, which a function may fail on; adding up in another one may round in
    another way.
    """
    if isinstance(value, torch.Tensor):
        return value.dtype, value.shape, value.stride() if layout else None, _bytes(value)
    if isinstance(value, float):
        return type(value), struct.pack("d", value)
    if isinstance(value, Array):
        return Array, value.scalar, content(value.values, layout)
    if isinstance(value, np.ndarray):
        return np.ndarray, value.dtype.str, value.shape, value.strides if layout else None, value.tobytes()
    return type(value), value


def _bytes(value: torch.Tensor) -> bytes:
    try:
        numbers: bytes = value.numpy().tobytes()
    except (RuntimeError, TypeError):  # it requires a gradient, is on another device, or NumPy hasn't its dtype
        numbers = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return numbers if len(numbers) <= _LARGE else hashlib.sha256(numbers).digest()


def at(value: Any, path: Path) -> Any:
    """Return the part of a value at a path; None where there is none."""
    for step in path:
        found = dict(children(value) or ())
        if step not in found:
            return None
        value = found[step]
    return value

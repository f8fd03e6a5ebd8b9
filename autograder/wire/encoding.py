"""A value as its node in a message's JSON tree, and its tensors' numbers in the block.

In the tree a tensor is its dtype and its shape; its numbers lie in the block, native, in row-major order, one tensor
after another as they stand in the tree. An object with a "$" stands for what JSON doesn't have, another for a
dictionary whose keys are strings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.wire import limits
from autograder.wire.values import DTYPES, NUMPY_DTYPES, SCALARS, Opaque, TooLargeError

_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_SEQUENCES = (list, tuple)
_ALIGNMENT = 16  # bytes; every tensor starts at a multiple of it


class Block:
    """The tensors of a message that is being made, and how large it has become.

    Counted before anything is copied: an expanded tensor, or a list that holds itself, may need a few bytes here and
    terabytes when written out.
    """

    def __init__(self) -> None:
        self.values_left, self.size_left, self.text_left = limits.MAX_VALUES, limits.MAX_TENSORS, limits.MAX_TREE
        self.parts: list[np.ndarray[Any, Any]] = []  # each may still be the sender's own memory
        self.size = 0  # in bytes

    def count(self) -> None:
        """Count one more value. Raises TooLargeError."""
        self.values_left -= 1
        if self.values_left < 0:
            raise TooLargeError(f"a message of more than {limits.MAX_VALUES} values is too large")

    def text(self, value: str) -> str:
        """Return as much of a text as is kept; count it. Raises TooLargeError."""
        value = str.__str__(value)[: limits.MAX_STRING]
        self.text_left -= len(value)
        if self.text_left < 0:
            raise TooLargeError(f"a message of more than {limits.MAX_TREE} characters is too large")
        return value

    def check_room(self, size: int) -> None:
        """Raise TooLargeError where so many bytes of tensors have no room any more."""
        if self.size_left < size:
            raise TooLargeError(f"a message of more than {limits.MAX_TENSORS} bytes is too large")

    def add(self, values: np.ndarray[Any, Any], dtype: str) -> dict[str, Any]:
        """Add the numbers of an array; return its node in the tree. Raises TooLargeError."""
        self.check_room(values.nbytes)
        self.size_left -= values.nbytes
        node = {"dtype": dtype, "shape": list(values.shape)}
        self.parts.append(values)
        self.size += padded(values.nbytes)
        return node

    def pieces(self) -> list[bytes]:
        """Return a copy of the numbers, in row-major order."""
        return [values.tobytes().ljust(padded(values.nbytes), b"\0") for values in self.parts]


def padded(size: int) -> int:
    """Return how many bytes of the block so many bytes of numbers take."""
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def encode(value: object, block: Block, depth: int = 0) -> Any:
    """Return a value's node, ``depth`` levels down the tree; put its numbers into the block. Raises TooLargeError."""
    block.count()
    kind = type(value)
    if kind is torch.Tensor:
        return _encode_tensor(value, block)  # type: ignore[arg-type]
    if value is None or kind is bool or kind is float:
        return value
    if depth < limits.MAX_DEPTH and isinstance(value, _SEQUENCES):
        return [encode(item, block, depth + 1) for item in value]
    if isinstance(value, np.generic):
        return _encode_numpy(np.asarray(value), block, scalar=True)
    # float.__float__ and friends, not float(value): the number itself, whatever a subclass claims to be.
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, int):
        number = int.__int__(value)
        return number if abs(number) < 2**63 else _opaque("int (of more than 64 bits)")
    if isinstance(value, str):
        return block.text(value)
    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, block)
    if isinstance(value, np.ndarray):
        return _encode_numpy(value, block, scalar=False)
    if depth < limits.MAX_DEPTH and isinstance(value, dict):
        return _encode_dict(value, block, depth)
    if isinstance(value, Opaque):
        return _opaque(value.type)
    return _opaque(type(value).__qualname__)


def _encode_dict(value: dict[Any, Any], block: Block, depth: int) -> Any:
    if type(value) is dict and all(type(key) is str and key != "$" and len(key) <= limits.MAX_STRING for key in value):
        return {block.text(key): encode(item, block, depth + 1) for key, item in value.items()}
    held = list(dict.items(value))  # a subclass may say something else
    keys = [key.item() if isinstance(key, np.generic) else key for key, _ in held]
    if sum(not isinstance(key, str) for key in keys) > limits.MAX_OTHER_KEYS:
        return _opaque(f"dict (with more than {limits.MAX_OTHER_KEYS} keys that are no text)")
    for key in keys:
        if isinstance(key, str) and len(key) > limits.MAX_STRING:
            return _opaque(f"dict (with a key of more than {limits.MAX_STRING} characters)")
        if isinstance(key, int) and abs(int.__int__(key)) >= 2**63:
            return _opaque("dict (with a key of type int (of more than 64 bits))")
        if key is not None and not isinstance(key, SCALARS):
            return _opaque(f"dict (with a key of type {type(key).__qualname__})")
    items = zip(keys, (item for _, item in held), strict=True)
    return {"$": "dict", "items": [[encode(k, block, depth + 1), encode(v, block, depth + 1)] for k, v in items]}


def _opaque(name: str) -> dict[str, str]:
    return {"$": "opaque", "type": name[:100]}


def _encode_tensor(value: torch.Tensor, block: Block) -> Any:
    name = _NAMES.get(value.dtype)
    if name in NUMPY_DTYPES and type(value) is torch.Tensor:
        try:
            values = value.numpy()
        except (RuntimeError, TypeError):  # it requires a gradient, is on another device, sparse, conjugated, …
            pass
        else:
            node = block.add(values, name)
            node["$"] = "tensor"
            if not values.flags.c_contiguous:
                node["stride"] = [step // values.itemsize for step in values.strides]
            return node
    # The numbers of a Tensor subclass, not what its overridden methods make of them.
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        return _encode_copy(value, block)


def _encode_copy(value: torch.Tensor, block: Block) -> Any:
    if value.dtype not in _NAMES or value.layout is not torch.strided or value.device.type == "meta":
        return _opaque(f"{value.dtype} tensor ({value.layout})")
    plain = value.detach()
    if type(plain) is not torch.Tensor:
        plain = plain.as_subclass(torch.Tensor)
    stride = None if plain.is_contiguous() else list(plain.stride())
    block.check_room(plain.nbytes)
    plain = plain.cpu().contiguous()
    raw = plain.view(torch.int16) if plain.dtype is torch.bfloat16 else plain  # unknown to NumPy
    node = {"$": "tensor", **block.add(raw.numpy(), _NAMES[plain.dtype])}
    if stride is not None:
        node["stride"] = stride
    return node


def _encode_numpy(value: np.ndarray[Any, Any], block: Block, scalar: bool) -> Any:
    if value.dtype.kind == "f" and value.dtype.name not in DTYPES:
        value = value.astype(np.float64)  # np.longdouble: torch has none
    if value.dtype.name not in DTYPES:
        return _opaque(f"NumPy {'scalar' if scalar else 'array'} of {value.dtype}")
    block.check_room(value.nbytes)
    native = np.array(value, dtype=value.dtype.newbyteorder("="), order="C", subok=False)
    return {"$": "numpy", "scalar": scalar, **block.add(native, native.dtype.name)}

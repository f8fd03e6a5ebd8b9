"""A value made again of its node in a message's tree.

What comes may be anything: nothing that can be said in a message makes more of it than a few times its own size, or
takes more than a few steps for each of its bytes. Tensors lie in the block one after another, in the order in which
they stand in the tree, and fill it: so none is there twice, and no byte is kept that nothing stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.wire import limits
from autograder.wire.encoding import Block, encode, padded
from autograder.wire.values import DTYPES, NUMPY_DTYPES, Array, Opaque, WireError
from autograder.writable_text import writable

_WITHOUT_BFLOAT16 = np.dtype("int16")  # what bfloat16, unknown to NumPy, is handled as


def plain(value: object) -> Any:
    """Return a value as it would arrive on the other side; raise WireError when it has no plain form."""
    block = Block()
    tree = encode(value, block)
    return decode(tree, memoryview(bytearray().join(block.pieces())))


def decode(tree: Any, block: memoryview) -> Any:
    """Return the value of a tree; its tensors share memory with the block.

    Raises WireError, or what Python, JSON and NumPy raise at what is no tree.
    """
    decoder = _Decoder(block)
    value = decoder.value(tree, 0)
    if decoder.at != len(block):
        raise WireError("a message with numbers that are of no tensor")
    return value


class _Decoder:
    """Goes through a tree, and through its block."""

    def __init__(self, block: memoryview) -> None:
        self._block = block
        self.at = 0  # where in the block the next tensor begins

    def value(self, node: Any, depth: int) -> Any:
        """Return the value of a node, ``depth`` levels down."""
        if depth > 2 * limits.MAX_DEPTH + 2:
            raise WireError("a message of too many levels")
        if isinstance(node, list):
            return [self.value(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            return _scalar(node)
        match node.get("$"):
            case None:
                return {_scalar(key): self.value(item, depth + 1) for key, item in node.items()}
            case "dict":
                return self._dictionary(node["items"], depth)
            case "tensor":
                return _strided(self._numbers(node), node.get("stride"))
            case "numpy":
                return Array(self._numbers(node), bool(node["scalar"]))
            case "opaque":
                return Opaque(_scalar(node["type"] + "")[:100])
        raise WireError("a message with an unknown part")

    def _dictionary(self, items: Any, depth: int) -> dict[Any, Any]:
        keys = [_key(key) for key, _ in items]
        # Text is hashed with a secret; numbers can be chosen so that each is compared with all others.
        if sum(not isinstance(key, str) for key in keys) > limits.MAX_OTHER_KEYS:
            raise WireError("a dictionary with too many keys that are no text")
        return {key: self.value(item, depth + 1) for key, (_, item) in zip(keys, items, strict=True)}

    def _numbers(self, node: Any) -> torch.Tensor:
        name, shape = node["dtype"], node["shape"]
        if not isinstance(shape, list) or len(shape) > limits.MAX_AXES or min(shape, default=0) < 0:
            raise WireError("a tensor of no shape")
        if max(shape, default=0) > limits.MAX_TENSORS:
            raise WireError("a tensor of a shape that nothing has")
        # NumPy checks that what is there is whole numbers, and that the block reaches as far.
        values = np.ndarray(shape, NUMPY_DTYPES.get(name, _WITHOUT_BFLOAT16), self._block, self.at)
        self.at += padded(values.nbytes)
        if name == "bool":
            values = np.asarray(values.view(np.uint8) != 0)  # a true one of another kind is not equal to others
        tensor = torch.from_numpy(values)
        return tensor if name in NUMPY_DTYPES else tensor.view(DTYPES[name])


def _scalar(node: Any) -> Any:
    """Return what JSON has for a number, a string, a truth value or nothing; text as what can be written down."""
    if isinstance(node, str):
        if len(node) > limits.MAX_STRING:
            raise WireError("a message with too long a text")
        return writable(node)
    if type(node) is int and not -(2**63) < node < 2**63:
        raise WireError("a message with a number of more than 64 bits")
    return node


def _key(key: Any) -> Any:
    if isinstance(key, list | dict):
        raise WireError("a dictionary with an unhashable key")
    return _scalar(key)


def _strided(values: torch.Tensor, stride: object) -> torch.Tensor:
    """Lay ``values`` out as the sender had them, so that a function meets non-contiguous tensors as such.

    Only layouts without overlap that fit into twice the numbers' room are followed (a transposed matrix, every
    second column): others, and any that a liar might send, become contiguous, which has the same values.
    """
    if not isinstance(stride, list) or len(stride) != values.dim() or values.numel() == 0:
        return values
    if not all(isinstance(step, int) and 0 < step < 2**31 for step in stride):
        return values
    order = sorted(range(values.dim()), key=lambda axis: stride[axis])
    reach = 1
    for axis in order:
        if values.shape[axis] > 1 and stride[axis] < reach:
            return values
        reach = max(reach, (values.shape[axis] - 1) * stride[axis] + 1)
    if reach > 2 * values.numel() + 64:
        return values
    return torch.empty_strided(values.shape, stride, dtype=values.dtype).copy_(values)

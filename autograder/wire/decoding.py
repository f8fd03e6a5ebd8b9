"""A value made again of its node in a message's tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from autograder.wire import limits
from autograder.wire.encoding import Block, encode
from autograder.wire.values import DTYPES, NUMPY_DTYPES, SCALARS, Array, Opaque, WireError

_WITHOUT_BFLOAT16 = np.dtype("int16")  # what bfloat16, unknown to NumPy, is handled as


def plain(value: object) -> Any:
    """Return a value as it would arrive on the other side; raise WireError when it has no plain form."""
    block = Block()
    tree = encode(value, block)
    return decode(tree, memoryview(bytearray().join(block.pieces())))


def decode(node: Any, block: memoryview, depth: int = 0) -> Any:
    """Return the value of a node in the tree, ``depth`` levels down; its tensors share memory with the block.

    Raises WireError, or what Python, JSON and NumPy raise at what is no node.
    """
    if depth > 2 * limits.MAX_DEPTH + 2:
        raise WireError("a message of too many levels")
    if node is None or isinstance(node, SCALARS):
        return node
    if isinstance(node, list):
        return [decode(item, block, depth + 1) for item in node]
    match node.get("$"):
        case None:
            return {key: decode(item, block, depth + 1) for key, item in node.items()}
        case "dict":
            return {_key(k): decode(v, block, depth + 1) for k, v in node["items"]}
        case "tensor":
            return _strided(_numbers(node, block), node.get("stride"))
        case "numpy":
            return Array(_numbers(node, block), bool(node["scalar"]))
        case "opaque":
            return Opaque(str(node["type"])[:100])
    raise WireError("a message with an unknown part")


def _numbers(node: Any, block: memoryview) -> torch.Tensor:
    name, shape, start = node["dtype"], node["shape"], node["at"]
    if type(start) is not int or start < 0 or min(shape, default=0) < 0:
        raise WireError("a tensor of no shape")
    # NumPy checks that what is there is whole numbers, and that the block reaches as far.
    values = np.ndarray(shape, NUMPY_DTYPES.get(name, _WITHOUT_BFLOAT16), block, start)
    tensor = torch.from_numpy(values)
    return tensor if name in NUMPY_DTYPES else tensor.view(DTYPES[name])


def _key(key: Any) -> Any:
    if key is not None and not isinstance(key, SCALARS):
        raise WireError("a dictionary with an unhashable key")
    return key


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

"""Plain data between the student side and the judge side: a JSON tree, with its tensors as one safetensors block.

Nothing that comes over the wire can run code: JSON and safetensors are both data formats, and every value is
rebuilt as a plain float, string, list, tensor, …, whatever class it had on the other side. What has no plain form
arrives as an ``Opaque``: its type's name and nothing else.

A message is a 4-byte mark, the lengths of its two parts (big-endian, 4 and 8 bytes), the JSON tree, the tensors.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

MARK = b"AGW1"
HEAD = struct.Struct(">4sIQ")
MAX_TREE = 4 << 20  # bytes of JSON
MAX_TENSORS = 256 << 20  # bytes of tensors
MAX_VALUES = MAX_TREE // 2  # none takes less than two bytes of JSON
MAX_DEPTH = 20
MAX_STRING = 4000  # characters kept of a string

# Both sides name dtypes as torch does ("float32"); only these cross. Complex and quantised ones arrive as Opaque.
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool)
    + (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
}


class WireError(Exception):
    """The other side sent something that is no message, or a value has no plain form."""


class TooLargeError(WireError):
    """A value has a plain form, but one that is too large to be sent."""


class _Tensors(dict[str, torch.Tensor]):
    """The tensors of a message that is being made, and how large it has become.

    Counted before anything is copied: an expanded tensor, or a list that holds itself, may need a few bytes here and
    terabytes when written out.
    """

    def __init__(self, first: int = 0) -> None:
        super().__init__()
        self.values_left, self.bytes_left = MAX_VALUES, MAX_TENSORS
        self._first = first

    def next_key(self) -> str:
        return str(self._first + len(self))

    def count(self) -> None:
        self.values_left -= 1
        if self.values_left < 0:
            raise TooLargeError(f"a message of more than {MAX_VALUES} values is too large")

    def make_room(self, size: int) -> None:
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise TooLargeError(f"a message of more than {MAX_TENSORS} bytes is too large")


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that can't cross: only the name of its type does."""

    type: str

    def __str__(self) -> str:
        return f"an object of type {self.type}"


@dataclass(frozen=True, eq=False)
class Array:
    """A NumPy array or scalar of the student's, told from a tensor; ``values`` holds its numbers."""

    values: torch.Tensor
    scalar: bool  # a NumPy scalar (np.float32(…)), not an array


def plain(value: object) -> Any:
    """Return a value as it would arrive on the other side; raise WireError when it has no plain form."""
    tensors = _Tensors()
    tree = _encode(value, tensors, 0)
    return _decode(tree, {key: tensor.clone() for key, tensor in tensors.items()}, 0)


class Parcel:
    """Values that go into one message, each as it was when it was put in."""

    FULL = 1 << 20  # bytes after which it is to be sent; one more value may be as large as almost a whole message

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._tensors: dict[str, torch.Tensor] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def full(self) -> bool:
        """Whether nothing should be added before it is sent."""
        return self._size > self.FULL

    def put(self, value: object) -> None:
        """Add a value. Raises TooLargeError, with nothing added, when it alone is more than may be sent."""
        tensors = _Tensors(first=len(self._tensors))
        text = json.dumps(_encode(value, tensors, 0), separators=(",", ":"))
        size = MAX_TENSORS - tensors.bytes_left
        if len(text) > MAX_TREE - 2 * self.FULL or size > MAX_TENSORS - 2 * self.FULL:
            raise TooLargeError(f"a value of {len(text) + size} bytes is too large")
        self._tensors.update({key: tensor.clone() for key, tensor in tensors.items()})
        self._texts.append(text)
        self._size += len(text) + size

    def send(self, channel: socket.socket, name: str) -> None:
        """Send the values as a message, in a list called ``name``. Raises OSError when the other side is gone."""
        _send(channel, f'{{"{name}":[{",".join(self._texts)}]}}', self._tensors)


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    """Send one message; tensors may stand anywhere in it.

    Raises OSError when the other side is gone, TooLargeError, with nothing sent, when it is more than may be sent.
    """
    tensors = _Tensors()
    nodes = {name: _encode(value, tensors, 0) for name, value in message.items()}
    _send(channel, json.dumps(nodes, separators=(",", ":")), tensors)


def _send(channel: socket.socket, text: str, tensors: dict[str, torch.Tensor]) -> None:
    tree = text.encode()
    # By way of NumPy: safetensors.torch.save takes three times as long for small tensors.
    block = safetensors.numpy.save({key: value.numpy() for key, value in tensors.items()}) if tensors else b""
    if len(tree) > MAX_TREE or len(block) > MAX_TENSORS:
        raise TooLargeError(f"a message of {len(tree) + len(block)} bytes is too large")
    channel.sendall(HEAD.pack(MARK, len(tree), len(block)) + tree)
    if block:
        channel.sendall(block)


def receive(channel: socket.socket, deadline: float | None = None) -> dict[str, Any]:
    """Wait for one message until ``deadline`` (``time.monotonic`` seconds; None: for ever).

    Raises EOFError when the other side is gone, TimeoutError past the deadline however slowly the bytes drip,
    WireError when what came is no message.
    """
    mark, tree_size, block_size = HEAD.unpack(_exactly(channel, HEAD.size, deadline))
    if mark != MARK or tree_size > MAX_TREE or block_size > MAX_TENSORS:
        raise WireError("what came is not a message")
    tree_bytes = _exactly(channel, tree_size, deadline)
    block = bytes(_exactly(channel, block_size, deadline))
    try:
        tensors = safetensors.torch.load(block) if block else {}
        nodes = json.loads(tree_bytes)
        return {name: _decode(node, tensors, 0) for name, node in nodes.items()}
    except (safetensors.SafetensorError, ValueError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise WireError(f"what came is not a message: {error}") from None


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytearray:
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer in time")
            channel.settimeout(left)
        try:
            count = channel.recv_into(view[done:])
        except ConnectionError:
            count = 0
        if not count:
            raise EOFError("the other side is gone")
        done += count
    return data


def _encode(value: object, tensors: _Tensors, depth: int) -> Any:
    tensors.count()
    if value is None or type(value) is bool:
        return value
    if isinstance(value, np.generic):
        return _encode_numpy(np.asarray(value), tensors, scalar=True)
    # float.__float__ and friends, not float(value): the number itself, whatever a subclass claims to be.
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, int):
        number = int.__int__(value)
        return number if abs(number) < 2**63 else {"$": "opaque", "type": "int (of more than 64 bits)"}
    if isinstance(value, str):
        return str.__str__(value)[:MAX_STRING]
    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, tensors)
    if isinstance(value, np.ndarray):
        return _encode_numpy(value, tensors, scalar=False)
    if depth < MAX_DEPTH:
        if isinstance(value, list | tuple):
            return [_encode(item, tensors, depth + 1) for item in value]
        if isinstance(value, dict):
            pairs = [[_encode(k, tensors, depth + 1), _encode(v, tensors, depth + 1)] for k, v in value.items()]
            return {"$": "dict", "items": pairs}
    if isinstance(value, Opaque):
        return {"$": "opaque", "type": value.type[:100]}
    return {"$": "opaque", "type": type(value).__qualname__[:100]}


def _encode_tensor(value: torch.Tensor, tensors: _Tensors) -> Any:
    # The numbers of a Tensor subclass, not what its overridden methods make of them.
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        name = str(value.dtype).removeprefix("torch.")
        if name not in DTYPES or value.layout is not torch.strided or value.device.type == "meta":
            return {"$": "opaque", "type": f"{value.dtype} tensor ({value.layout})"}
        plain = value.detach().as_subclass(torch.Tensor)
        node: dict[str, Any] = {"$": "tensor", "key": tensors.next_key(), "device": plain.device.type}
        if not plain.is_contiguous():
            node["stride"] = list(plain.stride())
        tensors.make_room(plain.numel() * plain.element_size())
        plain = plain.cpu().contiguous()
        if plain.dtype is torch.bfloat16:  # unknown to NumPy
            node["bfloat16"] = True
            plain = plain.view(torch.int16)
        tensors[node["key"]] = plain
    return node


def _encode_numpy(value: np.ndarray[Any, Any], tensors: _Tensors, scalar: bool) -> Any:
    if value.dtype.kind == "f" and value.dtype.name not in DTYPES:
        value = value.astype(np.float64)  # np.longdouble: torch has none
    if value.dtype.name not in DTYPES:
        return {"$": "opaque", "type": f"NumPy {'scalar' if scalar else 'array'} of {value.dtype}"}
    tensors.make_room(value.nbytes)
    native = np.array(value, dtype=value.dtype.newbyteorder("="), order="C", subok=False)
    key = tensors.next_key()
    node = {"$": "numpy", "key": key, "scalar": scalar}
    tensors[key] = torch.from_numpy(native)
    return node


def _decode(node: Any, tensors: dict[str, torch.Tensor], depth: int) -> Any:
    if depth > 2 * MAX_DEPTH + 2:
        raise WireError("a message of too many levels")
    if node is None or isinstance(node, bool | int | float | str):
        return node
    if isinstance(node, list):
        return [_decode(item, tensors, depth + 1) for item in node]
    match node["$"]:
        case "dict":
            return {_key(k): _decode(v, tensors, depth + 1) for k, v in node["items"]}
        case "tensor":
            values = tensors[node["key"]]
            return _strided(values.view(torch.bfloat16) if node.get("bfloat16") else values, node.get("stride"))
        case "numpy":
            return Array(tensors[node["key"]], bool(node["scalar"]))
        case "opaque":
            return Opaque(str(node["type"])[:100])
    raise WireError("a message with an unknown part")


def _key(key: Any) -> Any:
    if not isinstance(key, str | int | float | bool | None):
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

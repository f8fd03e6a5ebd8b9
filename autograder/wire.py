"""Plain data between the student side and the judge side: a JSON tree, and a block with its tensors' numbers.

Nothing that comes over the wire can run code: JSON and plain numbers are both data, and every value is rebuilt as a
plain float, string, list, tensor, …, whatever class it had on the other side. What has no plain form arrives as an
``Opaque``: its type's name and nothing else.

A message is a 4-byte mark, the lengths of its two parts (big-endian, 4 and 8 bytes), the JSON tree, the block. In the
tree a tensor is its dtype, its shape, and where in the block its numbers start; they are native, in row-major order. An
object with a "$" stands for what JSON doesn't have, another for a dictionary whose keys are strings.
(safetensors does the same, but a message of 400 small tensors crosses in 8 ms like this, and in 11 with it.)
"""

from __future__ import annotations

import hashlib
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

MARK = b"AGW2"
HEAD = struct.Struct(">4sIQ")
MAX_TREE = 4 << 20  # bytes of JSON
MAX_TENSORS = 256 << 20  # bytes of tensors
SMALL = 1 << 16  # bytes of tensors that are sent together with the tree
MAX_VALUES = MAX_TREE // 2  # none takes less than two bytes of JSON
MAX_DEPTH = 20
MAX_STRING = 4000  # characters kept of a string

# Both sides name dtypes as torch does ("float32"); only these cross. Complex and quantised ones arrive as Opaque.
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool)
    + (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
}

_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_NUMPY = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}
_WITHOUT_BFLOAT16 = np.dtype("int16")  # what bfloat16, unknown to NumPy, is handled as
_write_json = json.JSONEncoder(separators=(",", ":")).encode
_AS_IT_IS = (bool, int, float, str)
_SEQUENCES = (list, tuple)
_ALIGNMENT = 16  # bytes; every tensor starts at a multiple of it


# Says for how many seconds to wait for the other side until it is asked again; raises when it is enough.
Wait = Callable[[], float]


class WireError(Exception):
    """The other side sent something that is no message, or a value has no plain form."""


class TooLargeError(WireError):
    """A value has a plain form, but one that is too large to be sent."""


class _Block:
    """The tensors of a message that is being made, and how large it has become.

    Counted before anything is copied: an expanded tensor, or a list that holds itself, may need a few bytes here and
    terabytes when written out.
    """

    def __init__(self, start: int = 0) -> None:
        self.values_left, self.size_left, self.text_left = MAX_VALUES, MAX_TENSORS, MAX_TREE
        self.parts: list[np.ndarray[Any, Any]] = []  # each may still be the sender's own memory
        self.end = start  # where in the message's block the next tensor goes

    def count(self) -> None:
        self.values_left -= 1
        if self.values_left < 0:
            raise TooLargeError(f"a message of more than {MAX_VALUES} values is too large")

    def text(self, value: str) -> str:
        """Return as much of a text as is kept; count it. Raises TooLargeError."""
        value = str.__str__(value)[:MAX_STRING]
        self.text_left -= len(value)
        if self.text_left < 0:
            raise TooLargeError(f"a message of more than {MAX_TREE} characters is too large")
        return value

    def check_room(self, size: int) -> None:
        if self.size_left < size:
            raise TooLargeError(f"a message of more than {MAX_TENSORS} bytes is too large")

    def add(self, values: np.ndarray[Any, Any], dtype: str) -> dict[str, Any]:
        """Add the numbers of an array; return its node in the tree. Raises TooLargeError."""
        self.check_room(values.nbytes)
        self.size_left -= values.nbytes
        node = {"dtype": dtype, "shape": list(values.shape), "at": self.end}
        self.parts.append(values)
        self.end += _padded(values.nbytes)
        return node

    def pieces(self) -> list[bytes]:
        """Return a copy of the numbers, in row-major order."""
        return [values.tobytes().ljust(_padded(values.nbytes), b"\0") for values in self.parts]


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


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
    block = _Block()
    tree = _encode(value, block, 0)
    return _decode(tree, memoryview(bytearray().join(block.pieces())), 0)


class Parcel:
    """Values that go into one message, each as it was when it was put in."""

    FULL = 1 << 20  # bytes after which it is to be sent; one more value may be as large as almost a whole message

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._pieces: list[bytes] = []
        self._end = 0
        self._size = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def full(self) -> bool:
        """Whether nothing should be added before it is sent."""
        return self._size > self.FULL

    def put(self, value: object) -> None:
        """Add a value. Raises TooLargeError, with nothing added, when it alone is more than may be sent."""
        block = _Block(start=self._end)
        text = _write_json(_encode(value, block, 0))
        size = block.end - self._end
        if len(text) > MAX_TREE - 2 * self.FULL or size > MAX_TENSORS - 2 * self.FULL:
            raise TooLargeError(f"a value of {len(text) + size} bytes is too large")
        self._pieces += block.pieces()
        self._texts.append(text)
        self._end = block.end
        self._size += len(text) + size

    def send(self, channel: socket.socket, name: str) -> None:
        """Send the values as a message, in a list called ``name``. Raises OSError when the other side is gone."""
        _packed(f'{{"{name}":[{",".join(self._texts)}]}}', self._pieces, self._end).send(channel)


@dataclass(frozen=True)
class Packed:
    """A message as it goes out, any number of times."""

    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return sum(map(len, self.pieces))

    def send(self, channel: socket.socket, wait: Wait | None = None) -> None:
        """Send it. Raises OSError when the other side is gone, and what ``wait`` raises."""
        for piece in self.pieces:
            if wait is None:
                channel.sendall(piece)
            else:
                _all_of(piece, channel, wait)


def pack(message: dict[str, Any]) -> Packed:
    """Make a message ready to be sent; tensors may stand anywhere in it. Raises TooLargeError."""
    block = _Block()
    nodes = {name: _encode(value, block, 0) for name, value in message.items()}
    return _packed(_write_json(nodes), block.pieces(), block.end)


def send(channel: socket.socket, message: dict[str, Any], wait: Wait | None = None) -> None:
    """Send one message.

    Raises OSError when the other side is gone, TooLargeError, with nothing sent, when it is more than may be sent, and
    what ``wait`` raises.
    """
    pack(message).send(channel, wait)


def _all_of(piece: bytes, channel: socket.socket, wait: Wait) -> None:
    view = memoryview(piece)
    while view:
        channel.settimeout(wait())
        try:
            view = view[channel.send(view) :]
        except TimeoutError:
            continue


def _packed(text: str, pieces: list[bytes], size: int) -> Packed:
    tree = text.encode()
    if len(tree) > MAX_TREE or size > MAX_TENSORS:
        raise TooLargeError(f"a message of {len(tree) + size} bytes is too large")
    pieces = [HEAD.pack(MARK, len(tree), size), tree, *pieces]
    # In one piece, if it is small: whoever waits for it is woken once.
    return Packed((b"".join(pieces),) if size < SMALL else tuple(pieces))


@dataclass(frozen=True)
class Received:
    """A message as it came in."""

    tree: memoryview
    block: memoryview

    def digest(self) -> bytes:
        """Return the SHA-256 of its bytes."""
        found = hashlib.sha256(len(self.tree).to_bytes(8, "big"))
        found.update(self.tree)
        found.update(self.block)
        return found.digest()

    def message(self) -> dict[str, Any]:
        """Return what it says; its tensors share memory, each with a part of its own. Raises WireError."""
        try:
            return {name: _decode(node, self.block, 0) for name, node in json.loads(bytes(self.tree)).items()}
        except (ValueError, LookupError, TypeError, AttributeError, RuntimeError, OverflowError) as error:
            raise WireError(f"what came is not a message: {error}") from None


def receive(channel: socket.socket, wait: Wait | None = None) -> dict[str, Any]:
    """Wait for one message and return what it says; raises what ``listen`` raises."""
    return listen(channel, wait).message()


def listen(channel: socket.socket, wait: Wait | None = None) -> Received:
    """Wait for one message; without ``wait``, for ever.

    Raises EOFError when the other side is gone, WireError when what came is no message, and what ``wait`` raises,
    which is asked however slowly the bytes drip.
    """
    mark, tree_size, block_size = HEAD.unpack(_exactly(channel, HEAD.size, wait))
    if mark != MARK or tree_size > MAX_TREE or block_size > MAX_TENSORS:
        raise WireError("what came is not a message")
    return Received(_exactly(channel, tree_size, wait), _exactly(channel, block_size, wait))


def _exactly(channel: socket.socket, size: int, wait: Wait | None) -> memoryview:
    view, done = np.empty(size, np.uint8).data, 0  # unlike a bytearray it isn't filled with zeros first
    while done < size:
        if wait is not None:
            channel.settimeout(wait())
        try:
            count = channel.recv_into(view[done:])
        except TimeoutError:
            if wait is None:
                raise
            continue
        except ConnectionError:
            count = 0
        if not count:
            raise EOFError("the other side is gone")
        done += count
    return view


def _encode(value: object, block: _Block, depth: int) -> Any:
    block.count()
    kind = type(value)
    if kind is torch.Tensor:
        return _encode_tensor(value, block)  # type: ignore[arg-type]
    if value is None or kind is bool or kind is float:
        return value
    if depth < MAX_DEPTH and isinstance(value, _SEQUENCES):
        return [_encode(item, block, depth + 1) for item in value]
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
    if depth < MAX_DEPTH and isinstance(value, dict):
        return _encode_dict(value, block, depth)
    if isinstance(value, Opaque):
        return _opaque(value.type)
    return _opaque(type(value).__qualname__)


def _encode_dict(value: dict[Any, Any], block: _Block, depth: int) -> Any:
    if type(value) is dict and all(type(key) is str and key != "$" and len(key) <= MAX_STRING for key in value):
        return {block.text(key): _encode(item, block, depth + 1) for key, item in value.items()}
    held = list(dict.items(value))  # a subclass may say something else
    keys = [key.item() if isinstance(key, np.generic) else key for key, _ in held]
    for key in keys:
        if isinstance(key, str) and len(key) > MAX_STRING:
            return _opaque(f"dict (with a key of more than {MAX_STRING} characters)")
        if isinstance(key, int) and abs(int.__int__(key)) >= 2**63:
            return _opaque("dict (with a key of type int (of more than 64 bits))")
        if key is not None and not isinstance(key, _AS_IT_IS):
            return _opaque(f"dict (with a key of type {type(key).__qualname__})")
    items = zip(keys, (item for _, item in held), strict=True)
    return {"$": "dict", "items": [[_encode(k, block, depth + 1), _encode(v, block, depth + 1)] for k, v in items]}


def _opaque(name: str) -> dict[str, str]:
    return {"$": "opaque", "type": name[:100]}


def _encode_tensor(value: torch.Tensor, block: _Block) -> Any:
    name = _NAMES.get(value.dtype)
    if name in _NUMPY and type(value) is torch.Tensor:
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


def _encode_copy(value: torch.Tensor, block: _Block) -> Any:
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


def _encode_numpy(value: np.ndarray[Any, Any], block: _Block, scalar: bool) -> Any:
    if value.dtype.kind == "f" and value.dtype.name not in DTYPES:
        value = value.astype(np.float64)  # np.longdouble: torch has none
    if value.dtype.name not in DTYPES:
        return _opaque(f"NumPy {'scalar' if scalar else 'array'} of {value.dtype}")
    block.check_room(value.nbytes)
    native = np.array(value, dtype=value.dtype.newbyteorder("="), order="C", subok=False)
    return {"$": "numpy", "scalar": scalar, **block.add(native, native.dtype.name)}


def _decode(node: Any, block: memoryview, depth: int) -> Any:
    if depth > 2 * MAX_DEPTH + 2:
        raise WireError("a message of too many levels")
    if node is None or isinstance(node, _AS_IT_IS):
        return node
    if isinstance(node, list):
        return [_decode(item, block, depth + 1) for item in node]
    match node.get("$"):
        case None:
            return {key: _decode(item, block, depth + 1) for key, item in node.items()}
        case "dict":
            return {_key(k): _decode(v, block, depth + 1) for k, v in node["items"]}
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
    values = np.ndarray(shape, _NUMPY.get(name, _WITHOUT_BFLOAT16), block, start)
    tensor = torch.from_numpy(values)
    return tensor if name in _NUMPY else tensor.view(DTYPES[name])


def _key(key: Any) -> Any:
    if key is not None and not isinstance(key, _AS_IT_IS):
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

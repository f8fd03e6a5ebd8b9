"""Messages on a socket.

A message is a 4-byte mark, the lengths of its two parts (big-endian, 4 and 8 bytes), the JSON tree, the block.
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

from autograder.wire import limits
from autograder.wire.decoding import decode
from autograder.wire.encoding import Block, encode
from autograder.wire.values import TooLargeError, WireError

MARK = b"AGW3"
HEAD = struct.Struct(">4sIQ")
SMALL = 1 << 16  # bytes of tensors that are sent together with the tree

# Says for how many seconds to wait for the other side until it is asked again; raises when it is enough.
Wait = Callable[[], float]

_write_json = json.JSONEncoder(separators=(",", ":")).encode


class Parcel:
    """Values that go into one message, each as it was when it was put in."""

    FULL = 1 << 20  # bytes after which it is to be sent; one more value may be as large as almost a whole message

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._pieces: list[bytes] = []
        self._block_size = 0
        self._size = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def full(self) -> bool:
        """Whether nothing should be added before it is sent."""
        return self._size > self.FULL

    def put(self, value: object) -> None:
        """Add a value. Raises TooLargeError, with nothing added, when it alone is more than may be sent."""
        block = Block()
        text = _write_json(encode(value, block))
        if len(text) > limits.MAX_TREE - 2 * self.FULL or block.size > limits.MAX_TENSORS - 2 * self.FULL:
            raise TooLargeError(f"a value of {len(text) + block.size} bytes is too large")
        self._pieces += block.pieces()
        self._texts.append(text)
        self._block_size += block.size
        self._size += len(text) + block.size

    def send(self, channel: socket.socket, name: str) -> None:
        """Send the values as a message, in a list called ``name``. Raises OSError when the other side is gone."""
        _packed(f'{{"{name}":[{",".join(self._texts)}]}}', self._pieces, self._block_size).send(channel)


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
    block = Block()
    nodes = {name: encode(value, block) for name, value in message.items()}
    return _packed(_write_json(nodes), block.pieces(), block.size)


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
    if len(tree) > limits.MAX_TREE or size > limits.MAX_TENSORS:
        raise TooLargeError(f"a message of {len(tree) + size} bytes is too large")
    pieces = [HEAD.pack(MARK, len(tree), size), tree, *pieces]
    # In one piece, if it is small: whoever waits for it is woken once.
    return Packed((b"".join(pieces),) if size < SMALL else tuple(pieces))


@dataclass(frozen=True)
class Received:
    """A message as it came in."""

    tree: memoryview
    block: memoryview

    @property
    def size(self) -> int:
        """Its length in bytes, without the head."""
        return len(self.tree) + len(self.block)

    def digest(self) -> bytes:
        """Return the SHA-256 of its bytes."""
        found = hashlib.sha256(len(self.tree).to_bytes(8, "big"))
        found.update(self.tree)
        found.update(self.block)
        return found.digest()

    def message(self) -> dict[str, Any]:
        """Return what it says; its tensors share memory, each with a part of its own. Raises WireError."""
        try:
            message = decode(json.loads(bytes(self.tree)), self.block)
        except WireError:
            raise
        except Exception as error:  # whatever it is: the other side has made it
            raise WireError(f"what came is not a message: {type(error).__name__}") from None
        if not isinstance(message, dict):
            raise WireError("what came is not a message: it is a single value")
        return message


def receive(channel: socket.socket, wait: Wait | None = None) -> dict[str, Any]:
    """Wait for one message and return what it says; raises what ``listen`` raises."""
    return listen(channel, wait).message()


def listen(channel: socket.socket, wait: Wait | None = None) -> Received:
    """Wait for one message; without ``wait``, for ever.

    Raises EOFError when the other side is gone, WireError when what came is no message, and what ``wait`` raises,
    which is asked however slowly the bytes drip.
    """
    mark, tree_size, block_size = HEAD.unpack(_exactly(channel, HEAD.size, wait))
    if mark != MARK or tree_size > limits.MAX_TREE or block_size > limits.MAX_TENSORS:
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

"""Short JSON messages with file descriptors, over SOCK_SEQPACKET sockets: one message is one packet."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from typing import Any

MAX_BYTES = 1 << 16
MAX_DESCRIPTORS = 16


def send(sock: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message; texts in it must be short enough for 64 KiB in all."""
    socket.send_fds(sock, [json.dumps(message).encode()], list(descriptors))


def receive(sock: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive one message and its descriptors (close-on-exec).

    Raises EOFError when the other end is closed, TimeoutError as the socket is set, ValueError for a packet that is no
    JSON object: its descriptors are closed then.
    """
    try:
        data, descriptors, flags, _ = socket.recv_fds(sock, MAX_BYTES, MAX_DESCRIPTORS)
    except ConnectionError:
        raise EOFError("the other end is closed") from None
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # recv_fds hands no flags on before Python 3.12
    if not data:
        close_all(descriptors)
        raise EOFError("the other end is closed")
    try:
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise ValueError("the message is too long")
        message = json.loads(data)
        if not isinstance(message, dict):
            raise ValueError("the message is not an object")
    except (ValueError, RecursionError) as error:
        close_all(descriptors)
        raise ValueError(str(error)) from None
    return message, descriptors


def close_all(descriptors: Sequence[int]) -> None:
    """Close file descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)

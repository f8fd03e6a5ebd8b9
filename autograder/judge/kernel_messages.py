"""What a student's kernel says: anything, and none of it is more than data.

The kernel is the student's, its key too: a message with a right signature may hold whatever they like.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_client.session import DELIM, Session

PART = 64 << 10  # bytes of a message's header and so on
CONTENT = 1 << 20  # bytes of content, of other messages than outputs
OUTPUTS = ("stream", "display_data", "execute_result", "error")


class NoMessageError(Exception):
    """What came is no message of a kernel's."""


@dataclass(frozen=True)
class Message:
    """A message, as far as it says what it is and what it answers."""

    kind: str
    parent: str  # id of the request that it is about; "" where it says of none
    content: dict[str, Any] | None  # None: it is too large, or can't be read


def read(frames: Sequence[bytes], session: Session, most: int) -> Message:
    """Return the message in ``frames``; the content of an output is read up to ``most`` bytes. Raises NoMessageError.

    Whatever is wrong with it has been made by the other side, so that any exception says no more than that.
    """
    try:
        start = frames.index(DELIM) + 1  # before it stands who sent it
        signature, header, parent, metadata, content = frames[start : start + 5]
        if max(map(len, (signature, header, parent, metadata))) > PART:
            raise NoMessageError("its header is too large")
        if not hmac.compare_digest(signature, session.sign([header, parent, metadata, content])):
            raise NoMessageError("it has another signature")
        kind, about = str(json.loads(header)["msg_type"]), str(json.loads(parent).get("msg_id", ""))
    except NoMessageError:
        raise
    except Exception as error:
        raise NoMessageError(type(error).__name__) from None
    room = most if kind in OUTPUTS else CONTENT
    return Message(kind, about, _read(content) if len(content) <= room else None)


def _read(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None

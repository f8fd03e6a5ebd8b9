"""Plain data between the student side and the judge side: a JSON tree, and a block with its tensors' numbers.

Nothing that comes over the wire can run code: JSON and plain numbers are both data, and every value is rebuilt as a
plain float, string, list, tensor, …, whatever class it had on the other side. What has no plain form arrives as an
``Opaque``: its type's name and nothing else.
"""

from autograder.wire.decoding import plain
from autograder.wire.messages import Packed, Parcel, Received, listen, pack, receive, send
from autograder.wire.values import Array, Opaque, TooLargeError, WireError

__all__ = [
    "Array",
    "Opaque",
    "Packed",
    "Parcel",
    "Received",
    "TooLargeError",
    "WireError",
    "listen",
    "pack",
    "plain",
    "receive",
    "send",
]

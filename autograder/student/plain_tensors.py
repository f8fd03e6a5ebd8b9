"""The numbers of a tensor, whatever a class of the student's makes of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_detach, _as_subclass = Tensor.detach, Tensor.as_subclass  # torch's own, whatever a cell puts in their place later


def plain(value: Any) -> Tensor | None:
    """Return a tensor as one of torch's own class, with the same numbers; None where it isn't one.

    An object is not asked what it is: a class of the student's could answer anything, or fail.
    """
    if type(value) is Tensor:
        return value
    if not issubclass(type(value), Tensor):
        return None
    with torch._C.DisableTorchFunctionSubclass():
        bare = _as_subclass(_detach(value), Tensor)
    return bare if type(bare) is Tensor else None

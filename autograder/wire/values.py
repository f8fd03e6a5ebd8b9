"""What may cross besides Python's own plain values, and what stands for all that may not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

# Both sides name dtypes as torch does ("float32"); only these cross. Complex and quantised ones arrive as Opaque.
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool)
    + (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
}

# As NumPy has them; bfloat16, unknown to it, is handled as whole numbers of the same size.
NUMPY_DTYPES = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}
SCALARS = (bool, int, float, str)


class WireError(Exception):
    """The other side sent something that is no message, or a value has no plain form."""


class TooLargeError(WireError):
    """A value has a plain form, but one that is too large to be sent."""


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

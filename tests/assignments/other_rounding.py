"""A machine that rounds in another way: sums in another order, exp and log and the like in another last bit.

Every processor, number of threads and version of a library is such a machine; this one is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from autograder.student import whose_doing
from tests.judge.conftest import ThreadCopy

PRODUCTS = {"matmul", "__matmul__", "__rmatmul__", "mm"}
SUMS = {"sum", "mean", "var", "std", "var_mean", "std_mean"}
# What no standard says the last bit of, and sums of products, which may be rounded once or twice.
APPROXIMATE = {"exp", "expm1", "log", "log1p", "log2", "log10", "softmax", "log_softmax", "logsumexp", "sigmoid"}
APPROXIMATE |= {"logsigmoid", "tanh", "pow", "__pow__", "rsqrt", "lerp", "addcmul", "addcdiv"}


class OtherRounding(TorchFunctionMode):
    """Computes with torch as another machine might. For the watch over forbidden help it is a part of torch."""

    __module__ = "torch.overrides"

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in PRODUCTS and all(isinstance(value, Tensor) and value.dim() for value in args[:2]):
            a, b = args[:2]
            return func(a.flip(-1), b.flip(-min(2, b.dim())), *args[2:], **kwargs)
        if name in SUMS and isinstance(args[0], Tensor):
            return func(args[0].flip(_axes(args, kwargs)), *args[1:], **kwargs)
        result = func(*args, **kwargs)
        wobbly = name in APPROXIMATE and isinstance(result, Tensor) and result.is_floating_point()
        return _other_last_bit(result) if wobbly else result


def _axes(args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[int, ...]:
    axes = args[1] if len(args) > 1 else kwargs.get("dim", kwargs.get("axis"))
    if axes is None:
        return tuple(range(args[0].dim()))
    return (axes,) if isinstance(axes, int) else tuple(axes)


def _other_last_bit(values: Tensor) -> Tensor:
    """Return the neighbours of a third of the numbers above, of a third below; what is exact everywhere stays."""
    with torch._C.DisableTorchFunction():
        kind = (values.double() * 1e5).abs().nan_to_num(0, 0, 0).frac().mul(1000).long() % 3
        kind[(values == 0) | (values == 1) | ~values.isfinite()] = 0
        up, down = (torch.nextafter(values, torch.full_like(values, end)) for end in (torch.inf, -torch.inf))
        return torch.where(kind == 0, values, torch.where(kind == 1, up, down))


class OtherMachine(ThreadCopy):
    """A copy of a kernel that computes so."""

    def _serve(self, names):
        libraries = (*whose_doing._LIBRARIES, __file__)
        with mock.patch.object(whose_doing, "_LIBRARIES", libraries), OtherRounding():
            super()._serve(names)

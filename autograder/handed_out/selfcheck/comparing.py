"""Comparing"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

import torch

from autograder.handed_out.selfcheck.questions import WrongError


def show(value: Any, digits: int = 6) -> str:
    """Return a short readable form of an answer."""
    if isinstance(value, torch.Tensor):
        if value.numel() > 12 or value.is_complex() or value.layout != torch.strided:
            return f"a tensor of shape {tuple(value.shape)}, {str(value.dtype)[6:]}"
        rounded = [float(f"{entry:.{digits}g}") for entry in value.detach().flatten().tolist()]
        text = (
            str(torch.tensor(rounded, dtype=torch.float64, device="cpu").reshape(value.shape).tolist())
            if rounded
            else "[]"
        )
        return f"{text} ({str(value.dtype)[6:]})"
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return textwrap.shorten(repr(value), 80)


def show_both(value: Any, right: Any) -> tuple[str, str]:
    """Return both in a readable form, with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12):
        if show(value, digits) != show(right, digits):
            return show(value, digits), show(right, digits)
    return show(value, 17), show(right, 17)


NOTHING = "the function hands back nothing: does it end with a return?"


def number(value: Any, right: float, what: str) -> float:
    """Return value, which must be a Python (or NumPy) float."""
    numpy_float = type(value).__module__ == "numpy" and type(value).__name__.startswith(("float", "longdouble"))
    if isinstance(value, float) or numpy_float:
        return float(value)
    hint = NOTHING if value is None else ""
    if isinstance(value, torch.Tensor):
        one = value.numel() == 1
        hint = "a tensor with one number in it: float(...) makes a float of it" if one else "one number is wanted"
    elif type(value) is int:
        hint = "float(...) makes a float of it"
    raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", f"a float: {show(right)}", hint)


def kind(value: Any) -> str:
    """Return what sort of thing value is, with its article."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def tensor(value: Any, like: torch.Tensor, right: Any, what: str, source: str) -> torch.Tensor:
    """Return value, which must be a tensor with the shape, dtype and device of like; source is like's name."""
    if not isinstance(value, torch.Tensor):
        expected = right if isinstance(right, str) else f"a tensor: {show(right)}"
        hint = NOTHING if value is None else f"{what} is to be a torch tensor"
        raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", expected, hint)
    if value.shape != like.shape:
        yours, expected = f"shape {tuple(value.shape)}", f"shape {tuple(like.shape)}"
        raise WrongError(f"{what} has the wrong shape", yours, expected, f"it has the shape of {source}")
    if (value.dtype, value.device) != (like.dtype, like.device):
        yours, expected = f"{value.dtype} on {value.device}", f"{like.dtype} on {like.device}"
        raise WrongError(
            f"{what} has the wrong dtype or device", yours, expected, f"it keeps the dtype and device of {source}"
        )
    return value


def answers(value: Any, names: tuple[str, ...], what: str) -> list[Any]:
    """Return the parts of a tuple, list or named tuple."""
    expected = f"({', '.join(names)})"
    if not isinstance(value, (tuple, list)):
        hint = NOTHING if value is None else f"end with return {', '.join(names)}"
        raise WrongError(f"{what} hands back something else than asked for", kind(value), expected, hint)
    if len(value) != len(names):
        values = "1 value" if len(value) == 1 else f"{len(value)} values"
        raise WrongError(
            f"{what} hands back something else than asked for", values, expected, f"end with return {', '.join(names)}"
        )
    return list(value)


def compare(
    what: str,
    value: Any,
    right: Any,
    wrong: Iterable[tuple[Any, str]] = (),
    otherwise: str = "",
    not_finite: str = "",
    tolerance: float = 1e-6,
) -> None:
    """Raise WrongError unless value is right; a known wrong value picks the hint."""

    def close(candidate: Any) -> bool:
        a, b = (torch.as_tensor(one, dtype=torch.float64, device="cpu") for one in (value, candidate))
        return torch.allclose(a, b, rtol=tolerance, atol=tolerance)

    if close(right):
        return
    yours, expected = show_both(value, right)
    if not bool(torch.isfinite(torch.as_tensor(value, device="cpu")).all()):
        raise WrongError(f"{what} is wrong", yours, expected, not_finite)
    hint = next((hint for known, hint in wrong if close(known)), otherwise)
    raise WrongError(f"{what} is wrong", yours, expected, hint)


def unchanged(value: torch.Tensor, before: torch.Tensor, name: str) -> None:
    """Raise WrongError when the function has written into an input it must leave alone."""
    if not torch.equal(value, before):
        yours, expected = f"{name} is now {show(value)}", f"{name} stays {show(before)}"
        raise WrongError(f"{name} is changed", yours, expected, f"something writes into {name}")

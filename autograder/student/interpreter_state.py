"""Our own code in the student's process runs in the state it was written for, the student's in their own.

What students set in a cell is set in the whole process: torch's default device, modes that are never left, a trace
function, an alarm, a low limit on recursion, functions of ``builtins`` replaced. A function of theirs finds all of it
as their notebook would have it; what we do before and after finds none of it. (Its default dtype we don't rely on, and
nothing we do gives a warning, draws a random number or prints.)
"""

from __future__ import annotations

import builtins
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from torch.overrides import _get_current_function_mode_stack
from torch.utils._device import DeviceContext
from torch.utils._python_dispatch import _disable_current_modes

_DEPTH = 1000  # frames that our own code may take
_BUILTINS = dict(vars(builtins))
_really_set_default_device = torch.set_default_device


class OwnState:
    """Context manager: inside, our own state; inside ``theirs`` within it, the student's."""

    def __init__(self) -> None:
        self._modes = ExitStack()
        self._builtins: dict[str, Any] = {}  # what the student has put in place of Python's
        self._trace: Any = None
        self._recursion = 0

    def __enter__(self) -> OwnState:
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()

    @contextmanager
    def theirs(self, mixed: bool = False) -> Iterator[None]:
        """Be in the student's state inside. ``mixed``: but for what disturbs code of ours that runs in there, too."""
        self._give_back(mixed)
        try:
            yield
        finally:
            self._take()

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Be in our own state again, inside ``theirs(mixed=True)``."""
        self._take()
        try:
            yield
        finally:
            self._give_back(mixed=True)

    def _take(self) -> None:
        theirs = builtins.__dict__  # before anything else: what follows is made of them
        for name, value in _BUILTINS.items():
            if theirs.get(name) is not value:
                self._builtins[name] = theirs.get(name)
                theirs[name] = value
        self._trace = sys.gettrace()
        if self._trace is not None:
            sys.settrace(None)
        signal.setitimer(signal.ITIMER_REAL, 0)  # an alarm that was not taken back
        self._recursion = sys.getrecursionlimit()
        if self._recursion < _DEPTH:
            sys.setrecursionlimit(_DEPTH)
        self._modes.enter_context(torch._C.DisableTorchFunction())
        if torch.is_inference_mode_enabled():
            self._modes.enter_context(torch.inference_mode(False))
        if torch._C._len_torch_dispatch_stack():
            self._modes.enter_context(_disable_current_modes())

    def _give_back(self, mixed: bool = False) -> None:
        self._modes.close()
        if self._recursion < _DEPTH:
            with suppress(RecursionError):
                sys.setrecursionlimit(self._recursion)
        if mixed:
            return
        if self._trace is not None:
            sys.settrace(self._trace)
        if self._builtins:
            builtins.__dict__.update(self._builtins)
            self._builtins = {}


def compute_on(device: str) -> None:
    """See to it that what the student's functions make without a device is where their inputs are.

    Called in the student's own state. Where students have chosen a device, it is that of their own machine.
    """
    wanted = torch.device(device).type
    modes = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    if _default(modes) == wanted:
        return
    _really_set_default_device(None if wanted == "cpu" else device)
    if _default(_get_current_function_mode_stack()) != wanted:  # type: ignore[no-untyped-call]
        above: Any = DeviceContext(device)
        above.__enter__()  # one that was entered and never left


def _default(modes: list[Any]) -> str:
    return next((str(mode.device.type) for mode in reversed(modes) if isinstance(mode, DeviceContext)), "cpu")


def _set_default_device(device: Any) -> None:
    """Set torch's default device, as torch.set_default_device does, if there is such a device here."""
    if device is None or _is_there(torch.device(device).type):
        _really_set_default_device(device)
    else:
        print(f"There is no device {device} here: the default device stays as it is.", file=sys.stderr)


def _is_there(kind: str) -> bool:
    if kind == "cpu":
        return True
    return kind == getattr(torch.accelerator.current_accelerator(check_available=True), "type", "")


torch.set_default_device = _set_default_device

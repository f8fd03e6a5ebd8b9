"""A student's own profiler beside the watch: it costs nothing, and it takes nothing away from the watch.

A thread has one profile function, which is the watch's while it is on. Whoever sets another one then keeps the
watch's. Compiled profilers (torch.profiler with stacks) don't ask: see ``Watch.blind``.
"""

from __future__ import annotations

import cProfile
import sys
import threading
from collections.abc import Callable
from typing import Any

Hook = Callable[..., object]

_set, _get, _set_for_new = sys.setprofile, sys.getprofile, threading.setprofile
_held: Hook | None = None  # the watch's, while it is on
_theirs: Hook | None = None  # what was set meanwhile


def hold(hook: Hook) -> None:
    """Make a function the profile function of this thread and of new ones, whoever sets another."""
    global _held, _theirs
    _held, _theirs = hook, None
    _set_for_new(hook)
    _set(hook)


def let_go() -> None:
    """Have no profile function any more."""
    global _held
    _held = None
    _set(None)
    _set_for_new(None)


def is_held() -> bool:
    """Return whether the held function is still the one of this thread."""
    return _get() is _held


def hold_again() -> None:
    """Put the held function back, after code that doesn't ask has removed it."""
    _set(_held)


def _setprofile(function: Hook | None, /) -> None:
    """Set the profile function of this thread, as sys.setprofile does."""
    global _theirs
    if _held is None:
        _set(function)
    else:
        _theirs = function
        _set(_held)


def _setprofile_for_new(function: Any) -> None:
    """Set the profile function of new threads, as threading.setprofile does."""
    _set_for_new(function if _held is None else _held)


def _getprofile() -> Hook | None:
    """Return the profile function of this thread, as sys.getprofile does."""
    return _theirs if _held is not None and _get() is _held else _get()


_enable, _disable = cProfile.Profile.enable, cProfile.Profile.disable


def _enable_for_a_moment(profiler: Any, *arguments: Any, **options: Any) -> None:
    """Do what Profile.enable does. While a function is held, at once undo it: statistics need an entry to be shown."""
    _enable(profiler, *arguments, **options)
    if _held is not None:
        _disable(profiler)
        _set(_held)


def _disable_if_enabled(profiler: Any) -> None:
    """Do what Profile.disable does, except while a function is held."""
    if _held is None:
        _disable(profiler)


sys.setprofile, sys.getprofile = _setprofile, _getprofile
threading.setprofile = _setprofile_for_new  # type: ignore[assignment]
if sys.version_info < (3, 12):  # since then cProfile has a place of its own
    cProfile.Profile.enable = _enable_for_a_moment  # type: ignore[method-assign, assignment]
    cProfile.Profile.disable = _disable_if_enabled  # type: ignore[method-assign, assignment]

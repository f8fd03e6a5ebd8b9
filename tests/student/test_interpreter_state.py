"""What students set in their process is set for their functions, and for nothing of ours."""

from __future__ import annotations

import builtins
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.utils._device import DeviceContext

from autograder.student import interpreter_state
from autograder.student.interpreter_state import OwnState, compute_on


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    kept, limit, trace = dict(vars(builtins)), sys.getrecursionlimit(), sys.gettrace()
    with contextlib.ExitStack() as stack:
        stack.callback(sys.settrace, trace)
        stack.callback(sys.setrecursionlimit, limit)
        stack.callback(signal.setitimer, signal.ITIMER_REAL, 0)
        stack.callback(interpreter_state._really_set_default_device, None)
        yield
        vars(builtins).update(kept)
        for name in vars(builtins).keys() - kept.keys():
            del vars(builtins)[name]


def trace(*_: Any) -> None:
    return None


def test_functions_of_pythons_are_theirs_in_their_code_and_pythons_in_ours() -> None:
    theirs: Any = lambda *_: "theirs"  # noqa: E731
    python = builtins.len
    builtins.len = theirs
    with OwnState() as state:
        assert len([1]) == 1
        with state.theirs():
            assert len([1]) == "theirs"
            builtins.max = theirs
        assert (len([1]), max(1, 2)) == (1, 2)
        with state.theirs():
            assert (len([1]), max(1, 2)) == ("theirs", "theirs")
            builtins.len = python
        with state.theirs(mixed=True):
            assert max(1, 2) == 2  # our own code runs in there, too
            with state.ours():
                assert max(1, 2) == 2
            assert max(1, 2) == 2
    assert (len([1]), max(1, 2)) == (1, "theirs")


def test_a_trace_function_is_called_in_their_code_alone() -> None:
    sys.settrace(trace)
    with OwnState() as state:
        assert sys.gettrace() is None
        with state.theirs():
            assert sys.gettrace() is trace
        with state.theirs(mixed=True):
            assert sys.gettrace() is None
        assert sys.gettrace() is None


def test_an_alarm_that_was_set_does_not_ring_in_our_code() -> None:
    signal.setitimer(signal.ITIMER_REAL, 1000)
    with OwnState() as state:
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
        with state.theirs():
            signal.setitimer(signal.ITIMER_REAL, 1000)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_our_code_has_room_for_its_frames_whatever_limit_they_have_set() -> None:
    sys.setrecursionlimit(500)
    with OwnState() as state:
        assert sys.getrecursionlimit() == 1000
        with state.theirs():
            assert sys.getrecursionlimit() == 500
            sys.setrecursionlimit(600)
        assert sys.getrecursionlimit() == 1000
        with state.theirs(mixed=True):
            assert sys.getrecursionlimit() == 600
            with state.ours():
                assert sys.getrecursionlimit() == 1000
            assert sys.getrecursionlimit() == 600
            sys.setrecursionlimit(5000)
        assert sys.getrecursionlimit() == 5000
    assert sys.getrecursionlimit() == 5000


def test_modes_of_torchs_that_were_never_left_are_not_ours() -> None:
    with torch.device("meta"), torch.inference_mode(), OwnState() as state:
        assert torch.zeros(1).device.type == "cpu"
        assert not torch.zeros(1).is_inference()
        with state.theirs():
            assert torch.zeros(1).device.type == "meta"
            assert torch.is_inference_mode_enabled()
        with state.theirs(mixed=True), state.ours():
            assert torch.zeros(1).device.type == "cpu"
        assert torch.zeros(1).device.type == "cpu"


def test_what_they_make_without_a_device_is_where_their_inputs_are() -> None:
    compute_on("cpu")
    assert torch.zeros(1).device.type == "cpu"
    interpreter_state._really_set_default_device("meta")
    compute_on("cpu")
    assert torch.zeros(1).device.type == "cpu"
    compute_on("meta")
    assert torch.zeros(1).device.type == "meta"
    compute_on("cpu")
    left: Any = DeviceContext(torch.device("meta"))
    left.__enter__()
    try:
        compute_on("cpu")
        assert torch.zeros(1).device.type == "cpu"
        before = len(interpreter_state._get_current_function_mode_stack())
        compute_on("cpu")  # with each call, which may not make it deeper
        assert len(interpreter_state._get_current_function_mode_stack()) == before
        above = interpreter_state._get_current_function_mode_stack()[-1]
        above.__exit__(None, None, None)
        assert torch.zeros(1).device.type == "meta"
    finally:
        left.__exit__(None, None, None)


def test_a_default_device_that_is_not_there_is_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    torch.set_default_device("mps")
    assert torch.zeros(1).device.type == "cpu"
    assert "There is no device mps here" in capsys.readouterr().err
    torch.set_default_device("cpu")
    torch.set_default_device(None)
    assert capsys.readouterr().err == ""

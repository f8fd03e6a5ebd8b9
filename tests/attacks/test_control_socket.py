"""A kernel's main thread that answers the grader with what is no answer: it is told as the kernel's end."""

import os

import pytest

from tests.kernels.test_kernel_handle import Sandbox


@pytest.fixture
def sandbox():
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


def a_file():
    return os.open(os.devnull, os.O_RDONLY)


@pytest.mark.parametrize(
    "forged",
    [
        {"pid": float("inf")},
        {"pid": float("nan")},
        {"pid": 10**400},
        {"pid": -1},
        {"pid": True},
        {"pid": "1"},
        {"pid": [1]},
        {"pid": 1},
        {"errno": []},
        {"errno": {}},
        {"errno": float("inf"), "error": ["x"] * 500},
        {},
    ],
    ids=str,
)
def test_a_fork_that_is_answered_with_nonsense_is_none(sandbox, forged):
    sandbox.answer(lambda request, descriptors: ({**forged, "id": request["id"]}, [a_file()]))
    with pytest.raises(ConnectionError, match="could not be forked"):
        sandbox.handle.fork_copy(20.0)


@pytest.mark.parametrize("status", [float("inf"), 10**400, "0", [], None, -1, True])
def test_a_status_that_is_none_is_not_known(sandbox, status):
    sandbox.answer(lambda request, descriptors: ({"status": status, "id": request["id"]}, []))
    assert sandbox.handle.ask_status(5) is None

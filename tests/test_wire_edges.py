"""Where what crosses the wire begins to be cut or refused, to the last one that isn't."""

import socket

import numpy as np
import pytest
import torch

from autograder import wire
from autograder.wire import Opaque, Received


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63) + 1, -(2**63) + 1),
        (2**63, Opaque("int (of more than 64 bits)")),
        (-(2**63), Opaque("int (of more than 64 bits)")),
        ("x" * wire.MAX_STRING, "x" * wire.MAX_STRING),
        ("x" * (wire.MAX_STRING + 1), "x" * wire.MAX_STRING),
    ],
    ids=lambda value: str(value)[:12],
)
def test_numbers_and_words_have_their_length(value, arrives):
    assert wire.plain(value) == arrives
    assert wire.plain([value]) == [arrives]


def test_a_message_may_be_as_large_as_is_said_and_not_a_value_larger(monkeypatch):
    monkeypatch.setattr(wire, "MAX_VALUES", 10)
    assert wire.plain([0] * 9) == [0] * 9
    with pytest.raises(wire.TooLargeError):
        wire.plain([0] * 10)
    monkeypatch.setattr(wire, "MAX_TENSORS", 64)
    assert wire.plain(torch.zeros(8, dtype=torch.float64)).shape == (8,)
    for value in (torch.zeros(9, dtype=torch.float64), np.zeros(9), [torch.zeros(8), torch.zeros(9)]):
        with pytest.raises(wire.TooLargeError):
            wire.plain(value)


def test_a_message_is_known_by_all_its_bytes_and_where_they_stand():
    def digest(tree, block):
        return Received(memoryview(tree), memoryview(block)).digest()

    assert digest(b"{}", b"ab") == digest(b"{}", b"ab")
    others = [(b"{}a", b"b"), (b"{}", b"ba"), (b"{ }", b"ab"), (b"{}", b"ab\0"), (b"{}ab", b""), (b"", b"{}ab")]
    assert len({digest(b"{}", b"ab"), *(digest(*other) for other in others)}) == 1 + len(others)


@pytest.mark.parametrize("scalar", [True, False])
def test_a_numpy_array_of_one_number_is_no_scalar(scalar):
    value = np.float64(1.5) if scalar else np.array(1.5)
    assert wire.plain(value).scalar is scalar


@pytest.mark.parametrize("cut", [1, wire.HEAD.size, wire.HEAD.size + 5, -1])
def test_a_message_that_breaks_off_is_an_end_and_no_message(cut):
    left, right = socket.socketpair()
    whole = b"".join(wire.pack({"value": torch.ones(3), "words": "yes"}).pieces)
    with right:
        left.sendall(whole[:cut])
        left.close()
        with pytest.raises(EOFError):
            wire.receive(right)


class Key(str):
    """A string that is one by inheritance only."""


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        ({np.int64(3): "x"}, {3: "x"}),
        ({np.float64(0.5): 1, np.str_("a"): 2, np.bool_(True): 3}, {0.5: 1, "a": 2, True: 3}),
        ({Key("a"): None}, {"a": None}),
        ({(0, 1): "x"}, Opaque("dict (with a key of type tuple)")),
        ({"a": {torch.float32: 1}}, {"a": Opaque("dict (with a key of type dtype)")}),
        ({2**80: 1}, Opaque("dict (with a key of type int (of more than 64 bits))")),
        ({"x" * 5000: 1}, Opaque("dict (with a key of more than 4000 characters)")),
        ({"": {"$": [{"$": None}]}, "$": True}, {"": {"$": [{"$": None}]}, "$": True}),
        ([{"length": 3, "first": [[1, "é"], []], "ok": True, "none": None}],) * 2,
    ],
    ids=lambda value: str(value)[:30],
)
def test_dictionaries_of_all_kinds_cross(value, arrives):
    received = wire.plain(value)
    assert received == arrives
    if isinstance(arrives, dict):
        assert [type(key) for key in received] == [type(key) for key in arrives]


def test_much_text_is_refused_before_it_is_written_out(monkeypatch):
    monkeypatch.setattr(wire, "_write_json", lambda tree: pytest.fail("it was"))
    text = "x" * wire.MAX_STRING
    many = wire.MAX_TREE // wire.MAX_STRING + 1
    for value in ([text] * many, [{text: 1}] * many, {f"{text[:-9]}{number:09}": 1 for number in range(many)}):
        with pytest.raises(wire.TooLargeError):
            wire.pack({"value": value})

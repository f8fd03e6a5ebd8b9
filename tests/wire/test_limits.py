"""Where what crosses the wire begins to be cut or refused, to the last one that isn't."""

import json
import socket
import threading
from collections import OrderedDict

import numpy as np
import pytest
import torch

from autograder import wire
from autograder.wire import Array, Opaque, Received, WireError, limits, messages


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63) + 1, -(2**63) + 1),
        (2**63, Opaque("int (of more than 64 bits)")),
        (-(2**63), Opaque("int (of more than 64 bits)")),
        ("x" * limits.MAX_STRING, "x" * limits.MAX_STRING),
        ("x" * (limits.MAX_STRING + 1), "x" * limits.MAX_STRING),
    ],
    ids=lambda value: str(value)[:12],
)
def test_numbers_and_words_have_their_length(value, arrives):
    assert wire.plain(value) == arrives
    assert wire.plain([value]) == [arrives]


def test_a_message_may_be_as_large_as_is_said_and_not_a_value_larger(monkeypatch):
    monkeypatch.setattr(limits, "MAX_VALUES", 10)
    assert wire.plain([0] * 9) == [0] * 9
    with pytest.raises(wire.TooLargeError):
        wire.plain([0] * 10)
    monkeypatch.setattr(limits, "MAX_TENSORS", 64)
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


@pytest.mark.parametrize("cut", [1, messages.HEAD.size, messages.HEAD.size + 5, -1])
def test_a_message_that_breaks_off_is_an_end_and_no_message(cut):
    left, right = socket.socketpair()
    whole = b"".join(wire.pack({"value": torch.ones(3), "words": "yes"}).pieces)
    with right:
        left.sendall(whole[:cut])
        left.close()
        with pytest.raises(EOFError):
            wire.receive(right)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("grad", [True, False])
def test_memory_layout_arrives_also_of_what_numpy_does_not_take(dtype, grad):
    value = torch.arange(24).to(dtype).reshape(4, 6).T.requires_grad_(grad)
    arrived = wire.plain(value)
    assert arrived.stride() == value.stride() == (1, 6)
    assert not arrived.requires_grad
    assert torch.equal(arrived, value)
    assert wire.plain(torch.ones(2, dtype=dtype, requires_grad=grad)).tolist() == [1, 1]


def test_an_axis_of_one_has_any_stride():
    value = torch.arange(24.0).reshape(4, 6).T[..., None]
    arrived = wire.plain(value)
    assert arrived.stride() == value.stride() == (1, 6, 1)
    assert torch.equal(arrived, value)


def test_an_array_of_another_byte_order_arrives_with_its_numbers():
    arrived = wire.plain(np.arange(3, dtype=">f4"))
    assert isinstance(arrived, Array)
    assert arrived.values.tolist() == [0, 1, 2]


class LyingArray(np.ndarray):
    def tobytes(self, order="C"):
        return b""


def test_a_lying_array_arrives_as_what_it_holds():
    assert wire.plain(np.arange(3.0).view(LyingArray)).values.tolist() == [0, 1, 2]


def test_a_tensor_without_memory_has_no_plain_form():
    assert wire.plain(torch.zeros(2, device="meta")) == Opaque("torch.float32 tensor (torch.strided)")


class Word(str):
    """Says of itself that it is no word of ours."""

    __hash__ = str.__hash__

    def __ne__(self, other):
        return True

    def __eq__(self, other):
        return False


class LyingDict(dict):
    def __iter__(self):
        return iter(())


def test_a_dictionary_arrives_as_what_it_holds_whatever_its_keys_are():
    assert wire.plain(OrderedDict(a=1, b=[2])) == {"a": 1, "b": [2]}
    assert wire.plain({None: 1, 2.5: 2, True: 3}) == {None: 1, 2.5: 2, True: 3}
    assert wire.plain({Word("$"): "opaque", "type": "x"}) == {"$": "opaque", "type": "x"}
    left, right = socket.socketpair()
    with left, right:
        wire.send(left, {"value": LyingDict({1: 2})})
        assert wire.receive(right) == {"value": {1: 2}}
    assert wire.plain({"x" * (limits.MAX_STRING + 1): 1}) == Opaque("dict (with a key of more than 4000 characters)")


@pytest.mark.parametrize("key", ["a", 1])
def test_dictionaries_in_dictionaries_end_in_an_opaque(key):
    value = {}
    for _ in range(300):
        value = {key: value}
    arrived, depth = wire.plain(value), 0
    while isinstance(arrived, dict):
        arrived, depth = arrived[key], depth + 1
    assert arrived == Opaque("dict") and depth == limits.MAX_DEPTH


@pytest.mark.parametrize(
    ("above", "below"),
    [("[", "]"), ('{"a":', "}"), ('{"$":"dict","items":[["a",', "]]}")],
    ids=["list", "names", "pairs"],
)
def test_what_comes_is_not_followed_deeper_than_anything_that_is_sent(above, below):
    def message(depth):
        tree = '{"v":' + above * depth + "1" + below * depth + "}"
        return Received(memoryview(tree.encode()), memoryview(b"")).message()

    assert message(limits.MAX_DEPTH)
    with pytest.raises(WireError, match="too many levels"):
        message(100)


def test_a_stride_that_reaches_further_than_twice_the_numbers_is_not_followed():
    def arrived(stride):
        node = {"$": "tensor", "dtype": "float32", "shape": [2, 2], "stride": stride}
        values = torch.arange(4.0).numpy().tobytes()
        return Received(memoryview(json.dumps({"v": node}).encode()), memoryview(bytearray(values))).message()["v"]

    # The numbers' room is 2 * 4 + 64.
    for step, followed in [(71, True), (72, False), (2**30, False)]:
        assert arrived([step, 1]).tolist() == [[0, 1], [2, 3]]
        assert arrived([step, 1]).stride() == ((step, 1) if followed else (2, 1))


def test_the_name_of_a_type_has_its_length():
    assert wire.plain(type("T" * 300, (), {})()) == Opaque("T" * 100)
    assert wire.plain(Opaque("o" * 300)) == Opaque("o" * 100)
    for value in (type("T" * 300, (), {})(), Opaque("o" * 300)):  # cut before it is sent, too
        assert wire.pack({"v": value}).size < 200
    came = json.dumps({"v": {"$": "opaque", "type": "o" * 300}}).encode()
    assert Received(memoryview(came), memoryview(b"")).message() == {"v": Opaque("o" * 100)}


def test_an_expanded_tensor_of_a_kind_that_numpy_does_not_know_is_refused_before_it_is_written_out():
    with pytest.raises(wire.TooLargeError):
        wire.plain(torch.zeros(1, dtype=torch.bfloat16).expand(2**40))


@pytest.mark.parametrize("kind", ["text", "numbers"])
def test_a_parcel_takes_no_value_that_would_not_fit_on_top_of_a_full_one(kind, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TENSORS", 4 << 20)

    def value(size):
        return ["x" * 1021] * (size >> 10) if kind == "text" else torch.zeros(size, dtype=torch.uint8)

    parcel = wire.Parcel()
    with pytest.raises(wire.TooLargeError):
        parcel.put(value((2 << 20) + 10_000))
    assert len(parcel) == 0 and not parcel.full
    parcel.put(value(1 << 19))
    assert not parcel.full
    parcel.put(value((1 << 19) + 10_000))
    assert parcel.full


def test_a_message_of_too_much_text_is_not_sent():
    left, right = socket.socketpair()
    with left, right:
        with pytest.raises(wire.TooLargeError):
            wire.send(left, {"value": ["x" * limits.MAX_STRING] * 1100})
        right.setblocking(False)
        with pytest.raises(BlockingIOError):
            right.recv(1)


@pytest.mark.parametrize(("tree", "block"), [(limits.MAX_TREE + 1, 0), (2, limits.MAX_TENSORS + 1)])
def test_the_first_byte_too_many_is_refused_before_it_is_waited_for(tree, block):
    left, right = socket.socketpair()
    with left, right:
        left.sendall(messages.HEAD.pack(messages.MARK, tree, block) + b"{}")
        right.settimeout(5)
        with pytest.raises(WireError):
            wire.receive(right)


class Patience:
    """Waits so many times, each time for a moment."""

    def __init__(self, times):
        self.left = times

    def __call__(self):
        self.left -= 1
        if self.left < 0:
            raise TimeoutError("long enough")
        return 0.01


def test_a_message_that_nobody_takes_is_waited_for_as_long_as_is_said_and_then_sent_on():
    left, right = socket.socketpair()
    value = torch.arange(1_000_000)
    with left, right, pytest.raises(TimeoutError, match="long enough"):
        wire.send(left, {"value": value}, Patience(3))
    left, right = socket.socketpair()
    with left, right:
        later = threading.Timer(0.1, lambda: arrived.append(wire.receive(right)["value"]))
        arrived = []
        later.start()
        wire.send(left, {"value": value}, Patience(10_000))
        later.join()
    assert torch.equal(arrived[0], value)


def test_without_anybody_to_ask_the_channels_own_time_counts():
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(0.01)
        with pytest.raises(TimeoutError):
            wire.receive(right)


def test_a_channel_that_is_torn_down_is_an_end():
    left, right = socket.socketpair()
    with left, right:
        right.sendall(b"never read")
        left.close()  # the other side is told of it as of a lost connection
        with pytest.raises(EOFError):
            wire.receive(right)


def test_a_small_message_goes_out_in_one_piece_and_a_large_one_without_another_copy():
    assert len(wire.pack({"value": torch.zeros(10)}).pieces) == 1
    assert len(wire.pack({"value": torch.zeros(100_000)}).pieces) == 3


def test_the_sizes_that_both_sides_rely_on():
    assert (limits.MAX_TREE, limits.MAX_TENSORS, limits.MAX_VALUES) == (4_194_304, 67_108_864, 2_097_152)
    assert (limits.MAX_DEPTH, limits.MAX_STRING) == (20, 4000)


def test_whether_a_number_is_a_scalar_is_yes_or_no_whatever_came():
    node = {"$": "numpy", "scalar": ["much"], "dtype": "uint8", "shape": []}
    came = Received(memoryview(json.dumps({"v": node}).encode()), memoryview(bytearray(b"\7" + bytes(15))))
    assert came.message()["v"].scalar is True


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
    monkeypatch.setattr(messages, "_write_json", lambda tree: pytest.fail("it was"))
    text = "x" * limits.MAX_STRING
    many = limits.MAX_TREE // limits.MAX_STRING + 1
    for value in ([text] * many, [{text: 1}] * many, {f"{text[:-9]}{number:09}": 1 for number in range(many)}):
        with pytest.raises(wire.TooLargeError):
            wire.pack({"value": value})

"""Plain data crosses the wire both ways, by encoding and decoding, and nothing else."""

import json
import socket
import threading
import time

import numpy as np
import pytest
import torch

from autograder import wire
from autograder.wire import Array, Opaque, WireError, limits, messages, values


def within(seconds):
    """Wait so long and no longer."""
    end = time.monotonic() + seconds

    def wait():
        if time.monotonic() > end:
            raise TimeoutError
        return 0.05

    return wait


@pytest.fixture
def ends():
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def there(ends, value):
    """Send a value through the wire."""
    return there_by(ends, lambda left: wire.send(left, {"value": value}))


def there_by(ends, send):
    """Have a value sent; in a thread, because a socket's buffer may be smaller than the message."""
    left, right = ends
    sender = threading.Thread(target=send, args=(left,))
    sender.start()
    received = wire.receive(right, within(20))["value"]
    sender.join()
    return received


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -1.5,
        float("inf"),
        "é\n",
        [],
        [1, [2.0, "x"]],
        {"a": 1, 2: [None]},
        {"a": {"b": []}},
        {"$": "dict", "b": 2},
    ],
)
def test_plain_values_arrive_as_they_were(ends, value):
    received = there(ends, value)
    assert received == value
    assert type(received) is type(value)


def test_a_nan_arrives(ends):
    received = there(ends, float("nan"))
    assert received != received


@pytest.mark.parametrize("dtype", list(values.DTYPES.values()), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (1, 0, 2)])
def test_tensors_arrive_with_dtype_and_shape(ends, dtype, shape):
    value = (torch.arange(6.0) - 1).to(dtype)[: torch.Size(shape).numel()].reshape(shape)
    received = there(ends, value)
    assert received.dtype == dtype
    assert torch.equal(received, value)


@pytest.mark.parametrize("value", [np.longdouble(0.1), np.full((2, 3), 0.1, dtype=np.longdouble)])
def test_a_long_double_arrives_as_float64(ends, value):
    received = there(ends, value)
    assert received.values.dtype == torch.float64
    assert received.scalar is isinstance(value, np.generic)
    assert torch.equal(received.values, torch.full(value.shape, 0.1, dtype=torch.float64))


def test_a_large_tensor_arrives(ends):
    value = torch.randn(512, 784)
    assert torch.equal(there(ends, value), value)


@pytest.mark.parametrize("make", [lambda x: x.T, lambda x: x[:, ::2], lambda x: x.T[::2]])
def test_memory_layout_arrives(ends, make):
    value = make(torch.randn(4, 6))
    received = there(ends, value)
    assert received.stride() == value.stride()
    assert torch.equal(received, value)


def test_an_expanded_tensor_arrives_contiguous(ends):
    value = torch.ones(3, 1).expand(3, 5)
    received = there(ends, value)
    assert received.is_contiguous()
    assert torch.equal(received, value)


def test_two_names_for_one_tensor_arrive_as_two(ends):
    value = torch.zeros(2)
    first, second = there(ends, [value, value])
    first += 1
    assert second.tolist() == [0, 0]


def test_tuples_and_named_tuples_arrive_as_lists(ends):
    from collections import namedtuple

    pair = namedtuple("pair", "w m")
    assert there(ends, (1, pair(2, 3))) == [1, [2, 3]]


def test_numpy_is_told_from_torch(ends):
    array, scalar = there(ends, [np.arange(6.0).reshape(2, 3).T, np.float32(1.5)])
    assert isinstance(array, Array) and not array.scalar
    assert array.values.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert isinstance(scalar, Array) and scalar.scalar
    assert scalar.values.dtype == torch.float32 and float(scalar.values) == 1.5


def test_numpy_float64_is_a_numpy_scalar_although_it_is_a_float(ends):
    received = there(ends, np.float64(0.1))
    assert isinstance(received, Array) and received.scalar and float(received.values) == 0.1


class Liar(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __float__(self):
        return 42.0


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True


def test_lying_subclasses_arrive_as_what_they_hold(ends):
    number, tensor = there(ends, [Liar(1.5), torch.zeros(2).as_subclass(LyingTensor)])
    assert type(number) is float and number == 1.5
    assert type(tensor) is torch.Tensor and tensor.tolist() == [0, 0]


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("this was unpickled",))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Bomb(), "Bomb"),
        (np.array([Bomb()], dtype=object), "NumPy array of object"),
        (torch.zeros(2, dtype=torch.complex64), "torch.complex64 tensor (torch.strided)"),
        (torch.zeros(2, 2).to_sparse(), "torch.float32 tensor (torch.sparse_coo)"),
        (2**80, "int (of more than 64 bits)"),
        (Opaque("thing"), "thing"),
    ],
)
def test_what_has_no_plain_form_arrives_as_the_name_of_its_type(ends, value, name):
    assert there(ends, value) == Opaque(name)


def test_deep_nesting_ends_in_an_opaque(ends):
    value = []
    for _ in range(10_000):
        value = [value]
    received = there(ends, value)
    depth = 0
    while isinstance(received, list):
        received, depth = received[0], depth + 1
    assert received == Opaque("list") and depth <= limits.MAX_DEPTH


def head(tree=b"{}", block=b"", mark=messages.MARK):
    return messages.HEAD.pack(mark, len(tree), len(block)) + tree + block


def tensor(dtype="float32", shape=(2, 2), **more):
    return json.dumps({"v": {"$": "tensor", "dtype": dtype, "shape": shape, **more}}).encode()


LIES = (
    {"dtype": "object"},
    {"dtype": "complex64"},
    {"dtype": "float64"},  # twice as much as there is
    {"shape": [5]},
    {"shape": [-1]},
    {"shape": [-2, -2]},
    {"shape": [2**40, 2**40]},
    {"shape": [2.0, 2]},
    {"shape": [True, 4]},
    {"shape": 4},
    {"shape": [0, 2**70]},
)


@pytest.mark.parametrize(
    "junk",
    [
        head(mark=b"JUNK"),
        head(tree=b"not json"),
        head(tree=b"[1]"),
        head(tree=b'{"v": {"$": "no kind"}}'),
        head(tree=b'{"v": {"$": "tensor"}}'),
        *(head(tensor(**lie), bytes(16)) for lie in LIES),
        head(tree=b'{"v": {"$": "call", "f": "os.system"}}'),
        head(tree=b'{"v": {"$": "dict", "items": [[[1], 2]]}}'),
        head(tree=b'{"v": {"$": "dict", "items": [[{"$": "opaque", "type": "x"}, 2]]}}'),
        head(tree=b'{"v": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        messages.HEAD.pack(messages.MARK, 2**31, 0),
        messages.HEAD.pack(messages.MARK, 2, 2**60) + b"{}",
    ],
    ids=lambda junk: repr(junk[:40]),
)
def test_junk_is_a_wire_error(ends, junk):
    left, right = ends
    sender = threading.Thread(target=left.sendall, args=(junk,))
    sender.start()
    with pytest.raises(WireError):
        wire.receive(right, within(10))
    right.close()
    sender.join()


def test_a_lying_stride_changes_no_value(ends):
    left, right = ends
    values = torch.arange(4.0).reshape(2, 2)
    for stride in ([1, 1], [0, 0], [2**40, 1], [-1, 2], ["a", 1], [1], [2**30, 2**29]):
        left.sendall(head(tensor(stride=stride), values.numpy().tobytes()))
        assert torch.equal(wire.receive(right, within(10))["v"], values)


def test_what_is_written_into_one_tensor_is_in_no_other(ends):
    one, other = there(ends, [torch.zeros(3), torch.zeros(3)])
    one.add_(1)
    assert (one.tolist(), other.tolist()) == ([1, 1, 1], [0, 0, 0])


def test_a_closed_channel_is_an_eof_error(ends):
    left, right = ends
    left.close()
    with pytest.raises(EOFError):
        wire.receive(right)


def test_a_slow_drip_ends_at_the_deadline(ends):
    left, right = ends
    stop = threading.Event()

    def drip():
        left.sendall(messages.HEAD.pack(messages.MARK, 1000, 0))
        while not stop.wait(0.01):
            left.sendall(b" ")

    dripping = threading.Thread(target=drip)
    dripping.start()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        wire.receive(right, within(0.3))
    assert time.monotonic() - start < 2
    stop.set()
    dripping.join()


def test_a_message_that_is_too_large_is_not_sent(ends, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TENSORS", 100)
    with pytest.raises(WireError, match="too large"):
        wire.send(ends[0], {"value": torch.zeros(100)})


def holding_itself():
    items = []
    items += [items, items, items]
    return items


@pytest.mark.parametrize(
    "value",
    [torch.zeros(1).expand(2**40), np.broadcast_to(np.zeros(1), 2**40), holding_itself(), [torch.zeros(2**24)] * 9],
    ids=["expanded tensor", "broadcast array", "list of itself", "many tensors"],
)
def test_what_is_large_only_when_written_out_is_refused_before(ends, value, monkeypatch):
    monkeypatch.setattr(limits, "MAX_VALUES", 20_000)  # counting to two million takes seconds
    with pytest.raises(wire.TooLargeError):
        wire.send(ends[0], {"value": value})
    wire.send(ends[0], {"value": 1})  # nothing of it was sent
    assert wire.receive(ends[1]) == {"value": 1}


def test_a_parcel_holds_each_value_as_it_was_when_it_was_put_in(ends):
    parcel, reused = wire.Parcel(), torch.zeros(2)
    for number in range(3):
        reused[0] = number
        parcel.put({"value": reused, "array": reused.numpy(), "number": number})
    parcel.send(ends[0], "values")
    received = wire.receive(ends[1])["values"]
    assert [value["value"].tolist() for value in received] == [[0, 0], [1, 0], [2, 0]]
    assert [value["array"].values.tolist() for value in received] == [[0, 0], [1, 0], [2, 0]]
    assert [value["number"] for value in received] == [0, 1, 2]


@pytest.mark.parametrize(
    "large", [torch.zeros(1).expand(2**40), ["x" * limits.MAX_STRING] * 2000], ids=["bytes", "text"]
)
def test_a_value_too_large_for_a_parcel_leaves_the_others_in_it(ends, large):
    parcel = wire.Parcel()
    parcel.put(torch.ones(1))
    with pytest.raises(wire.TooLargeError):
        parcel.put(large)
    parcel.put(torch.zeros(1))
    received = there_by(ends, lambda left: parcel.send(left, "value"))
    assert [value.tolist() for value in received] == [[1], [0]]


def test_a_full_parcel_and_one_more_value_can_still_be_sent(ends):
    parcel = wire.Parcel()
    while not parcel.full:
        parcel.put("x" * limits.MAX_STRING)
    parcel.put(["x" * limits.MAX_STRING] * 500)
    assert len(there_by(ends, lambda left: parcel.send(left, "value"))) == len(parcel)

"""Messages that are small and ask for much: what the judge decodes is bounded by what has come."""

import json
import math
import socket

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import wire
from autograder.judge import describe
from autograder.judge.answer_checks import Answer, Call, StudentFailed
from autograder.judge.connection import Connection
from autograder.judge.diagnosis.call_log import KEPT, CallLog, RecordedCall
from autograder.judge.stopwatch import Stopwatch
from autograder.judge.transcripts import HEARD, RememberedConnection
from autograder.kernels.process_activity import Activity
from autograder.wire import Array, Opaque, Received, WireError, limits


def received(node, block=b""):
    """Return what arrives of a forged message; ``node``: JSON text, or what is written as JSON."""
    text = node if isinstance(node, str) else json.dumps(node)
    return Received(memoryview(f'{{"v": {text}}}'.encode()), memoryview(bytearray(block))).message()["v"]


def tensor(shape, dtype="float32", **more):
    return {"$": "tensor", "dtype": dtype, "shape": shape, "at": 0, **more}


def numbers_in(value):
    """Return the bytes of all tensors in a value, and of all that they keep in memory."""
    found = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    inner = [numbers_in(item) for item in found]
    if isinstance(value, Array):
        value = value.values
    own = value.untyped_storage().nbytes() if isinstance(value, torch.Tensor) else 0
    return own + sum(inner)


def test_one_block_is_not_the_numbers_of_many_tensors():
    with pytest.raises(WireError):
        received([tensor([1024, 64], stride=[1, 1024])] * 60, bytes(1024 * 64 * 4))


def test_numbers_are_not_spread_over_more_memory_than_they_take():
    arrived = received(tensor([2, 2], stride=[1 << 20, 1]), bytes(16))
    assert arrived.shape == (2, 2) and numbers_in(arrived) < 1024


def test_a_block_that_no_tensor_stands_for_is_not_kept():
    for node in (1, tensor([1]), [tensor([2, 2]), tensor([2])]):
        with pytest.raises(WireError):
            received(node, bytes(4096))


def test_keys_that_are_all_compared_with_each_other_are_refused():
    # In a table of up to 2^18 places all of them want the same one.
    items = [[(i << 45) - 2**63 + 1, 0] for i in range(1, 60_000)]
    with pytest.raises(WireError, match="keys that are no text"):
        received({"$": "dict", "items": items})
    some = items[: limits.MAX_OTHER_KEYS]
    assert len(received({"$": "dict", "items": some})) == limits.MAX_OTHER_KEYS
    assert wire.plain(dict.fromkeys(range(limits.MAX_OTHER_KEYS), 0)) == dict.fromkeys(range(limits.MAX_OTHER_KEYS), 0)
    assert isinstance(wire.plain(dict.fromkeys(range(limits.MAX_OTHER_KEYS + 1), 0)), Opaque)


@pytest.mark.parametrize(
    "forged",
    [
        "1" + "0" * 400,
        f"[-{2**63}]",
        "1" + "0" * 5000,
        "[" * 30_000 + "]" * 30_000,
        '{"a":' * 30_000 + "1" + "}" * 30_000,
        '{"$": "opaque", "type": ' + "[" * 900 + "]" * 900 + "}",
        '{"$": "opaque", "type": 1}',
        '{"$": ["tensor"]}',
        '{"$": "dict", "items": 5}',
        '{"$": "dict", "items": [[1' + "0" * 30 + ", 2]]}",
        json.dumps("x" * (limits.MAX_STRING + 1)),
        json.dumps({"x" * (limits.MAX_STRING + 1): 1}),
        json.dumps(tensor([0] * 33)),
        json.dumps(tensor([0, 2**40])),
        json.dumps(tensor({"a": 1})),
        json.dumps(tensor([1], dtype=["float32"])),
    ],
    ids=lambda text: text[:30],
)
def test_what_no_sender_of_ours_would_say_is_no_message(forged):
    with pytest.raises(WireError):
        received(forged)


def test_text_that_can_not_be_written_down_arrives_as_text_that_can():
    arrived = received(r'["\ud800a", {"\udfff": "\u00e9"}, {"$": "opaque", "type": "\ud800"}]')
    assert arrived == ["?a", {"?": "é"}, Opaque("?")]
    assert wire.plain(["\ud800", {"\ud800": 1}]) == ["?", {"?": 1}]


def test_a_truth_value_is_one_of_two():
    arrived = received(tensor([3], dtype="bool"), bytes([0, 1, 255]) + bytes(13))
    assert arrived.view(torch.uint8).tolist() == [0, 1, 1]
    assert torch.equal(arrived, torch.tensor([False, True, True]))


odd = st.sampled_from(["$", "\ud800", 2**63, 10**400, 1e308])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), odd)
shapes = st.lists(st.integers(-1, 3), max_size=4)
nodes = st.recursive(
    st.one_of(
        scalars,
        st.builds(
            tensor,
            shapes,
            st.sampled_from([*wire.values.DTYPES, "object"]),
            stride=st.one_of(st.none(), st.lists(st.integers(-1, 70), max_size=4)),
        ),
        st.builds(lambda node: {**node, "$": "numpy", "scalar": True}, st.builds(tensor, shapes)),
        st.builds(lambda name: {"$": "opaque", "type": name}, scalars),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.builds(
            lambda items: {"$": "dict", "items": items}, st.lists(st.tuples(scalars, inner).map(list), max_size=3)
        ),
    ),
    max_leaves=8,
)


def size_of(node):
    """Return how large a block the tensors in a tree want, and 0 where that can't be said."""
    if isinstance(node, list):
        return sum(map(size_of, node))
    if not isinstance(node, dict):
        return 0
    if node.get("$") not in ("tensor", "numpy"):
        return sum(map(size_of, node.values()))
    kind = wire.values.DTYPES.get(node["dtype"])
    return 0 if kind is None else wire.encoding.padded(abs(math.prod(node["shape"])) * kind.itemsize)


@settings(max_examples=150, deadline=None)
@given(nodes, st.randoms())
def test_whatever_comes_is_judged_as_the_students_and_is_no_larger_than_what_came(node, random):
    """The one rule at this boundary: a message or none, and each check of an answer passes or fails the student."""
    block = bytes(random.choices(range(256), k=size_of(node)))
    try:
        value = received(json.dumps(node), block)
    except WireError:
        return
    tree = len(json.dumps(node))
    assert numbers_in(value) <= 3 * len(block) + 64 * 8 * tree
    answer = Answer(Call("f", (("x", value),)), value, (value,))
    right = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)
    checks = [
        lambda: answer.number(),
        lambda: answer.number(strict=False),
        lambda: answer.tensor(right),
        lambda: answer.tensor(right, strict=False),
        lambda: answer.parts(("a", "b")),
        lambda: answer.close(right, 1e-3, "It"),
        lambda: answer.close(torch.tensor(1.0), 1e-3, "It"),
        lambda: answer.multiple_of(right, 1e-3, "It"),
        lambda: answer.resembles(right, 1e-3, "It"),
        lambda: answer.unchanged(("x",), (right,)),
        lambda: answer.at("a", 1),
        *(
            lambda right=right: answer.equal(right)
            for right in (right, 1, 1.5, "a", None, [1, {"a": 2.0}], {"a": right})
        ),
        *(lambda other=other: answer.equal(other, strict=False) for other in (right, 1, True, np.float32(1), [1.5])),
    ]
    for check in checks:
        try:
            check()
        except StudentFailed as failed:
            (failed.message + repr(failed.counterexample)).encode()
    describe.describe(value).encode()
    log = CallLog()
    log.add(RecordedCall("f", (), value))


def test_many_numbers_in_place_of_a_few_are_not_computed_with():
    vast = Answer(Call("f", ()), torch.zeros(1, dtype=torch.uint8).expand(2**40))
    for check in (vast.close, vast.multiple_of, vast.resembles):
        with pytest.raises(StudentFailed, match="has shape"):
            check(torch.ones(3), torch.ones(3), "It")
    vast = Answer(vast.call, Array(vast.value, scalar=False))
    with pytest.raises(StudentFailed, match="has shape"):
        vast.close(torch.ones(3), torch.ones(3), "It")


class Asleep:
    def activity(self):
        return Activity(0.0, asleep=True, stopped=False)


def test_a_conversation_is_not_kept_without_end():
    left, right = socket.socketpair()
    with left, right:
        line = RememberedConnection("about", left, Stopwatch(Asleep(), 60.0))
        line._room = 2000
        assert HEARD <= 2 * limits.MAX_TENSORS
        for _ in range(10):
            wire.send(right, {"answers": [torch.zeros(100)]})
        with pytest.raises(WireError, match="more than"):
            for _ in range(10):
                line.listen()
    assert issubclass(RememberedConnection, Connection)


def test_no_single_call_is_remembered_that_is_larger_than_all_that_may_be():
    log = CallLog()
    log.add(RecordedCall("f", (), torch.zeros(10)))
    log.add(RecordedCall("f", (), torch.zeros(1).expand(KEPT)))
    assert log.calls == ()
    log.add(RecordedCall("f", (), 1.0))
    assert len(log.calls) == 1

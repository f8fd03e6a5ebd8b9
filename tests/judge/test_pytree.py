"""The walk over nested plain data: what it yields, and that equality, identity and size agree."""

import math
import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder import wire
from autograder.judge import pytree
from autograder.judge.equality import first_difference
from autograder.wire import Array, Opaque

X = torch.ones(2, 3)


def test_leaves_have_their_paths():
    value = {"a": [1, (None, "x")], 2: {}, "b": X}
    assert list(pytree.leaves(value)) == [(("a", 0), 1), (("a", 1, 0), None), (("a", 1, 1), "x"), (("b",), X)]
    assert list(pytree.leaves(X)) == [((), X)]
    assert all(pytree.at(value, path) is leaf for path, leaf in pytree.leaves(value))
    assert pytree.at(value, ("a", 2)) is pytree.at(value, ("c",)) is pytree.at(value, ("b", 0)) is None


def test_pairs_end_where_the_form_is_another():
    first, second = {"a": [1, 2], "b": [1], "c": 3}, {"b": [1, 2], "a": [1, {}], "c": []}
    assert list(pytree.pairs(first, second)) == [
        (("b",), [1], [1, 2]),
        (("a", 0), 1, 1),
        (("a", 1), 2, {}),
        (("c",), 3, []),
    ]
    assert list(pytree.pairs([[], {}], [[], {}])) == []
    for one, other in (((1,), [1]), ({1: 0}, {True: 0}), ({"a": 0}, {"a": 0, "b": 0}), ([], None), ({}, [])):
        assert list(pytree.pairs(one, other)) == [((), one, other)]
        assert pytree.identity(one) != pytree.identity(other)


def test_tree_map_makes_lists_and_leaves_the_value_alone():
    value = {"a": (1, [2]), 3: ()}
    assert pytree.tree_map(lambda leaf: leaf + 1, value) == {"a": [2, [3]], 3: []}
    assert value == {"a": (1, [2]), 3: ()}


KINDS = [
    True, 1, 1.0, -1.0, 0.0, -0.0, math.nan, struct.unpack("d", struct.pack("Q", 0x7FF8000000000001))[0], "1", None,
    torch.tensor(1), torch.tensor(1.0), torch.tensor([1.0]), torch.tensor([-0.0]), torch.tensor([0.0]),
    torch.tensor([1.0]).double(), torch.tensor([1.0]).half(), torch.tensor([1.0]).bfloat16(), torch.tensor(True),
    torch.zeros(0), torch.zeros(0, 2), torch.tensor([[1, 2], [3, 4]]), torch.tensor([[1, 3], [2, 4]]).T,
    Array(torch.tensor(1.0), True), Array(torch.tensor(1.0), False), Opaque("thing"), Opaque("other"),
    np.ones(1), np.ones(1, dtype=np.float32), [], (), {}, [[]], [None], {"a": None}, {None: "a"},
]  # fmt: skip


def test_no_two_kinds_of_values_are_the_same():
    found = [pytree.identity(value) for value in KINDS]
    assert len(set(found)) == len(KINDS)
    assert len({pytree.identity([value, {"x": value}]) for value in KINDS}) == len(KINDS)


def test_the_layout_counts_where_it_is_asked_for():
    one = torch.arange(6.0).reshape(2, 3)
    other = one.T.contiguous().T
    assert pytree.content(one) != pytree.content(other)
    assert pytree.content(one, layout=False) == pytree.content(other, layout=False)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64], ids=str)
def test_large_tensors_are_known_by_all_their_numbers(dtype):
    one = torch.zeros(100_000, dtype=dtype)
    other = one.clone()
    assert pytree.content(one) == pytree.content(other)
    other[77_777] = 1
    assert pytree.content(one) != pytree.content(other)
    assert pytree.content(torch.nn.Parameter(one.double())) == pytree.content(one.double())


def test_the_order_of_keys_is_no_difference():
    assert pytree.identity({"a": 1, "b": [2]}) == pytree.identity({"b": [2], "a": 1})


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        (X, 24, 24),
        (3, 0, 0),
        ("x" * 1000, 1000, 1000),
        ([X, X], 48, 2000),
        ({"a": {"b": (X, 1.0)}}, 24, 2000),
        ({"x" * 1000: None}, 1000, 2000),
        ([1] * 1000, 30_000, 200_000),
        ([{}] * 1000, 60_000, 300_000),
        (Array(X, False), 24, 24),
        (X[:1].expand(100, 3), 1200, 1200),
    ],
)
def test_bytes(value, least, most):
    assert least <= pytree.nbytes(value) <= most


def numbers():
    shapes = st.sampled_from([(), (1,), (2,), (1, 2), (0,)])
    dtypes = st.sampled_from([torch.float32, torch.float64, torch.int64, torch.bool])
    return st.builds(lambda shape, dtype, value: torch.full(shape, value).to(dtype), shapes, dtypes, st.integers(0, 1))


LEAVES = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, 0.5]) | st.sampled_from("ab")
KEYS = st.sampled_from(["a", "b", 0, 1, True, 1.0, None])
PLAIN = st.recursive(
    LEAVES | numbers(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2)
)


def equal(one, other):
    return first_difference(one, other, lambda path, right: 0.0) is None


@given(PLAIN, PLAIN)
def test_what_is_equal_has_the_same_identity_and_nothing_else_has(one, other):
    same = pytree.identity(one) == pytree.identity(other)
    assert equal(one, other) is equal(other, one) is same
    if same:
        assert pytree.nbytes(one) == pytree.nbytes(other)
        assert [path for path, _ in pytree.leaves(one)] == [path for path, _, _ in pytree.pairs(other, one)]


@given(PLAIN)
def test_a_value_that_crossed_the_wire_is_the_same(value):
    arrived = wire.plain(value)
    assert pytree.identity(arrived) == pytree.identity(value) and equal(arrived, value)


@given(PLAIN, st.data())
def test_a_part_that_is_another_is_noticed_where_it_is(value, data):
    spots = list(spots_of(value))
    path = data.draw(st.sampled_from(spots))
    other = changed(value, path, lambda part: "changed")
    assert not equal(value, other) and not equal(other, value)
    assert pytree.identity(value) != pytree.identity(other)
    assert first_difference(other, value, lambda path, right: 0.0).path == path


def spots_of(value, path=()):
    """The paths of all parts: leaves and containers."""
    yield path
    for key, item in pytree.children(value) or ():
        yield from spots_of(item, (*path, key))


def changed(value, path, how):
    if not path:
        return how(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], how)
    return copy

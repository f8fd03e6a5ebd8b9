"""What is computed once for an input, and what is another input."""

import pytest
import torch

from autograder.judge import memo


@pytest.fixture
def counted():
    """A remembered function, and the list of its real calls."""
    calls = []

    @memo.remembered
    def total(x, factor):
        calls.append(x.shape)  # not the tensor: that would keep it alive
        return float(x.sum()) * factor

    return total, calls


@pytest.mark.parametrize("size", [3, 20_000])
def test_the_same_input_is_computed_once(counted, size):
    total, calls = counted
    x = torch.ones(size)
    assert [total(x, 2.0), total(x, 2.0)] == [2.0 * size, 2.0 * size]
    assert len(calls) == 1


@pytest.mark.parametrize("size", [4, 20_000])
def test_another_input_is_computed_anew(counted, size):
    total, calls = counted
    x = torch.ones(size)
    total(x, 1.0)
    x[0] = 5.0
    assert total(x, 1.0) == size + 4
    assert total(x, 2.0) == 2 * (size + 4)
    assert total(x.double(), 1.0) == size + 4
    matrix = x.reshape(2, -1)
    total(matrix, 1.0)
    total(matrix.T.contiguous().T, 1.0)  # the same, but for its memory layout
    assert len(calls) == 6


def test_a_new_large_tensor_is_never_taken_for_one_that_is_gone(counted):
    total, _ = counted
    for number in range(20):  # the allocator would give the next one the same place
        assert total(torch.full((20_000,), float(number)), 1.0) == 20_000 * number


def test_what_has_no_room_is_computed_all_the_same(counted, monkeypatch):
    total, calls = counted
    monkeypatch.setattr(memo, "_known", memo.Memo(100))
    assert [total(torch.ones(3), 1.0), total(torch.ones(3), 1.0)] == [3.0, 3.0]
    assert len(calls) == 2


def test_what_is_equal_and_yet_another_is_computed_anew():
    @memo.remembered
    def kind(value):
        return value.dtype if isinstance(value, torch.Tensor) else type(value)

    assert [kind(value) for value in (1, 1.0, True)] == [int, float, bool]
    zeros = [torch.zeros(2, dtype=dtype) for dtype in (torch.float32, torch.int32, torch.float16, torch.int16)]
    assert [kind(value) for value in zeros] == [value.dtype for value in zeros]


def test_a_small_input_is_known_by_its_numbers_and_a_large_one_by_itself(counted):
    total, calls = counted
    for size, computed in ((3, 1), (20_000, 3)):
        for _ in range(2):
            assert total(torch.ones(size), 1.0) == size
        assert len(calls) == computed

"""Hidden tests of Dataset, Sampler, BatchSampler, collate and DataLoader.

A test's docstring is the sentence a student reads about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.judge.student_fixture import Student

from . import first_examples, reference
from . import probes_batches as probes
from . import strategies_batches as draw

pytestmark = pytest.mark.forbid("data")

WITHOUT_DROP = st.sampled_from([[], [False]])


def check(student: Student, probe: Callable[..., Any], name: str, *arguments: Any) -> None:
    """Check that a probe makes the same of the student's class or function as of the right one."""
    student.probe(probe, name, *arguments).equal(probe(getattr(reference, name), *arguments))


@pytest.mark.question("dataset")
@pytest.mark.points(0.25)
@first_examples.tried_first(first_examples.EXAMPLES)
@given(examples=draw.examples())
def test_dataset_length(student: Student, examples: draw.Examples) -> None:
    """len of a data set is the number of its examples."""
    check(student, probes.length, "Dataset", *examples)


@pytest.mark.question("dataset")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.AT_INDEX)
@given(asked=draw.at_index())
def test_dataset_index(student: Student, asked: Any) -> None:
    """ds[i] is (x[i], y[i]) for an int, a negative one included."""
    check(student, probes.sample, "Dataset", *asked)


@pytest.mark.question("dataset")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.SEVERAL)
@given(asked=draw.at_list(), part=draw.at_slice())
def test_dataset_several(student: Student, asked: Any, part: Any) -> None:
    """ds[i] is (x[i], y[i]) for a list of ints, and for a slice."""
    check(student, probes.part, "Dataset", *part)
    check(student, probes.sample, "Dataset", *asked)


@pytest.mark.question("dataset")
@pytest.mark.points(0.25)
@first_examples.tried_first(first_examples.OUTSIDE)
@given(asked=draw.outside())
def test_dataset_outside(student: Student, asked: Any) -> None:
    """An int that is outside raises IndexError."""
    check(student, probes.outside, "Dataset", *asked)


@pytest.mark.question("dataset")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.EXAMPLES)
@given(examples=draw.examples())
def test_dataset_loop(student: Student, examples: draw.Examples) -> None:
    """A loop over a data set gives all examples in order, and ends; as often as one likes."""
    check(student, probes.loop, "Dataset", *examples)


@pytest.mark.question("sampler")
@pytest.mark.points(0.5)
@given(n=st.sampled_from([8, 1, 9, 10, 11, 12, 20]))
def test_sampler_in_order(student: Student, n: int) -> None:
    """A Sampler gives 0, 1, 2 … up to n - 1, at each pass."""
    check(student, probes.in_order, "Sampler", n)


@pytest.mark.question("sampler")
@pytest.mark.points(0.25)
@given(n=st.integers(1, 12), shuffle=st.booleans())
def test_sampler_length(student: Student, n: int, shuffle: bool) -> None:
    """len of a Sampler is the number of examples."""
    check(student, probes.sampler_length, "Sampler", n, shuffle)


@pytest.mark.question("sampler")
@pytest.mark.points(0.25)
@given(n=st.integers(1, 12), shuffle=st.booleans())
def test_sampler_ints(student: Student, n: int, shuffle: bool) -> None:
    """A Sampler gives Python ints, one for each example, shuffled or not."""
    check(student, probes.kinds_of_indices, "Sampler", n, shuffle)


@pytest.mark.question("sampler")
@pytest.mark.points(0.5)
@given(n=st.sampled_from([20, 1, 25, 30]), passes=st.integers(1, 3))
def test_sampler_complete(student: Student, n: int, passes: int) -> None:
    """A shuffling Sampler gives each example once in each pass."""
    check(student, probes.shuffled, "Sampler", n, passes)


@pytest.mark.question("sampler")
@pytest.mark.points(0.75)
@pytest.mark.examples(3)
@given(n=st.integers(250, 300))
def test_sampler_new_orders(student: Student, n: int) -> None:
    """A shuffling Sampler gives a new order at each pass."""
    check(student, probes.new_orders, "Sampler", n)


@pytest.mark.question("sampler")
@pytest.mark.points(0.5)
@pytest.mark.examples(2)
@given(n=st.integers(2, 3))
def test_sampler_all_orders(student: Student, n: int) -> None:
    """Every order of the examples may come when a Sampler shuffles."""
    check(student, probes.all_orders, "Sampler", n, 300)


@pytest.mark.question("sampler")
@pytest.mark.points(0.75)
@given(drawn=draw.indices_and_size(), options=WITHOUT_DROP)
def test_batch_sampler_batches(student: Student, drawn: tuple[list[int], int], options: list[bool]) -> None:
    """A BatchSampler gives lists of so many indices, the last one with what is left."""
    check(student, probes.first_batches, "BatchSampler", *drawn, options)


@pytest.mark.question("sampler")
@pytest.mark.points(0.5)
@given(drawn=draw.indices_and_size())
def test_batch_sampler_drop_last(student: Student, drawn: tuple[list[int], int]) -> None:
    """With drop_last a BatchSampler leaves the last list out, if it is shorter than the others."""
    check(student, probes.first_batches, "BatchSampler", *drawn, [True])


@pytest.mark.question("sampler")
@pytest.mark.points(0.25)
@first_examples.tried_first(first_examples.LENGTHS)
@given(pair=draw.COUNTS, options=WITHOUT_DROP)
def test_batch_sampler_length(student: Student, pair: tuple[int, int], options: list[bool]) -> None:
    """len of a BatchSampler is the number of batches, the last one included."""
    check(student, probes.number_of_batches, "BatchSampler", *pair, options)


@pytest.mark.question("sampler")
@pytest.mark.points(0.25)
@given(pair=draw.COUNTS)
def test_batch_sampler_length_drop_last(student: Student, pair: tuple[int, int]) -> None:
    """With drop_last a shorter last batch doesn't count in len of a BatchSampler."""
    check(student, probes.number_of_batches, "BatchSampler", *pair, [True])


@pytest.mark.question("sampler")
@pytest.mark.points(0.5)
@given(drawn=draw.two_passes(), options=WITHOUT_DROP)
def test_batch_sampler_passes(student: Student, drawn: tuple[list[list[int]], int], options: list[bool]) -> None:
    """A BatchSampler can be gone through again, and asks its sampler anew each time."""
    check(student, probes.batches, "BatchSampler", *drawn, options)
    check(student, probes.later_passes, "BatchSampler", *drawn)


@pytest.mark.question("dataloader")
@pytest.mark.points(0.75)
@first_examples.tried_first(first_examples.EXAMPLES)
@given(examples=draw.examples())
def test_collate_values(student: Student, examples: draw.Examples) -> None:
    """collate stacks the examples and the labels of a list of samples."""
    check(student, probes.collated, "collate", *examples, "tensors", "list")


@pytest.mark.question("dataloader")
@pytest.mark.points(0.25)
@first_examples.tried_first(first_examples.EXAMPLES)
@given(examples=draw.examples())
def test_collate_ints(student: Student, examples: draw.Examples) -> None:
    """collate makes an int64 tensor of labels that are ints."""
    check(student, probes.collated, "collate", *examples, "ints", "list")


@pytest.mark.question("dataloader")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.FROM_GENERATORS)
@given(examples=draw.examples(), given_as=draw.ONCE)
def test_collate_generator(student: Student, examples: draw.Examples, given_as: str) -> None:
    """collate takes the samples of a generator or another iterator, too."""
    check(student, probes.collated, "collate", *examples, "tensors", given_as)


@pytest.mark.question("dataloader")
@pytest.mark.points(1.25)
@first_examples.tried_first(first_examples.LOADS)
@given(drawn=draw.loads())
def test_dataloader_batches(student: Student, drawn: Any) -> None:
    """A DataLoader gives what collate_fn makes of the samples of each batch, the data set asked by int."""
    check(student, probes.loaded, "DataLoader", *drawn)


@pytest.mark.question("dataloader")
@pytest.mark.points(0.75)
@first_examples.tried_first(first_examples.LOADS)
@given(drawn=draw.loads())
def test_dataloader_collates(student: Student, drawn: Any) -> None:
    """Without a collate_fn, a DataLoader puts samples together with your collate."""
    x, y, (indices,) = drawn
    answer = student.probe(probes.with_own_collate, "DataLoader", student.name("collate"), x, y, indices)
    answer.equal(probes.with_own_collate(reference.DataLoader, reference.collate, x, y, indices))


@pytest.mark.question("dataloader")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.LOADS)
@given(drawn=draw.loads())
def test_dataloader_length(student: Student, drawn: Any) -> None:
    """len of a DataLoader is the number of batches, the last one included."""
    x, y, (indices,) = drawn
    check(student, probes.loader_length, "DataLoader", x, y, indices)


@pytest.mark.question("dataloader")
@pytest.mark.points(1)
@first_examples.tried_first(first_examples.SEVERAL_LOADS)
@given(drawn=draw.loads(passes=3))
def test_dataloader_passes(student: Student, drawn: Any) -> None:
    """A DataLoader can be gone through again, and asks its batch sampler anew each time."""
    check(student, probes.loaded, "DataLoader", *drawn)
    check(student, probes.broken_off, "DataLoader", *drawn)

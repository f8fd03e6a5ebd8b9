"""What the hidden tests try out with a student's data set, samplers, collate and loader.

This runs beside a student's code, as it stands here: it makes objects of their classes and writes down what they give.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch

MANY = 400  # of what may be endless


class Sized:
    """Something of a length, and nothing else."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length


class Turns:
    """An iterable with a length; each pass through it gives the next of some lists, the last one again and again."""

    def __init__(self, passes: list[list[Any]]) -> None:
        self.passes, self.begun = passes, 0

    def __len__(self) -> int:
        return len(self.passes[0])

    def __iter__(self) -> Iterator[Any]:
        self.begun += 1
        return iter(self.passes[min(self.begun, len(self.passes)) - 1])


class Numbered:
    """Samples (x, y) of a data set; asked by an int, and by nothing else."""

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Any:
        if not isinstance(i, int):
            raise TypeError(f"this data set is asked by int, not by {type(i).__name__}")
        return self.x[i], self.y[i]


def length(Dataset: Any, x: Any, y: Any) -> Any:
    """The length of a data set of {x:len} examples."""
    return len(Dataset(x, y))


def sample(Dataset: Any, x: Any, y: Any, index: Any) -> Any:
    """A data set of {x:len} examples, at index {index}; there is another one."""
    data = Dataset(x, y)
    Dataset(x.flip(0), y.flip(0))
    return data[index]


def part(Dataset: Any, x: Any, y: Any, start: Any, stop: Any, step: Any) -> Any:
    """A data set of {x:len} examples, at the slice {start}:{stop}:{step}."""
    return Dataset(x, y)[slice(start, stop, step)]


def outside(Dataset: Any, x: Any, y: Any, index: int) -> Any:
    """A data set of {x:len} examples, at index {index}, which is outside, and at index 0: what it raises, and gives."""
    data = Dataset(x, y)
    try:
        data[index]
    except Exception as error:
        raised = type(error).__name__
    else:
        raised = "nothing"
    return {"raises": raised, "at 0": data[0]}


def loop(Dataset: Any, x: Any, y: Any) -> Any:
    """Loops over a data set of {x:len} examples, as long as they go on: two, one after another, and one in another."""
    data = Dataset(x, y)
    first, again = ([[some, label] for some, label in islice(data, MANY)] for _ in range(2))
    within = [[int(label) for _, label in islice(data, MANY)] for _ in islice(data, 2)]
    return {"first": first, "again": again, "labels in a loop within another": within}


def in_order(Sampler: Any, n: int) -> Any:
    """A sampler over {n} examples, gone through twice, and once more after a pass that was broken off."""
    sampler = Sampler(Sized(n))
    first, again = _indices(sampler), _indices(sampler)
    next(iter(sampler), None)
    passes = {"first": first, "again": again, "after one that was broken off": _indices(sampler)}
    return {what: _if_in_order(found) for what, found in passes.items()}


def _if_in_order(indices: list[int]) -> Any:
    """Return indices; where they are in some order by chance, that they are: the same can't come again."""
    return indices if indices == sorted(indices) else "numbers that are not in order"


def sampler_length(Sampler: Any, n: int, shuffle: bool) -> Any:
    """The length of a sampler over {n} examples, shuffle={shuffle}."""
    return len(Sampler(Sized(n), shuffle))


def kinds_of_indices(Sampler: Any, n: int, shuffle: bool) -> Any:
    """A sampler over {n} examples, shuffle={shuffle}: the kinds of indices that it gives, and how many there are."""
    found = list(islice(Sampler(Sized(n), shuffle), MANY))
    return {"kinds": sorted({type(i).__name__ for i in found}), "number": len(found)}


def shuffled(Sampler: Any, n: int, passes: int) -> Any:
    """A shuffling sampler over {n} examples, gone through {passes} times: whether each example came once in a pass."""
    sampler = Sampler(Sized(n), True)
    return [sorted(_indices(sampler)) == list(range(n)) for _ in range(passes)]


def new_orders(Sampler: Any, n: int) -> Any:
    """A shuffling sampler over {n} examples, gone through 3 times, and more: whether the orders are new ones."""
    sampler = Sampler(Sized(n), True)
    first, second, third = (_indices(sampler) for _ in range(3))
    most = [int(i) for i in islice(sampler, n - 1)]
    after = _indices(sampler)[: n - 1]
    return {
        "another order than 0, 1, 2 …": first != sorted(first),
        "the second pass in another order than the first": second != first,
        "the third in another than the second": third != second,
        "one after a pass that was broken off in another than that": after != most,
    }


def all_orders(Sampler: Any, n: int, passes: int) -> Any:
    """A shuffling sampler over {n} examples, gone through {passes} times: how many orders of all of them came."""
    sampler = Sampler(Sized(n), True)
    found = {tuple(_indices(sampler)) for _ in range(passes)}
    return len([order for order in found if len(set(order)) == n])


def _indices(sampler: Any) -> list[Any]:
    return [i if isinstance(i, int) else int(i) for i in islice(sampler, MANY)]


def batches(BatchSampler: Any, passes: list[list[int]], size: int, options: list[bool]) -> Any:
    """A batch sampler over a sampler that gives {passes}, batches of {size}, drop_last: {options}; two passes."""
    sampler = BatchSampler(Turns(passes), size, *options)
    return [list(map(_as_list, list(islice(sampler, MANY)))) for _ in range(2)]


def later_passes(BatchSampler: Any, passes: list[list[int]], size: int) -> Any:
    """A batch sampler over a sampler that gives {passes}, batches of {size}, drop_last: what passes leave behind."""
    whole, broken_off = (BatchSampler(Turns(passes), size, True) for _ in range(2))
    list(islice(whole, MANY))
    next(iter(broken_off), None)
    new = list(map(_as_list, list(islice(BatchSampler(Turns(passes[1:]), size, True), MANY))))
    return {
        f"the pass after {what} begins anew": list(map(_as_list, list(islice(sampler, MANY)))) == new
        for what, sampler in (("a whole one", whole), ("one that was broken off", broken_off))
    }


def first_batches(BatchSampler: Any, indices: list[int], size: int, options: list[bool]) -> Any:
    """A batch sampler over the indices {indices}, batches of {size}, drop_last: {options}."""
    sampler = BatchSampler(indices, size, *options)
    BatchSampler(indices[:1], size + 1, *(not option for option in options))  # a second one, of another kind
    return list(map(_as_list, list(islice(sampler, MANY))))


def _as_list(batch: Any) -> Any:
    return list(batch) if isinstance(batch, (list, tuple)) else f"no list: {type(batch).__name__}"


def number_of_batches(BatchSampler: Any, n: int, size: int, options: list[bool]) -> Any:
    """How many batches of {size} there are of {n} indices, drop_last: {options}."""
    return len(BatchSampler(list(range(n)), size, *options))


def collated(collate: Any, xs: Any, ys: Any, labels: str, given_as: str) -> Any:
    """{ys:len} samples, their labels as {labels}, given as a {given_as}."""
    samples = [(x, y if labels == "tensors" else int(y)) for x, y in zip(xs, ys, strict=True)]
    kinds = {"list": samples, "generator": (sample for sample in samples), "iterator": iter(samples)}
    batch = collate(kinds[given_as])
    return batch if len(samples) == len(ys) else "a batch, but the list of samples has become shorter"


def _as_lists(samples: Any) -> Any:
    """A collate_fn that makes lists of what it is given."""
    xs, ys = zip(*samples, strict=True)
    return [list(xs), [int(y) for y in ys]]


def loaded(DataLoader: Any, x: Any, y: Any, passes: list[list[list[int]]]) -> Any:
    """A loader over {x:len} examples, with a collate_fn that makes lists and batches {passes}; a pass for each."""
    loader = DataLoader(Numbered(x, y), Turns(passes), _as_lists)
    return [list(islice(loader, MANY)) for _ in passes]


def broken_off(DataLoader: Any, x: Any, y: Any, passes: list[list[list[int]]]) -> Any:
    """A loader over {x:len} examples with batches {passes}: a pass after one that was broken off, and two at once."""
    alone = DataLoader(Numbered(x, y), Turns(passes), _as_lists)
    next(iter(alone), None)
    both = DataLoader(Numbered(x, y), Turns(passes[:1]), _as_lists)
    return {
        "after one that was broken off": list(islice(alone, MANY)),
        "two at once": [list(pair) for pair in islice(zip(both, both, strict=False), MANY)],
    }


def loader_length(DataLoader: Any, x: Any, y: Any, indices: list[list[int]]) -> Any:
    """The length of a loader over {x:len} examples, with batches {indices}."""
    return len(DataLoader(Numbered(x, y), Turns([indices]), _as_lists))


def with_own_collate(DataLoader: Any, collate: Any, x: Any, y: Any, indices: list[list[int]]) -> Any:
    """A loader with batches {indices} and no collate_fn given: whether each is what collate makes of its samples."""
    data = Numbered(x, y)
    wanted = [collate([data[i] for i in batch]) for batch in indices]
    found = list(islice(DataLoader(data, Turns([[list(batch) for batch in indices]])), MANY))
    return [_same(one, other) for one, other in zip(found, wanted, strict=False)] + ["and", len(found)]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)

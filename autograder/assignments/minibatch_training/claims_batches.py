"""What the hints about data sets, samplers and loaders say, as something that can be found out of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import Any

import torch

from autograder.judge.diagnosis.claims import Claim, mentions

from .claim_tools import by_question, fails

X = torch.arange(6.0).reshape(3, 2)
Y = torch.tensor([7, 3, 8])
IMAGES = torch.arange(12.0).reshape(3, 1, 2, 2)
NUMBERS = [3, 1, 4, 0, 2]


def _list(value: Any) -> list[Any]:
    return list(islice(value, 100))


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _data(a: Any, x: torch.Tensor = X) -> Any:
    return a.Dataset(x, Y)


def _loop_length(a: Any) -> int:
    return len(_list(_data(a)))


def _is_converted(label: Any) -> bool:
    return not isinstance(label, torch.Tensor) or label.dtype != Y.dtype


DATASET: dict[str, Claim] = {
    "swapped": lambda a: _plain(_data(a)[1])[0] == 3,
    "example-only": lambda a: _plain(_data(a)[1]) == [2.0, 3.0],
    "dictionary": lambda a: isinstance(_data(a)[1], dict) or isinstance(_data(a)[:2], dict),
    "one-too-far": lambda a: _plain(_data(a)[0])[1] == 3,
    "counts-from-one": lambda a: _plain(_data(a)[1])[1] == 7,
    "length-of-an-example": lambda a: (
        len(_data(a)) != 3 and len(a.Dataset(X[:2], Y[:2])) == len(a.Dataset(X[:2], Y[:2]))
    ),
    "length-of-itself": lambda a: fails(lambda: len(_data(a)), RecursionError),
    "length-one-off": lambda a: (
        (len(_data(a)) in (2, 4) and len(a.Dataset(IMAGES[:2], Y[:2])) in (1, 3))
        or (len(_data(a)) in (1, 3) and len(_data(a, IMAGES)) in (0, 2))  # of an example's length
    ),
    "length-fixed": lambda a: len(_data(a)) == len(a.Dataset(X[:2], Y[:2])),
    "round-again": lambda a: _loop_length(a) == 100,
    "outside-is-none": lambda a: _data(a)[3] is None,
    "other-exception": lambda a: fails(lambda: _data(a)[3]) and not fails(lambda: _data(a)[3], IndexError),
    "no-negative": lambda a: fails(lambda: _data(a)[-1]),
    "ints-only": lambda a: fails(lambda: _data(a)[[2, 0]]) and fails(lambda: _data(a)[:2]),
    "list-of-pairs": lambda a: (
        isinstance(_data(a)[:2], list)
        and isinstance(_data(a)[:2][0], (tuple, list))
        and (fails(lambda: _data(a)[[2, 0]]) or isinstance(_data(a)[[2, 0]], list))
    ),
    "list-of-samples": lambda a: len(_data(a)[[0, 1, 2]]) == 3,
    "label-as-number": lambda a: _is_converted(_data(a)[1][1]) or _is_converted(_data(a)[:1][1]),
    "axis-kept": lambda a: _data(a)[1][0].dim() == X.dim(),
    "flattened": lambda a: 4 in _data(a, IMAGES)[1][0].shape or 4 in _data(a, IMAGES)[:2][0].shape,
    "slice-without-step": lambda a: len(_data(a)[::2][1]) == 3,
    "own-iterator": lambda a: (
        (data := _data(a)) is not None
        and len(_list(data)) == 3
        and (len(_list(data)) < 3 or [len(_list(data)) for _ in islice(data, 2)] != [3, 3])
    ),
    "other-dtype": lambda a: a.Dataset(X.double(), Y)[1][0].dtype != torch.float64,
    "shared-by-all": lambda a: (
        (first := _data(a)) is not None and _data(a, X + 50) is not None and _plain(first[1])[0] == [52.0, 53.0]
    ),
    "of-torch": lambda a: issubclass(a.Dataset, torch.utils.data.Dataset),
}


class _Turns:
    """Gives its lists, one for each pass."""

    def __init__(self, *passes: list[Any]) -> None:
        self.passes, self.begun = passes, 0

    def __len__(self) -> int:
        return len(self.passes[0])

    def __iter__(self) -> Iterator[Any]:
        self.begun += 1
        return iter(self.passes[min(self.begun, len(self.passes)) - 1])


def _passes(a: Any, n: int = 40, shuffle: bool = True) -> list[list[int]]:
    sampler = a.Sampler(range(n), shuffle)
    return [[int(i) for i in _list(sampler)] for _ in range(3)]


def _new(a: Any) -> bool:
    first, second, third = _passes(a)
    return first != second or second != third


def _batches(a: Any, size: int = 2, *options: bool, numbers: Any = NUMBERS) -> list[Any]:
    return [list(batch) for batch in _list(a.BatchSampler(numbers, size, *options))]


# How many numbers, and the size of a batch: 64 is what a size that stands in the code mostly is.
UNEVEN, EVEN = ((5, 2), (160, 64)), ((4, 2), (128, 64))


def _len_and_batches(a: Any, n: int, size: int, *options: bool) -> tuple[int, int]:
    numbers = list(range(n))
    return len(a.BatchSampler(numbers, size, *options)), len(_batches(a, size, *options, numbers=numbers))


def _next_is_previous(order: list[int]) -> bool:
    return all((b - a) % len(order) == 1 for a, b in pairwise(order))


def _once(make: Callable[[], Any]) -> bool:
    made = make()
    return bool(_list(made)) and not _list(made)


def _in_order(numbers: list[int]) -> bool:
    return numbers == sorted(numbers)


IN_ORDER = list(range(40))


class _Length:
    """Something of a length, and nothing else."""

    def __len__(self) -> int:
        return 5


SAMPLER: dict[str, Claim] = {
    "data-set-gone-through": lambda a: fails(lambda: len(_list(a.Sampler(_Length()))) + len(a.Sampler(_Length()))),
    "never-shuffled": lambda a: all(one == IN_ORDER for one in _passes(a)),
    "order-drawn-once": lambda a: _passes(a)[0] != IN_ORDER and not _new(a),
    "always-shuffled": lambda a: (
        _passes(a, shuffle=False)[0] != IN_ORDER and sorted(_passes(a, shuffle=False)[0]) == IN_ORDER and _new(a)
    ),
    "shuffle-inverted": lambda a: not _in_order(_passes(a, shuffle=False)[0]) and _in_order(_passes(a)[0]),
    "with-replacement": lambda a: len(set(_passes(a)[0])) < 40 == len(_passes(a)[0]),
    "range-shuffled": lambda a: fails(lambda: _passes(a), TypeError) and not fails(lambda: _passes(a, shuffle=False)),
    "shuffle-returned": lambda a: fails(lambda: _passes(a), TypeError) and not fails(lambda: _passes(a, shuffle=False)),
    "rotated": lambda a: all(map(_next_is_previous, _passes(a))) and _new(a),
    "tensors": lambda a: (
        not all(type(i) is int for shuffle in (False, True) for i in _list(a.Sampler(range(5), shuffle)))
    ),
    "counts-from-one": lambda a: min(_passes(a, shuffle=False)[0]) == 1,
    "last-missing": lambda a: max(_passes(a, shuffle=False)[0]) == 38,
    "sampler-once": lambda a: _once(lambda: a.Sampler(range(5))),
    "sampler-length": lambda a: len(a.Sampler(range(5))) in (4, 6),
    "len-floors": lambda a: any(_len_and_batches(a, n, size) == (n // size, n // size + 1) for n, size in UNEVEN),
    "len-plus-one": lambda a: len(a.BatchSampler(NUMBERS[:4], 2)) == 3 and len(_batches(a, numbers=NUMBERS[:4])) == 2,
    "len-ignores-drop-last": lambda a: any(
        _len_and_batches(a, n, size, True) == (n // size + 1, n // size) for n, size in UNEVEN
    ),
    "len-counts-numbers": lambda a: (
        len(a.BatchSampler(NUMBERS, 2)) in (5, 2) and len(a.BatchSampler(NUMBERS, 3)) in (5, 3)
    ),
    "drop-last-inverted": lambda a: len(_batches(a)) == 2 and len(_batches(a, 2, True)) == 3,
    "drop-last-ignored": lambda a: len(_batches(a, 2, True)) == 3,
    "drop-last-always": lambda a: len(_batches(a)) == 2 and len(_batches(a, 2, True)) == 2,
    "full-batch-dropped": lambda a: any(_len_and_batches(a, n, size, True)[1] == 1 for n, size in EVEN),
    "empty-batch": lambda a: _batches(a, numbers=NUMBERS[:4])[-1] == [],
    "empty-first": lambda a: _batches(a)[0] == [],
    "batches-as-tensors": lambda a: not isinstance(_list(a.BatchSampler(NUMBERS, 2))[0], (list, tuple)),
    "batch-not-emptied": lambda a: len(max(_batches(a), key=len)) > 2 or len(_batches(a)) == 1,
    "list-reused": lambda a: any([] in _batches(a, size, numbers=list(range(n))) for n, size in EVEN),
    "even-batches": lambda a: [len(batch) for batch in _batches(a, 4, numbers=list(range(10)))] == [4, 3, 3],
    "one-more": lambda a: len(_batches(a)[0]) == 3,
    "size-from-elsewhere": lambda a: len(_batches(a, 4, numbers=list(range(200)))[0]) != 4,
    "sliced": lambda a: (
        fails(lambda: _batches(a, numbers=_Turns(NUMBERS)), TypeError) and not fails(lambda: _batches(a))
    ),
    "half-done": lambda a: fails(lambda: a.Sampler(range(5)), TypeError) or fails(lambda: _batches(a), TypeError),
    "own-numbers": lambda a: _batches(a)[0][:2] == [0, 1],
    "batches-made-once": lambda a: (
        len({str([list(b) for b in _list(s)]) for s in [a.BatchSampler(_Turns([1, 2], [2, 1]), 2)] for _ in range(2)})
        == 1
    ),
    "batches-once": lambda a: _once(lambda: a.BatchSampler(NUMBERS, 2)),
    "rest-kept": lambda a: (
        [[list(batch) for batch in _list(s)] for s in [a.BatchSampler(range(5), 2, True)] for _ in range(2)][1][0]
        == [4, 0]
    ),
    "of-torch": mentions(r"torch\.utils\.data"),
}

SAMPLES = [(X[0], 7), (X[1], 3), (X[2], 8)]


def _labels(samples: Any) -> list[int]:
    return [int(y) for _, y in samples]


class _ByInt:
    def __len__(self) -> int:
        return 3

    def __getitem__(self, i: int) -> Any:
        if not isinstance(i, int):
            raise TypeError("by int")
        return SAMPLES[i]


def _loader(a: Any, *passes: list[list[int]]) -> Any:
    return a.DataLoader(_ByInt(), _Turns(*passes), _labels)


def _same_twice(a: Any) -> bool:
    loader = a.DataLoader(X, _Turns([[2]], [[1]]), torch.stack)
    first, second = _plain(_list(loader)), _plain(_list(loader))
    return bool(first == second)


def _images(a: Any) -> Any:
    return a.collate([(image, 1) for image in IMAGES])[0]


DATALOADER: dict[str, Claim] = {
    "not-stacked": lambda a: not isinstance(a.collate(SAMPLES)[0], torch.Tensor),
    "tensor-of-tensors": lambda a: fails(lambda: a.collate(SAMPLES), ValueError),
    "other-dtype": lambda a: a.collate([(x.double(), y) for x, y in SAMPLES])[0].dtype != torch.float64,
    "half-done": lambda a: a.collate(SAMPLES)[0] is None or fails(lambda: _loader(a, [[0]]), TypeError),
    "joined": lambda a: a.collate(SAMPLES)[0].shape == (6,),
    "last-axis": lambda a: a.collate(SAMPLES)[0].shape == (2, 3),
    "flattened": lambda a: _images(a).shape == (3, 4),
    "labels-not-int64": lambda a: a.collate(SAMPLES)[1].dtype != torch.int64,
    "labels-a-list": lambda a: not isinstance(a.collate(SAMPLES)[1], torch.Tensor),
    "labels-a-column": lambda a: any(part.shape == (3, 1) for part in a.collate(SAMPLES)),
    "labels-must-be-tensors": lambda a: (
        fails(lambda: a.collate(SAMPLES)) and not fails(lambda: a.collate([(x, torch.tensor(y)) for x, y in SAMPLES]))
    ),
    "labels-first": lambda a: _plain(a.collate(SAMPLES)[0]) == [7, 3, 8],
    "gone-through-twice": lambda a: (
        not fails(lambda: a.collate(SAMPLES))
        and (
            fails(lambda: a.collate(one for one in SAMPLES))
            or _plain(a.collate(one for one in SAMPLES)) != _plain(a.collate(SAMPLES))
        )
    ),
    "asked-by-number": lambda a: fails(lambda: a.collate(one for one in SAMPLES), TypeError),
    "first-label-for-all": lambda a: _plain(a.collate(SAMPLES)[1]) == [7, 7, 7],
    "collate-ignored": lambda a: (
        not isinstance(_list(_loader(a, [[2, 0]]))[0], list) or _plain(_list(_loader(a, [[2, 0]]))[0]) != [8, 7]
    ),
    "not-collated": lambda a: len(_list(_loader(a, [[2, 0]]))[0]) == 2 and len(_list(_loader(a, [[2, 0]]))[0][0]) == 2,
    "asked-by-list": lambda a: fails(lambda: _list(_loader(a, [[2, 0]])), TypeError),
    "sample-by-sample": lambda a: _list(_loader(a, [[2, 0]])) == [[8], [7]],
    "own-numbers": lambda a: _list(_loader(a, [[2, 1]])) == [[7, 3]],
    "sorted-batches": lambda a: _list(_loader(a, [[2, 0]])) == [[7, 8]],
    "last-batch-missing": lambda a: _list(_loader(a, [[2, 0], [1], [0]])) == [[8, 7], [3]],
    "first-batch-only": lambda a: (
        fails(lambda: _list(_loader(a, [[2, 0], [1]])), TypeError)  # what was returned is no iterator
        or len(_list(_loader(a, [[2, 0], [1], [0]]))) == 1
        or _list(_loader(a, [[2, 0], [1], [0]])) == [8, 7]  # the batch itself is gone through
    ),
    "batch-sampler-kept": _same_twice,
    "one-pass": lambda a: _once(lambda: _loader(a, [[2], [1]])),
    "length-of-data": lambda a: len(_loader(a, [[2, 0], [1]])) == len(_loader(a, [[2, 0]])),
    "len-drops-last": lambda a: len(_loader(a, [[2], [0], [1]])) == 2,
    "no-length": lambda a: fails(lambda: len(_loader(a, [[2, 0], [1]])), TypeError),
    "of-torch": mentions(r"torch\.utils\.data"),
}

CLAIMS = by_question(dataset=DATASET, sampler=SAMPLER, dataloader=DATALOADER)

"""Claims of what is wrong with standardise."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike

from .claim_tools import claim

_DRAWN = torch.Generator().manual_seed(7)
TRAIN = torch.rand(5, 784, generator=_DRAWN, dtype=torch.float64) ** 3
TEST = torch.rand(3, 784, generator=_DRAWN, dtype=torch.float64)
Q = "standardise"


def _parts(a: Any, train: Tensor = TRAIN, test: Tensor = TEST) -> list[Tensor]:
    return [torch.as_tensor(part).double() for part in a.standardise(train.clone(), test.clone())]


def _slope(images: Tensor, made: Tensor) -> Tensor:
    """How much an output pixel changes with its input pixel."""
    x, y = images - images.mean(), made - made.mean()
    return (x * y).sum() / (x * x).sum()


def _zero(images: Tensor, made: Tensor) -> Tensor:
    """The pixel that becomes 0."""
    return images.mean() - made.mean() / _slope(images, made)


@claim(Q, "brackets")
def _brackets(a: Any) -> bool:
    taken_off = [TRAIN.mean() / TRAIN.std(correction=correction) for correction in (0, 1)]
    return any(alike(_parts(a)[0], TRAIN - one) for one in taken_off)


@claim(Q, "flattened")
def _flattened(a: Any) -> bool:
    return _parts(a, TRAIN.view(5, 1, 28, 28), TEST.view(3, 1, 28, 28))[0].shape == TRAIN.shape


@claim(Q, "test-own-statistics")
def _test_own_statistics(a: Any) -> bool:
    return alike(_parts(a)[1], _parts(a, test=2 * TEST + 1)[1])


@claim(Q, "test-own-std")
def _test_own_std(a: Any) -> bool:
    train, test = _parts(a)
    return not alike(_slope(TEST, test), _slope(TRAIN, train))


@claim(Q, "test-own-mean")
def _test_own_mean(a: Any) -> bool:
    train, test = _parts(a)
    return not alike(_zero(TEST, test), _zero(TRAIN, train))


@claim(Q, "per-pixel")
def _per_pixel(a: Any) -> bool:
    return alike(_parts(a)[0].mean(0), torch.zeros(784))


@claim(Q, "per-image")
def _per_image(a: Any) -> bool:
    return alike(_parts(a)[0].mean(1), torch.zeros(5))


@claim(Q, "not-centred")
def _not_centred(a: Any) -> bool:
    return alike(_parts(a)[0], TRAIN * _slope(TRAIN, _parts(a)[0]))


@claim(Q, "not-scaled")
def _not_scaled(a: Any) -> bool:
    made = _parts(a)[0]
    return alike(made.mean(), 0.0) and not alike(made.std(), 1.0, 1e-2)


@claim(Q, "variance")
def _variance(a: Any) -> bool:
    return alike(_parts(a, 2 * TRAIN)[0], _parts(a)[0] / 2)


@claim(Q, "std-plus")
def _std_plus(a: Any) -> bool:
    made = _parts(a)[0]
    return alike(made.mean(), 0.0) and bool(made.std() < 0.99)


@claim(Q, "median")
def _median(a: Any) -> bool:
    return alike(_parts(a)[0].median(), 0.0) and not alike(_parts(a)[0].mean(), 0.0)


@claim(Q, "test-untouched")
def _test_untouched(a: Any) -> bool:
    return alike(_parts(a)[1], TEST)


@claim(Q, "fixed-numbers")
def _fixed_numbers(a: Any) -> bool:
    return alike(_parts(a)[1], _parts(a, 3 * TRAIN + 1)[1]) and not alike(_parts(a)[1], TEST)


@claim(Q, "min-max")
def _min_max(a: Any) -> bool:
    made = _parts(a)[0]
    return alike(made.max() - made.min(), 1.0)


@claim(Q, "both-together")
def _both_together(a: Any) -> bool:
    return not alike(_parts(a)[0], _parts(a, test=TEST + 1)[0])


@claim(Q, "swapped")
def _swapped(a: Any) -> bool:
    return [len(part) for part in _parts(a)] == [3, 5]


@claim(Q, "sign")
def _sign(a: Any) -> bool:
    return bool(_slope(TRAIN, _parts(a)[0]) < 0)


@claim(Q, "changes-input")
def _changes_images(a: Any) -> bool:
    given = TRAIN.clone(), TEST.clone()
    a.standardise(*given)
    return not (torch.equal(given[0], TRAIN) and torch.equal(given[1], TEST))


@claim(Q, "float32-returned")
def _float32_returned(a: Any) -> bool:
    return all(part.dtype is torch.float32 for part in a.standardise(TRAIN.clone(), TEST.clone()))


NOISE = torch.randn(5, 784, generator=_DRAWN, dtype=torch.float64)


def _divisor(a: Any, train: Tensor) -> Tensor:
    """What the training images are divided by."""
    return 1 / _slope(train, _parts(a, train)[0])


def _keeps_divisor(a: Any, change: Tensor) -> bool:
    """Whether a change leaves the divisor as it is, although it depends on all images."""
    used = not alike(_divisor(a, TRAIN), _divisor(a, torch.cat([TRAIN[:1], 2 * TRAIN[1:]])))
    return used and alike(_divisor(a, TRAIN), _divisor(a, TRAIN + change))


@claim(Q, "std-of-means")
def _std_of_means(a: Any) -> bool:
    changes = [NOISE - NOISE.mean(axis, keepdim=True) for axis in (0, 1)]  # of pixels' or of images' means: none
    return any(_keeps_divisor(a, change) for change in changes)


@claim(Q, "mean-of-stds")
def _mean_of_stds(a: Any) -> bool:
    changes = [NOISE.mean(axis, keepdim=True) for axis in (0, 1)]  # of pixels' or of images' spreads: none
    return any(_keeps_divisor(a, change) for change in changes) and not _std_of_means(a)


@claim(Q, "divided-first")
def _divided_first(a: Any) -> bool:
    made = _parts(a)[0]
    return alike(made, TRAIN * _slope(TRAIN, made) - TRAIN.mean())


@claim(Q, "by-range")
def _by_range(a: Any) -> bool:
    inner = (TRAIN.min() < TRAIN) & (TRAIN.max() > TRAIN)
    return alike(_divisor(a, TRAIN), _divisor(a, torch.where(inner, TRAIN.mean(), TRAIN))) and not _fixed_numbers(a)


@claim(Q, "train-untouched")
def _train_untouched(a: Any) -> bool:
    return alike(_parts(a)[0], TRAIN)


@claim(Q, "from-test")
def _from_test(a: Any) -> bool:
    return _test_own_statistics(a) and not alike(_parts(a)[0], _parts(a, test=TEST + 1)[0])


@claim(Q, "scaled-again")
def _scaled_again(a: Any) -> bool:
    once, doubled = _parts(a)[0], _parts(a, 2 * TRAIN)[0]
    return alike(once, doubled) and bool(once.std() < 0.5)


@claim(Q, "ink-only")
def _ink_only(a: Any) -> bool:
    """A pixel that turns from next to nothing to nothing changes the others."""
    dark, black = (torch.cat([TRAIN[:, 1:], torch.full((5, 1), value, dtype=torch.float64)], 1) for value in (1e-9, 0))
    return not alike(_parts(a, dark)[0], _parts(a, black)[0], 1e-4)


@claim(Q, "divided-by-images")
def _divided_by_images(a: Any) -> bool:
    """Half of the pixels make the number smaller that all are divided by; twice the images don't make it larger."""
    divisor = _divisor(a, TRAIN)
    half, twice = (_divisor(a, images) / divisor for images in (TRAIN[:, ::2], torch.cat([TRAIN, TRAIN])))
    return bool(divisor > 5 * TRAIN.std()) and bool(half < 0.8) and bool(0.8 < twice < 1.2)


@claim(Q, "one-image")
def _one_image(a: Any) -> bool:
    others = torch.cat([TRAIN[:1], 2 * TRAIN[1:] + 1])
    return alike(_parts(a)[0][0], _parts(a, others)[0][0]) and not _fixed_numbers(a) and not _per_image(a)


@claim(Q, "root-of-std")
def _root_of_std(a: Any) -> bool:
    return alike(_parts(a, 4 * TRAIN)[0], 2 * _parts(a)[0]) and alike(_parts(a)[0].mean(), 0.0)


@claim(Q, "test-not-centred")
def _test_not_centred(a: Any) -> bool:
    test = _parts(a)[1]
    return alike(test, TEST * _slope(TEST, test))


@claim(Q, "test-not-scaled")
def _test_not_scaled(a: Any) -> bool:
    test = _parts(a)[1]
    return alike(_slope(TEST, test), 1.0) and not alike(test, TEST)


@claim(Q, "float64-returned")
def _float64_returned(a: Any) -> bool:
    return all(part.dtype is torch.float64 for part in a.standardise(TRAIN.float(), TEST.float()))


@claim(Q, "images-only")
def _images_only(a: Any) -> bool:
    a.standardise(TRAIN.view(-1, 1, 28, 28).clone(), TEST.view(-1, 1, 28, 28).clone())
    try:
        a.standardise(TRAIN.clone(), TEST.clone())
    except (IndexError, RuntimeError):
        return True
    return False


@claim(Q, "numbers-swapped")
def _numbers_swapped(a: Any) -> bool:
    return alike(_parts(a)[0] * TRAIN.mean(), TRAIN - TRAIN.std(), 1e-2)

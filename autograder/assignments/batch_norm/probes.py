"""What the hidden tests try out beside the student's functions and layer.

Where one of them uses the notebook's ``batch_norm``, it may also be tried with a right one in its place.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F


def batch_norm(x: Any, gamma: Any, beta: Any, eps: float = 1e-5) -> Any:
    """A right one: torch's own."""
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


@contextmanager
def _in_place_of_own(right: Any, answer: Any) -> Iterator[None]:
    """Let ``right`` stand for the notebook's own batch_norm, as far as the answer uses one."""
    names = _names_of(answer) if right is not None else {}
    own = names.get("batch_norm")
    if not callable(own):
        yield
        return

    def instead(*arguments: Any, **options: Any) -> Any:
        try:
            return right(*arguments, **options)
        except TypeError:  # the notebook's own takes something else
            return own(*arguments, **options)

    names["batch_norm"] = instead
    try:
        yield
    finally:
        names["batch_norm"] = own


def _names_of(answer: Any) -> dict[str, Any]:
    """Return the namespace that a function, or the methods of a class, look names up in."""
    if isinstance(answer, type):
        found = [part for kind in answer.__mro__[:-1] for part in vars(kind).values()]
    else:
        found = [getattr(answer, "__wrapped__", answer)]
    spaces = (getattr(part, "__globals__", None) for part in found)
    return next((names for names in spaces if isinstance(names, dict) and "batch_norm" in names), {})


# --- batch_norm and its gradient -----------------------------------------------------------------------------------


def backward(batch_norm: Any, x: Any, gamma: Any, beta: Any, eps: float, dy: Any) -> dict[str, Any]:
    """The gradients, by autograd, of the sum of batch_norm(x, gamma, beta, eps) * dy."""
    with torch.enable_grad():
        leaves = [value.clone().requires_grad_() for value in (x, gamma, beta)]
        y = batch_norm(*leaves, eps)
    return dict(zip(("dx", "dgamma", "dbeta"), _gradients(y, leaves, dy), strict=True))


def gradient(batch_norm_grad: Any, dy: Any, x: Any, gamma: Any, eps: list[float], batch_norm: Any) -> Any:
    """batch_norm_grad(dy, x, gamma, eps), with a right batch_norm in the place of the notebook's."""
    with _in_place_of_own(batch_norm, batch_norm_grad):
        return batch_norm_grad(dy, x, gamma, *eps)


def _gradients(y: Any, leaves: list[Any], dy: Any) -> list[Any]:
    """Return the gradients of (y * dy).sum(): zeros where there is none."""
    found: list[Any] = [None] * len(leaves)
    if y.requires_grad:
        with torch.enable_grad():
            loss = (y * dy.to(y.dtype)).sum()
        found = list(torch.autograd.grad(loss, leaves, allow_unused=True))
    return [torch.zeros_like(x) if dx is None else dx for dx, x in zip(found, leaves, strict=True)]


# --- The layer -----------------------------------------------------------------------------------------------------


def _layer(BatchNorm: Any, x: Any, settings: list[float]) -> Any:
    """Return a new layer for batches like x, in their dtype."""
    layer = BatchNorm(x.shape[1], *settings)
    return layer.double() if x.dtype is torch.float64 else layer


def _in_use(BatchNorm: Any, x: Any, settings: list[float], evaluated_before: bool) -> Any:
    """Return a layer that was called in training, or a new one where it can't be: that is another test's business."""
    new, layer = _layer(BatchNorm, x, settings), _layer(BatchNorm, x, settings)
    try:
        with _in_place_of_own(batch_norm, BatchNorm):
            if evaluated_before:
                layer.eval()
                layer(x)
                layer.train()
            layer(torch.cat([x, 2 * x + 1]))
        whole = all(getattr(layer, name).shape == getattr(new, name).shape for name in ("mean", "var"))
    except Exception:
        return new
    return layer if whole else new


def _numbers(value: Any) -> Any:
    return value.detach().clone().reshape(-1)


def _set(layer: Any, **values: Any) -> None:
    """Write numbers into parameters and buffers, whatever their shape."""
    for name, numbers in values.items():
        own = getattr(layer, name)
        own.copy_(numbers.reshape(own.shape))


def normalised(BatchNorm: Any, batches: list[Any], settings: list[float], batch_norm: Any = None) -> list[Any]:
    """A new layer BatchNorm(features, *{settings}), called in training with {batches:len} batches in turn."""
    with _in_place_of_own(batch_norm, BatchNorm):
        layer = _layer(BatchNorm, batches[0], settings)
        return [layer(x).detach().clone() for x in batches]


def scaled(BatchNorm: Any, x: Any, gamma: Any, beta: Any, training: bool, batch_norm: Any = None) -> dict[str, Any]:
    """Two layers, one of them with these gamma and beta, called with x (in training: {training}).

    In evaluation both have a mean and a var of their own, if they have any.
    """
    with _in_place_of_own(batch_norm, BatchNorm):
        one, other = _layer(BatchNorm, x, []), _layer(BatchNorm, x, [])
        _set(other, gamma=gamma, beta=beta)
        for layer, (name, first) in itertools.product((one, other), (("mean", 0.5), ("var", 4.0))):
            own = None if training else getattr(layer, name, None)
            if isinstance(own, torch.Tensor) and own.numel() == x.shape[1]:
                _set(layer, **{name: first + torch.arange(x.shape[1])})
        return {"plain": one.train(training)(x).detach(), "scaled": other.train(training)(x).detach()}


def layer_backward(
    BatchNorm: Any, x: Any, dy: Any, settings: list[float], training: bool, batch_norm: Any = None
) -> dict[str, Any]:
    """The gradients, by autograd, of the sum of BatchNorm(features, *{settings})(x) * dy (in training: {training})."""
    with _in_place_of_own(batch_norm, BatchNorm), torch.enable_grad():
        layer = _layer(BatchNorm, x, settings).train(training)
        leaves = [x.clone().requires_grad_(), layer.gamma, layer.beta]
        dx, dgamma, dbeta = _gradients(layer(leaves[0]), leaves, dy)
    return {"dx": dx, "dgamma": _numbers(dgamma), "dbeta": _numbers(dbeta)}


def running(
    BatchNorm: Any, batches: list[Any], settings: list[float], statistic: str, batch_norm: Any = None
) -> list[Any]:
    """A new layer BatchNorm(features, *{settings}): its {statistic} after each of {batches:len} batches in training."""
    with _in_place_of_own(batch_norm, BatchNorm), torch.enable_grad():
        layer = _layer(BatchNorm, batches[0], settings)
        found = []
        for x in batches:
            layer(x)
            found.append(_numbers(getattr(layer, statistic)))
        return found


def var_far(BatchNorm: Any, x: Any, offset: float, batch_norm: Any = None) -> Any:
    """The var of BatchNorm(features, 0.5) after x + {offset} in training, divided by that of another one after x."""
    near, far = (_layer(BatchNorm, x, [0.5]) for _ in range(2))
    with _in_place_of_own(batch_norm, BatchNorm):
        near(x)
        far(x + offset)
    return _numbers(far.var) / _numbers(near.var)


def evaluated(BatchNorm: Any, x: Any, mean: Any, var: Any, settings: list[float], before: bool) -> Any:
    """A layer BatchNorm(features, *{settings}), called in training and given these mean and var: x in evaluation.

    Whether it was called in evaluation before that, too: {before}.
    """
    layer = _in_use(BatchNorm, x, settings, before)
    _set(layer, mean=mean, var=var)
    layer.eval()
    return layer(x).detach()


def left_alone(BatchNorm: Any, x: Any, mean: Any, var: Any) -> dict[str, Any]:
    """A new layer with these mean and var, called with x in evaluation, and back in training: its buffers then."""
    layer = _layer(BatchNorm, x, [])
    _set(layer, mean=mean, var=var)
    others = {name: value.clone() for name, value in layer.named_buffers() if name not in ("mean", "var")}
    layer.eval()
    layer(x)
    layer.train()
    own = dict(layer.named_buffers())
    unchanged = all(name in own and torch.equal(own[name], value) for name, value in others.items())
    return {"mean": _numbers(layer.mean), "var": _numbers(layer.var), "other buffers as before": unchanged}


def recorded_or_not(BatchNorm: Any, x: Any) -> dict[str, bool]:
    """New layers called with x where gradients are recorded and where they aren't: do they keep the same?"""
    both, modes = torch.cat([x, 2 * x + 1]), {"in training": True, "in evaluation": False}
    return {name: _is_kept_alike(BatchNorm, both, training) for name, training in modes.items()}


def _is_kept_alike(BatchNorm: Any, x: Any, training: bool) -> bool:
    """Whether it makes no difference to mean and var; true where it can't be found out: another test's business."""
    with_it, without = _layer(BatchNorm, x, []).train(training), _layer(BatchNorm, x, []).train(training)
    try:
        with _in_place_of_own(batch_norm, BatchNorm):
            without(x)
            with torch.enable_grad():
                with_it(x)
        return _same_statistics(with_it, without)
    except Exception:
        return True


def _same_statistics(one: Any, other: Any) -> bool:
    pairs = ((_numbers(getattr(one, name)), _numbers(getattr(other, name))) for name in ("mean", "var"))
    return all(torch.allclose(*pair, rtol=1e-4, atol=1e-5, equal_nan=True) for pair in pairs)


def own_numbers(BatchNorm: Any, features: int) -> dict[str, Any]:
    """The parameters of a new layer for {features} features, by name."""
    return {name: _numbers(value) for name, value in BatchNorm(features).named_parameters()}


def saved(BatchNorm: Any, mean: Any, var: Any) -> dict[str, Any]:
    """The state_dict() of a new layer with these mean and var, and what another one does that has loaded it."""
    layer, other = BatchNorm(len(mean)), BatchNorm(len(mean))
    start = {name: _numbers(getattr(other, name)) for name in ("mean", "var")}
    _set(layer, mean=mean, var=var)
    state = layer.state_dict()
    other.load_state_dict(state)
    loaded = {name: _numbers(getattr(other, name)) for name in ("mean", "var")}
    return {
        "at the start": start,
        "saved": [name for name in ("gamma", "beta", "mean", "var") if name in state],
        "parameters": [name for name, _ in layer.named_parameters() if name in ("mean", "var")],
        "loaded": loaded,
        "both go on alike in training": _goes_on(layer, other, torch.stack([mean, mean + 1, 2 * mean - 1])),
    }


def _goes_on(layer: Any, other: Any, x: Any) -> bool:
    """Whether another layer that loads what one has after a batch goes on as that one does.

    True where they can't be trained: that is another test's business.
    """
    try:
        with _in_place_of_own(batch_norm, type(layer)):
            layer(2 * x + 1)
            other.load_state_dict(layer.state_dict())
            layer(x)
            other(x)
        return _same_statistics(layer, other)
    except Exception:
        return True


def shapes(BatchNorm: Any, batches: list[Any], batch_norm: Any = None) -> dict[str, bool]:
    """Whether a layer's mean and var have the shapes that they began with after {batches:len} batches in training."""
    with _in_place_of_own(batch_norm, BatchNorm):
        layer = _layer(BatchNorm, batches[0], [])
        before = {name: getattr(layer, name).shape for name in ("mean", "var")}
        for x in batches:
            layer(x)
        return {name: getattr(layer, name).shape == shape for name, shape in before.items()}


def graph(BatchNorm: Any, batches: list[Any], batch_norm: Any = None) -> dict[str, bool]:
    """Whether a layer's buffers belong to a graph after {batches:len} batches in training."""
    with _in_place_of_own(batch_norm, BatchNorm), torch.enable_grad():
        layer = _layer(BatchNorm, batches[0], [])
        for x in batches:
            layer(x.clone().requires_grad_())
        return {name: getattr(layer, name).requires_grad for name in ("mean", "var")}


def copied(BatchNorm: Any, batches: list[Any], batch_norm: Any = None) -> dict[str, Any]:
    """A layer and its copy.deepcopy, which alone is called with the last of {batches:len} batches in training."""
    with _in_place_of_own(batch_norm, BatchNorm), torch.enable_grad():
        layer = _layer(BatchNorm, batches[0], [])
        for x in batches[:-1]:
            layer(x.clone().requires_grad_())  # what a layer keeps of a graph can't be copied
        for name in ("mean", "var"):
            if getattr(layer, name).grad_fn is not None:  # another test's business
                setattr(layer, name, getattr(layer, name).detach())
        before, other = _numbers(layer.mean), copy.deepcopy(layer)
        start = _numbers(other.mean)
        other(batches[-1])
    return {
        "a copy has other buffers": other.mean is not layer.mean,
        "the copy starts with the same": torch.equal(start, before),
        "the first keeps its own": torch.equal(_numbers(layer.mean), before),
    }


def doubled(BatchNorm: Any, batches: list[Any], batch_norm: Any = None) -> dict[str, Any]:
    """A layer after .double(): what it makes of {batches:len} batches in training, and what mean and var are then."""
    with _in_place_of_own(batch_norm, BatchNorm):
        plain, layer = _layer(BatchNorm, batches[0], []), BatchNorm(batches[0].shape[1]).double()
        outputs = [layer(x.double()).detach() for x in batches]
        for x in batches:
            plain(x)
        largest = max(float(x.abs().max()) for x in batches)
        kept: dict[str, bool] = {}
        for name in ("mean", "var"):
            one, other = (_numbers(getattr(made, name)).double() for made in (layer, plain))
            room = 1e-3 * max(largest, float(other.abs().max()))
            kept[name] = one.shape == other.shape and bool(((one - other).abs() <= room).all())
        return {
            "y": outputs,
            "mean": str(layer.mean.dtype),
            "var": str(layer.var.dtype),
            "kept as without .double()": kept,
        }


def input_after(BatchNorm: Any, x: Any, training: bool, batch_norm: Any = None) -> dict[str, Any]:
    """What a new layer returns for x, and x afterwards (in training: {training})."""
    with _in_place_of_own(batch_norm, BatchNorm):
        given, layer = x.clone(), _layer(BatchNorm, x, [])  # the clone lies in memory as x does
        y = layer.train(training)(given)
        numbers = torch.as_tensor(y).detach().reshape(-1)
        varies = bool(((numbers - numbers[0]).abs() > 0).any())  # NaN doesn't
        return {"the same tensor": y is given, "it isn't a constant": varies, "x": given.clone()}

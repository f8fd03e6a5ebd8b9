"""What the hidden tests try out beside the student's conv_net and evaluate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

# --- conv_net ------------------------------------------------------------------------------------------------------


class Norm(nn.Module):
    """Takes the place of a normalising layer: y = 2·x + ``shift``, which changes with the channel.

    From its third call on the shift grows: it is called twice (see ``_filled``) where it stands in one block alone.
    """

    def __init__(self, features: int, shift: float) -> None:
        super().__init__()
        self.features, self.shift, self.calls = features, shift, 0

    def forward(self, x: Any) -> Any:
        """Scale and shift each channel."""
        steps = torch.arange(self.features, dtype=x.dtype).view(1, -1, 1, 1) + 1
        self.calls += 1
        return 2 * x + self.shift * steps * max(1, self.calls - 1)


class LearntNorm(nn.Module):
    """Takes the place of a normalising layer: with numbers to be learnt, which it starts with and doesn't use."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.numbers = nn.Parameter(torch.arange(features) + 0.5)

    def forward(self, x: Any) -> Any:
        """Return x."""
        return x


def _filled(network: Any, least: float, x: Any, biases: bool = True) -> Any:
    """Give a network float64 weights from ``least`` to 1 that follow from the shapes of the parameters alone.

    Without ``biases`` vectors are 0: what a network has more or less of them makes no difference.
    """
    network = network.double()
    network(x)  # layers that find out their sizes do it now
    for values in network.parameters():
        numbers = torch.Generator().manual_seed(values.numel() * 8 + values.dim())
        drawn = torch.rand(values.shape, generator=numbers, dtype=torch.float64)
        values.copy_((least + (1 - least) * drawn) / math.sqrt(max(1, values[0].numel())))
        if values.dim() == 1 and not biases:
            values.zero_()
    return network


def logits(conv_net: Any, channels: list[int], x: Any, least: float, biases: bool) -> Any:
    """The output of conv_net({channels}) for images x, weights from {least} to 1, biases too: {biases}."""
    return _filled(conv_net(channels), least, x, biases)(x)


def logits_of_tuple(conv_net: Any, channels: list[int], x: Any, least: float, biases: bool) -> Any:
    """The output of conv_net(channels) for images x, with the tuple of the channels {channels}."""
    return _filled(conv_net(tuple(channels)), least, x, biases)(x)


def logits_with_norm(conv_net: Any, channels: list[int], x: Any, least: float, shift: float) -> Any:
    """The output of conv_net({channels}, norm) for images x, with a norm that is 2 * x + {shift} * (channel + 1)."""

    def norm(features: int) -> Norm:
        return Norm(features, shift)

    return _filled(conv_net(channels, norm), least, x, biases=False)(x)


def made(conv_net: Any, channels: list[int]) -> list[int]:
    """What norm was called with by conv_net({channels}, norm), in order of size."""
    asked: list[int] = []

    def norm(features: int) -> Norm:
        asked.append(features)
        return Norm(features, 0.0)

    conv_net(channels, norm)
    return sorted(asked)


def _with_norms(conv_net: Any, channels: list[int]) -> tuple[Any, list[LearntNorm]]:
    """Return conv_net(channels, norm), and what norm returned."""
    norms: list[LearntNorm] = []

    def norm(features: int) -> LearntNorm:
        norms.append(LearntNorm(features))
        return norms[-1]

    return conv_net(channels, norm), norms


def parts(conv_net: Any, channels: list[int]) -> dict[str, bool]:
    """Whether what norm returns is a part of conv_net({channels}, norm): its parameters, and its mode after eval()."""
    network, norms = _with_norms(conv_net, channels)
    network(torch.zeros(2, 1, 4, 4))  # layers that find out their sizes do it now
    known = {id(values) for values in network.parameters()}
    network.eval()
    return {
        "its parameters are the network's": all(id(one.numbers) in known for one in norms),
        "eval() reaches it": not any(one.training for one in norms),
    }


def shapes(conv_net: Any, channels: list[int], x: Any) -> dict[str, list[list[int]]]:
    """The shapes of all parameters of conv_net({channels}), in order of size, without a norm and with one."""
    networks = {"without norm": conv_net(channels), "with norm": conv_net(channels, lambda c: Norm(c, 0.0))}
    for network in networks.values():
        network.double()(x)
    return {name: sorted(list(w.shape) for w in network.parameters()) for name, network in networks.items()}


def starts(conv_net: Any, channels: list[int]) -> dict[str, bool]:
    """The weights of two networks conv_net({channels}) and of one with a norm, as they are at the start."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        plain = [conv_net(channels), conv_net(channels)]
        normed, norms = _with_norms(conv_net, channels)
        networks = [*plain, normed]
        for network in networks:
            network(torch.zeros(2, 1, 4, 4))  # layers that find out their sizes do it now
    own = [one.numbers for one in norms]
    first, second, third = ([w.detach() for w in network.parameters() if w.dim() > 1] for network in networks)
    sizes = [float(w.abs().max()) * math.sqrt(w[0].numel()) for w in (*first, *second, *third)]
    biases = [b for network in plain for b in network.parameters() if b.dim() == 1]
    return {
        "there are weights": bool(sizes),
        "the second network's weights are new": not any(map(torch.equal, first, second)),
        "they lie within torch's bounds": all(0.5 < size <= 1.0001 for size in sizes),
        "biases are random, too": not any(len(b) > 1 and bool((b == b[0]).all()) for b in biases),
        "what norm returned is as it was": all(torch.equal(w, torch.arange(len(w)) + 0.5) for w in own),
    }


# --- evaluate ------------------------------------------------------------------------------------------------------


class Notes(list[bool]):
    """What a model notes of its calls. A copy of the model writes into the same notes."""

    def __deepcopy__(self, memo: Any) -> Any:
        return self


class Model(nn.Module):
    """A linear model of rows, or of images of one column; notes how it is called. Its parts have modes, too."""

    def __init__(self, w: Any, of_images: bool = False) -> None:
        super().__init__()
        self.w, self.part = nn.Parameter(w.clone()), nn.Dropout(0.5)
        self.blocks = nn.Sequential(nn.Sequential(nn.Dropout(0.5)))
        self.frozen = nn.Parameter(torch.zeros(()), requires_grad=False)
        self.of_images = of_images
        self.modes = Notes()  # whether a part of it was in training, in each call
        self.graphs = Notes()  # whether a graph was recorded, in each call
        self.w.grad = torch.ones_like(w)

    def forward(self, X: Any) -> Any:
        """Return logits, the same in both modes."""
        made = (X[:, 0, :, 0] if self.of_images else X) @ self.w
        self.modes.append(any(one.training for one in self.modules()))
        self.graphs.append(made.requires_grad)
        return made


class Loader:
    """Batches that can be gone through and nothing else; counts how often."""

    def __init__(self, batches: list[Any]) -> None:
        self.batches, self.passes = batches, 0

    def __iter__(self) -> Iterator[Any]:
        self.passes += 1
        return iter([tuple(batch) for batch in self.batches])


def loss_func(logits: Any, y: Any) -> Any:
    """The mean of a loss over a batch."""
    return 2 * F.cross_entropy(logits, y)


def measured(evaluate: Any, w: Any, batches: list[Any]) -> Any:
    """evaluate(model, loss_func, loader) for logits X @ w and a loader with {batches:len} batches (X, y)."""
    return evaluate(Model(w).eval(), loss_func, [tuple(batch) for batch in batches])


def passes(evaluate: Any, w: Any, batches: list[Any]) -> dict[str, Any]:
    """evaluate(model, loss_func, loader) with a loader that has no length, of images X: was it gone through again?"""
    loader = Loader([(X[:, None, :, None], y) for X, y in batches])
    back = evaluate(Model(w, of_images=True).eval(), loss_func, loader)
    return {"back": back, "gone through": loader.passes > 0, "gone through again": loader.passes > 1}


def modes(evaluate: Any, w: Any, batches: list[Any], training: bool) -> dict[str, Any]:
    """evaluate(model, loss_func, loader) with a model whose .training was {training}: its modes."""
    model = Model(w).train(training)
    evaluate(model, loss_func, [tuple(batch) for batch in batches])
    return {
        "called": bool(model.modes),
        "in training when called": sorted(set(model.modes)),
        "afterwards": [one.training for one in model.modules()],
    }


def traces(evaluate: Any, w: Any, batches: list[Any]) -> dict[str, Any]:
    """evaluate(model, loss_func, loader) where gradients are recorded, and what is left of it in model and batches."""
    seen: list[bool] = []

    def noting(logits: Any, y: Any) -> Any:
        seen.append(logits.requires_grad)
        return loss_func(logits, y)

    given, again = ([(X.clone(), y.clone()) for X, y in batches] for _ in range(2))
    with torch.enable_grad():
        model = Model(w).eval()
        evaluate(model, noting, given)
        recorded = torch.is_grad_enabled()
    with torch.no_grad():
        evaluate(Model(w).eval(), loss_func, again)
        switched_on = torch.is_grad_enabled()
    return {
        "called": bool(seen),
        "graph": any(seen) or any(model.graphs),
        "grad": model.w.grad,
        "requires_grad": [model.w.requires_grad, model.frozen.requires_grad],
        "batches": all(
            torch.equal(*both) for own, old in zip(given, batches, strict=True) for both in zip(own, old, strict=True)
        ),
        "recorded afterwards": recorded,
        "recorded afterwards though not before": switched_on,
    }

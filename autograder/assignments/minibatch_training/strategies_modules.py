"""Hypothesis strategies for what is set on modules, written as lines (see ``probes_modules``), and for Sequentials."""

from __future__ import annotations

import functools
import random

from hypothesis import strategies as st

from .probes_modules import AGAIN

# Not in the order of the alphabet: nobody gets the order of registration right by sorting.
NAMES = ("first", "b", "a", "zeta", "layer", "c2", "out", "mid")
SEEDS = st.integers(0, 10_000)


@functools.cache
@st.composite
def own_parameters(draw: st.DrawFn) -> list[str]:
    """Draw a module with nothing but parameters of its own."""
    names = draw(st.permutations(NAMES[:4]))[: draw(st.integers(1, 4))]
    kinds = draw(st.lists(st.sampled_from(["Parameter", "Parameter", "frozen Parameter"]), min_size=4, max_size=4))
    return [f"{name} = {kind}" for name, kind in zip(names, kinds, strict=False)]


@functools.cache
@st.composite
def flat(draw: st.DrawFn) -> list[str]:
    """Draw a module whose layers are torch's, all directly on it."""
    names = draw(st.permutations(NAMES[:4]))[: draw(st.integers(1, 4))]
    some = ["Linear", "Pair", "ReLU", "Linear without bias", "GRUCell", "deep Dropout"]
    kinds = draw(st.lists(st.sampled_from(some), min_size=4, max_size=4))
    return [f"{names[0]} = Linear", *(f"{name} = {kind}" for name, kind in zip(names[1:], kinds, strict=False))]


@functools.cache
@st.composite
def nested(draw: st.DrawFn) -> list[str]:
    """Draw a module with modules in it, up to four levels deep; the smallest has one, with one layer or parameter."""
    count, dice = draw(st.integers(1, 6)), random.Random(draw(SEEDS))
    return _nested(count, dice)


def _nested(count: int, dice: random.Random) -> list[str]:
    lines, modules = [f"inner = {dice.choice(['Module', 'Module', 'twin Module'])}"], ["inner."]
    inside = dice.choice(["w = Parameter", "layer = Linear"])
    lines.append(f"inner.{inside}")
    with_parameters = {"inner."} if "Parameter" in inside else set()  # own parameters and submodules are not mixed
    for number in range(count - 1):
        parent = dice.choice(["", *modules])
        name = f"{dice.choice(NAMES)}{number}"
        if parent in with_parameters:
            lines.append(f"{parent}{name} = Parameter")
            continue
        kind = dice.choice(["Linear", "Module", "Module", "Module", "Pair", "deep Dropout"])
        lines.append(f"{parent}{name} = {kind}")
        if kind == "Module" and parent.count(".") < 3:
            path = f"{parent}{name}."
            modules.append(path)
            if dice.random() < 0.4:
                with_parameters.add(path)
                lines.append(f"{path}w = Parameter")
    return lines


@functools.cache
@st.composite
def shared(draw: st.DrawFn) -> list[str]:
    """Draw a module in which a layer, a module or a parameter can be reached in two ways or more."""
    dice, kind = random.Random(draw(SEEDS)), draw(st.integers(0, 4))
    if kind == 0:
        return ["a = Linear", "b = a", *dice.choice([[], ["c = Linear"], ["d = a"], ["c = Linear", "d = a"]])]
    if kind == 1:
        return ["w = Parameter", *dice.choice([[], ["v = Parameter"], ["u = w"]]), "t = w"]
    if kind == 2:
        return ["inner = Module", "inner.w = Parameter", "other = Module", "other.w = inner.w", "last = inner"]
    if kind == 3:
        first = dice.choice([["a = Linear"], ["inner = Module", "inner.x = Linear"]])
        return [*first, f"b = Linear with {first[-1].split()[0]}.weight", *dice.choice([[], ["c = Linear"]])]
    return ["inner = Module", "inner.layer = Linear", "copy = inner.layer", "other = Module", "other.x = inner"]


@functools.cache
@st.composite
def replaced(draw: st.DrawFn) -> list[str]:
    """Draw a module on which a name is assigned to again: another layer takes the place of the first."""
    names = draw(st.permutations(NAMES[:4]))[: draw(st.integers(1, 4))]
    again = draw(st.integers(0, len(names) - 1))
    kind = draw(st.sampled_from(["Linear", "Pair", "Parameter"]))
    if kind == "Parameter":
        return [*(f"{name} = Parameter" for name in names), f"{names[again]} = Parameter"]
    return [*(f"{name} = Linear" for name in names), f"{names[again]} = {kind}"]


@functools.cache
@st.composite
def taken_out(draw: st.DrawFn) -> list[str]:
    """Draw a module on which a name is set to None; a layer of that name may come again, or have a second name."""
    names = draw(st.permutations(NAMES[:4]))[: draw(st.integers(2, 4))]
    kind = draw(st.sampled_from(["Linear", "Parameter"]))
    gone, what = names[draw(st.integers(0, len(names) - 1))], draw(st.integers(0, 3))
    if what == 2:  # alone: where the new one goes is free
        return [f"{gone} = {kind}", f"{gone} = None", f"{gone} = {kind}"]
    second = [f"{NAMES[4]} = {gone}"] if what == 3 else []
    return [*(f"{name} = {kind}" for name in names), *second, f"{gone} = None"]


@functools.cache
@st.composite
def with_others(draw: st.DrawFn) -> list[str]:
    """Draw a module that has ordinary attributes, too: a list of layers, a number, a text, a tensor."""
    kind = draw(st.sampled_from(["Linear", "Parameter"]))
    others = ["[Linear, Linear]", "3", "text", "tensor", "[Parameter]", "tensor with a gradient", "class ReLU", "None"]
    chosen = draw(st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True))
    lines = [f"x{number} = {other}" for number, other in enumerate(chosen)]
    at = draw(st.integers(0, len(lines)))
    return [*lines[:at], f"own = {kind}", *lines[at:]]


ASKED = st.sampled_from(
    [["eval()"], ["train()"], ["eval()", "train()"], ["train(False)"], ["eval()", "train(True)"],
     ["train(False)", "train()"], ["eval()", "eval()"]]
)  # fmt: skip
SWITCHES = st.sampled_from(["eval()", "train(False)", "train()", "train(True)"])
LAYERS = ("Linear", "function", "ReLU", "torch.tanh", "Module", "Sequential")


@functools.cache
def layers(least: int = 1, kinds: tuple[str, ...] = LAYERS) -> st.SearchStrategy[list[str]]:
    """Draw the layers of a Sequential, the first of which may come again."""
    some = st.lists(st.sampled_from((*kinds, AGAIN)), min_size=least, max_size=5)
    return some.map(lambda drawn: ["Linear" if kind == AGAIN and not at else kind for at, kind in enumerate(drawn)])

"""What the hidden tests try out with a student's Module and Sequential.

This runs beside a student's code, as it stands here. Objects that are set on a module, one after another, are written
as lines: ``"a = Linear"``, ``"b.c = Parameter"``, ``"d = a"`` (the same object again), ``"a = None"``; ``"b = Module"``
is an empty module of the student's, ``"twin Module"`` one of the same class as the whole. The layers of a Sequential
are written as words.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch
from torch import nn

MANY = 400  # of what may be endless
AGAIN = "the first again"  # of a Sequential's layers


class RightModule:
    """Torch's own, with the interface of the assignment's."""

    def __init__(self) -> None:
        object.__setattr__(self, "_torch", nn.Module())

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, of torch's module as well."""
        within = value._torch_module() if isinstance(value, RightModule) else value
        setattr(self._torch_module(), name, within)
        if name != "training":
            object.__setattr__(self, name, value)

    def _torch_module(self) -> Any:
        if "_torch" not in self.__dict__:
            raise AttributeError("nothing can be set before Module's __init__ has been called")
        return self.__dict__["_torch"]

    def __call__(self, *inputs: Any) -> Any:
        """Return what forward makes of the inputs."""
        return getattr(self, "forward")(*inputs)  # noqa: B009

    @property
    def training(self) -> Any:
        """The mode."""
        return self._torch_module().training

    def parameters(self) -> Any:
        """All parameters."""
        return self._torch_module().parameters()

    def train(self, mode: bool = True) -> Any:
        """Set the mode."""
        self._torch_module().train(mode)
        return self

    def eval(self) -> Any:
        """Set the mode of evaluation."""
        return self.train(False)


@contextmanager
def _based_on(answer: Any, Module: Any) -> Iterator[None]:
    """Have a class inherit from this Module, which may be the one it has already."""
    functions = [value for value in vars(answer).values() if inspect.isfunction(value)]
    names = functions[0].__globals__ if functions else {}
    before, bases = names.get("Module"), answer.__bases__
    if before in bases:
        names["Module"] = Module
        answer.__bases__ = tuple(Module if base is before else base for base in bases)
    try:
        yield
    finally:
        if before in bases:
            names["Module"], answer.__bases__ = before, bases


# --- Module ---------------------------------------------------------------------------------------------------------


class _Built:
    """A module of the student's on which the objects of some lines were set, with names for all parts of it."""

    def __init__(self, Module: Any, lines: list[str]) -> None:
        class Net(Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()

            def forward(self, x: Any) -> Any:
                return x

        class Block(Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()

        self._kinds = {"Module": Block, "twin Module": Net}
        self.net = Net()
        self.labels: dict[int, str] = {}  # of parameters, by identity
        self.modules: dict[str, Any] = {"the module": self.net}
        self.given: list[tuple[str, Any]] = []  # what was set last under each path
        self._all: list[Any] = []  # that was ever set: another object may get the identity of one that is gone
        for line in lines:
            self.set(*line.split(" = "))

    def set(self, path: str, what: str) -> None:
        *above, name = path.split(".")
        target = self.net
        for step in above:
            target = getattr(target, step)
        value = self._known(what)
        self._all.append(value)
        self._label(path, value)
        setattr(target, name, value)
        self.given = [(known, one) for known, one in self.given if known != path] + [(path, value)]

    def _known(self, what: str) -> Any:
        earlier = dict(self.given)
        if what.startswith("Linear with "):
            layer, owner = nn.Linear(2, 2), what.removeprefix("Linear with ").removesuffix(".weight")
            layer.weight = earlier[owner].weight
            return layer
        return earlier[what] if what in earlier else self._made(what)

    def _made(self, what: str) -> Any:
        if what in self._kinds:
            return self._kinds[what]()
        if what.startswith("["):
            return [self._made(one) for one in what[1:-1].split(", ")]
        makers: dict[str, Callable[[], Any]] = {
            "Linear": lambda: nn.Linear(2, 2),
            "Parameter": lambda: nn.Parameter(torch.zeros(2)),
            "Dropout": lambda: nn.Dropout(),
            "ReLU": lambda: nn.ReLU(),
            "Pair": lambda: nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1).requires_grad_(False)),
            "Linear without bias": lambda: nn.Linear(2, 2, bias=False),
            "GRUCell": lambda: nn.GRUCell(1, 1),
            "deep Dropout": lambda: nn.Sequential(nn.Sequential(nn.Dropout())),
            "class ReLU": lambda: nn.ReLU,
            "None": lambda: None,
            "3": lambda: 3,
            "text": lambda: "text",
            "tensor": lambda: torch.zeros(2),
            "tensor with a gradient": lambda: torch.zeros(2, requires_grad=True),
            "frozen Parameter": lambda: nn.Parameter(torch.zeros(2), requires_grad=False),
        }
        return makers[what]()

    def _label(self, path: str, value: Any) -> None:
        parameters = [("", value)] if isinstance(value, nn.Parameter) else []
        if isinstance(value, tuple(self._kinds.values())):
            self.modules[path] = value
        elif isinstance(value, nn.Module):
            parameters = list(value.named_parameters())
            self.modules.update({f"{path}.{name}".rstrip("."): one for name, one in value.named_modules()})
        for name, parameter in parameters:
            label = f"{path}.{name}".rstrip(".")
            if label in self.labels.values():
                label = f"the new {label}"
            self.labels.setdefault(id(parameter), label)

    def parameters(self, module: Any) -> list[str]:
        return [self.labels.get(id(one), "something else") for one in islice(module.parameters(), MANY)]


def parameters(Module: Any, lines: list[str]) -> Any:
    """These were set on a module, one after another, and it was asked for its parameters twice."""
    built = _Built(Module, lines)
    first = built.parameters(built.net)
    return {"parameters": first, "again": built.parameters(built.net)}


def attributes(Module: Any, lines: list[str]) -> Any:
    """These were set on a module, one after another: it was asked for its parameters, and its attributes were read.

    It was asked before the last of them, too.
    """
    built = _Built(Module, lines[:-1])
    before = built.parameters(built.net)
    built.set(*lines[-1].split(" = "))
    kept = {path: getattr(built.net, path, "nothing") is value for path, value in built.given if "." not in path}
    return {
        "parameters before the last": before,
        "parameters": built.parameters(built.net),
        "reads as what was set": kept,
    }


def modes(Module: Any, lines: list[str], asked: list[str]) -> Any:
    """These were set on a module, one after another; then came {asked}: whether it and its parts are in training."""
    built = _Built(Module, lines)
    for call in asked:
        _switch(built.net, call)
    return {name: getattr(part, "training", "no attribute training") for name, part in built.modules.items()}


def switched(Module: Any, lines: list[str], asked: str) -> Any:
    """These were set on a module, one after another; then came {asked}: what it returned, and the module's mode."""
    built = _Built(Module, lines)
    back = _switch(built.net, asked)
    return {"returned the module": back is built.net, "training": getattr(built.net, "training", None)}


def _switch(module: Any, call: str) -> Any:
    calls = {"train()": (), "train(True)": (True,), "train(False)": (False,)}
    return module.eval() if call == "eval()" else module.train(*calls[call])


def called(Module: Any, inputs: list[Any]) -> Any:
    """A module whose forward hands back what it was given, each tensor doubled, was called with {inputs:len} inputs."""

    class Net(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

        def forward(self, *xs: Any) -> Any:
            return [2 * x for x in xs]

    return Net()(*inputs)


# --- Sequential -----------------------------------------------------------------------------------------------------


def double(x: Any) -> Any:
    """A plain function in a layer's place."""
    return 2 * x


def _layer(what: str, number: int, Sequential: Any, Module: Any, within: list[Any]) -> Any:
    """Return a layer; the module in it, if there is one, is put to those ``within``."""
    if what == "Linear":
        layer = nn.Linear(3, 3, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_((torch.arange(9.0).reshape(3, 3) * (number + 1) % 5 - 2) / 2)
            layer.bias.copy_(torch.arange(3.0) - number)
        return layer
    if what == "Module":

        class Net(Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.inner = _layer("Linear", number + 1, Sequential, Module, [])
                within.append(self.inner)

            def forward(self, x: Any) -> Any:
                return self.inner(x) - 1

        return Net()
    if what == "Sequential":
        within.append(_layer("Linear", number + 2, Sequential, Module, []))
        return Sequential(within[-1], torch.sin)
    return {"function": double, "torch.tanh": torch.tanh, "ReLU": nn.ReLU(), "Dropout": nn.Dropout(0.5)}[what]


def _sequence(Sequential: Any, Module: Any, layers: list[str]) -> tuple[Any, list[Any], list[Any]]:
    """Return a Sequential, its layers, and the modules in these."""
    made: list[Any] = []
    within: list[Any] = []
    for number, what in enumerate(layers):
        made.append(made[0] if what == AGAIN else _layer(what, number, Sequential, Module, within))
    return Sequential(*made), made, within


def through(Sequential: Any, Module: Any, layers: list[str], x: Any) -> Any:
    """A Sequential of {layers} was called with {x:kind}, twice."""
    with _based_on(Sequential, Module):
        sequence, *_ = _sequence(Sequential, Module, layers)
        sequence(x.clone())
        return sequence(x)


def layers_of(Sequential: Any, Module: Any, layers: list[str]) -> Any:
    """A Sequential of {layers}: its length, and which layer stands at each index and comes in each turn of loops.

    The first loop is broken off; the last ones run one in the other.
    """
    with _based_on(Sequential, Module):
        sequence, made, _ = _sequence(Sequential, Module, layers)

        def which(layer: Any) -> Any:
            return next((number for number, one in enumerate(made) if one is layer), "something else")

        at = [which(sequence[i]) for i in range(len(made))]
        for _ in sequence:
            break
        loop = [which(one) for one in islice(sequence, MANY)]
        within = [[which(inner) for inner in islice(sequence, MANY)] for _ in islice(sequence, 2)]
        return {"length": len(sequence), "by index": at, "in a loop": loop, "in a loop within another": within}


def parameters_of(Sequential: Any, Module: Any, layers: list[str]) -> Any:
    """A Sequential of {layers} was asked for its parameters."""
    with _based_on(Sequential, Module):
        sequence, made, _ = _sequence(Sequential, Module, layers)
        labels = {}
        for number, layer in enumerate(made):
            own = layer.parameters() if hasattr(layer, "parameters") else ()
            labels.update({id(one): f"layer {number}, parameter {i}" for i, one in enumerate(islice(own, MANY))})

        class Holder(Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.inner = sequence

        found = {"its own": sequence, "of a module that holds it": Holder()}
        return {
            whose: [labels.get(id(one), "something else") for one in islice(module.parameters(), MANY)]
            for whose, module in found.items()
        }


def modes_of(Sequential: Any, Module: Any, layers: list[str], asked: list[str]) -> Any:
    """A Sequential of {layers}; then came {asked}: whether it, its layers and what is in them are in training."""
    with _based_on(Sequential, Module):
        sequence, *parts = _sequence(Sequential, Module, layers)
        back = [_switch(sequence, call) is sequence for call in asked]
        found = {"itself": getattr(sequence, "training", "no attribute training"), "returned": back}
        for name, some in zip(("layers", "within them"), parts, strict=True):
            found[name] = [getattr(layer, "training", "a function") for layer in some]
        return found

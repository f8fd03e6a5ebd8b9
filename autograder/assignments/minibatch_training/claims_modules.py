"""What the hints about Module and Sequential say, as something that can be found out of an answer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.judge.diagnosis.claims import Claim, mentions

from .claim_tools import by_question, fails
from .wrong_modules import SET_OF_PARAMETERS

X = torch.tensor([[1.0, -2.0]])


def _net(a: Any, /, **attributes: Any) -> Any:
    """Return a module of the answer's with attributes; its forward doubles its inputs."""

    class Net(a.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

        def forward(self, *xs: Any) -> Any:
            return [2 * x for x in xs]

    net = Net()
    for name, value in attributes.items():
        setattr(net, name, value)
    return net


def _found(module: Any) -> list[Any]:
    return list(module.parameters())


def _is(found: list[Any], *wanted: Any) -> bool:
    return len(found) == len(wanted) and all(one is other for one, other in zip(found, wanted, strict=True))


def _parameter() -> nn.Parameter:
    return nn.Parameter(torch.zeros(2))


def _layer() -> nn.Linear:
    return nn.Linear(2, 2)


def _old_one_kept(a: Any) -> bool:
    old = _layer()
    net = _net(a, a=old)
    net.a = _layer()
    return any(one is old.weight for one in _found(net))


def _collected(a: Any) -> bool:
    """Return whether a layer that another module gets later isn't found, and a layer that is replaced still is."""
    inner = _net(a)
    net = _net(a, inner=inner)
    inner.layer = _layer()
    return not _found(net) and _old_one_kept(a)


def _new_one_last(a: Any) -> bool:
    net, new = _net(a, a=_layer(), b=_layer()), _layer()
    net.a = new
    return _found(net)[-1] is new.bias


def _none_ignored(a: Any) -> bool:
    net = _net(a, a=_layer())
    net.a = None
    return len(_found(net)) > 0


def _taken_out(a: Any) -> Any:
    net = _net(a, a=_layer())
    net.a = None
    return net


def _own_class_only(a: Any) -> bool:
    net = _net(a)
    net.inner = type(net)()
    net.inner.w = _parameter()
    return len(_found(net)) == 1 and not _found(_net(a, inner=_net(a, w=_parameter())))


def _order(a: Any, names: str) -> list[int]:
    layers = {name: _layer() for name in names}
    weights = [layers[name].weight for name in names]
    return [i for one in _found(_net(a, **layers)) for i, weight in enumerate(weights) if one is weight]


def _one_pass(a: Any) -> bool:
    net = _net(a, a=_layer())
    return bool(_found(net)) and not _found(net)


def _shared_by_all(a: Any) -> bool:
    _net(a, a=_layer())
    return fails(lambda: _found(_net(a))) or bool(_found(_net(a)))


def _modes(a: Any, *calls: str) -> dict[str, Any]:
    layer, deep = nn.Dropout(), nn.Dropout()
    inner = _net(a, layer=deep)
    middle = _net(a, inner=inner)
    net = _net(a, layer=layer, middle=middle)
    for call in calls:
        getattr(net, call)() if call != "train(False)" else net.train(False)
    parts = {"net": net, "layer": layer, "middle": middle, "inner": inner, "deep": deep}
    return {name: getattr(part, "training", None) for name, part in parts.items()}


def _reached(modes: dict[str, Any]) -> set[str]:
    """Return the parts that are in evaluation mode."""
    return {name for name, training in modes.items() if training is False}


def _listed(a: Any) -> bool:
    return bool(_found(_net(a, own=_parameter(), extra=[_layer()]))[1:])


MODULE: dict[str, Claim] = {
    "layers-not-found": lambda a: not _found(_net(a, a=_layer())),
    "modules-not-found": lambda a: not _found(_net(a, a=_net(a, w=_parameter()))),
    "own-not-found": lambda a: not _found(_net(a, w=_parameter())),
    "one-level": lambda a: not _found(_net(a, a=_net(a, b=_net(a, w=_parameter())))),
    "shared-twice": lambda a: len(_found(_net(a, a=(layer := _layer()), b=layer))) == 4,
    "compared-by-value": lambda a: (
        fails(lambda: _found(_net(a, v=_parameter(), w=nn.Parameter(torch.zeros(3)))))
        or len(_found(_net(a, v=nn.Parameter(torch.zeros(1)), w=nn.Parameter(torch.zeros(1))))) == 1
    ),
    "old-one-kept": _old_one_kept,
    "collected-when-assigned": _collected,
    "new-one-at-the-end": _new_one_last,
    "none-ignored": _none_ignored,
    "everything-registered": lambda a: fails(lambda: _found(_net(a, n=3))) and fails(lambda: _found(_net(a, n="text"))),
    "none-switched": lambda a: fails(lambda: _taken_out(a).eval()) or fails(lambda: _found(_taken_out(a))),
    "none-is-expected": lambda a: fails(lambda: _net(a, skip=None), KeyError),
    "known-by-a-method": lambda a: (
        fails(lambda: _found(_net(a, kind=nn.ReLU))) or fails(lambda: _net(a, kind=nn.ReLU).eval())
    ),
    "own-class-only": _own_class_only,
    "an-input-needed": lambda a: fails(lambda: _net(a)(), TypeError) and not fails(lambda: _net(a)(X)),
    "lists-registered": _listed,
    "names-besides": lambda a: any(not isinstance(one, nn.Parameter) for one in _found(_net(a, w=_parameter()))),
    "weight-and-bias": lambda a: fails(lambda: _found(_net(a, a=nn.ReLU())), AttributeError),
    "tensors-registered": lambda a: len(_found(_net(a, x=torch.zeros(2), w=_parameter()))) == 2,
    "attributes-lost": lambda a: fails(lambda: _net(a, a=_layer()).a),
    "others-lost": lambda a: fails(lambda: _net(a, n=3).n),
    "sorted": lambda a: _order(a, "cab") == [1, 2, 0],
    "last-first": lambda a: _order(a, "cab") == [2, 1, 0],
    "one-pass": _one_pass,
    "shared-by-all": _shared_by_all,
    "training-missing": lambda a: not hasattr(_net(a), "training"),
    "training-false-at-first": lambda a: _net(a).training is False,
    "modes-not-passed-on": lambda a: _reached(_modes(a, "eval")) == {"net"},
    "train-not-passed-on": lambda a: (
        "layer" in _reached(_modes(a, "eval")) and "layer" in _reached(_modes(a, "eval", "train"))
    ),
    "mode-not-handed-on": lambda a: (
        {"net"} == _reached(_modes(a, "train(False)")) and "layer" in _reached(_modes(a, "eval"))
    ),
    "mode-needed": lambda a: fails(lambda: _net(a).train()) and not fails(lambda: _net(a).train(True)),
    "eval-not-passed-on": lambda a: (
        "layer" not in _reached(_modes(a, "eval")) and "layer" in _reached(_modes(a, "train(False)"))
    ),
    "layers-keep-their-mode": lambda a: (
        not {"layer", "deep"} & _reached(_modes(a, "eval")) and "inner" in _reached(_modes(a, "eval"))
    ),
    "modes-one-level": lambda a: "middle" in _reached(_modes(a, "eval")) and "inner" not in _reached(_modes(a, "eval")),
    "mode-ignored": lambda a: _modes(a, "train(False)")["net"] is True,
    "unordered": mentions(SET_OF_PARAMETERS),
    "eval-trains": lambda a: _modes(a, "eval")["net"] is True,
    "modes-return-nothing": lambda a: not any((net := _net(a)) is ask(net) for ask in (a.Module.train, a.Module.eval)),
    "eval-returns-nothing": lambda a: _net(a).eval() is None and _net(a).train() is not None,
    "call-returns-nothing": lambda a: _net(a)(X) is None,
    "one-input": lambda a: fails(lambda: _net(a)(X, X)) and not fails(lambda: _net(a)(X)),
    "inputs-together": lambda a: len(_net(a)(X, X)) == 1,
    "no-call": lambda a: "__call__" not in vars(a.Module),
    "frozen-left-out": lambda a: (
        not _found(_net(a, a=_parameter().requires_grad_(False))) and len(_found(_net(a, a=_parameter()))) == 1
    ),
    "of-torch": lambda a: issubclass(a.Module, nn.Module),
}


def _add(x: Tensor) -> Tensor:
    return x + 1


def _treble(x: Tensor) -> Tensor:
    return 3 * x


def _sequence(a: Any, x: Tensor = X) -> Any:
    """Return what comes out of (x + 1) * 3."""
    return a.Sequential(_add, _treble)(x)


def _gives(value: Any, wanted: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape == wanted.shape and torch.allclose(value, wanted)


def _layers(a: Any) -> tuple[Any, list[Any]]:
    made = [_layer(), _add, _layer(), nn.Dropout()]
    return a.Sequential(*made), made


def _number(a: Any) -> int:
    return len(_found(_layers(a)[0]))


def _own(a: Any) -> Any:
    net = _net(a, inner=_layer())
    type(net).forward = lambda self, x: self.inner(x)
    return net


SEQUENTIAL: dict[str, Claim] = {
    "list-only": lambda a: _number(a) == 0,
    "one-name-for-all": lambda a: _number(a) < 4 and len(_found(a.Sequential(_layer(), _layer()))) == 2,
    "named-by-kind": lambda a: (
        len(_found(a.Sequential(_layer(), _layer()))) == 2
        and len(_found(a.Sequential(_layer(), nn.Bilinear(1, 1, 1)))) == 4
    ),
    "first-registered": lambda a: _is(_found((pair := _layers(a))[0]), pair[1][0].weight, pair[1][0].bias),
    "first-layer-only": lambda a: _gives(_sequence(a), X + 1),
    "last-layer-only": lambda a: _gives(_sequence(a), 3 * X),
    "reversed": lambda a: _gives(_sequence(a), 3 * X + 1),
    "functions-left-out": lambda a: _gives(_sequence(a), X),
    "functions-need-parameters": lambda a: fails(lambda: _sequence(a)) and not fails(lambda: a.Sequential(_layer())(X)),
    "functions-asked": lambda a: (
        fails(lambda: _layers(a)[0].eval(), AttributeError) or fails(lambda: _number(a), AttributeError)
    ),
    "one-list": lambda a: (
        fails(lambda: a.Sequential(_layer(), _layer()), TypeError)
        and not fails(lambda: a.Sequential([_layer(), _layer()]), TypeError)
    ),
    "no-super": lambda a: not mentions(r"super\(\)\.__init__|Module\.__init__")(a),
    "not-a-sequence": lambda a: (
        fails(lambda: len(_layers(a)[0]), TypeError)
        or fails(lambda: _layers(a)[0][0], TypeError)
        or fails(lambda: list(_layers(a)[0]), TypeError)
    ),
    "last-left-out": lambda a: _gives(_sequence(a), X + 1),
    "residual": lambda a: _gives(a.Sequential(_add)(X), 2 * X + 1),
    "parameters-twice": lambda a: (
        (layer := _layer()) is not None and len(_found(a.Sequential(layer, _add, layer))) == 4
    ),
    "switches-return-nothing": lambda a: _layers(a)[0].eval() is None or _layers(a)[0].train() is None,
    "own-mode-forgotten": lambda a: (pair := _layers(a))[0].eval().training is True and pair[1][3].training is False,
    "modes-one-level": lambda a: (
        (inner := nn.Sequential(nn.Dropout())) is not None
        and a.Sequential(inner).eval() is not None
        and (inner.training, inner[0].training) == (False, True)
    ),
    "iterator-kept": lambda a: (
        (net := _layers(a)[0]) is not None and len(list(net)) == len(_layers(a)[1]) and not list(net)
    ),
    "sorted-by-name": lambda a: (
        bool(many := [_layer() for _ in range(12)])
        and (net := a.Sequential(*many))[2] is many[10]
        and net[1] is many[1]
    ),
    "loop-without-end": lambda a: (
        fails(lambda: list(_layers(a)[0]), AttributeError) and not fails(lambda: _layers(a)[0][0])
    ),
    "activation-added": lambda a: _gives(_sequence(a, -X - 5), torch.zeros(1, 2)),
    "all-outputs": lambda a: isinstance(_sequence(a), (list, tuple)) and len(_sequence(a)) >= 2,
    "empty-fails": lambda a: fails(lambda: a.Sequential()(X)),
    "nothing-returned": lambda a: _sequence(a) is None,
    "length-off": lambda a: len(_layers(a)[0]) in (3, 5),
    "length-of-registered": lambda a: len(_layers(a)[0]) == 3,
    "counts-from-one": lambda a: (pair := _layers(a))[0][1] is pair[1][0],
    "item-not-returned": lambda a: _layers(a)[0][0] is None,
    "loop-gives-numbers": lambda a: list(_layers(a)[0]) == [0, 1, 2, 3],
    "modes-own-only": lambda a: (s := _layers(a)[0]).eval() is not None and s[3].training is True,
    "parameters-of-torch-only": lambda a: len(_found(a.Sequential(_own(a)))) == 0 and _number(a) == 4,
    "of-torch": mentions(r"nn\.(Sequential|Module|ModuleList|ModuleDict|ParameterList)\("),
}

CLAIMS = by_question(module=MODULE, sequential=SEQUENTIAL)

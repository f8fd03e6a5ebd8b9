"""What a question can forbid, a row for each category: the names of it that torch and others have.

A question may also forbid single things by their dotted names ("torch.sort", "numpy.argsort").
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, BuiltinMethodType, CodeType, MethodDescriptorType
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Category:
    """A kind of ready-made help. Every name is torch's, but for dotted ones."""

    what: str  # in words
    operators: tuple[str, ...] = ()  # functions, methods and operators that have this in their names
    named: tuple[str, ...] = ()  # those that are called just this
    begin: tuple[str, ...] = ()  # those whose names begin with this
    functional: tuple[str, ...] = ()  # Python functions of torch.nn.functional
    layers: tuple[str, ...] = ()  # classes of torch.nn, when they are made or compute
    made: tuple[str, ...] = ()  # classes of torch.nn, when they are made
    files: tuple[str, ...] = ()  # folders and files below torch's, whose functions are all of this kind
    bases: tuple[str, ...] = ()  # modules whose classes may not be inherited from
    elsewhere: tuple[str, ...] = ()  # functions of other packages, by their dotted names


_LOSSES = (
    *("cross_entropy", "linear_cross_entropy", "nll_loss", "gaussian_nll_loss", "poisson_nll_loss", "kl_div"),
    *("binary_cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss", "multilabel_soft_margin_loss"),
)
_NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "local_response_norm")
_NORM_LAYERS = (
    *("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "LayerNorm", "GroupNorm", "RMSNorm"),
    *("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LocalResponseNorm"),
)

_of_types: Any = type.__dict__

# An operator is of the first kind that its name fits.
CATEGORIES = {
    "autograd": Category(
        "automatic differentiation",
        operators=("_backward",),
        named=("run_backward", "backward", "_make_dual"),
    ),
    "losses": Category(
        "a ready-made loss",
        named=_LOSSES,
        begin=("cross_entropy_loss", "nll_loss", "binary_cross_entropy"),
        functional=_LOSSES,
    ),
    "optimisers": Category(
        "torch.optim",
        begin=("_fused_sgd", "_fused_adam", "_fused_adagrad"),  # not all that is called _fused_
        files=("optim/",),
        bases=("torch.optim",),
    ),
    "softmax": Category(
        "a ready-made softmax, its logarithm, or a logarithm of a sum of exponentials",
        operators=("softmax", "softmin", "logsumexp", "logaddexp", "logcumsumexp", "attention", "transformer_encoder"),
        functional=("softmax", "log_softmax", "softmin", "gumbel_softmax", "multi_head_attention_forward"),
        layers=("Softmax", "LogSoftmax", "Softmin", "Softmax2d", "AdaptiveLogSoftmaxWithLoss", "MultiheadAttention"),
        files=("distributions/",),
        elsewhere=("scipy.special.softmax", "scipy.special.log_softmax", "scipy.special.logsumexp"),
    ),
    "containers": Category(
        "torch.nn's own way of holding layers and parameters",
        made=("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"),
        bases=("torch.nn.modules",),
    ),
    "data": Category("torch.utils.data", files=("utils/data/",), bases=("torch.utils.data",)),
    "normalisation": Category(
        "a ready-made normalisation", operators=_NORMS, functional=_NORMS, layers=_NORM_LAYERS
    ),
}  # fmt: skip


@functools.cache
def category(name: str) -> str:
    """Return which kind of forbidden thing one of torch's operators or functions is; "" for an ordinary one."""
    for key, row in CATEGORIES.items():
        if name in row.named or name.startswith(row.begin) or any(part in name for part in row.operators):
            return key
    return ""


def is_known(entry: str) -> bool:
    """Return whether this can be forbidden: a category, or a dotted name."""
    return entry in CATEGORIES or (not entry.startswith(".") and "." in entry.strip("."))


@dataclass(frozen=True)
class Sought:
    """What a watch looks for: rows of the table and single names."""

    entries: frozenset[str]
    codes: dict[int, tuple[str, str]]  # Python functions of torch's: (entry, name for people), by the id of their code
    layers: dict[int, str]  # entry by the id of the code of a layer's ``forward``
    made: dict[int, str]  # entry by the id of the code of a layer's or container's ``__init__``
    files: dict[str, str]  # entry by the beginning of a path below torch's folder
    single: dict[str, list[str]]  # dotted names by their last part
    operators: dict[str, str]  # entry by the name of an operator that was met, "" for the ordinary ones
    ordinary: set[str]  # names of built-in functions that have been called and are of no interest

    def operator(self, name: str) -> str:
        """Return the entry that one of torch's operators or functions falls under, or ""."""
        if name not in self.operators:
            found = category(name)
            single = (dotted for dotted in self.single.get(name.rstrip("_"), ()) if dotted.startswith("torch."))
            self.operators[name] = found if found in self.entries else next(single, "")
        return self.operators[name]

    def elsewhere(self, code: CodeType) -> tuple[str, str] | None:
        """Return entry and name of a Python function that isn't torch's, if it is sought."""
        for dotted in self.single.get(code.co_name, ()):
            if code in _codes_of(_resolved(dotted)):
                return self._entry(dotted), dotted
        return None

    def builtin(self, function: Any) -> tuple[str, str] | None:
        """Return entry and name of a built-in function or method, if it is one of those sought that aren't torch's."""
        for dotted in self.single.get(function.__name__, ()):
            root = dotted.partition(".")[0]
            if root in (_root(getattr(function, "__module__", "")), _root(_owner(function).__module__)):
                return self._entry(dotted), dotted
        return None

    def _entry(self, dotted: str) -> str:
        """Return what was asked for: a dotted name itself or the row that it stands in."""
        if dotted in self.entries:
            return dotted
        return next(key for key in CATEGORIES if key in self.entries and dotted in CATEGORIES[key].elsewhere)


@functools.cache
def sought(entries: frozenset[str]) -> Sought:
    """Return what to look for. Raises ValueError for what nobody can look for."""
    unknown = [entry for entry in sorted(entries) if not is_known(entry)]
    if unknown:
        raise ValueError(f"no such category to watch for: {', '.join(unknown)}")
    found = Sought(entries, {}, {}, {}, {}, {}, {}, set())
    for entry in sorted(entries & CATEGORIES.keys()):
        row = CATEGORIES[entry]
        found.codes.update(_by_code(entry, [f"torch.nn.functional.{name}" for name in row.functional]))
        for name in row.layers:
            found.layers.update((key, entry) for key, _ in _by_code(entry, [f"torch.nn.{name}.forward"]))
        for name in (*row.layers, *row.made):
            found.made.update((id(code), entry) for code in _constructors(getattr(nn, name)))
        found.files.update(dict.fromkeys(row.files, entry))
        for dotted in row.elsewhere:
            found.single.setdefault(dotted.rpartition(".")[2], []).append(dotted)
    for dotted in sorted(entries - CATEGORIES.keys()):
        found.single.setdefault(dotted.rpartition(".")[2], []).append(dotted)
        _check(dotted)
        if dotted.startswith("torch."):
            found.codes.update(_by_code(dotted, [dotted]))
    return found


def _by_code(entry: str, dotted: Iterable[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    for name in dotted:
        for code in _codes_of(_resolved(name)):
            yield id(code), (entry, name)


def _constructors(layer: type) -> Iterator[CodeType]:
    """Yield the code of a layer's ``__init__`` and those that it inherits, but for that of all modules."""
    for base in type.mro(layer):
        if base is nn.Module:
            return
        yield from _codes_of(vars(base).get("__init__"))


def _check(dotted: str) -> None:
    """Raise ValueError for a thing that is there and whose use can't be seen: NumPy's ufuncs, types made in C."""
    found = _resolved(dotted)
    kinds = (BuiltinFunctionType, BuiltinMethodType, MethodDescriptorType)
    if found is not None and not isinstance(found, kinds) and not _codes_of(found):
        raise ValueError(f"the use of {dotted} can't be seen")


def _resolved(dotted: str) -> Any:
    """Return what a dotted name stands for in the modules that are imported; None where there is nothing."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:length]))
        if found is not None:
            for name in parts[length:]:
                found = inspect.getattr_static(found, name, None) if isinstance(found, type) else _part(found, name)
            return found
    return None


def _part(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def _codes_of(value: Any) -> list[CodeType]:
    """Return the code of a Python function, what it wraps included; of a class, that of all its functions."""
    if isinstance(value, type):
        return [code for one in vars(value).values() if not isinstance(one, type) for code in _codes_of(one)]
    found: list[CodeType] = []
    for _ in range(5):
        code = getattr(value, "__code__", None)
        if isinstance(code, CodeType):
            found.append(code)
        inner = [getattr(value, name, None) for name in ("__func__", "__wrapped__", "_implementation", "func")]
        value = next((one for one in inner if one is not None), None)
    return found


def _owner(function: Any) -> type:
    return type(getattr(function, "__self__", None))


def _root(module: Any) -> str:
    return str(module or "").partition(".")[0]


def forbidden_base(answer: type, entries: frozenset[str], alone: bool = False) -> Iterator[tuple[str, str]]:
    """Yield entry and name of each category that a class is, or inherits from; ``alone``: not through another one."""
    inherited = (answer, *_of_types["__bases__"].__get__(answer)) if alone else type.mro(answer)
    for entry in sorted(entries & CATEGORIES.keys()):
        for base in inherited:
            if any(f"{module_of(base)}.".startswith(f"{module}.") for module in CATEGORIES[entry].bases):
                yield entry, _public(base) + ("" if base is answer else " as a base class")
                break


def layer_name(kind: type) -> str:
    """Return the name of the layer of torch's that a class is, or inherits from."""
    return next((_public(base) for base in type.mro(kind) if module_of(base).startswith("torch.")), "torch.nn")


def _public(kind: type) -> str:
    """Return a class's name as people write it."""
    name = _of_types["__name__"].__get__(kind)
    for package in ("torch.nn", "torch.utils.data", "torch.optim"):
        if getattr(sys.modules.get(package), name, None) is kind:
            return f"{package}.{name}"
    return f"{module_of(kind)}.{name}"


def module_of(kind: type) -> str:
    """Return the name of the module that a class was made in, without asking its metaclass, which may be anybody's."""
    found = _of_types["__module__"].__get__(kind)
    return found if isinstance(found, str) else ""

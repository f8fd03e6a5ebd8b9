"""The softmax family, containers, data utilities, normalisation, and single names: found however they are reached."""

import functools
import importlib
import sys
import threading

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils import data

from autograder.student.forbidden_help import Watch
from autograder.student.forbidden_table import CATEGORIES, category

X = torch.randn(3, 4)
IMAGES = torch.randn(2, 3, 4, 4)


def found_by(action, *entries, closely=True):
    with torch.no_grad(), Watch(frozenset(entries), closely=closely) as watch:
        action()
    return watch.found


def in_a_thread(action):
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()


class Own(nn.Module):
    def forward(self, x):
        return x


class Samples(data.Dataset):
    def __getitem__(self, i):
        return i


def softmax_within():
    from scipy.special import softmax as mine

    mine(X.numpy(), 1)


FORBIDDEN = {
    "softmax": [
        lambda: torch.softmax(X, 1),
        lambda: X.softmax(1),
        lambda: X.log_softmax(-1),
        lambda: F.softmax(X, dim=1),
        lambda: F.softmin(X, dim=1),
        lambda: F.gumbel_softmax(X),
        lambda: getattr(torch, "log_soft" + "max")(X, 1),
        lambda: nn.Softmax(1)(X),
        lambda: nn.LogSoftmax(1)(X),
        lambda: nn.Softmin(1)(X),
        lambda: nn.Softmax2d()(IMAGES),
        lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5])(X, torch.tensor([1, 2, 3])),
        lambda: torch.logsumexp(X, 1),
        lambda: X.logsumexp(1),
        lambda: torch.logaddexp(X, X),
        lambda: torch.logaddexp2(X, X),
        lambda: functools.reduce(torch.logaddexp, X.T),
        lambda: torch.logcumsumexp(X, 1),
        lambda: torch.special.softmax(X, 1),
        lambda: torch.special.logsumexp(X, 1),
        lambda: torch._C._special.special_log_softmax(X, 1),
        lambda: torch._softmax(X, 1, False),
        lambda: torch.ops.aten._log_softmax.default(X, 1, False),
        lambda: torch.distributions.Categorical(logits=X).probs,
        lambda: torch.distributions.Categorical(logits=X).logits,
        lambda: F.scaled_dot_product_attention(X[None], X[None], X[None]),
        lambda: nn.MultiheadAttention(4, 1)(X, X, X),
        lambda: nn.TransformerEncoderLayer(4, 1, 4).eval()(X),
        lambda: list(map(functools.partial(torch.softmax, dim=1), [X])),
        lambda: torch.vmap(lambda row: torch.softmax(row, 0))(X),
        lambda: in_a_thread(lambda: F.log_softmax(X, 1)),
        lambda: scipy.special.softmax(X.numpy(), 1),
        lambda: scipy.special.log_softmax(X.numpy(), 1),
        lambda: scipy.special.logsumexp(X.numpy(), 1),
        lambda: softmax_within(),
    ],
    "containers": [
        lambda: nn.Sequential(nn.ReLU()),
        lambda: nn.ModuleList(),
        lambda: nn.ModuleDict({}),
        lambda: nn.ParameterList([]),
        lambda: nn.ParameterDict(),
        lambda: nn.Module(),
        lambda: Own(),
        lambda: type("Made", (nn.Module,), {})(),
        lambda: list(map(nn.Sequential, [nn.ReLU()])),
        lambda: nn.Identity().add_module("a", nn.ReLU()),
        lambda: nn.Module.register_module(nn.Identity(), "a", nn.ReLU()),
        lambda: list(nn.Module.named_modules(type("Plain", (), {"_modules": {}})())),
    ],
    "data": [
        lambda: data.DataLoader([1, 2, 3]),
        lambda: next(iter(data.BatchSampler(data.SequentialSampler([1, 2]), 2, False))),
        lambda: data.TensorDataset(X)[0],
        lambda: data.default_collate([1, 2]),
        lambda: importlib.import_module("torch.utils.data.dataloader").default_collate([1]),
        lambda: data.random_split([1, 2], [1, 1]),
    ],
    "normalisation": [
        lambda: F.batch_norm(X, None, None, training=True),
        lambda: torch.batch_norm(X, None, None, None, None, True, 0.1, 1e-5, False),
        lambda: torch.native_batch_norm(X, None, None, None, None, True, 0.1, 1e-5),
        lambda: torch.ops.aten.native_layer_norm(X, (4,), None, None, 1e-5),
        lambda: nn.BatchNorm1d(4)(X),
        lambda: nn.BatchNorm2d(3)(IMAGES),
        lambda: nn.LayerNorm(4)(X),
        lambda: nn.GroupNorm(1, 3)(IMAGES),
        lambda: nn.InstanceNorm2d(3)(IMAGES),
        lambda: F.layer_norm(X, (4,)),
        lambda: F.group_norm(IMAGES, 1),
        lambda: F.instance_norm(IMAGES),
        lambda: F.rms_norm(X, (4,)),
        lambda: F.local_response_norm(IMAGES, 2),
        lambda: list(map(nn.LazyBatchNorm1d(), [X])),
    ],
    "torch.sort": [
        lambda: torch.sort(X),
        lambda: X.sort(dim=1),
        lambda: torch.ops.aten.sort.default(X),
        lambda: list(map(torch.sort, [X])),
    ],
    "numpy.sort": [lambda: np.sort([2, 1]), lambda: np.array([2, 1]).sort(), lambda: list(map(np.sort, [[2, 1]]))],
    "builtins.sorted": [lambda: sorted([2, 1])],
    "torch.nn.functional.normalize": [lambda: F.normalize(X)],
    "torch.nn.Linear": [lambda: nn.Linear(2, 3)(X[:, :2])],
    "math.exp": [lambda: importlib.import_module("math").exp(1.0)],
}
CASES = [(entry, action) for entry, actions in FORBIDDEN.items() for action in actions]


@pytest.mark.parametrize(("entry", "action"), CASES)
def test_what_is_forbidden_is_found(entry, action):
    assert {kind for kind, _ in found_by(action, entry)} == {entry}


@pytest.mark.parametrize(
    ("entry", "action"),
    [case for case in CASES if "Linear" not in case[0] and "Transf" not in str(case[1].__code__.co_names)],
)
def test_and_only_where_it_is_forbidden(entry, action):
    others = {"normalisation", "containers", "softmax", "data", "torch.argsort", "numpy.argsort"} - {entry}
    assert found_by(action, *others, "optimisers") == set()


@pytest.mark.parametrize(("entry", "action"), [case for case in CASES if "." not in case[0]])
def test_also_from_afar_but_for_what_only_c_calls(entry, action):
    by_c = ("map", "vmap", "TransformerEncoderLayer", "in_a_thread", "reduce")
    if not set(by_c) & set(action.__code__.co_names):
        assert found_by(action, entry, closely=False)


INNOCENT = [
    lambda: (X.exp() / X.exp().sum(1, keepdim=True), X - X.amax(1, keepdim=True), F.logsigmoid(X), F.softplus(X)),
    lambda: (torch.norm(X), X.norm(dim=1), torch.linalg.vector_norm(X), torch.linalg.norm(X), F.normalize(X)),
    lambda: (nn.Linear(2, 3)(X[:, :2]), nn.ReLU()(X), nn.Parameter(X), nn.Flatten()(X), nn.Conv2d(3, 2, 1)(IMAGES)),
    lambda: (
        isinstance(X, nn.Module),
        isinstance(nn.ReLU(), nn.Module),
        isinstance(Own, type),
        issubclass(Own, nn.Module),
    ),
    lambda: (isinstance(X, data.Dataset), isinstance(X, nn.Parameter), data.Dataset[int], data.DataLoader.__name__),
    lambda: (list(nn.Linear(2, 3).parameters()), nn.Linear(2, 3).train(), nn.ReLU().eval(), nn.ReLU().training),
    lambda: setattr(nn.Linear(2, 3), "weight", nn.Parameter(X)),
    lambda: "torch.softmax(X, 1); nn.Module; torch.utils.data",
    lambda: (torch.normal(0.0, 1.0, (2,)), torch.empty(2).normal_(), X.renorm(2, 0, 1.0), X.var(0), X.std(0)),
    lambda: torch.nn.utils.clip_grad_norm_([nn.Parameter(X)], 1.0),
    lambda: nn.TransformerEncoderLayer(4, 1, 4),  # its own parts are torch's business
    lambda: None if X is not None else torch.softmax(X, 1),
    lambda: importlib.reload(sys.modules["torch.utils.data.sampler"]),
]


@pytest.mark.parametrize("action", INNOCENT)
def test_innocent_code_is_left_alone(action):
    assert found_by(action, "softmax", "containers", "data", "normalisation", "torch.sort", "numpy.sort") == set()


class Mine:
    def softmax(self):
        return 1

    sort = batch_norm = logsumexp = add_module = softmax


def test_what_is_only_called_the_same_is_no_offence():
    mine = Mine()
    actions = [mine.softmax, mine.sort, mine.batch_norm, mine.logsumexp, mine.add_module, [2, 1].sort]
    assert found_by(lambda: [action() for action in actions], *CATEGORIES, "torch.sort", "numpy.sort") == set()


def test_the_names_are_those_that_people_know():
    def names(action, entry):
        return {name for _, name in found_by(action, entry)}

    assert "torch.nn.Softmax" in names(lambda: nn.Softmax(1)(X), "softmax")
    assert "torch.nn.functional.softmax" in names(lambda: F.softmax(X, 1), "softmax")
    assert "torch's logsumexp" in names(lambda: X.logsumexp(1), "softmax")
    assert names(lambda: scipy.special.softmax(X.numpy()), "softmax") == {"scipy.special.softmax"}
    assert names(lambda: nn.Sequential(), "containers") == {"torch.nn.Sequential"}
    assert names(Own, "containers") == {"torch.nn.Module"}
    assert "torch.utils.data.TensorDataset" in names(lambda: data.TensorDataset(X), "data")
    assert "torch.nn.BatchNorm1d" in names(lambda: nn.BatchNorm1d(4)(X), "normalisation")
    assert names(lambda: np.sort([1]), "numpy.sort") == {"numpy.sort"}


@pytest.mark.parametrize("entry", ["everything", "sorting", ".sort", "sort.", ""])
def test_what_does_not_exist_is_refused(entry):
    with pytest.raises(ValueError, match="no such category"):
        Watch(frozenset({entry}))


@pytest.mark.parametrize("entry", ["numpy.exp", "builtins.map", "math.pi"])
def test_what_cannot_be_seen_is_refused(entry):
    with pytest.raises(ValueError, match=f"the use of {entry} can't be seen"):
        Watch(frozenset({entry}))


def test_a_row_is_about_names_that_torch_has():
    for row in CATEGORIES.values():
        assert all(hasattr(nn, name) for name in (*row.layers, *row.made))
        assert row.what
    assert category("_softmax_backward_data") == "autograd" and category("add") == ""

"""What a question forbids is found however it is reached; what only looks like it costs nothing."""

import copy
import functools
import importlib
import sys
import threading
import warnings

import numpy as np
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from autograder.student.watch import CATEGORIES, SWITCHED_OFF, Watch

# Some of torch's derivatives script functions of torch's own when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")

X, Y, W = torch.randn(3, 2), torch.eye(3), torch.randn(2, 3)
LOG_P, LABELS = F.log_softmax(X @ W, 1), torch.arange(3)


def script(what, *example):
    """Script a function or module, or trace it, without torch's warning that this has a successor."""
    with warnings.catch_warnings(action="ignore"):
        return torch.jit.trace(what, example, check_trace=False) if example else torch.jit.script(what)


@script
def scripted_loss(z, y):
    return torch.nn.functional.cross_entropy(z, y)


@script
def scripted_backward(X, y, w):
    z = X @ w
    loss = (z.logsumexp(1) - (z * y).sum(1)).mean()
    loss.backward()


@script
def scripted_gradient(X, y, w):
    z = X @ w
    return torch.autograd.grad([(z.logsumexp(1) - (z * y).sum(1)).mean()], [w])


@script
def scripted_by_hand(X, y, w):
    z = X @ w
    return (z.logsumexp(1) - (z * y).sum(1)).mean()


TRACED_LOSS = script(lambda z, y: F.cross_entropy(z, y), X @ W, Y)
SCRIPTED_NLL = script(nn.NLLLoss())
TRACED_BY_HAND = script(nn.Linear(2, 3), X)


def with_grad(function):
    with torch.enable_grad():
        function(X, Y, W.clone().requires_grad_())


def by_grad_fn():
    with torch.enable_grad():
        log_p = torch.log_softmax(W.clone().requires_grad_(), 1)
    log_p.grad_fn(-torch.ones_like(W))


def mapped_backward():
    with torch.enable_grad():
        list(map(torch.Tensor.backward, [(X @ W.clone().requires_grad_()).sum()]))


def used_by(action, categories=frozenset(CATEGORIES)):
    watch = Watch(categories)
    with torch.no_grad(), watch:
        action()
    return watch.used


def backward():
    with torch.enable_grad():
        w = W.clone().requires_grad_()
        (X @ w).logsumexp(1).sum().backward()


def gradient():
    with torch.enable_grad():
        w = W.clone().requires_grad_()
        torch.autograd.grad((X @ w).sum(), w)


def engine():
    with torch.enable_grad():
        w = W.clone().requires_grad_()
        loss = (X @ w).sum()
        run = torch.autograd.Variable._execution_engine.run_backward
        run((loss,), (torch.tensor(1.0),), False, False, (), allow_unreachable=True, accumulate_grad=True)


def forward_mode():
    forward_ad = importlib.import_module("torch.autograd.forward_ad")
    with forward_ad.dual_level():
        forward_ad.make_dual(W, W)


def step(make):
    w = W.clone().requires_grad_()
    w.grad = W.clone()
    make([w]).step()


def in_a_thread():
    thread = threading.Thread(target=lambda: F.cross_entropy(X @ W, Y))
    thread.start()
    thread.join()


FORBIDDEN = {
    "losses": [
        lambda: F.cross_entropy(X @ W, Y),
        lambda: getattr(F, "cross_" + "entropy")(X @ W, Y),
        functools.partial(F.cross_entropy, X @ W, Y),
        lambda: nn.CrossEntropyLoss()(X @ W, Y),
        lambda: F.nll_loss(LOG_P, LABELS),
        lambda: nn.NLLLoss()(LOG_P, LABELS),
        lambda: F.kl_div(LOG_P, Y, reduction="batchmean"),
        lambda: nn.BCEWithLogitsLoss()(X @ W, Y),
        lambda: torch._C._nn.cross_entropy_loss(X @ W, Y),
        lambda: torch._C._nn.nll_loss_nd(LOG_P, LABELS),
        lambda: torch.ops.aten.cross_entropy_loss(X @ W, Y),
        lambda: torch.ops.aten.nll_loss_forward.default(LOG_P, LABELS, None, 1, -100),
        lambda: eval("F.cross_entropy(X @ W, Y)"),
        in_a_thread,
        lambda: scripted_loss(X @ W, Y),
        lambda: TRACED_LOSS(X @ W, Y),
        lambda: SCRIPTED_NLL(LOG_P, LABELS),
        functools.partial(torch._C._nn.cross_entropy_loss, X @ W, Y),
        lambda: list(map(torch._C._nn.cross_entropy_loss, [X @ W], [LABELS])),
        lambda: torch.ops.aten.cross_entropy_loss.default._op(X @ W, Y),
        lambda: torch.ops.aten.cross_entropy_loss.default.decompose(X @ W, Y),
        lambda: torch._C._jit_get_operation("aten::cross_entropy_loss")[0](X @ W, Y),
    ],
    "autograd": [
        backward,
        gradient,
        engine,
        forward_mode,
        lambda: torch.func.grad(lambda w: (X @ w).sum())(W),
        lambda: torch.func.vjp(lambda w: (X @ w).sum(), W)[1](torch.tensor(1.0)),
        lambda: torch.func.jacrev(lambda w: (X @ w).sum())(W),
        lambda: torch.func.jacfwd(lambda w: (X @ w).sum())(W),
        lambda: torch.autograd.functional.jacobian(lambda w: (X @ w).sum(), W),
        by_grad_fn,
        mapped_backward,
        lambda: torch._log_softmax_backward_data(W, W, 1, torch.float32),
        lambda: with_grad(scripted_backward),
        lambda: with_grad(scripted_gradient),
    ],
    "optimisers": [
        lambda: step(functools.partial(torch.optim.SGD, lr=0.1, momentum=0.9)),
        lambda: step(torch.optim.Adam),
        lambda: importlib.import_module("torch.optim.sgd").sgd(
            [W.clone()], [W], [None], weight_decay=0, momentum=0.9, lr=0.1, dampening=0, nesterov=False,
            maximize=False, has_sparse_grad=False, foreach=False,
        ),
        lambda: torch._fused_sgd_(
            [W.clone()], [W], [], weight_decay=0.0, momentum=0.0, lr=0.1, dampening=0.0, nesterov=False,
            maximize=False, is_first_step=True,
        ),
    ],
}  # fmt: skip
CASES = [(category, action) for category, actions in FORBIDDEN.items() for action in actions]


@pytest.mark.parametrize(("category", "action"), CASES)
def test_what_is_forbidden_is_found(category, action):
    assert used_by(action)
    assert used_by(action, frozenset({category}))


@pytest.mark.parametrize(("category", "action"), CASES)
def test_and_only_where_it_is_forbidden(category, action):
    assert not used_by(action, frozenset(CATEGORIES) - {category} - ({"autograd"} if category == "losses" else set()))


class Mine:
    def backward(self):
        return 1

    grad = cross_entropy = nll_loss = step = backward


def innocent_modes():
    with torch.enable_grad(), torch.no_grad(), torch.inference_mode():
        return W * 2


INNOCENT = [
    lambda: (torch.softmax(X, 1), F.log_softmax(X, 1), nn.Softmax(1)(X), nn.LogSoftmax(1)(X), torch.logsumexp(X, 1)),
    lambda: (F.linear(X, W.T), F.one_hot(LABELS), X.numpy().sum(), torch.einsum("nd,dc->nc", X, W)),
    lambda: (Mine().backward(), Mine().grad(), Mine().cross_entropy(), Mine().nll_loss(), Mine().step()),
    lambda: torch.vmap(lambda row: row.sum())(X),
    lambda: (torch._foreach_add([W], [W]), W.lerp(W, 0.1), W.addcmul(W, W)),
    lambda: "F.cross_entropy(X @ W, Y).backward()",
    lambda: (W.clone().requires_grad_(), copy.deepcopy(W), nn.Linear(2, 3)(X)),
    lambda: importlib.import_module("torch.optim"),
    innocent_modes,
    lambda: (scripted_by_hand(X, Y, W), TRACED_BY_HAND(X)),
    lambda: (torch.vmap(torch.dot)(X, X), W.clone().add_(W), W.clone().numpy().sum(), X.numpy() @ np.asarray(W)),
    lambda: (F.rms_norm(X, (2,)), F.dropout(X), torch.nn.utils.clip_grad_norm_([nn.Parameter(W)], 1.0)),
]


@pytest.mark.parametrize("action", INNOCENT)
def test_innocent_code_is_left_alone(action):
    assert used_by(action) == set()


@pytest.mark.parametrize("action", [lambda: scripted_loss(X @ W, Y), lambda: F.cross_entropy(X @ W, Y), backward])
def test_a_watch_from_afar_sees_calls_and_scripted_code(action):
    with torch.no_grad(), Watch(frozenset(CATEGORIES), closely=False) as watch:
        action()
    assert watch.used


def test_nothing_is_left_behind():
    watch = Watch(frozenset(CATEGORIES))
    with pytest.raises(ZeroDivisionError), watch:
        1 / 0  # noqa: B018
    scripted_loss(X @ W, Y)
    assert not watch.used
    assert torch.overrides._get_current_function_mode_stack() == []


def test_switching_the_watch_off_is_noticed():
    import sys

    assert used_by(lambda: sys.setprofile(None))
    assert sys.getprofile() is None


def test_a_category_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no such category"):
        Watch(frozenset({"everything"}))


def test_recursion_without_end_is_no_offence() -> None:
    def endless(n: int) -> int:
        return endless(n + 1)

    def careful() -> float:
        try:
            return float(endless(0))
        except RecursionError:
            return 1.0

    with Watch(frozenset({"losses"})) as watch:
        assert careful() == 1.0
    assert watch.used == set()


def test_switching_the_check_off_out_of_its_sight_is_noticed() -> None:
    with Watch(frozenset({"losses"})) as watch:
        list(map(sys.setprofile, [None]))
    assert watch.used == {SWITCHED_OFF}


def many_calls(number: int) -> None:
    def shallow() -> None:
        pass

    for _ in range(number):
        shallow()


@pytest.mark.parametrize("calls", [0, 3000])
@pytest.mark.parametrize("then", ["", "recursion"])
def test_switching_off_is_noticed_however_many_calls_were_made_before(calls: int, then: str) -> None:
    def deep(n: int) -> int:
        return deep(n - 1) if n else 0

    with Watch(frozenset({"losses"})) as watch:
        many_calls(calls)
        if then:
            deep(300)
        list(map(sys.setprofile, [None]))
    assert watch.used == {SWITCHED_OFF}


def test_what_is_used_after_many_calls_is_noticed() -> None:
    with Watch(frozenset({"losses"}), closely=False) as watch:
        many_calls(3000)
        F.cross_entropy(X @ W, Y)
    assert "torch.nn.functional.cross_entropy" in watch.used


def test_a_watch_for_nothing_leaves_a_profiler_alone() -> None:
    def mine(*_: object) -> None:
        pass

    sys.setprofile(mine)
    try:
        with Watch(frozenset()) as watch:
            pass
        assert sys.getprofile() is mine
    finally:
        sys.setprofile(None)
    assert watch.used == set()

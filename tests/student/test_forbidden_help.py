"""What a question forbids is found however it is reached; what only looks like it costs nothing."""

import contextlib
import copy
import cProfile
import ctypes
import functools
import importlib
import inspect
import io
import profile
import pstats
import sys
import threading
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

from autograder.student.forbidden_help import Watch

# Some of torch's derivatives script functions of torch's own when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")

CATEGORIES = ("autograd", "losses", "optimisers")  # those of linear_mnist
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


def test_a_category_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no such category"):
        Watch(frozenset({"everything"}))


def endless(n: int = 0) -> int:
    return endless(n + 1)


def recursion():
    with contextlib.suppress(RecursionError):
        endless()


def low_limit():
    depth = len(inspect.stack(0))
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 30)
    try:
        list(map(sys.setprofile, [None]))
    finally:
        sys.setrecursionlimit(before)


def c_profile():
    with cProfile.Profile() as profiler:
        X @ W
    pstats.Stats(profiler, stream=io.StringIO()).print_stats(3)


def run_call():
    profiler = cProfile.Profile()
    assert profiler.runcall(lambda: 42) == 42
    profiler.enable()
    profiler.disable()
    profiler.create_stats()


def own_hook():
    sys.setprofile(lambda *_: None)
    assert sys.getprofile() is not None
    sys.setprofile(None)
    assert sys.getprofile() is None


def pure_profile():
    profiler = profile.Profile()
    assert profiler.runcall(lambda: 42) == 42
    pstats.Stats(profiler, stream=io.StringIO()).print_stats(3)


def compiled_profiler(*, stacks=False):
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, with_stack=stacks) as profiler:
        X @ W
    assert profiler.key_averages().table()


def autograd_profiler():
    with torch.autograd.profiler.profile():
        X @ W


def memory():
    tracemalloc.start()
    X @ W
    tracemalloc.stop()


def tracer():
    sys.settrace(lambda *_: None)
    sys.settrace(None)


def without_asking():
    ctypes.pythonapi.PyEval_SetProfile(None, None)


OUT_OF_SIGHT = [lambda: sys.setprofile(None), lambda: list(map(sys.setprofile, [None])), low_limit]
OUT_OF_SIGHT += [lambda: threading.setprofile(None), lambda: (recursion(), list(map(sys.setprofile, [None])))]
PROFILERS = [c_profile, run_call, own_hook, pure_profile, compiled_profiler, autograd_profiler, memory, tracer]
STRAYS = [recursion, without_asking, functools.partial(compiled_profiler, stacks=True)]
HELP = [lambda: F.cross_entropy(X @ W, Y), backward, lambda: step(torch.optim.Adam), in_a_thread]


@pytest.mark.filterwarnings("ignore")  # of torch's profiler, about itself
@pytest.mark.parametrize("closely", [True, False])
@pytest.mark.parametrize("action", [*OUT_OF_SIGHT, *PROFILERS, *STRAYS])
def test_a_profiler_and_a_recursion_without_end_are_no_offence(action, closely):
    assert seen(action, closely=closely) == set()


def seen(*actions, closely):
    with torch.no_grad(), Watch(frozenset(CATEGORIES), closely=closely) as watch:
        for action in actions:
            action()
    assert sys.getprofile() is None
    return watch.used


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("closely", [True, False])
@pytest.mark.parametrize("hides", [*OUT_OF_SIGHT, *PROFILERS])
@pytest.mark.parametrize("help_", HELP)
def test_and_hide_nothing(hides, help_, closely):
    assert seen(hides, help_, closely=closely)
    profiler = cProfile.Profile()
    assert seen(profiler.enable, help_, profiler.disable, closely=closely)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("hides", STRAYS)
@pytest.mark.parametrize("help_", HELP)
def test_what_takes_the_watchs_place_without_asking_hides_nothing_from_a_close_watch_and_is_known(hides, help_):
    assert seen(hides, help_, closely=True)
    with torch.no_grad(), Watch(frozenset(CATEGORIES), closely=False) as watch:
        hides()
    assert watch.blind


def test_outside_of_a_watch_profilers_work_as_ever():
    sys.setprofile(lambda *event: None)
    assert sys.getprofile() is not None
    sys.setprofile(None)
    assert sys.getprofile() is None
    with cProfile.Profile() as profiler:
        sorted([2, 1])
    assert any("sorted" in str(entry.code) for entry in profiler.getstats())


def many_calls(number: int) -> None:
    def shallow() -> None:
        pass

    for _ in range(number):
        shallow()


@pytest.mark.parametrize("closely", [True, False])
def test_what_is_used_after_many_calls_is_noticed(closely):
    assert "torch.nn.functional.cross_entropy" in seen(
        lambda: many_calls(3000), lambda: F.cross_entropy(X @ W, Y), closely=closely
    )


def test_a_watch_for_nothing_leaves_a_profiler_alone():
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

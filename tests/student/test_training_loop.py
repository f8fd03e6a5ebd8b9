"""The student side's end of a training run: which messages come when, and what is in them. No kernel, tiny images."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from autograder import wire
from autograder.assignments.linear_mnist import drivers
from autograder.student import training_batches, training_loop
from autograder.student.interpreter_state import OwnState

FOLLOWED_STEPS, STEPS = 6, 3  # steps that are handed over; steps in an epoch
STEP = "def step(w, m, grad, eta, beta):\n    {}\n"
DRIVERS = Path(drivers.__file__).read_text(encoding="utf-8")
GRADIENT = "def gradient(X, ystar, w):\n    {}\n"
PLAIN = STEP.format("return w - eta * grad, m + 1")
ONES = GRADIENT.format("return torch.ones_like(w)")
Message = dict[str, Any]


class RememberedConnection:
    """What the student side says to a judge, who goes on as long as ``goes_on(message)``."""

    def __init__(self, channel: socket.socket, goes_on: Callable[[Message], bool]) -> None:
        self.channel, self.goes_on = channel, goes_on
        self.messages: list[Message] = []
        self.given = torch.ones(2, 2)

    def listen(self) -> list[Message]:
        while not self.messages or "ended" not in self.messages[-1]:
            message = wire.receive(self.channel)
            self.messages.append(message)
            if "wanted" in message:
                wire.send(self.channel, {"go": self.goes_on(message), "given": self.given})
            elif "weights" in message and message["step"] >= FOLLOWED_STEPS:
                wire.send(self.channel, {"go": self.goes_on(message)})
        return self.messages


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Six images of two pixels, all different; their labels are 0 and 1 in turn."""
    numpy.save(tmp_path / "images.npy", numpy.arange(12, dtype=numpy.float32).reshape(6, 2) / 12)
    numpy.save(tmp_path / "labels.npy", numpy.arange(6) % 2)
    return tmp_path


@pytest.fixture(autouse=True)
def _watched_as_long_as_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "WATCHED_STEPS", FOLLOWED_STEPS)


@pytest.fixture
def said(images: Path) -> Iterator[Callable[..., list[Message]]]:
    """Return a function: code, and what is asked for → all messages of the run; ``names`` is what the code defined."""
    names: dict[str, Any] = {}

    def make(
        code: str,
        goes_on: Callable[[Message], bool] = lambda _: True,
        watch: tuple[str, ...] = (),
        etas: tuple[float, ...] = (0.5, 0.25, 0.125),
        helped: bool = False,
        start: tuple[str, ...] = ("w", "m"),
        driver: str = "sgd_momentum",
        **asked: Any,
    ) -> list[Message]:
        names.clear()
        exec("import torch\nsteps = 0\n" + code, names)
        files = {"images": str(images / "images.npy"), "labels": str(images / "labels.npy"), "shape": [2]}
        request = {
            "source": [DRIVERS[:50], DRIVERS[50:]], "of": "driver of tests", "driver": driver,
            "parts": {"gradient": "gradient", "step": "step"}, "stand_ins": {"gradient": None} if helped else {},
            "told": ["gradient"], "start": {name: torch.zeros(2, 2) for name in start}, "state": list(start[1:]),
            "settings": {"etas": list(etas)}, "first": FOLLOWED_STEPS,
            "files": files | {"one_hot": 2, "batch": 2, "seed": 0} | asked,
        }  # fmt: skip
        here, there = socket.socketpair()

        def run() -> None:
            with there, OwnState() as own:
                training_loop.train(there, names, request, list(watch), describe, own)

        here.settimeout(20)
        thread = threading.Thread(target=run)
        thread.start()
        try:
            with here:
                return RememberedConnection(here, goes_on).listen()
        finally:
            thread.join()

    make.names = names  # type: ignore[attr-defined]
    yield make


def describe(error: BaseException) -> dict[str, str]:
    return {"type": type(error).__name__, "message": str(error)}


def weights(messages: list[Message]) -> dict[int, float]:
    return {message["step"]: float(message["weights"]["w"][0, 0]) for message in reports(messages)}


def reports(messages: list[Message]) -> list[Message]:
    return [message for message in messages if "weights" in message and "wanted" not in message]


def told(messages: list[Message]) -> list[torch.Tensor]:
    return [message["gave"]["gradient"] for message in messages[:FOLLOWED_STEPS]]


def test_the_first_steps_and_each_epoch_after_them_are_handed_over(said: Any) -> None:
    messages = said(ONES + PLAIN)
    assert weights(messages) == {1: -0.5, 2: -1.0, 3: -1.5, 4: -1.75, 5: -2.0, 6: -2.25, 9: -2.625}
    assert [float(message["weights"]["m"][0, 0]) for message in messages[:FOLLOWED_STEPS]] == [1, 2, 3, 4, 5, 6]
    assert all(torch.equal(grad, torch.ones(2, 2)) for grad in told(messages))
    assert messages[FOLLOWED_STEPS].keys() == {"step", "used", "weights", "epoch"}
    assert messages[FOLLOWED_STEPS]["weights"].keys() == {"w"}
    assert {message["step"]: message["epoch"] for message in messages if "epoch" in message} == {3: 1, 6: 2, 9: 3}
    assert messages[-1] == {"step": 9, "used": [], "ended": "done"}
    assert [message["used"] for message in messages] == [[]] * 8


@pytest.mark.parametrize("at", [FOLLOWED_STEPS, 9])
def test_when_the_judge_has_enough_it_is_over(said: Any, at: int) -> None:
    messages = said(ONES + PLAIN, lambda message: message["step"] != at, etas=[0.5] * 4)
    assert messages[-1] == {"step": at, "used": [], "ended": "stopped"}
    assert max(weights(messages)) == at


def test_the_gradient_is_told_as_it_was_before_the_step(said: Any) -> None:
    """A step that doubles what it is given would else seem to have been given the double."""
    messages = said(ONES + STEP.format("grad *= 2; return w - eta * grad, m"))
    assert weights(messages)[1] == -1.0
    assert all(torch.equal(grad, torch.ones(2, 2)) for grad in told(messages))


def test_the_gradient_that_is_told_is_that_of_the_very_step(said: Any) -> None:
    code = GRADIENT.format("global steps; steps += 1; return torch.full_like(w, steps)")
    messages = said(code + PLAIN)
    assert [float(grad[0, 0]) for grad in told(messages)] == [1, 2, 3, 4, 5, 6]


def test_the_judges_gradient_is_asked_for_at_the_weights_there_are(said: Any) -> None:
    messages = said(PLAIN, helped=True)
    wanted = [(message["step"], float(message["weights"]["w"][0, 0])) for message in messages if "wanted" in message]
    assert wanted == list(enumerate([0.0, -0.5, -1.0, -1.5, -1.75, -2.0, -2.25, -2.375, -2.5], start=1))
    assert weights(messages)[9] == -2.625 and not messages[1]["gave"]
    stopped = said(PLAIN, lambda message: message["step"] < 3, helped=True)
    assert (stopped[-1]["ended"], max(weights(stopped))) == ("stopped", 2)


SGD = ["torch.optim.Optimizer", "torch.optim.SGD"]
USES = "global steps; steps += 1; steps == {} and torch.optim.SGD([torch.zeros(1)], 0.1); return w - eta * grad, m"


@pytest.mark.parametrize("at", [1, FOLLOWED_STEPS])
def test_what_is_used_is_told_with_the_step_and_once(said: Any, at: int) -> None:
    messages = said(ONES + STEP.format(USES.format(at)), watch=("optimisers",))
    assert [message["step"] for message in messages if message["used"]] == [at]
    assert messages[at - 1]["used"] == SGD


def test_what_is_used_later_is_told_at_once(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only with the next weights: who hangs from then on has used it all the same."""
    monkeypatch.setattr(training_loop, "WATCH_EVERY", 10)
    messages = said(ONES + STEP.format(USES.format(10)), watch=("optimisers",), etas=[0.1] * 5)
    assert [message for message in messages if message["used"]] == [{"step": 10, "used": SGD, "alive": True}]


def test_what_ends_the_run_is_told_with_what_was_used(said: Any) -> None:
    code = STEP.format("torch.optim.SGD([torch.zeros(1)], 0.1); raise ValueError")
    (message,) = said(ONES + code, watch=("optimisers",))
    assert (message["ended"], message["used"]) == ("refused", SGD)


def test_a_sign_of_life_comes_in_time_between_the_weights(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow step is not silence: without one the judge would take it for a hang."""
    monkeypatch.setattr(training_loop, "SIGN_OF_LIFE", -1.0)
    alive = [message["step"] for message in said(ONES + PLAIN, etas=[0.1] * 4) if message.get("alive")]
    assert {step for step in alive if step > FOLLOWED_STEPS} == {7, 8, 9, 10, 11, 12}
    monkeypatch.setattr(training_loop, "SIGN_OF_LIFE", 1000.0)
    assert not any("alive" in message for message in said(ONES + PLAIN, etas=[0.1] * 4))


def test_a_sign_of_life_is_given_again_only_after_its_time(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop.time, "monotonic", lambda: 0.3 * said.names["steps"])
    code = STEP.format("global steps; steps += 1; return w - eta * grad, m")
    messages = said(ONES + code, etas=[0.1] * 4, batch=1)
    assert [message["step"] for message in messages if message.get("alive")] == [10, 16, 22]
    assert list(weights(messages))[FOLLOWED_STEPS:] == [12, 18, 24]


class Watched:
    """In place of a watch: writes down how closely it looks at what, and is blind at some steps."""

    blind_at: frozenset[int] = frozenset()
    seen: list[tuple[int, bool]]
    names: dict[str, Any]

    def __init__(self, categories: frozenset[str], closely: bool) -> None:
        assert categories == {"autograd"}
        self.used: set[str] = set()
        self.step = self.names["steps"]
        self.blind = self.step in self.blind_at
        self.seen.append((self.step, closely))

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("blind_at", [None, 1, FOLLOWED_STEPS - 1], ids=["never", "at first", "later"])
def test_how_closely_each_step_is_watched(said: Any, monkeypatch: pytest.MonkeyPatch, blind_at: int | None) -> None:
    """The first steps and some later; closely the very first, and from when the watch was blind."""
    monkeypatch.setattr(training_loop, "Watch", Watched)
    monkeypatch.setattr(training_loop, "WATCH_EVERY", 5)
    monkeypatch.setattr(Watched, "seen", [], raising=False)
    monkeypatch.setattr(Watched, "names", said.names, raising=False)
    monkeypatch.setattr(Watched, "blind_at", frozenset([blind_at]))
    code = GRADIENT.format("global steps; steps += 1; return torch.ones_like(w)") + PLAIN
    said(code, watch=("autograd",), etas=[0.1] * 4)
    # By the steps that were made before; the first time before the first of them.
    from_then = 99 if blind_at is None else blind_at
    steps = [1, 2, 3, 4, 5, 6, 10]
    assert Watched.seen == [(0, True), *((step - 1, step <= 5 or step - 1 > from_then) for step in steps)]


def test_nothing_is_watched_where_everything_is_allowed(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "Watch", None)
    assert said(ONES + PLAIN)[-1]["ended"] == "done"


@pytest.mark.parametrize("change", ["w - eta * grad", "w.sub_(eta * grad)"], ids=["new", "in place"])
@pytest.mark.parametrize("at", range(1, 19))
def test_the_first_weights_that_are_not_finite_are_the_end(said: Any, at: int, change: str) -> None:
    code = STEP.format(
        f"global steps; steps += 1; w = {change}; w[1, 1] += torch.inf if steps == {at} else 0; return w, m"
    )
    messages = said(ONES + code, etas=[0.1] * 6)
    assert (messages[-1]["step"], messages[-1]["ended"]) == (at, "not finite")
    assert all(bool(message["weights"]["w"].isfinite().all()) for message in reports(messages))


@pytest.mark.parametrize("at", range(1, 10))
def test_with_the_judges_gradient_no_further_one_is_asked_for_then(said: Any, at: int) -> None:
    """There is no going back behind a step that the judge was asked for."""
    step = f"global steps; steps += 1; return w + (torch.nan if steps == {at} else 1), m"
    messages = said(STEP.format(step), helped=True, etas=[0.1] * 3)
    assert (messages[-1]["step"], messages[-1]["ended"]) == (at, "not finite")
    assert max(message["step"] for message in messages if "wanted" in message) == at


def test_weights_that_are_not_finite_are_the_finding_where_what_follows_fails(said: Any) -> None:
    code = STEP.format(
        "global steps; steps += 1; assert w.isfinite().all(); return w + (torch.nan if steps == 7 else 0), m"
    )
    assert said(ONES + code, etas=[0.1] * 6)[-1] == {"step": 7, "used": [], "ended": "not finite", "name": "w"}


NOT = "not a tensor of 2×2 floats"


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        ("w", "it returned a 2×2 float32 tensor, not (w, m)"),
        ("None", "it returned nothing (None), not (w, m)"),
        ("w, m, m", "it returned 3 values, not (w, m)"),
        ("(w,)", "it returned 1 values, not (w, m)"),
        ("{}, m", f"the w that came of it is an object of type dict, {NOT}"),
        ("w[:1], m", f"the w that came of it is a tensor of 1×2 float32 numbers, {NOT}"),
        ("w.long(), m", f"the w that came of it is a tensor of 2×2 int64 numbers, {NOT}"),
        ("w, m.sum()", f"the m that came of it is a 0-dimensional tensor of float32 numbers, {NOT}"),
        ("w, None", f"the m that came of it is nothing (None), {NOT}"),
    ],
)
def test_what_training_cannot_go_on_with_is_refused(said: Any, returned: str, why: str) -> None:
    (message,) = said(ONES + STEP.format(f"return {returned}"))
    assert (message["ended"], message["function"], message["error"]["message"]) == ("refused", "step", why)


@pytest.mark.parametrize("returned", ["None", "1.0", "w.tolist()"])
def test_a_gradient_that_is_no_tensor_is_the_gradients_fault(said: Any, returned: str) -> None:
    (message,) = said(GRADIENT.format(f"return {returned}") + PLAIN)
    assert (message["ended"], message["function"]) == ("refused", "gradient")
    assert message["error"]["message"].endswith(", not a tensor")


@pytest.mark.parametrize("error", ["ValueError", "SystemExit", "KeyboardInterrupt"])
@pytest.mark.parametrize("function", ["step", "gradient"])
def test_whatever_a_function_raises_is_told_as_its_own(said: Any, error: str, function: str) -> None:
    raising = {"gradient": GRADIENT.format(f"raise {error}"), "step": STEP.format(f"raise {error}")}
    code = {"gradient": ONES, "step": PLAIN} | {function: raising[function]}
    (message,) = said("".join(code.values()))
    assert (message["ended"], message["function"], message["error"]["type"]) == ("refused", function, error)


def test_weights_of_another_type_are_taken_as_float32(said: Any) -> None:
    messages = said(ONES + STEP.format("assert w.dtype is torch.float32; return (w - eta * grad).double(), m"))
    assert messages[-1]["ended"] == "done"
    assert {message["weights"]["w"].dtype for message in reports(messages)} == {torch.float32}


def test_a_state_that_does_not_begin_as_zeros_is_the_steps_own(said: Any) -> None:
    code = "def step(w, m, grad, eta):\n    assert (m is None) is not bool(w.any()); return w - eta * grad, 'mine'\n"
    messages = said(ONES + code, driver="other", start=("w",))
    assert messages[-1]["ended"] == "done" and messages[0]["weights"].keys() == {"w"}


def test_the_number_of_the_step_is_an_argument_too(said: Any) -> None:
    code = "def step(w, m, v, grad, t, eta):\n    return w + t * eta, m, v\n"
    messages = said(ONES + code, driver="adam", start=("w", "m", "v"))
    assert list(weights(messages).values())[:4] == [0.5, 1.5, 3.0, 4.0]


@pytest.mark.parametrize("name", ["gradient", "step"])
def test_a_part_that_is_not_there_is_told_as_missing(said: Any, name: str) -> None:
    (message,) = said(f"{ONES}{PLAIN}del {name}")
    assert message == {"step": 0, "used": [], "ended": "missing", "function": name}


SHOWS = GRADIENT.format("shown.append((X.clone(), ystar.clone())); {}; return torch.ones_like(w)")


def shown(said: Any, write: str = "pass", **asked: Any) -> list[tuple[list[list[float]], list[list[float]]]]:
    """What the student's function saw of each mini-batch."""
    said("shown = []\n" + SHOWS.format(write) + PLAIN, **asked)
    return [(X.tolist(), ystar.tolist()) for X, ystar in said.names["shown"]]


def test_each_epoch_has_all_images_in_an_order_of_its_own_by_the_seed(said: Any) -> None:
    batches = shown(said, etas=[0.1] * 6)
    epochs = [batches[at : at + STEPS] for at in range(0, len(batches), STEPS)]
    assert len(epochs) == 6 and len({str(epoch) for epoch in epochs}) > 1
    for epoch in epochs:
        rows = sorted((x, y) for X, ystar in epoch for x, y in zip(X, ystar, strict=True))
        pixels = torch.arange(12, dtype=torch.float32).reshape(6, 2) / 12
        assert rows == [(x, [1.0, 0.0] if n % 2 == 0 else [0.0, 1.0]) for n, x in enumerate(pixels.tolist())]
    assert shown(said, etas=[0.1] * 6) == batches
    assert shown(said, etas=[0.1] * 6, seed=1) != batches


@pytest.mark.parametrize("write", ["X.mul_(0)", "ystar.mul_(0)", "steps == 0 and X.mul_(0)"])
@pytest.mark.parametrize("at", [0, 11])
def test_who_writes_into_a_mini_batch_sees_the_right_ones_from_then_on(
    said: Any, monkeypatch: pytest.MonkeyPatch, write: str, at: int
) -> None:
    """In the first steps, or where it is looked at later."""
    monkeypatch.setattr(training_loop, "WATCH_EVERY", 12)
    later = f"len(shown) > {at} and {write}"
    assert shown(said, later, etas=[0.1] * 8) == shown(said, etas=[0.1] * 8)


def test_what_was_written_before_it_was_seen_is_undone_at_once(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for the rest of the epoch in which it was seen."""
    monkeypatch.setattr(training_loop, "WATCH_EVERY", 11)
    written, right = (shown(said, write, etas=[0.1] * 6) for write in ("len(shown) > 6 and X.mul_(0)", "pass"))
    assert written[9:11] != right[9:11]  # of the epoch before
    assert written[11:] == right[11:]


def test_mini_batches_are_looked_at_as_seldom_as_the_code_is(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(training_loop, "WATCH_EVERY", 9)
    monkeypatch.setattr(training_batches, "_same", lambda *_: not looked.append(said.names["steps"]))
    said(GRADIENT.format("global steps; steps += 1; return torch.ones_like(w)") + PLAIN, etas=[0.1] * 6)
    assert looked == [1, 2, 3, 4, 5, 6, 9, 18]


@pytest.mark.parametrize("content", [b"", b"no images", None], ids=["empty", "text", "missing"])
@pytest.mark.parametrize("name", ["images.npy", "labels.npy"])
def test_images_that_cannot_be_read_are_told_as_that(said: Any, images: Path, name: str, content: bytes | None) -> None:
    (images / name).unlink() if content is None else (images / name).write_bytes(content)
    (message,) = said(ONES + PLAIN)
    assert (message["step"], message["ended"]) == (0, "no data")

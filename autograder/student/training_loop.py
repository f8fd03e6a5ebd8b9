"""Train with the student's own gradient and step, and hand over what came of it.

The judge chooses data, order of the batches and settings; it alone computes losses and accuracies, from the weights
that are handed over here. Nothing in this module knows what a right answer is.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch
from torch import Tensor

from autograder import wire
from autograder.student.forbidden_help import Watch
from autograder.student.interpreter_state import OwnState, compute_on

AT_ONCE = 4  # steps' results that are looked at together: with more of them the memory doesn't stay in a core's cache
SIGN_OF_LIFE = 1.0  # seconds of training between two messages, at most
CLOSE_STEPS = 5  # first steps that are watched closely, and take five times as long
WATCH_EVERY = 100  # steps between two that are watched, after the first ones that are handed over
_SEVERAL = (tuple, list)


class _Refused(Exception):  # noqa: N818 - a finding about the student's code, not an error of ours
    """A student's function raised, or gave back something that training can't go on with."""

    def __init__(self, function: str, error: BaseException) -> None:
        super().__init__(function)
        self.function, self.error = function, error


@dataclass
class Run:
    """What the judge asks for: a training run from w = 0."""

    step: str  # the student's function that takes a step
    arguments: list[Any]  # its arguments: "w", "grad", "eta", "t", a name of the state, or a number as it is
    returns: list[str]  # the names of what it gives back: "w" and the names of the state
    state: dict[str, bool]  # by name: whether it is zeros like w before the first step, else None
    images: str  # .npy file of the training images: (M, d) float32 in [0, 1]
    labels: str  # .npy file of their labels: (M,) int64
    classes: int
    batch: int
    etas: list[float]  # the learning rate of each epoch
    seed: int  # of the order of the batches
    first: int  # steps after each of which the weights are handed over
    gradient: str  # the student's function that gives the gradient; "": the judge gives it
    device: str = "cpu"
    watched: frozenset[str] = field(default_factory=frozenset)


def train(
    channel: socket.socket,
    names: dict[str, Any],
    request: dict[str, Any],
    watched: list[str],
    describe: Callable[[BaseException], dict[str, str]],
    own: OwnState,
) -> None:
    """Train as ``request`` (the fields of ``Run``) says, under ``torch.no_grad()``, until it ends or the judge says so.

    Messages to the judge, all with the number of steps that were made and what was ``"used": [str]``:
    ``{"step": t, "w": …}`` after each of the first steps (``"state": {name: …}``: what the step made of the state that
    began as zeros; ``"grad": …``: what the student's function gave for it) and after each epoch, answered by
    ``{"go": bool}`` from the last of the first steps on; ``{"step": t, "wanted": w}``, answered by
    ``{"go": bool, "grad": …}``; ``{"step": t, "alive": True}`` without an answer. The last one is
    ``{"step": t, "ended": why}`` with "done", "stopped", "not finite", "refused" (``"function": name, "error": …``) or
    "no data" (``"error": …``; the grader's own fault).
    An error is a dictionary, as ``describe`` makes it.

    Forbidden calls are looked for in the first steps (closely in the very first) and in every hundredth later: a close
    watch makes a step five times slower.

    Called in our ``own`` state; the student's functions are called in theirs. Raises OSError or EOFError when the judge
    has gone.
    """
    run = Run(**request, watched=frozenset(watched))
    trainer = _Trainer(channel, names, run, own)
    try:
        data = _Data(run)
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        wire.send(channel, {"step": 0, "ended": "no data", "error": describe(error)})
        return
    try:
        with torch.no_grad():
            why = trainer.train(data)
    except _Refused as refused:
        why = {"ended": "refused", "function": refused.function, "error": describe(refused.error)}
        if trainer.not_finite():
            why = {"ended": "not finite"}
    wire.send(channel, {"step": trainer.step, "used": sorted(trainer.used), **why})


class _Data:
    """The mini-batches: parts of the training images, which are mapped from their file and so shared by all processes.

    The file has the images in an order drawn once; each epoch takes the mini-batches in a new order. Drawing from all
    images in each epoch would copy all of them in each, and converges no better (Mishchenko et al., "Random
    Reshuffling: Simple Analysis with Vast Improvements", 2020: the same bounds for both).
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._order = torch.Generator().manual_seed(run.seed)
        self._one_hot = torch.eye(run.classes, dtype=torch.float32)  # whatever the default is
        self._kept, self._lent = self._read(), self._read(run.device)
        self._copied = False  # whether the student's code is given copies, as it writes into what it is given
        self._given = 0  # mini-batches
        self.size = self._kept[0].shape[1]

    def epoch(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Return the mini-batches of one epoch, in a new order: X (N, d) in [0, 1], one-hot ystar (N, C), float32."""
        kept = self._batches(self._kept)
        return self._in_order(kept, torch.randperm(len(kept), generator=self._order).tolist())

    def _in_order(self, kept: list[tuple[Tensor, Tensor]], order: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
        lent = self._batches(self._lent)
        for number in order:
            X, ystar = lent[number]
            self._given += 1
            if self._copied:
                yield X.clone(), ystar.clone()
                continue
            yield X, ystar
            if (self._given <= self._run.first or self._given % WATCH_EVERY == 0) and not _same(
                lent[number], kept[number]
            ):
                self._copied, self._lent = True, self._read(self._run.device)
                lent = self._batches(self._lent)

    def _read(self, device: str = "cpu") -> tuple[Tensor, Tensor]:
        labels = torch.from_numpy(numpy.load(self._run.labels, allow_pickle=False))
        images = torch.from_numpy(numpy.load(self._run.images, mmap_mode="c", allow_pickle=False))
        return images.to(device), self._one_hot.index_select(0, labels).to(device)

    def _batches(self, values: tuple[Tensor, Tensor]) -> list[tuple[Tensor, Tensor]]:
        return list(zip(*(torch.split(value, self._run.batch) for value in values), strict=True))


def _same(some: tuple[Tensor, Tensor], others: tuple[Tensor, Tensor]) -> bool:
    return all(torch.equal(one.cpu(), other) for one, other in zip(some, others, strict=True))


class _Trainer:
    def __init__(self, channel: socket.socket, names: dict[str, Any], run: Run, own: OwnState) -> None:
        self._channel, self._names, self._run, self._own = channel, names, run, own
        self._known: dict[str | int, Any] = {}  # what a step may be given: by name, and numbers by place
        self._arguments = [value if isinstance(value, str) else place for place, value in enumerate(run.arguments)]
        self._state = [name for name, zeros in run.state.items() if zeros]  # has the shape of w
        self._in_shape = ["w", *self._state]
        self._shape = torch.Size()
        self._recent: dict[int, Tensor] = {}  # by step: weights that were not looked at yet
        self._grad: Tensor | None = None  # of one of the first steps, where it is the student's
        self.used: set[str] = set()
        self._always_closely = False  # since a watch was blind once
        self._told = time.monotonic()
        self.step = 0

    def train(self, data: _Data) -> dict[str, Any]:
        """Train; return the last message."""
        run = self._run
        self._shape = torch.Size((data.size, run.classes))
        w = torch.zeros(self._shape, dtype=torch.float32, device=run.device)
        self._known = dict(enumerate(run.arguments)) | {"w": w}
        self._known |= {name: w.clone() if zeros else None for name, zeros in run.state.items()}
        for self._known["eta"] in run.etas:
            batches = data.epoch()
            with self._own.theirs(mixed=True):
                compute_on(run.device)
                why = self._epoch(batches)
            if why:
                return {"ended": why}
            if self.step > run.first and not self._hand_over():
                return {"ended": "stopped"}
        return {"ended": "done"}

    def _epoch(self, batches: Iterator[tuple[Tensor, Tensor]]) -> str:
        """Train for an epoch; return why training ends before it does, else ""."""
        run, known, recent = self._run, self._known, self._recent
        together = AT_ONCE if run.gradient else 1  # without, the judge has been told of each step: no going back
        for X, ystar in batches:
            before = known["w"]
            self.step = known["t"] = step = self.step + 1
            call = self._watched if run.watched and (step <= run.first or step % WATCH_EVERY == 0) else _plainly
            if not self._find_gradient(call, X, ystar):
                return "stopped"
            try:
                back = call(self._names[run.step], *[known[name] for name in self._arguments])
            except BaseException as error:
                raise _Refused(run.step, error) from None
            recent[step] = w = self._take_over(back)
            due = len(recent) >= together or w is before or step <= run.first or self.used or self._is_silent()
            if due and (why := self._look()):
                return why
        return "not finite" if self.not_finite() else ""

    def _look(self) -> str:
        """Look at what the latest steps made and tell the judge; return why training ends, else ""."""
        if self.not_finite():
            return "not finite"
        if self.step < self._run.first:
            self._say(self._weights())
        elif self.step == self._run.first and not self._hand_over():
            return "stopped"
        if self.used or self._is_silent():
            self._say({"alive": True})
        return ""

    def _is_silent(self) -> bool:
        return time.monotonic() - self._told > SIGN_OF_LIFE

    def not_finite(self) -> bool:
        """Whether the latest weights are not finite; if so, go back to the first step that made such ones.

        This takes 4 % of a step (on a GPU it waits for all that is under way). So it is done for several steps at once,
        but for those that change w in place: nothing is left to go back to.
        """
        recent = list(self._recent.items())
        self._recent.clear()
        if not recent or math.isfinite(recent[-1][1].sum().item()) or bool(recent[-1][1].isfinite().all()):
            return False
        self.step = next(step for step, w in recent if not bool(w.isfinite().all()))
        return True

    def _find_gradient(self, call: Callable[..., Any], X: Tensor, ystar: Tensor) -> bool:
        """Find the gradient for the next step; return False when the judge has enough."""
        run, known = self._run, self._known
        if not run.gradient:
            answer = self._ask({"wanted": known["w"]})
            if answer["go"]:
                known["grad"] = answer["grad"].to(known["w"].device)
            return bool(answer["go"])
        try:
            known["grad"] = grad = call(self._names[run.gradient], X, ystar, known["w"])
        except BaseException as error:  # SystemExit and KeyboardInterrupt of the student's are a finding, too
            raise _Refused(run.gradient, error) from None
        if not isinstance(grad, Tensor):
            raise _Refused(run.gradient, TypeError(f"it returned {_kind(grad)}, not a tensor"))
        if self.step <= run.first:
            self._grad = grad.clone()  # as it was before the step
        return True

    def _watched(self, function: Callable[..., Any], *arguments: Any) -> Any:
        watch = Watch(self._run.watched, closely=self.step <= CLOSE_STEPS or self._always_closely)
        try:
            with watch:
                return function(*arguments)
        finally:
            self.used |= watch.used
            self._always_closely = self._always_closely or watch.blind

    def _take_over(self, back: Any) -> Tensor:
        """Make what a step gave back the new weights and state; return the weights."""
        run, known, shape = self._run, self._known, self._shape
        if not isinstance(back, _SEVERAL) or len(back) != len(run.returns):
            raise _Refused(run.step, TypeError(f"it returned {_kind(back)}, not ({', '.join(run.returns)})"))
        known.update(zip(run.returns, back, strict=True))
        for name in self._in_shape:
            value = known[name]
            if not isinstance(value, Tensor) or value.shape != shape or not value.is_floating_point():
                error = TypeError(f"the {name} it returned is {_kind(value)}, not a tensor with the shape of w")
                raise _Refused(run.step, error)
        w: Tensor = known["w"]
        if w.dtype is not torch.float32:
            w = known["w"] = w.float()
        return w

    def _hand_over(self) -> bool:
        """Hand over the weights; return whether to go on."""
        return bool(self._ask(self._weights())["go"])

    def _weights(self) -> dict[str, Any]:
        if self.step > self._run.first:
            return {"w": self._known["w"]}
        state = {name: self._known[name] for name in self._state}
        return {"w": self._known["w"], "state": state} | ({} if self._grad is None else {"grad": self._grad})

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self._say(message)
        with self._own.ours():
            return wire.receive(self._channel)

    def _say(self, message: dict[str, Any]) -> None:
        with self._own.ours():
            wire.send(self._channel, {"step": self.step, "used": sorted(self.used), **message})
        self.used.clear()
        self._told = time.monotonic()


def _plainly(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _kind(value: object) -> str:
    if isinstance(value, Tensor):
        return (
            f"a {'×'.join(map(str, value.shape)) or '0-dimensional'} {str(value.dtype).removeprefix('torch.')} tensor"
        )
    if isinstance(value, _SEVERAL):
        return f"{len(value)} values"
    return "nothing (None)" if value is None else f"an object of type {type(value).__name__}"

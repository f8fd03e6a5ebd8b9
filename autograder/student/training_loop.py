"""Train with the student's own functions and classes, and hand over what came of it.

How a step is made with them says a *driver*, a generator function of the assignment's: it yields named tensors after
each step or epoch. What is the same for all is here: data, watch, signs of life, finiteness, handing over. The judge
chooses data, order of the batches, starting weights and settings; it alone computes losses and accuracies, from the
weights that are handed over. Nothing in this module or in a driver knows what a right answer is.
"""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from autograder import wire
from autograder.student.crossed_code import compiled
from autograder.student.forbidden_help import Watch
from autograder.student.interpreter_state import OwnState, compute_on
from autograder.student.plain_tensors import plain
from autograder.student.training_batches import Batches, Files, NoDataError
from autograder.student.training_parts import Missing, Parts, Refused, Told

AT_ONCE = 4  # steps' results that are looked at together: with more of them the memory doesn't stay in a core's cache
SIGN_OF_LIFE = 1.0  # seconds of training between two messages, at most
CLOSE_STEPS = 5  # first steps that are watched closely, and take five times as long
WATCHED_STEPS = 50  # first steps that are watched
WATCH_EVERY = 100  # steps between two that are watched, after the first ones
_SEVERAL = (tuple, list)
_OURS = (NameError, SyntaxError, MemoryError)  # raised where a driver's module is run: not by what a cell has changed
Driver = Generator[Any, Any, None]
Tensors = dict[str, Tensor]


@dataclass
class Run:
    """What the judge asks for: a training run."""

    source: list[str]  # the text of the driver's module, in pieces
    of: str  # what the module is called in tracebacks: "driver of intro"
    driver: str  # the generator function in it
    parts: dict[str, str]  # by the driver's name for it: the student's function or class
    stand_ins: dict[str, str | None]  # what the driver's module has in place of some; None: the judge does it
    told: list[str]  # parts whose results in the first steps are handed over
    start: Tensors  # what training starts from
    state: list[str]  # those of them that are no weights: they may become infinite
    settings: dict[str, Any]  # for the driver
    files: dict[str, Any]  # the fields of ``Files``
    first: int  # steps after each of which the weights are handed over
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

    Messages to the judge, all with the number of steps that were begun and what was ``"used": [str]``:
    ``{"step": t, "weights": {name: …}}`` after each of the first steps (then with the state, and with ``"gave": …``,
    what the parts in ``told`` gave for it) and after each epoch (then with ``"epoch": number``), answered by
    ``{"go": bool}`` from the last of the first steps on; ``{"step": t, "wanted": what, "weights": {…}}``, answered by
    ``{"go": bool, "given": …}``; ``{"step": t, "alive": True}`` without an answer. The last one is
    ``{"step": t, "ended": why}`` with "done", "stopped", "not finite" (``"name"``: of the weights), "missing" and
    "refused" (``"function": name``, and ``"error": …``) or "no data" (``"error": …``; the grader's own fault).
    An error is a dictionary, as ``describe`` makes it.

    Forbidden calls are looked for in the first steps (closely in the very first) and in every hundredth later: a close
    watch makes a step five times slower.

    Called in our ``own`` state; the student's functions are called in theirs. Raises OSError or EOFError when the judge
    has gone.
    """
    run = Run(**request, watched=frozenset(watched))
    try:
        trainer = _Trainer(channel, names, run, own)
        batches = Batches(Files(**run.files), trainer.begin_step, trainer.is_looked_at)
    except NoDataError as error:
        wire.send(channel, {"step": 0, "ended": "no data", "error": describe(error)})
        return
    except _OURS:
        raise
    except BaseException as error:  # the judge has imported the same driver: a cell has put something in a name's place
        wire.send(channel, {"step": 0, "ended": "refused", "function": "", "error": describe(error)})
        return
    try:
        why = trainer.train(batches)
    except Missing as missing:
        why = {"ended": "missing", "function": missing.name}
    except Refused as refused:
        why = {"ended": "refused", "function": refused.function, "error": describe(refused.error)}
        with contextlib.suppress(BaseException):  # what failed may be just that look
            why = trainer.not_finite() or why
    wire.send(channel, {"step": trainer.step, "used": sorted(trainer.used), **why})


class _Trainer:
    def __init__(self, channel: socket.socket, names: dict[str, Any], run: Run, own: OwnState) -> None:
        self._channel, self._run, self._own = channel, run, own
        self._code = compiled("".join(run.source), run.of)
        like = next(iter(run.start.values())).shape
        self._parts = Parts(names, run.parts, run.stand_ins, self._code, Told(run.told, like, self._is_first))
        self._shapes = {name: (value.shape, value.is_floating_point()) for name, value in run.start.items()}
        self._weights = [name for name in run.start if name not in run.state]
        self._numbers = [name for name in self._weights if self._shapes[name][1]]  # which may become infinite
        self._recent: dict[int, Tensors] = {}  # by step: what was not looked at yet
        self._latest: Tensors = {}
        self._at_once = AT_ONCE
        self._epochs = 0  # that were handed over
        self.used: set[str] = set()
        self._watch: Watch | None = None
        self._modes = 0  # of torch that are entered while it watches
        self._always_closely = False  # since a watch was blind once
        self._told = time.monotonic()
        self.step = 0  # the number of steps that were begun

    def train(self, batches: Batches) -> dict[str, Any]:
        """Train; return the last message. Raises Missing, Refused; OSError, EOFError when the judge has gone."""
        run = self._run
        device = Files(**run.files).device
        with self._their_doing(), torch.no_grad():
            start = {name: value.clone().to(device) for name, value in run.start.items()}
            parts = self._parts.all()
            driver = self._code[run.driver](start=start, settings=run.settings, batches=batches, **parts)
            with self._own.theirs(mixed=True):
                compute_on(device)
                return self._go_through(driver, batches, device)

    @contextlib.contextmanager
    def _their_doing(self) -> Iterator[None]:
        """Raise Refused for whatever is raised inside: it comes of what the student made, or did to torch."""
        try:
            yield
        except (Missing, Refused, OSError, EOFError, MemoryError):
            raise
        except BaseException as error:
            raise self._parts.refusal(error) from None

    def _go_through(self, driver: Driver, batches: Batches, device: str) -> dict[str, Any]:
        answer: Any = None
        if self._run.watched:
            self._begin_watch()
        while True:
            try:
                given = driver.send(answer)
            except StopIteration:
                return self.not_finite() or {"ended": "done"}
            except Refused:
                raise
            except BaseException as error:
                raise self._parts.refusal(error) from None
            finally:
                if self._watch is not None:
                    self._end_watch()
            answer = None
            if isinstance(given, tuple):
                what, weights = given
                said = self._ask({"wanted": what, "weights": weights})
                if not said["go"]:
                    return {"ended": "stopped"}
                answer, self._at_once = said["given"].to(device), 1  # the judge knows of each step: no going back
                continue
            is_epoch = batches.epochs != self._epochs
            if batches.epochs > self._epochs + 1:
                passes = batches.epochs - self._epochs
                raise self._parts.refusal(ValueError(f"it went through the batches {passes} times in one epoch"))
            if why := self._take(given, is_epoch):
                return why
            if is_epoch:
                self._epochs = batches.epochs
                compute_on(device)

    def _take(self, given: Tensors, is_epoch: bool) -> dict[str, Any] | None:
        """Look at what a step has made, now or with later ones; return the last message, if training ends."""
        given = self._checked(given)
        recent, before = self._recent, self._latest
        recent[self.step] = self._latest = given
        due = is_epoch or len(recent) >= self._at_once or self.step <= self._run.first or self.used
        if due or self._is_silent() or self._are_in_place(given, before):
            return self._look(is_epoch)
        return None

    def _are_in_place(self, given: Tensors, before: Tensors) -> bool:
        """Whether some weights are where they were before the step, so that these are gone."""
        return bool(before) and any(given[name].data_ptr() == before[name].data_ptr() for name in self._weights)

    def _checked(self, given: Any) -> Tensors:
        """Return what a step has made, as tensors that are torch's own. Raises Refused."""
        found: Tensors = {}
        for name, (shape, floats) in self._shapes.items():
            value = plain(given.get(name))
            if value is None or value.shape != shape or value.is_floating_point() is not floats or not _is_dense(value):
                wanted = _tensor(shape, "floats" if floats else "whole numbers")
                error = TypeError(f"the {name} that came of it is {_kind(given.get(name))}, not {wanted}")
                raise self._parts.refusal(error) from None
            found[name] = value
        return found

    def _look(self, is_epoch: bool) -> dict[str, Any] | None:
        """Look at what the latest steps made and tell the judge; return the last message, if training ends."""
        if broken := self.not_finite():
            return broken
        first = self._run.first
        if self.step < first:
            self._say(self._message(is_epoch))
        elif (self.step == first or is_epoch) and not self._ask(self._message(is_epoch))["go"]:
            return {"ended": "stopped"}
        if self.used or self._is_silent():
            self._say({"alive": True})
        return None

    def _message(self, is_epoch: bool) -> dict[str, Any]:
        message: dict[str, Any] = {"epoch": self._epochs + 1} if is_epoch else {}
        if self.step > self._run.first:
            return message | {"weights": {name: self._latest[name] for name in self._weights}}
        return message | {"weights": {name: self._latest[name] for name in self._shapes}, "gave": self._parts.gave}

    def not_finite(self) -> dict[str, Any] | None:
        """Return the last message where the latest weights are not finite: of the first step that made such ones.

        This takes 4 % of a step (on a GPU it waits for all that is under way). So it is done for several steps at once,
        but for those that change weights in place: nothing is left to go back to.
        """
        recent = list(self._recent.items())
        self._recent.clear()
        if not recent or self._are_finite(recent[-1][1]):
            return None
        for step, values in recent:
            for name in self._numbers:
                if not bool(values[name].isfinite().all()):
                    self.step = step
                    return {"ended": "not finite", "name": name}
        return None

    def _are_finite(self, values: Tensors) -> bool:
        """Whether the sum of all is: one look, instead of one at each. It may be infinite by itself."""
        sums = [values[name].sum() for name in self._numbers]
        return not sums or math.isfinite(sum(sums[1:], sums[0]).item())

    def begin_step(self) -> None:
        """Count a step that begins; decide whether it is watched; tell the judge what was used, and of being alive."""
        if self._watch is not None and self._modes == torch._C._len_torch_function_stack():
            self._end_watch()  # not while a mode of the student's lies above the watch's own
        if self._watch is None and (self.used or self._is_silent()):
            self._say({"alive": True})
        self.step += 1
        if self._watch is None and self._run.watched and self.is_looked_at():
            self._begin_watch()

    def is_looked_at(self) -> bool:
        """Whether the present step is one that is watched."""
        return self.step <= WATCHED_STEPS or self.step % WATCH_EVERY == 0

    def _begin_watch(self) -> None:
        self._watch = Watch(self._run.watched, closely=self.step <= CLOSE_STEPS or self._always_closely)
        for kind in self._parts.classes.values():
            self._watch.look_at(kind, alone=bool(self._run.stand_ins))
        self._watch.__enter__()
        self._modes = torch._C._len_torch_function_stack()

    def _end_watch(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.__exit__(None, None, None)
            self.used |= watch.used
            self._always_closely = self._always_closely or watch.blind

    def _is_first(self) -> bool:
        """Whether the present step is one of the first."""
        return self.step <= self._run.first

    def _is_silent(self) -> bool:
        return time.monotonic() - self._told > SIGN_OF_LIFE

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self._say(message)
        with self._own.ours():
            return wire.receive(self._channel)

    def _say(self, message: dict[str, Any]) -> None:
        with self._own.ours():
            wire.send(self._channel, {"step": self.step, "used": sorted(self.used), **message})
        self.used.clear()
        self._told = time.monotonic()


def _is_dense(value: Tensor) -> bool:
    """Whether a tensor has its numbers, one beside the other."""
    return value.layout is torch.strided and value.device.type != "meta"


def _kind(value: object) -> str:
    bare = plain(value)
    if bare is not None:
        numbers = f"{str(bare.dtype).removeprefix('torch.')} numbers"
        return _tensor(bare.shape, numbers if _is_dense(bare) else f"{numbers} that are not laid out as usual")
    if isinstance(value, _SEVERAL):
        return f"{len(value)} values"
    return "nothing (None)" if value is None else f"an object of type {type(value).__name__}"


def _tensor(shape: torch.Size, what: str) -> str:
    if not shape:
        return f"a 0-dimensional tensor of {what}"
    size = "×".join(map(str, shape))
    return f"a tensor of {size} {what}"

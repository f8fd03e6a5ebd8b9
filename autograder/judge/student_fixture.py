"""``student``: the fixture through which a hidden test calls the student's functions on the other side."""

from __future__ import annotations

import select
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

from autograder import wire
from autograder.judge import call_inputs, probes, submission_budget
from autograder.judge.answer_checks import Answer, Call, StudentFailed, StudentLost
from autograder.judge.batching import ask, run_together
from autograder.judge.connection import Connection, Copy, Request, exchange
from autograder.judge.diagnosis.call_log import CallLog, RecordedCall
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import EXCEPTION, NOTHING
from autograder.judge.forbidden_use import cause, plainest
from autograder.judge.missing_names import absent_method, undefined_name
from autograder.judge.references import Named, Reference
from autograder.judge.stopwatch import StalledError, Stopwatch
from autograder.judge.transcripts import RememberedConnection
from autograder.wire import limits

VANISHED = "somebody or something outside the sandbox has ended the student kernel; grade again"
DYING = 5.0  # seconds of its own between the end of a process's connections and its end
QUICK = 2.0  # seconds of the process's own to the next answer, when many are asked for at once


class Student:
    """The student's functions and classes, as they stand at the question's place in the notebook.

    ``student.CE_loss(X, ystar, w)`` calls the student's function on the student side and returns an ``Answer``.
    Arguments are tensors, numbers, strings, or lists and dictionaries of these; any other raises CannotJudge.
    ``student.probe(probes.batches, "DataLoader", data)`` has a probe try out their class there (see ``judge.probes``).
    """

    def __init__(
        self,
        open_copy: Callable[[], Copy],
        parameters: Mapping[str, tuple[str, ...]],
        forbidden: frozenset[str],
        call_timeout: float,
        test_timeout: float,
        log: CallLog | None = None,
        why_missing: Callable[[str], str] = lambda name: "",
        about_time: Callable[[], str] = str,
        right: Callable[[str], Any] = lambda name: None,
    ):
        # Opened at the first call, within the test: what goes wrong then is this test's outcome.
        self._open_copy = open_copy
        self._copy: Copy | None = None
        self._parameters = parameters  # of each function, by the assignment's names
        self._forbidden = sorted(forbidden)
        self._call_timeout = call_timeout
        self._test_timeout = test_timeout
        self._log = CallLog() if log is None else log
        self._why_missing = why_missing  # why a function, or a name it uses, is not defined, or ""
        self._about_time = about_time  # what is to be said to one who ran out of it, or ""
        self._right = right  # the right function or class of a name
        self._stopwatch: Stopwatch | None = None  # there as soon as the copy is
        self._together = False  # whether examples are run side by side
        self.where = ""  # a test that makes several steps says here which one it is at

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, back=(): self._call(name, arguments, back)

    def name(self, name: str) -> Named:
        """Return what stands for another of the student's functions or classes among a probe's arguments."""
        return Named(name, self._right(name))

    def probe(self, probe: probes.Probe, name: str, *arguments: Any) -> Answer:
        """Have a probe try out the student's class or function of that name; what it hands back is the answer.

        Further arguments are plain data, ``student.name(…)``, or classes and functions of the probe's own module.
        """
        given = probes.referring(probe, arguments)
        plain = [None if isinstance(value, Reference) else value for value in given]
        request = {"name": name, "args": plain, "back": [], "probe": probes.request(probe, name, given)}
        inputs = tuple(zip(probes.parameters(probe), given, strict=False))
        call = Call(name, inputs, self.where, probes.story(probe, given))
        return self._recorded(call, request, RecordedCall(name, given, probe=probe))

    def _call(self, name: str, arguments: tuple[Any, ...], back: tuple[int, ...]) -> Answer:
        names = self._parameters.get(name, tuple(f"argument {i + 1}" for i in range(len(arguments))))
        call = Call(name, tuple(zip(names, arguments, strict=False)), self.where)
        request = {"name": name, "args": list(arguments), "back": list(back)}
        return self._recorded(call, request, RecordedCall(name, arguments, back=tuple(back)))

    def _recorded(self, call: Call, request: Request, made: RecordedCall) -> Answer:
        submission_budget.check()
        call_inputs.check(call.function, request["args"])
        try:
            answer = self._answer(call, request)
        except StudentFailed as failed:
            self._log.add(replace(made, back=(), error=failed.exception, error_message=failed.reason))
            raise
        except StudentLost as lost:
            self._log.add(replace(made, back=(), error="lost", cause=lost.cause))
            raise
        self._log.add(replace(made, value=answer.value, after=answer.after))
        return answer

    def together(self, examples: Sequence[Callable[[], None]], about: Hashable) -> None:
        """Run examples side by side; raises what one of them raises, or whatever kept them from being answered.

        That they all pass says as much as if they had been run one after another. That they don't says nothing yet.
        ``about`` tells these examples from others. Where others have answered them in just the same way and passed,
        they pass, too, and are not run.
        """
        copy = self._opened()
        stopwatch = Stopwatch(copy, self._test_timeout, QUICK)
        conversation = RememberedConnection((about, *self._forbidden), copy.channel, stopwatch)
        with _killing(copy):
            passes = conversation.is_known()
        if passes:
            self._log.add_later(lambda: self._side_by_side(examples, conversation, copy))
        else:
            self._side_by_side(examples, conversation, copy)
            conversation.has_passed()

    def _side_by_side(
        self, examples: Sequence[Callable[[], None]], conversation: RememberedConnection, copy: Copy
    ) -> None:
        for_all = chain([True], repeat(False))  # later inputs depend on what this student's functions have answered

        def answered(requests: list[Request]) -> list[Any]:
            with _killing(copy):
                return exchange(conversation, requests, self._forbidden, next(for_all))

        self._together = True
        try:
            run_together(examples, answered)
        finally:
            self._together = False

    def _answer(self, call: Call, request: Request) -> Answer:
        reply = ask(request) if self._together else self._ask(call, request)
        if not isinstance(reply, dict):
            raise self._nonsense(call)
        used = reply.get("used")
        if not isinstance(used, list):
            raise self._nonsense(call)
        if used:
            entry, name = plainest(used)
            message = f"{call.function} uses {name}, which this question asks you to do without."
            raise StudentLost(message, None, ends_question=False, cause=cause(entry))
        if "too_large" in reply:
            message = f"What {call.function} returned is too large to be handed over to the grader"
            raise self._lost(call, f"{message} (more than {limits.MAX_TENSORS >> 20} MiB, or too many values).", False)
        if "missing" in reply:
            raise self._missing(call, str(reply["missing"])[:100])
        if "error" in reply:
            raise self._raised(call, reply["error"])
        after = reply.get("back")
        if "value" not in reply or not isinstance(after, list) or len(after) != len(request["back"]):
            raise self._nonsense(call)
        return Answer(call, reply["value"], tuple(after))

    def start_over(self) -> None:
        """Let the next call go to another copy, with all the time of the test before it."""
        self._copy = None

    def _ask(self, call: Call, request: Request) -> Any:
        copy = self._opened()
        self._stopwatch = stopwatch = self._stopwatch or Stopwatch(copy, self._test_timeout, self._call_timeout)
        try:
            return exchange(Connection(copy.channel, stopwatch), [request], self._forbidden)[0]
        except TimeoutError:
            copy.kill()
            late = f"{self._late(call, stopwatch)} {self._about_time()}".rstrip()
            raise self._lost(call, late, True, Cause.HANG) from None
        except StalledError:
            copy.kill()
            raise
        except EOFError:
            death = death_of(copy)
            if copy.vanished:
                raise CannotJudge(VANISHED) from None
            message = f"{call.function} ended its process: {death}."
            raise self._lost(call, message, False, Cause.DEATH) from None
        except wire.WireError:
            copy.kill()
            raise self._nonsense(call) from None

    def _opened(self) -> Copy:
        if self._copy is None:
            self._copy, self._stopwatch = self._open_copy(), None
        return self._copy

    def _late(self, call: Call, stopwatch: Stopwatch) -> str:
        if stopwatch.lap_is_over:
            return f"{call.function} did not return within {self._call_timeout:g} s and was stopped."
        return f"The calls of {call.function} took more than {self._test_timeout:g} s in all in this test: too slow."

    def _lost(self, call: Call, message: str, ends_question: bool, cause: Cause | None = None) -> StudentLost:
        example = call.counterexample(NOTHING, "an answer") if call.inputs else None
        return StudentLost(message, example, ends_question, cause)

    def _missing(self, call: Call, name: str) -> StudentLost:
        why = f": {why}" if (why := self._why_missing(name)) else ""
        return self._lost(call, f"{name} is not defined at this point of the notebook{why}.", True)

    def _raised(self, call: Call, error: Any) -> StudentFailed | StudentLost:
        error = error if isinstance(error, dict) else {}
        kind, message, line, did = (str(error.get(key, ""))[:1000] for key in ("type", "message", "line", "did"))
        if kind == "MemoryError" or "can't allocate memory" in message:
            return self._lost(call, f"{call.function} asked for more memory than it may have.", True, Cause.MEMORY)
        at = f" (in the line `{line}`)" if line else ""
        text = f"{kind}: {message}" if message else kind
        name = undefined_name(text)
        why = f": {why}" if name and (why := self._why_missing(name)) else ""
        says = f"{call.function} raised {text}{at}{why}."
        if did and not line:
            says = f"The test did `{did}` with your {call.function}, which raised {text}{absent_method(message)}."
        return StudentFailed(says, call.counterexample(EXCEPTION, "an answer"), kind or "an exception", message)

    def _nonsense(self, call: Call) -> StudentLost:
        return self._lost(
            call, f"What came back from {call.function} is no answer: the code interferes with the grader.", True
        )


@contextmanager
def _killing(copy: Copy) -> Iterator[None]:
    """Kill a copy over whatever is raised: it may still be at work."""
    try:
        yield
    except BaseException:
        copy.kill()
        raise


def death_of(copy: Copy) -> str:
    """Say how a copy ended; its channel closes a moment before the process is gone. Raises StalledError."""
    stopwatch = Stopwatch(copy, DYING)
    try:
        while not select.select([copy.pidfd], [], [], stopwatch.wait())[0]:
            pass
    except TimeoutError:
        copy.kill()
        return "it closed its connection to the grader"
    return copy.death()

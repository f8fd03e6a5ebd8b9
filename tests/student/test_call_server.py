"""What a call of the student's function is answered; of an exception: type, words, the student's own line."""

from __future__ import annotations

import linecache
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
import torch

from autograder import wire
from autograder.student import call_server
from autograder.student.call_server import MAX_TEXT, describe
from autograder.student.forbidden_help import Watch

CELL = "/tmp/ipykernel_1/2.py"  # as ipykernel names cells


def cell(source: str, file: str = CELL) -> dict[str, Any]:
    """Run source as a cell whose lines are known, as IPython does it; return its names."""
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)
    return names


def line_of(function: Any) -> str:
    with pytest.raises(BaseException) as info:
        function()
    return describe(info.value)["line"]


NESTED = """
def innermost(x):
    return 1 / x

def middle(x):
    return innermost(x) + 1

def step():
    return middle(0)
"""


def test_the_line_is_the_innermost_of_the_students() -> None:
    assert line_of(cell(NESTED)["step"]) == "return 1 / x"


def test_a_librarys_lines_below_it_are_left_out() -> None:
    source = "import json\n\ndef helper(text):\n    return json.loads(text)\n\ndef step():\n    return helper('{')\n"
    assert line_of(cell(source)["step"]) == "return json.loads(text)"


def test_a_line_in_another_cell_counts_too() -> None:
    other = cell("def helper():\n    raise KeyError('x')\n", "/tmp/ipykernel_1/3.py")["helper"]
    names = cell("def step(helper):\n    return helper()\n")
    assert line_of(lambda: names["step"](other)) == "raise KeyError('x')"


def test_an_exception_of_a_library_alone_has_no_line() -> None:
    assert line_of(lambda: __import__("json").loads("{")) == ""


def test_what_is_said_has_its_length() -> None:
    long = type("E" * 500, (Exception,), {})("m" * 5000)
    found = describe(long)
    assert (len(found["type"]), len(found["message"])) == (100, MAX_TEXT)


Asked = tuple[list[dict[str, Any]], list[int]]


def asked(names: dict[str, Any], *calls: Any, watch: Sequence[str] = (), requests: int = 1) -> Asked:
    """Ask for calls; return their answers, and how many came in each message."""
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=call_server.serve, args=(theirs, names), daemon=True)
    serving.start()
    answers: list[dict[str, Any]] = []
    sizes: list[int] = []
    made = [{"name": name, "args": list(arguments), "back": list(back)} for name, arguments, back in calls]
    with ours, theirs:
        for number in range(requests):
            wire.send(ours, {"watch": list(watch), "calls": made})
            while len(answers) < (number + 1) * len(made):
                came = wire.receive(ours)["answers"]
                answers += came
                sizes.append(len(came))
        ours.shutdown(socket.SHUT_RDWR)
        serving.join(10)
        assert not serving.is_alive()
    return answers, sizes


def test_each_answer_has_the_value_what_became_of_the_arguments_and_what_was_used() -> None:
    def add(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        b += 1
        assert not torch.is_grad_enabled()
        return a + b

    ones = torch.ones(1)
    answers, sizes = asked({"add": add}, ("add", (ones, ones), (1,)), ("add", (ones, ones), ()), ("gone", (), ()))
    first, second, third = answers
    assert (first["value"].tolist(), [value.tolist() for value in first["back"]], first["used"]) == ([3], [[2]], [])
    assert (second["value"].tolist(), second["back"]) == ([3], [])
    assert third == {"missing": "gone", "used": []}
    assert sizes == [3]


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_the_students_function_raises_is_an_answer_and_the_next_call_is_made(error: BaseException) -> None:
    def fails() -> None:
        raise error

    answers, _ = asked({"fails": fails, "f": lambda: 1}, ("fails", (), ()), ("f", (), ()))
    assert (answers[0]["error"]["type"], answers[1]["value"]) == (type(error).__name__, 1)


def test_an_exception_whose_message_fails_has_its_type() -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    assert describe(OddError())["message"] == "(its message can't be shown)"
    assert describe(OddError())["type"] == "OddError"


def test_what_can_not_be_sent_costs_its_own_answer_alone() -> None:
    class Endless(list[int]):
        def __iter__(self) -> Any:
            raise RuntimeError("it changes all the time")

    names = {"large": lambda: torch.zeros(1).expand(2**40), "odd": lambda: Endless([1]), "f": lambda: 1}
    large, odd, last = asked(names, ("large", (), ()), ("odd", (), ()), ("f", (), ()))[0]
    assert large == {"too_large": True, "used": []}
    assert odd["error"]["message"] == "it changes all the time" and odd["used"] == []
    assert last["value"] == 1


def test_what_takes_a_while_is_sent_as_it_comes() -> None:
    answers, sizes = asked({"slow": lambda: time.sleep(0.25)}, *[("slow", (), ())] * 2)
    assert (len(answers), sizes) == (2, [1, 1])


def test_a_full_parcel_is_sent_before_the_next_answer_is_put_in() -> None:
    _, sizes = asked({"large": lambda: torch.zeros(300_000)}, *[("large", (), ())] * 2)
    assert sizes == [1, 1]


class Seen(Watch):
    """Notes how closely each call is watched, and is blind where it is told."""

    closely: ClassVar[list[bool]] = []
    blind_at: ClassVar[set[int]] = set()

    def __init__(self, categories: frozenset[str], closely: bool = True) -> None:
        super().__init__(categories, closely)
        self.number = len(self.closely)
        self.closely.append(closely)

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.blind = self.number in self.blind_at
        self.found.add(("losses", f"seen {self.number}"))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> type[Seen]:
    monkeypatch.setattr(call_server, "Watch", Seen)
    Seen.closely, Seen.blind_at = [], set()
    return Seen


def test_the_first_call_and_every_25th_are_watched_closely_over_all_requests(seen: type[Seen]) -> None:
    asked({"f": lambda: 1}, *[("f", (), ())] * 20, requests=3)
    assert [number for number, closely in enumerate(seen.closely) if closely] == [0, 25, 50]


def test_once_a_watch_was_blind_the_call_is_made_again_and_all_later_ones_are_watched_closely(seen: type[Seen]) -> None:
    seen.blind_at = {1}
    made: list[float] = []

    def doubles(x: torch.Tensor) -> torch.Tensor:
        made.append(1)
        x *= 2
        return x

    answers, _ = asked({"f": doubles}, *[("f", (torch.ones(1),), (0,))] * 3)
    assert seen.closely == [True, False, True, True]  # the third is the second look
    assert len(made) == 4
    assert [answer["value"].item() for answer in answers] == [2, 2, 2]  # out of reach of the second call
    assert [answer["back"][0].item() for answer in answers] == [2, 2, 2]
    used = [[name for _, name in answer["used"]] for answer in answers]
    assert used == [["seen 0"], ["seen 1", "seen 2"], ["seen 3"]]


def test_an_answer_that_the_second_look_would_change_stays_what_it_was(seen: type[Seen]) -> None:
    seen.blind_at = {0}
    kept: list[int] = []

    def keeps() -> list[int]:
        kept.append(1)
        return kept

    assert asked({"f": keeps}, ("f", (), ()))[0][0]["value"] == [1]
    assert len(kept) == 2


def failing(error: Exception) -> Any:
    def fails(*_: Any) -> None:
        raise error

    return fails


def test_our_own_fault_is_said_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[tuple[Exception, str]] = [(ValueError("ours"), "ValueError: ours"), (MemoryError(), "")]
    for error, says in errors:
        monkeypatch.setattr(call_server, "_call", failing(error))
        ours, theirs = socket.socketpair()
        with ours, theirs:
            wire.send(ours, {"watch": [], "calls": [{"name": "f", "args": [], "back": []}]})
            call_server.serve(theirs, {})
            said = wire.receive(ours)
            assert says in said["broken"] if says else said == {"no_memory": True}


def test_a_request_of_which_another_process_has_read_a_part_ends_it_without_a_word() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"\xff" * 4096)
        call_server.serve(theirs, {})
        theirs.shutdown(socket.SHUT_WR)
        assert ours.recv(1) == b""

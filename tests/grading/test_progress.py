"""How far a run is: a bar on a terminal, a line now and then in a log, nothing when it is quiet."""

import logging
import time

import pytest
from rich.console import Console
from traitlets.config import Config

from autograder.grading.class_run import Done
from autograder.grading.judging_pool import judge_all
from autograder.grading.progress import Progress, _drawn, judging
from autograder.grading.run_observer import STARTING, Watch
from autograder.judge.evidence import Outcome
from tests.grading.fakes import JUDGE, task

DONE = Done("ada", "n", Outcome.PASSED, True, "")


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")


def told(total, every, level, caplog, seconds=0.0, about=lambda tell: None):
    log = logging.getLogger("autograder.test.lines")
    caplog.set_level(level, log.name)
    with judging(total, log, every) as tell:
        about(tell)
        for i in range(total):
            time.sleep(seconds)
            tell(Done("ada", "n", list(Outcome)[i % 3], True, ""))
        time.sleep(seconds)
    return [record.getMessage() for record in caplog.records]


def test_in_a_log_a_line_every_few_seconds_says_what_came_out(caplog):
    lines = told(4, 0.1, logging.INFO, caplog, seconds=0.3)
    third = next(line for line in lines if line.startswith("Judged 3 of 4: "))
    assert "1 all right, 1 lost points, 1 could not be judged; about 0:00:0" in third
    assert not any(line.startswith("Judged 4 of 4") for line in lines)  # the end has its own table


def test_the_first_line_comes_at_once_and_the_next_in_its_time(caplog):
    lines = told(4, 60.0, logging.INFO, caplog, seconds=0.1)
    assert [line.partition(":")[0] for line in lines] == ["Judged 0 of 4"]


def test_a_log_says_what_is_being_done_and_for_whom(caplog):
    def about(tell):
        with tell.doing(STARTING):
            time.sleep(0.3)
        tell.begins("ada")
        tell.begins("bob")
        with tell.doing("taking in carl"):
            time.sleep(0.3)
        tell.ends("ada")
        time.sleep(0.3)
        tell.ends("bob")

    lines = told(1, 0.1, logging.INFO, caplog, about=about)
    stages = [line.partition("so far; now ")[2] for line in lines]
    assert STARTING in stages and "judging ada, bob; taking in carl" in stages and "judging bob" in stages
    assert all("0:00:0" in line for line in lines)


def test_what_came_before_the_first_result_is_not_in_the_estimate(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    progress = Progress(10)
    for student, now in (("ada", 20.0), ("bob", 20.0), ("carl", 22.0), ("dan", 24.0), ("eve", 24.0)):
        progress.begins(student)
        clock[0] = now
        if student == "ada":
            progress.begins("zoe")
        progress(Done(student, "n", Outcome.PASSED, True, ""))
        progress.ends(student)
        if student == "bob":
            assert progress.left == ""  # two at a time: one interval says nothing
    assert progress.left == "about 0:00:05 to go"  # 4 in 4 s
    assert str(progress.elapsed) == "0:00:24"


def test_nothing_when_the_log_is_quiet(caplog, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert told(4, 0.0, logging.ERROR, caplog) == []
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_the_bar_counts_what_came_out(caplog, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert told(3, 0.0, logging.WARNING, caplog, seconds=0.3) == []
    assert "1 all right, 1 lost points, 1 could not be judged" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("shown_from", "bar"),
    [(logging.DEBUG, False), (logging.INFO, True), (logging.WARNING, True), (logging.ERROR, False)],
)
def test_what_the_terminal_shows_decides_not_what_the_log_file_gets(monkeypatch, capfd, shown_from, bar):
    monkeypatch.setenv("FORCE_COLOR", "1")
    log = logging.getLogger("autograder.test.file")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    handler = logging.StreamHandler()
    handler.setLevel(shown_from)
    log.addHandler(handler)
    try:
        with judging(1, log, 60.0) as tell:
            tell(DONE)
    finally:
        log.removeHandler(handler)
    assert ("━" in capfd.readouterr().err) is bar


def test_without_a_terminal_there_is_no_bar(capfd):
    with judging(1, logging.getLogger("x"), 60.0) as tell:
        tell(DONE)
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_the_bar_holds_back_chatter_and_lets_warnings_through(monkeypatch, capfd):
    monkeypatch.setenv("FORCE_COLOR", "1")
    log = logging.getLogger("autograder.test")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.StreamHandler()
    stream = handler.stream
    log.addHandler(handler)
    try:
        with judging(1, log, 60.0) as tell:
            log.info("chatter")
            log.warning("a warning")
            tell(DONE)
    finally:
        log.removeHandler(handler)
    text = capfd.readouterr().err
    assert "judging" in text and "a warning" in text and "chatter" not in text
    assert (handler.stream, handler.level) == (stream, logging.NOTSET)


def test_a_terminal_that_can_not_change_a_line_gets_lines_as_a_log_does(caplog, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert len(told(1, 60.0, logging.INFO, caplog, seconds=0.1)) == 1
    assert "━" not in capfd.readouterr().err


def test_what_turns_out_not_to_be_there_is_not_waited_for(caplog):
    lines = told(3, 0.1, logging.INFO, caplog, seconds=0.3, about=lambda tell: tell.spared(1))
    assert any(line.startswith("Judged 1 of 2: ") for line in lines)
    assert not any(line.startswith("Judged 2") for line in lines)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_live_lines_fit(width):
    progress = Progress(200)
    for i in range(30):
        progress.begins(f"student_{i}")
    console = Console(width=width, record=True, force_terminal=True, color_system=None)
    with console.capture() as shown:
        console.print(_drawn(progress))
    lines = shown.get().splitlines()
    assert len(lines) == 2 and max(map(len, lines)) <= width
    assert lines[0].startswith("0:00:00: judging student_0") and "0/200" in lines[1]


class Heard(Watch):
    def __init__(self):
        self.lines = []

    def begins(self, student):
        self.lines.append(f"begins {student}")

    def ends(self, student):
        self.lines.append(f"ends {student}")

    def doing(self, what):
        self.lines.append(what)
        return super().doing(what)


def test_judging_tells_what_it_is_at(tmp_path):
    heard = Heard()
    config = Config(Grading={"judge": JUDGE, "workers": 1})
    tasks = [task("ada", tmp_path / "log"), task("bob", tmp_path / "log", do="die once")]
    assert len(list(judge_all(tasks, config, heard))) == 2
    assert heard.lines == [f"{STARTING}, then judging ada", "begins ada", "ends ada", "begins bob", "ends bob"]

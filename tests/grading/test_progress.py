"""How far a run is: a bar on a terminal, a line now and then in a log, nothing when it is quiet."""

import logging

import pytest

from autograder.grading.progress import judging
from autograder.grading.run import Done
from autograder.judge.evidence import Outcome

DONE = Done("ada", "n", Outcome.PASSED, True, "")


def told(total, every, level, caplog):
    log = logging.getLogger("autograder.test.lines")
    caplog.set_level(level, log.name)
    with judging(total, log, every) as tell:
        for i in range(total):
            tell(Done("ada", "n", list(Outcome)[i % 3], True, ""))
    return [record.getMessage() for record in caplog.records]


def test_in_a_log_a_line_every_few_seconds_says_what_came_out(caplog):
    lines = told(4, 0.0, logging.INFO, caplog)
    assert lines[2].startswith("Judged 3 of 4: 1 all right, 1 lost points, 1 could not be judged; about 0:00:0")
    assert len(lines) == 3  # the end has its own table


def test_no_line_before_its_time(caplog):
    assert told(4, 60.0, logging.INFO, caplog) == []


def test_nothing_when_the_log_is_quiet(caplog, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert told(4, 0.0, logging.ERROR, caplog) == []
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_the_bar_counts_what_came_out(caplog, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert told(3, 0.0, logging.WARNING, caplog) == []
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
    assert ("judging" in capfd.readouterr().err) is bar


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

"""What processes are doing, read from what the system would say of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from autograder.kernels import process_activity
from autograder.kernels.process_activity import Activity


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The files of /proc, by their path; of a process that is gone there are none."""
    files: dict[str, str] = {}

    def read(path: str) -> bytes:
        try:
            return files[path].encode()
        except KeyError:
            raise FileNotFoundError(path) from None

    def listdir(folder: str) -> list[str]:
        read(folder.replace("/task", "/stat"))
        return sorted(
            {path.removeprefix(f"{folder}/").split("/")[0] for path in files if path.startswith(f"{folder}/")}
        )

    monkeypatch.setattr(process_activity, "read", read)
    monkeypatch.setattr(process_activity, "os", SimpleNamespace(listdir=listdir))
    monkeypatch.setattr(process_activity, "_TICKS", 100)
    monkeypatch.setattr(process_activity, "_TELLS_DELAYS", True)
    return files


def there(
    system: dict[str, str], pid: int, states: str, children: str = "", ticks: str = "0 0 0 0", delay: float = 0.0
) -> None:
    """Let there be a process with a thread for each state; the last one has started the children."""
    line = f"{pid} (a name) R ) {{}} 1 2 3 4 5 6 7 8 9 10 {ticks} 99 99"
    system[f"/proc/{pid}/stat"] = line.format(states[0])
    for number, state in enumerate(states):
        system[f"/proc/{pid}/task/{pid + number}/stat"] = line.format(state)
        system[f"/proc/{pid}/task/{pid + number}/schedstat"] = f"5 {delay * 10**9:.0f} 7"
        system[f"/proc/{pid}/task/{pid + number}/children"] = children if number == len(states) - 1 else ""


def test_the_time_of_all_below_counts_and_of_those_that_have_ended(system: dict[str, str]) -> None:
    there(system, 10, "SS", "20 30", "1 20 300 4000")
    there(system, 20, "S", "40", "100 0 0 0", 0.25)
    there(system, 40, "S", "", "0 0 0 700", 1.5)
    assert sorted(process_activity.descendants(10)) == [10, 20, 30, 40]  # 30 has just ended
    assert process_activity.activity(10) == Activity(51.21, asleep=True, stopped=False, delayed=1.75)


def test_where_linux_does_not_count_what_is_waited_for_a_processor_it_is_not_known(
    system: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_activity, "_TELLS_DELAYS", False)
    there(system, 10, "R", delay=3.0)
    assert process_activity.activity(10) == Activity(0.0, asleep=False, stopped=False, delayed=None)


@pytest.mark.parametrize(
    ("states", "asleep", "stopped"),
    [("S", True, False), ("SR", False, False), ("SD", False, False), ("ST", False, True), ("TR", False, False)]
    + [("I", True, False), ("Z", True, False)],
)
def test_all_sleep_only_where_nobody_works_waits_for_a_disk_or_was_stopped(
    system: dict[str, str], states: str, asleep: bool, stopped: bool
) -> None:
    there(system, 10, "S", "20")
    there(system, 20, states)
    at_disk = "D" in states
    assert process_activity.activity(10) == Activity(0.0, asleep, stopped, at_disk=at_disk, delayed=0.0)

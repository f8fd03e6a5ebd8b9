"""Where groups can be made and what is written to them, with an imitated system; a real one where there is one."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.kernels import memory_groups
from autograder.kernels.memory_groups import V1, V2, MemoryGroup, Version, found

MIB = 1 << 20


class FakeGroups:
    """A folder that behaves as the system's groups do: a new folder has the files of its version."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.version = V2
        self.delegated: set[Path] = set()
        self.busy: set[Path] = set()  # with processes: no controllers for children
        mkdir, rmdir, write = Path.mkdir, Path.rmdir, Path.write_text

        def make(path: Path, *arguments: Any, **named: Any) -> None:
            mkdir(path, *arguments, **named)
            if path.is_relative_to(folder):
                self.fill(path)

        def remove(path: Path) -> None:
            if path.is_relative_to(folder):
                for file in path.iterdir():
                    file.unlink()
            rmdir(path)

        def written(path: Path, text: str) -> int:
            if path.name == "cgroup.subtree_control" and path.parent in self.busy:
                raise OSError(errno.EBUSY, "Device or resource busy")
            if path.name == "cgroup.procs":
                self.busy.discard(path.parent.parent)
            return write(path, text)

        monkeypatch.setattr(Path, "mkdir", make)
        monkeypatch.setattr(Path, "rmdir", remove)
        monkeypatch.setattr(Path, "write_text", written)
        monkeypatch.setattr(os, "getxattr", lambda path, name: b"1" if Path(path) in self.delegated else b"0")

    def fill(self, path: Path) -> None:
        controllers = (path.parent / "cgroup.subtree_control").read_text() if path != self.folder else "+memory"
        names = {"cgroup.procs": "", "cgroup.subtree_control": "", self.version.events: "low 0\noom 3\noom_kill 0\n"}
        if self.version is V1 or "memory" in controllers:
            names |= dict.fromkeys(self.version.limits, "max")
        for name, text in names.items():
            with open(path / name, "w") as file:  # noqa: PTH123 - write_text is imitated
                file.write(text)


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGroups:
    root = tmp_path / "cgroup"
    root.mkdir()
    made = FakeGroups(root, monkeypatch)
    made.fill(root)
    return made


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    found.cache_clear()
    yield
    found.cache_clear()


def system(monkeypatch: pytest.MonkeyPatch, mounts: str, own: str, user: int) -> None:
    """Imitate what /proc says."""
    read = Path.read_text
    texts = {"/proc/self/mountinfo": mounts, "/proc/self/cgroup": own}
    monkeypatch.setattr(Path, "read_text", lambda path: texts[str(path)] if str(path) in texts else read(path))
    monkeypatch.setattr(os, "geteuid", lambda: user)


@pytest.mark.parametrize(("version", "swap"), [(V1, 300 * MIB), (V2, 0)])
def test_a_group_has_its_limit_in_every_file_of_its_version(groups: FakeGroups, version: Version, swap: int) -> None:
    groups.version = version
    (groups.folder / "cgroup.subtree_control").write_text("+memory")
    group = MemoryGroup(groups.folder / "one", version, 300 * MIB)
    first, second, *more = version.limits
    written = [int((groups.folder / "one" / name).read_text()) for name in (first, second)]
    assert written == [300 * MIB, swap]
    assert [int((groups.folder / "one" / name).read_text()) for name in more] == [300 * MIB // 16] * len(more)
    os.write(group.entry, b"0")
    os.close(group.entry)
    assert (groups.folder / "one" / "cgroup.procs").read_text() == "0"
    assert not group.was_full()
    (groups.folder / "one" / version.events).write_text("oom_kill_disable 0\nunder_oom 1\noom 9\noom_kill 2\n")
    assert group.was_full() and not group.was_full()  # since it was asked before
    group.remove()
    assert not (groups.folder / "one").exists() and group.ended() == 0


MOUNT_2 = "30 25 0:26 / {} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
MOUNT_1 = "31 25 0:27 / {} rw,nosuid - cgroup cgroup rw,memory\n30 25 0:28 / /x rw - cgroup cgroup rw,cpu\n"


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ENODEV])
def test_a_group_that_goes_while_it_is_read_has_ended_nothing(
    groups: Any, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    group = MemoryGroup(groups.folder / "one", groups.version, 64 * MIB)

    def gone(*_: object, **__: object) -> str:
        raise OSError(number, "gone")

    monkeypatch.setattr(Path, "read_text", gone)
    assert group.ended() == 0
    os.close(group.entry)
    group.remove()


def test_root_makes_groups_at_the_top(groups: FakeGroups, monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, MOUNT_2.format(groups.folder), "0::/user.slice\n", 0)
    (groups.folder / "user.slice").mkdir()
    place = found()
    assert (place.folder, place.version) == (groups.folder, V2)
    assert (groups.folder / "cgroup.subtree_control").read_text() == "+memory"
    left = groups.folder / "autograder-4194999-3"  # of a grader that is gone
    left.mkdir()
    mine = groups.folder / f"autograder-{os.getpid()}-0"
    mine.mkdir()
    memory_groups._clear_away(groups.folder)
    assert not left.exists() and mine.exists()


def test_an_ordinary_user_makes_them_in_a_group_that_is_delegated(
    groups: FakeGroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = groups.folder / "run-7.scope"
    (groups.folder / "cgroup.subtree_control").write_text("+memory")
    own.mkdir()
    (own / "cgroup.procs").write_text("123\n")
    system(monkeypatch, MOUNT_2.format(groups.folder), "0::/run-7.scope\n", 1000)
    place = found()
    assert place.folder is None and "systemd has not delegated the group" in place.reason
    assert memory_groups.make(MIB) is None
    found.cache_clear()
    groups.delegated.add(own)
    groups.busy.add(own)
    assert found().folder == own
    assert (own / "graders" / "cgroup.procs").read_text() == "123"  # groups with groups have no processes
    system(monkeypatch, MOUNT_2.format(groups.folder), "0::/run-7.scope/graders\n", 1000)
    found.cache_clear()
    assert found().folder == own  # for a process that is started later


def test_where_processes_are_in_the_way_there_are_none(groups: FakeGroups, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container, whose own group is the top."""
    groups.busy.add(groups.folder)
    system(monkeypatch, MOUNT_2.format(groups.folder), "0::/\n", 0)
    assert found().folder is None and "busy" in found().reason


def test_version_1_makes_them_below_ones_own(groups: FakeGroups, monkeypatch: pytest.MonkeyPatch) -> None:
    groups.version = V1
    (groups.folder / "job" / "7").mkdir(parents=True)
    system(monkeypatch, MOUNT_1.format(groups.folder), "4:memory:/job/7\n3:cpu:/\n", 0)
    place = found()
    assert (place.folder, place.version) == (groups.folder / "job" / "7", V1)


def test_a_system_without_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    system(monkeypatch, "21 25 0:19 / /proc rw - proc proc rw\n", "", 0)
    assert found().folder is None and found().reason == "the system has no groups that limit memory"


def test_who_takes_more_than_the_group_has_is_told_so(start: Callable[..., Any]) -> None:
    if found().folder is None:
        pytest.skip(found().reason)
    student = start(total_memory=400)
    [folder] = [student.handle.group._folder]
    ran = student.run("kept = []\nwhile True: kept.append(b'x' * (20 << 20))")
    assert ran.status == "died"
    assert student.handle.death() == "it used more than 400 MiB of memory"
    assert not student.handle.killed and not student.handle.vanished
    student.close()
    assert not folder.exists()


def test_a_copy_that_takes_it_is_told_so_and_its_kernel_stays(start: Callable[..., Any]) -> None:
    if found().folder is None:
        pytest.skip(found().reason)
    student = start(total_memory=400)
    student.run("import os, time\nos.register_at_fork(after_in_child=lambda: [b'x' * (900 << 20), time.sleep(99)])")
    copy = student.handle.fork_copy()
    end = time.monotonic() + 20
    while copy.alive() and time.monotonic() < end:
        time.sleep(0.05)
    assert copy.death() == "it used more than 400 MiB of memory"
    assert not student.handle.killed and student.run("6 * 7").text == "42"

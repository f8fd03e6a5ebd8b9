"""The steps by which a process comes to have no rights: that each is taken, in order. None is really taken here."""

from __future__ import annotations

import io
import json
import os
import random
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from autograder.student import (
    drop_privileges,
    fd_messages,
    isolation_features,
    kernel_child,
    linux_calls,
    no_gpu,
    preload,
    resource_limits,
    root_filesystem,
    sandbox_entry,
    sandbox_init,
    sandbox_network,
    seccomp,
    user_limits,
    user_maps,
    zygote,
)
from autograder.student.resource_limits import Limits
from autograder.student.sandbox_plan import SandboxPlan
from autograder.student.user_maps import Users

Steps = list[Any]
KILL = (1, 9)  # prctl: PR_SET_PDEATHSIG, SIGKILL
PLAN = SandboxPlan(Limits(scratch=11, scratch_files=22), user=5)


@dataclass(frozen=True)
class FakeReport:
    """A socket that is only told from others."""

    descriptor: int

    def fileno(self) -> int:
        return self.descriptor


class _EndedError(Exception):
    """Stands in for the end of a process, or another program in its place."""


@pytest.fixture
def steps() -> Steps:
    """What has been done."""
    return []


@pytest.fixture
def noted(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have functions noted with their arguments in place of what they do."""

    def note(where: Any, *names: str, result: Any = None) -> None:
        for name in names:

            def step(*arguments: Any, _name: str = name, **named: Any) -> Any:
                steps.append((_name, *arguments, *named.values()))
                return result

            monkeypatch.setattr(where, name, step)

    return note


def ended(*_: Any) -> None:
    raise _EndedError


# From the grader's process to the zygote.


@pytest.mark.parametrize(
    ("sandbox", "drop", "done"),
    [("on", False, ("isolate", {"places": 1}, Users(count=7))), ("off", True, ("become", 54321)), ("off", False, None)],
)
def test_before_the_zygote_runs_its_rights_are_gone(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch, sandbox: str, drop: bool, done: Any
) -> None:
    settings = {"sandbox": sandbox, "drop": drop, "layout": {"places": 1}}
    settings |= {"python": "/p", "command": ["p", "x"], "environment": {"A": "b"}, "users": {"count": 7}}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(settings)))
    noted(sandbox_entry, "isolate")
    noted(linux_calls, "fixed_addresses", "become")
    noted(os, "umask", "execve")
    sandbox_entry.main()
    rest = [("fixed_addresses",), ("execve", "/p", ["p", "x"], {"A": "b"})]
    assert steps == [("umask", 0o022), *([done] if done else []), *rest]


def test_where_isolation_is_missing_nothing_runs(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: Any) -> None:
        raise isolation_features.FeatureMissingError("IPC", "none left")

    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"sandbox": "on", "layout": {}, "users": {}})))
    monkeypatch.setattr(sandbox_entry, "isolate", missing)
    monkeypatch.setattr(os, "_exit", lambda status: steps.append(status) or ended())
    noted(os, "umask", "execve")
    with pytest.raises(_EndedError):
        sandbox_entry.main()
    assert steps == [("umask", 0o022), isolation_features.EXIT_STATUS]
    assert json.loads(capsys.readouterr().err) == {"feature": "IPC", "reason": "none left"}


def test_who_becomes_a_user_has_no_other_groups(steps: Steps, noted: Callable[..., None]) -> None:
    noted(os, "setgroups", "setresgid", "setresuid")
    noted(linux_calls, "prctl")
    linux_calls.become(7)
    assert steps == [("setgroups", []), ("setresgid", 7, 7, 7), ("setresuid", 7, 7, 7), ("prctl", 4, 1)]


@pytest.mark.parametrize("as_root", [True, False])
def test_the_way_into_the_zygotes_namespaces(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch, as_root: bool
) -> None:
    monkeypatch.setattr(sandbox_entry, "is_real_root", lambda: as_root)
    noted(sandbox_entry, "_continue_in_child", "new_user_namespace", "_die_with_parent")
    noted(root_filesystem, "build", "mount_proc")
    noted(linux_calls, "unshare", "mount", "set_hostname")
    noted(os, "chdir")
    sandbox_entry.isolate({}, Users(count=7))
    before = [("unshare", 0x20020000), ("_continue_in_child",), ("build", {})]
    within = [("new_user_namespace", Users(count=7), as_root), ("_die_with_parent",), ("_continue_in_child",)]
    mounted = ("mount_proc",) if as_root else ("build", {})
    scratch = ("mount", "scratch", "/scratch", "tmpfs", 2 | 4, "size=64m,mode=0755")
    rest = [mounted, scratch, ("set_hostname", "sandbox"), ("chdir", "/")]
    assert steps == [*(before if as_root else []), *within, *rest]


@pytest.mark.parametrize("as_root", [True, False])
def test_a_new_user_namespace_comes_with_one_of_every_other_kind(
    steps: Steps, noted: Callable[..., None], as_root: bool
) -> None:
    noted(linux_calls, "unshare", "become")
    noted(user_maps, "prepare", result=lambda: steps.append("mapped"))
    sandbox_entry.new_user_namespace(Users(zygote=7), as_root)
    became = [("become", 7)] if as_root else []  # outside of the namespace, before it is made
    assert steps[: 3 + len(became)] == [("prepare", Users(zygote=7), as_root), *became, ("unshare", 1 << 28), "mapped"]
    flags = 0
    for _, flag in steps[3 + len(became) :]:
        flags |= flag
    assert flags == 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000


def test_what_goes_on_in_a_child_ends_with_it(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(linux_calls, "prctl")
    noted(os, "closerange")
    monkeypatch.setattr(os, "fork", lambda: 0)
    sandbox_entry._continue_in_child()
    assert steps == [("prctl", *KILL)]
    monkeypatch.setattr(os, "_exit", lambda status: steps.append(status) or ended())
    for status, said in ((0, 0), (3 << 8, 3), (9, 137)):
        monkeypatch.setattr(os, "fork", lambda: 5)
        monkeypatch.setattr(os, "waitpid", lambda child, _, status=status: (child, status))
        with pytest.raises(_EndedError):
            sandbox_entry._continue_in_child()
        assert steps[-2:] == [("closerange", 3, 1 << 30), said]


def test_a_zygote_ends_with_whoever_started_it(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(linux_calls, "prctl")
    noted(preload, "preload")
    monkeypatch.setattr(zygote.socket, "socket", lambda fileno: fileno)
    monkeypatch.setattr(zygote.Zygote, "__init__", lambda self, *made: steps.append(made))
    monkeypatch.setattr(zygote.Zygote, "run", lambda self: steps.append("run"))
    monkeypatch.setattr(os, "getpid", lambda: 1)
    for sandbox in ("on", "off"):
        steps.clear()
        monkeypatch.setattr(sys, "argv", ["zygote", "7", sandbox, "a b", '{"count": 5}', "/tmp/x"])
        zygote.main()
        assert steps == [
            ("prctl", *KILL),
            ("preload", ["a", "b"]),
            (7, sandbox == "on", {"count": 5}, ["/tmp/x"]),
            "run",
        ]
    monkeypatch.setattr(os, "getpid", lambda: 2)
    zygote.main()  # without a sandbox it need not be the first
    sys.argv[2] = "on"
    with pytest.raises(RuntimeError, match="first process"):
        zygote.main()


def test_a_zygote_forgets_every_kernel_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process id is given again: another process would be ended with the kernel's client."""
    one = zygote.Zygote(zygote.socket.socket(), sandbox=False, users={}, keep=[])
    one.listener.close()
    ends, one.kernels = [(0, 0), (5, 0), (9, 0), (4, 0)], {4: 7, 5: 7, 6: 8}
    monkeypatch.setattr(os, "waitpid", lambda which, how: ends.pop() if (which, how) == (-1, os.WNOHANG) else None)
    one._reap()
    assert one.kernels == {6: 8} and not ends

    def childless(*_: int) -> None:
        raise ChildProcessError

    monkeypatch.setattr(os, "waitpid", childless)
    one._reap()


def test_each_kernel_is_the_first_of_a_process_namespace_and_the_zygote_stays_in_its_own(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = zygote.Zygote(zygote.socket.socket(), sandbox=False, users={}, keep=[])
    one.listener.close()
    one.sandbox, one.own_processes = True, 77
    noted(linux_calls, "unshare", "setns")
    noted(os, "fork", result=5)
    assert one._fork(PLAN, []) == 5
    assert steps == [("unshare", 0x20000000), ("fork",), ("setns", 77, 0x20000000)]
    monkeypatch.setattr(os, "fork", ended)
    with pytest.raises(_EndedError):
        one._fork(PLAN, [])
    assert steps[-1] == ("setns", 77, 0x20000000)  # or the next kernel would be born in a namespace that has none


# From a fork of the zygote to a kernel.


def test_the_namespaces_belong_to_the_zygotes_user_namespace(steps: Steps, noted: Callable[..., None]) -> None:
    noted(linux_calls, "unshare")
    noted(sandbox_network, "set_up")
    noted(root_filesystem, "private_mounts")
    drop_privileges.namespaces(PLAN, ["/tmp/x"])
    assert steps == [
        ("unshare", 0x20000 | 0x4000000),
        ("unshare", 0x8000000),
        ("unshare", 0x40000000),
        ("set_up",),
        ("private_mounts", 11, 22, ["/tmp/x"], 5),
    ]


@pytest.mark.parametrize("user", [0, 5])
def test_the_student_is_a_user_of_its_own_and_has_no_rights(
    steps: Steps, noted: Callable[..., None], user: int
) -> None:
    noted(linux_calls, "become", "unshare", "write_id_maps", "drop_capabilities", "prctl")
    noted(root_filesystem, "close_proc", result=99)
    noted(user_limits, "apply")
    noted(resource_limits, "first_to_go")
    noted(os, "geteuid", "getegid", result=7)
    noted(os, "close")
    drop_privileges.become_student(replace(PLAN, user=user))
    proc = "/proc/self/fd/99"  # the one that can be written to
    assert [step for step in steps if not step[0].startswith("gete")] == [
        ("close_proc",),
        *([("become", 5)] if user else []),
        ("unshare", 0x10000000),
        ("write_id_maps", 7, 7, 1000, proc),
        ("apply", proc),
        ("first_to_go", proc),
        ("close", 99),
        ("drop_capabilities",),
        ("prctl", 4, 1),
    ]


def test_what_a_user_namespace_can_limit_is_limited(tmp_path: Path) -> None:
    folder = tmp_path / "sys" / "user"
    folder.mkdir(parents=True)
    for name in ("max_user_namespaces", "max_inotify_instances", "max_inotify_watches", "max_of_something_new"):
        (folder / name).write_text("100000")
    user_limits.apply(str(tmp_path))
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "max_user_namespaces": "0",
        "max_inotify_instances": "8",
        "max_inotify_watches": "4096",
        "max_of_something_new": "0",
    }


@pytest.mark.parametrize("sandbox", [True, False])
def test_limits_and_no_new_rights_and_the_filter(steps: Steps, noted: Callable[..., None], sandbox: bool) -> None:
    noted(resource_limits, "apply")
    noted(linux_calls, "prctl", "install_seccomp")
    for gpu in (True, False):
        steps.clear()
        drop_privileges.process(replace(PLAN, gpu=gpu), sandbox)
        filtered = [("install_seccomp", seccomp.program(gpu=gpu))] if sandbox else []
        assert steps == [("apply", PLAN.limits, sandbox), ("prctl", 38, 1), *filtered]


def test_all_rights_are_dropped_for_good(noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: Steps = []

    def prctl(option: int, first: int = 0) -> None:
        if option == 24 and first > 40:
            raise OSError(22, "there are no more")
        dropped.append((option, first))

    class Library:
        def capset(self, header: bytes, sets: bytes) -> int:
            dropped.append((header, sets))
            return 0

    monkeypatch.setattr(linux_calls, "prctl", prctl)
    monkeypatch.setattr(linux_calls, "_libc", Library())
    linux_calls.drop_capabilities()
    version_3_of_itself = b"\x22\x05\x08\x20" + bytes(4)
    assert dropped == [*((24, number) for number in range(41)), (47, 4), (version_3_of_itself, bytes(24))]


@pytest.mark.parametrize("sandbox", [True, False])
def test_every_limit_of_a_process_is_set(monkeypatch: pytest.MonkeyPatch, sandbox: bool) -> None:
    found, written = {}, []
    infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource_limits.resource, "getrlimit", lambda _: infinite)
    monkeypatch.setattr(resource_limits.resource, "setrlimit", lambda kind, value: found.update({kind: value}))
    monkeypatch.setattr(resource_limits, "_tasks_of", lambda uid: 1000)
    monkeypatch.setattr(resource_limits.Path, "write_text", lambda path, text: written.append((str(path), text)))
    resource_limits.apply(Limits(processes=5, open_files=6, file_size=7, cpu_seconds=8), sandbox)
    processes = 5 if sandbox else 1005
    expected = {
        "CORE": 0, "MSGQUEUE": 0, "MEMLOCK": 8 << 20, "SIGPENDING": 256, "FSIZE": 7 << 20, "NOFILE": 6,
        "NPROC": processes,
    }  # fmt: skip
    assert found.pop(resource.RLIMIT_CPU) == (8, 13)
    assert found == {getattr(resource, f"RLIMIT_{name}"): (value, value) for name, value in expected.items()}
    assert written == []
    resource_limits.first_to_go("/proc")
    assert written == [("/proc/self/oom_score_adj", "1000")]


@pytest.mark.parametrize("sandbox", [True, False])
@pytest.mark.parametrize(
    ("user", "grouped", "descriptors", "held", "joined", "rest"),
    [(0, False, [8, 9], [8], None, [9]), (5, True, [8, 6, 7, 9], [8, 6], 7, [9]), (0, True, [8, 7, 9], [8], 7, [9])],
)
def test_the_first_process_locks_itself_up_before_the_student_begins(
    steps: Steps,
    noted: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    sandbox: bool,
    user: int,
    grouped: bool,
    descriptors: list[int],
    held: list[int],
    joined: int | None,
    rest: list[int],
) -> None:
    """That a kernel was born is said by `_watch_over`; no cell is sent before."""
    noted(linux_calls, "close_all_but", "prctl")
    noted(os, "setsid")
    noted(drop_privileges, "default_signals", "namespaces")
    noted(sandbox_init, "_silence", "_join", "_lock_up")
    monkeypatch.setattr(sandbox_init.socket, "socket", lambda fileno: FakeReport(fileno))
    monkeypatch.setattr(sandbox_init, "_watch_over", lambda *what: steps.append(what) or ended())
    monkeypatch.setattr(sandbox_init, "_run_kernel", lambda *what: steps.append(what) or ended())
    plan = replace(PLAN, user=user, grouped=grouped)
    for child in (5, 0):
        steps.clear()
        noted(os, "fork", result=child)
        monkeypatch.setattr(os, "_exit", ended)
        noted(fd_messages, "send")
        with pytest.raises(_EndedError):
            sandbox_init.main(plan, list(descriptors), sandbox, ["/tmp/x"])
        first = [("close_all_but", [0, 1, 2, *descriptors]), *([("_join", joined)] if joined else [])]
        first += [("setsid",), ("default_signals",), ("_silence",)]
        own = [("namespaces", plan, ["/tmp/x"])] if sandbox else [("prctl", 36, 1), ("prctl", *KILL)]
        assert steps[: len(first) + len(own) + 1] == [*first, *own, ("fork",)]
        after = steps[len(first) + len(own) + 1 :]
        if child:
            assert after == [("_lock_up", held, plan, sandbox), (5, FakeReport(8), sandbox)]
        else:
            assert after[0] == (plan, held, rest, sandbox)


def test_the_first_process_is_closed_to_the_student(steps: Steps, noted: Callable[..., None]) -> None:
    noted(linux_calls, "close_all_but", "prctl", "drop_capabilities")
    noted(drop_privileges, "process")
    noted(signal, "signal")
    for sandbox in (True, False):
        steps.clear()
        sandbox_init._lock_up([8, 6], PLAN, sandbox)
        ignored = {step[1] for step in steps if step[0] == "signal"}
        assert ignored == set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}
        rights = [("drop_capabilities",)] if sandbox else []
        rest = [("process", PLAN, sandbox), ("prctl", 4, 0), ("close_all_but", [8, 6])]
        assert [step for step in steps if step[0] != "signal"] == [*rights, *rest]


def test_how_the_kernel_ended_is_told(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(os, "pidfd_open", result=6)
    noted(fd_messages, "send", "close_all")
    ends = iter([(3, 1 << 8), (5, 2 << 8)])  # something that the kernel has left, and the kernel
    monkeypatch.setattr(os, "waitpid", lambda *_: next(ends))
    monkeypatch.setattr(os, "_exit", ended)
    report: Any = FakeReport(8)
    with pytest.raises(_EndedError):
        sandbox_init._watch_over(5, report, True)
    assert [step for step in steps if step[0] != "pidfd_open"] == [
        ("send", report, {"born": True}, [6, 6]),
        ("close_all", [6, 6]),
        ("send", report, {"status": 2 << 8}),
    ]


def test_a_kernel_holds_nothing_of_the_first_process(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(fd_messages, "close_all")
    noted(kernel_child, "main")
    monkeypatch.setattr(os, "_exit", lambda status: steps.append(status) or ended())
    with pytest.raises(_EndedError):
        sandbox_init._run_kernel(PLAN, [8, 6], [9], True)
    assert steps == [("close_all", [8, 6]), ("main", PLAN, [9], True), 70]


def test_who_joins_a_memory_group_writes_that_to_it(tmp_path: Path) -> None:
    file = tmp_path / "cgroup.procs"
    file.touch()
    sandbox_init._join(os.open(file, os.O_WRONLY))
    assert file.read_text() == "0"
    with pytest.raises(isolation_features.FeatureMissingError, match="memory group"):
        sandbox_init._join(os.open(file, os.O_RDONLY))


@pytest.mark.parametrize("gpu", ["", "1"])
def test_every_generator_of_random_numbers_is_seeded(
    steps: Steps, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch, gpu: str
) -> None:
    before = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
    noted(no_gpu, "say_so")
    noted(torch, "set_num_threads")
    noted(torch.cuda, "manual_seed_all")
    try:
        kernel_child._seed(Limits(seed=7, threads=3), gpu)
        found = random.random(), numpy.random.random(), torch.rand(1).item()
    finally:
        random.setstate(before[0])
        numpy.random.set_state(before[1])
        torch.set_rng_state(before[2])
    wanted = torch.rand(1, generator=torch.Generator().manual_seed(7)).item()
    assert found == (random.Random(7).random(), numpy.random.RandomState(7).random_sample(), wanted)
    assert steps == [("manual_seed_all", 7) if gpu else ("say_so",), ("set_num_threads", 3)]

"""The trusted side's own decisions about zygotes, kernels and this machine, without starting any."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config

from autograder.kernels import capabilities, isolation_trials, launch, sandbox_paths, zygote_client
from autograder.kernels.capabilities import Capability
from autograder.kernels.errors import NoForkError, ZygoteError
from autograder.kernels.provisioner import StudentProvisioner
from autograder.kernels.zygote_client import Settings
from autograder.student import isolation_features, linux_calls, preload, printed_output, sandbox_entry
from autograder.student.channels import CHANNELS
from autograder.student.printed_output import CUT_OFF, LimitedStream
from autograder.student.resource_limits import Limits
from autograder.student.sandbox_plan import SandboxPlan
from autograder.student.user_maps import Users
from autograder.student.zygote import Zygote

# What this machine can isolate.


def found(monkeypatch: pytest.MonkeyPatch, returncode: int, stdout: str = "", stderr: str = "") -> list[Capability]:
    done = SimpleNamespace(returncode=returncode, stdout=stdout, stderr=stderr)
    monkeypatch.setattr(capabilities.subprocess, "run", lambda *_, **__: done)
    return capabilities.probe()


def test_what_is_missing_is_said_with_a_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = {
        isolation_features.USER: "",
        isolation_features.NETWORK: "no room",
        isolation_features.TOTAL_MEMORY: "too old",
    }
    user, network, memory = found(monkeypatch, 0, json.dumps(reasons))
    assert (user.ok, network.ok, memory.ok) == (True, False, False)
    assert network.sentence == "not possible here: no room" and 'sandbox = "off"' in network.next_step
    assert (user.needed, network.needed, memory.needed) == (True, True, False)


def missing(capabilities: Any) -> list[str]:
    return [one.sentence for one in capabilities if one.needed and not one.ok]


def test_only_a_needed_piece_that_is_missing_keeps_grading_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    old = {isolation_features.TOTAL_MEMORY: "too old", isolation_features.PROCESS_LIMIT: "old"}
    assert missing(found(monkeypatch, 0, json.dumps({isolation_features.USER: "", **old}))) == []
    none = {isolation_features.USER: "", isolation_features.SECCOMP: "none"}
    assert missing(found(monkeypatch, 0, json.dumps(none))) == ["not possible here: none"]
    assert "the probe itself failed: a traceback" in missing(found(monkeypatch, 1, stderr="a traceback"))[0]
    monkeypatch.setattr(capabilities.sys, "platform", "darwin")
    assert "this is darwin" in missing(capabilities.probe())[0]


def failing(error: BaseException) -> Any:
    def trial() -> None:
        raise error

    return trial


def test_what_becomes_of_a_trial() -> None:
    assert isolation_trials._outcome("x", lambda: None) == ""
    assert isolation_trials._outcome("x", failing(OSError(errno.EPERM, "Not here"))).startswith("Not here")
    assert isolation_trials._outcome("x", failing(ValueError("odd"))) == "ValueError('odd')"
    assert isolation_trials._outcome("x", lambda: os.kill(os.getpid(), 9)) == "the trial ended with status 9"


def test_a_filter_that_refuses_nothing_or_something_else_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_calls, "install_seccomp", lambda program: None)
    for number, missing in [(None, True), (errno.EINVAL, True), (errno.EPERM, False)]:
        monkeypatch.setattr(linux_calls, "unshare", (lambda _: None) if number is None else failing_with(number))
        if missing:
            with pytest.raises(OSError, match="refuses nothing"):
                isolation_trials._seccomp()
        else:
            isolation_trials._seccomp()


def failing_with(number: int) -> Any:
    def refuse(*_: object) -> None:
        raise OSError(number, "no")

    return refuse


def test_proc_that_cannot_be_mounted_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation_trials, "_user", lambda: None)
    for name in ("unshare", "mount"):
        monkeypatch.setattr(linux_calls, name, lambda *_: None)
    monkeypatch.setattr(isolation_trials.os, "fork", lambda: 5)
    for status, missing in ((0, False), (errno.EPERM << 8, True)):
        monkeypatch.setattr(isolation_trials.os, "waitpid", lambda child, _, status=status: (child, status))
        if missing:
            with pytest.raises(OSError, match="mount /proc: Operation not permitted"):
                isolation_trials._process()
        else:
            isolation_trials._process()


@pytest.mark.parametrize("counts_all", [False, True])
def test_processes_are_counted_where_only_those_of_the_sandbox_are(
    monkeypatch: pytest.MonkeyPatch, counts_all: bool
) -> None:
    born, ended, limits = iter([11, 12, 13, None if counts_all else 14]), [], []

    def fork() -> int:
        child = next(born)
        if child is None:
            raise BlockingIOError(errno.EAGAIN, "no process left")
        return child

    monkeypatch.setattr(isolation_trials, "_user", lambda: None)
    monkeypatch.setattr(isolation_trials, "_idle_child", fork)
    monkeypatch.setattr(linux_calls, "unshare", lambda flags: None)
    monkeypatch.setattr(linux_calls, "drop_capabilities", lambda: None)
    monkeypatch.setattr(isolation_trials.resource, "setrlimit", lambda *limit: limits.append(limit))
    monkeypatch.setattr(isolation_trials.os, "kill", lambda child, _: ended.append(child))
    if counts_all:
        with pytest.raises(BlockingIOError):
            isolation_trials._process_limit()
    else:
        isolation_trials._process_limit()
    assert next(born, None) is None and ended == [11, 12, 13] + ([] if counts_all else [14])
    assert limits == [(isolation_trials.resource.RLIMIT_NPROC, (2, 2))]


@pytest.mark.parametrize(
    ("user", "maps", "real"),
    [
        (0, "0 0 4294967295\n", True),
        (1000, "0 0 4294967295\n", False),
        (0, "0 1000 1\n", False),
        (0, "0 1000 54321\n", False),
        (0, "0 1000 54322\n", True),
        (0, "0 1000 1\n50000 100000 65536\n", True),
    ],
)
def test_who_may_become_another_user(monkeypatch: pytest.MonkeyPatch, user: int, maps: str, real: bool) -> None:
    monkeypatch.setattr(sandbox_entry.os, "geteuid", lambda: user)
    monkeypatch.setattr(sandbox_entry, "Path", lambda _: SimpleNamespace(read_text=lambda: maps))
    assert sandbox_entry.is_real_root() is real


# Which paths appear in a sandbox.


def test_a_folder_is_inside_another_by_whole_names() -> None:
    assert sandbox_paths._inside("/usr/lib", ["/usr/lib"]) and sandbox_paths._inside("/usr/lib/x", ["/usr/lib/"])
    assert not sandbox_paths._inside("/usr/lib64", ["/usr/lib"]) and not sandbox_paths._inside("/usr", ["/usr/lib"])
    assert sandbox_paths._outermost(["/a/b/c", "/a/b", "/a/bc", "/a/b"]) == ["/a/b", "/a/bc"]


def test_a_whole_prefix_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the course's own folder."""
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        monkeypatch.setattr(sandbox_paths.sys, name, {"prefix": "/course", "base_prefix": "/usr"}.get(name, "/"))
    assert sandbox_paths._prefixes() == ["/course"]
    assert sandbox_paths._PREFIX_PARTS == ("bin", "lib", "lib64", "include", "pyvenv.cfg")


def test_only_the_data_sets_that_are_asked_for_are_shown(tmp_path: Path) -> None:
    asked = [str(tmp_path / "MNIST")]
    assert sandbox_paths.layout(asked).data == ()
    (tmp_path / "MNIST").write_text("no folder")
    assert sandbox_paths.layout(asked).data == ()
    (tmp_path / "MNIST").unlink()
    (tmp_path / "MNIST").mkdir()
    (tmp_path / "CIFAR10").mkdir()
    assert sandbox_paths.layout(asked).data == (asked[0],)
    assert str(tmp_path / "nobody") not in sandbox_paths.layout((), [str(tmp_path / "nobody")]).libraries


# Zygotes.


def test_what_the_instructor_sets_does_not_take_the_place_of_what_keeps_students_apart() -> None:
    mine = (("HOME", "/h"), ("PYTHONPATH", "/p"), ("PYTHONHASHSEED", "1"), ("CUDA_VISIBLE_DEVICES", "0"), ("MINE", "1"))
    made = zygote_client._environment("/scratch", "/opt/autograder", Settings(environment=mine))
    names = ("HOME", "PYTHONPATH", "PYTHONHASHSEED", "CUDA_VISIBLE_DEVICES", "MINE", "TMPDIR")
    assert [made[name] for name in names] == ["/scratch", "/opt/autograder", "0", "", "1", "/scratch"]
    assert zygote_client._environment("/", "", Settings(gpu="3"))["CUDA_VISIBLE_DEVICES"] == "3"


def test_a_folder_for_sockets_has_a_short_name(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 80)
    long.mkdir()
    made = [Path(zygote_client.socket_folder("autograder-kernel-", str(parent))) for parent in (long, "/tmp")]
    assert [folder.parent for folder in made] == [Path("/tmp")] * 2
    for folder in made:
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.rmdir()


def test_who_owns_nothing_can_run_a_python_only_where_all_its_folders_may_be_entered(tmp_path: Path) -> None:
    (tmp_path / "home" / "lib").mkdir(parents=True)
    for folder in (tmp_path / "home", tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o711)
    places: Any = SimpleNamespace(libraries=[str(tmp_path / "home" / "lib")], package=[])
    expected = all(folder.stat().st_mode & 1 for folder in Path(os.path.realpath(zygote_client.sys.executable)).parents)
    assert zygote_client._readable_by_all(places) is expected
    (tmp_path / "home").chmod(0o700)
    assert not zygote_client._readable_by_all(places)


@pytest.mark.parametrize(
    ("sandbox", "root", "readable", "drops"),
    [
        *(("off", True, True, True), ("off", False, True, False), ("off", True, False, False)),
        ("on", True, True, False),  # there, isolating does it
    ],
)
def test_without_a_sandbox_root_steps_down_where_others_can_run_this_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: str, root: bool, readable: bool, drops: bool
) -> None:
    monkeypatch.setattr(zygote_client.sandbox_entry, "is_real_root", lambda: root)
    monkeypatch.setattr(zygote_client, "_readable_by_all", lambda places: readable)
    one: Any = zygote_client.OwnZygote.__new__(zygote_client.OwnZygote)
    one._folder = str(tmp_path)
    stage = one._stage(7, Settings(sandbox=sandbox), Users(count=3))
    assert (stage["sandbox"], stage["drop"]) == (sandbox, drops)
    assert stage["command"][1:5] == ["-s", "-P", "-m", "autograder.student.zygote"]
    assert stage["command"][5:7] == ["7", sandbox]
    assert Users(**json.loads(stage["command"][8])) == Users(**stage["users"]) == Users(count=3)


def test_processes_that_start_at_once_make_one_zygote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[object] = []
    together = threading.Barrier(2)

    class Made:
        def __init__(self, settings: Settings) -> None:
            time.sleep(0.1)  # it takes seconds
            made.append(self)
            self.path = "/its/socket"

    monkeypatch.setattr(zygote_client, "CommonZygote", Made)
    monkeypatch.setattr(zygote_client, "ZygoteClient", lambda path: path)
    found: list[object] = []

    def ask() -> None:
        together.wait(5)
        found.append(zygote_client._common(Settings(shared_in=str(tmp_path))))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1 and set(map(str, found)) == {str(made[0]), "/its/socket"}
    zygote_client._common(Settings(shared_in=str(tmp_path), gpu="1"))
    assert len(made) == 2  # for other settings, another


class Listening:
    """The other side of a connection to a zygote: answers each request with the next of these."""

    def __init__(self, folder: Path, *answers: dict[str, Any] | bytes) -> None:
        self.path = str(folder / "socket")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind(self.path)
        self.socket.listen(1)
        self.thread = threading.Thread(target=self.run, args=(answers,), daemon=True)
        self.thread.start()

    def run(self, answers: tuple[dict[str, Any] | bytes, ...]) -> None:
        with self.socket, self.socket.accept()[0] as client:
            for answer in answers:
                client.recv(1000)
                client.send(answer if isinstance(answer, bytes) else json.dumps(answer).encode())


@pytest.fixture
def short() -> Any:
    folder = Path(zygote_client.socket_folder("autograder-test-"))
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_what_a_zygote_refuses_is_told_from_one_that_is_gone(short: Path) -> None:
    listening = Listening(
        short,
        {"ok": True, "anonymous": 5, "users": {"count": 3}},
        {"ok": True},
        {"ok": False, "error": "full", "errno": 11},
    )
    zygote = zygote_client.ZygoteClient(listening.path)
    assert zygote.anonymous == 5 and zygote.users == Users(count=3)
    zygote.ask({"do": "fork"}, [])
    with pytest.raises(NoForkError, match="full") as raised:
        zygote.ask({"do": "fork"}, [])
    assert raised.value.errno == 11
    listening.thread.join(5)
    assert not zygote.alive()
    with pytest.raises(ZygoteError, match="is gone"):
        zygote.ask({"do": "fork"}, [])
    zygote.close()
    assert not zygote.alive()


def test_a_zygote_that_makes_no_sense_is_as_good_as_gone(short: Path) -> None:
    with pytest.raises(ZygoteError, match="is gone"):
        zygote_client.ZygoteClient(Listening(short, b"[]").path)


def fake_zygote() -> Any:
    return Zygote(socket.socket(), sandbox=False, users={"count": 3}, keep=[])


def test_kernels_of_a_client_that_is_gone_are_ended_and_no_others() -> None:
    zygote, sleeping = fake_zygote(), [subprocess.Popen(["sleep", "1000"]) for _ in range(3)]
    zygote.kernels = {process.pid: client for process, client in zip(sleeping, (7, 8, 7), strict=True)}
    try:
        zygote._end_kernels(7)
        assert [sleeping[number].wait(10) for number in (0, 2)] == [-signal.SIGKILL] * 2
        assert sleeping[1].poll() is None
    finally:
        for process in sleeping:
            process.kill()
            process.wait()
        zygote.listener.close()


def test_a_fork_that_the_system_refuses_is_told_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    zygote = fake_zygote()
    request = {"do": "fork", "plan": SandboxPlan(Limits()).to_plain()}
    zygote._fork = failing_with(errno.EAGAIN)
    assert zygote._answer(request, [], 7) == {"ok": False, "error": "fork: [Errno 11] no", "errno": 11}
    zygote._fork = lambda plan, descriptors: {SandboxPlan(Limits()): 4321}[plan]
    assert zygote._answer(request, [], 7) == {"ok": True}
    assert zygote.kernels == {4321: 7}
    zygote.anonymous = 12
    assert zygote._answer({"do": "hello"}, [], 7) == {"ok": True, "anonymous": 12, "users": {"count": 3}}
    zygote.listener.close()


def test_a_zygote_with_a_second_thread_is_not_forked_from(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_without_debugger", "_one_thread", "_draw_a_figure", "_prepare_kernels"):
        monkeypatch.setattr(preload, name, lambda: None)
    monkeypatch.setattr(preload, "MODULES", "")
    folder = SimpleNamespace(iterdir=lambda: iter(tasks))
    monkeypatch.setattr(preload, "Path", lambda _: folder)
    tasks = ["1"]
    preload.preload()
    tasks = ["1", "2"]
    with pytest.raises(RuntimeError, match="started 1 threads"):
        preload.preload()


# One kernel.


def test_a_dead_zygote_is_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []

    class Birth:
        def __init__(self, zygote: Any, *_: Any) -> None:
            pass

        def launch(self, *_: Any) -> None:
            raise ZygoteError("gone")

    monkeypatch.setattr(launch, "shared_zygote", lambda _: SimpleNamespace(close=lambda: closed.append(1)))
    monkeypatch.setattr(launch, "_Birth", Birth)
    with pytest.raises(ZygoteError):
        launch._launch(Settings(), Limits(), {}, None)
    assert closed == [1]


def test_what_a_kernel_reads_after_the_fork_is_no_more_than_it_needs(tmp_path: Path) -> None:
    ports = {f"{channel}_port": number for number, channel in enumerate(CHANNELS)}
    connection = {**ports, "transport": "ipc", "ip": "/x", "key": b"k", "signature_scheme": "s", "secret": "of ours"}
    settings = Settings(data_sets=("/none/CIFAR10", str(tmp_path)), gpu="2")
    with os.fdopen(launch._configuration(connection, "/s", settings), "rb") as file:
        file.seek(0)
        read = json.load(file)
    assert read["connection"] == {key: value for key, value in connection.items() if key != "secret"} | {"key": "k"}
    assert (read["scratch"], read["data"], read["gpu"]) == ("/s", str(tmp_path.parent), "2")


class FakeKernel:
    """A kernel that notes what is asked of it."""

    def __init__(self, living: bool = True) -> None:
        self.living = living
        self.asked: list[object] = []

    def alive(self) -> bool:
        return self.living

    def exit_status(self) -> int:
        return 1

    def kill(self) -> None:
        self.asked.append("kill")

    def wait(self, timeout: float) -> None:
        self.asked.append(timeout)

    def signal(self, number: int) -> None:
        self.asked.append(number)

    def close(self) -> None:
        self.asked.append("close")
        self.living = False


def test_how_jupyter_is_told_of_a_kernel() -> None:
    provisioner = StudentProvisioner()
    kernel: Any = FakeKernel()
    assert asyncio.run(provisioner.poll()) == 0 and not provisioner.has_process
    provisioner.kernel, provisioner._running = kernel, True
    assert asyncio.run(provisioner.poll()) is None and provisioner.has_process
    kernel.living = False
    assert asyncio.run(provisioner.poll()) == 1
    assert asyncio.run(provisioner.wait()) == 0
    assert asyncio.run(provisioner.poll()) == 0 and not provisioner.has_process


@pytest.mark.parametrize(
    ("number", "asked"), [(signal.SIGKILL, ["kill", 5.0]), (signal.SIGTERM, ["kill", 5.0]), (signal.SIGINT, [2])]
)
def test_a_signal_that_ends_a_kernel_ends_its_sandbox(number: int, asked: list[object]) -> None:
    provisioner = StudentProvisioner()
    kernel: Any = FakeKernel()
    provisioner.kernel = kernel
    asyncio.run(provisioner.send_signal(number))
    assert kernel.asked == asked


def test_the_addresses_stay_on_a_restart_and_only_then(tmp_path: Path) -> None:
    provisioner = StudentProvisioner()
    kernel: Any = FakeKernel()
    provisioner.kernel, provisioner._folder = kernel, str(tmp_path / "kernel")
    Path(provisioner._folder).mkdir()
    asyncio.run(provisioner.cleanup(restart=True))
    assert kernel.asked == ["close"] and (tmp_path / "kernel").is_dir()
    asyncio.run(provisioner.cleanup())
    assert provisioner._folder == "" and not (tmp_path / "kernel").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("open_files", 63), ("scratch_files", 99), ("memory", 0), ("cpu_seconds", 0)]
)
def test_a_limit_under_which_no_kernel_could_start_is_refused(name: str, value: int) -> None:
    with pytest.raises(TraitError):
        StudentProvisioner(config=Config(StudentProvisioner={name: value})).limits()
    assert StudentProvisioner(config=Config(StudentProvisioner={name: value + 1})).limits()


# What a cell prints.


def test_a_cells_output_ends_where_there_is_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(printed_output.OutStream, "write", lambda self, string: written.append(string))
    monkeypatch.setattr(printed_output.OutStream, "set_parent", lambda self, parent: None)
    monkeypatch.setattr(printed_output, "MOST", 10)
    stream: Any = LimitedStream.__new__(LimitedStream)
    stream.set_parent({})
    assert [stream.write(text) for text in ("12345", "67890", "", "a", "", "b")] == [5, 5, 0, 1, 0, 1]
    assert written == ["12345", "67890", "", CUT_OFF]
    stream.set_parent({})
    assert stream.write("x" * 12) == 12
    assert written[4:] == ["x" * 10 + CUT_OFF]

"""Start zygotes, talk to them, share one per process and setting."""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import resource
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from autograder.kernels import user_ids
from autograder.kernels.errors import NoForkError, SandboxUnavailable, ZygoteError
from autograder.kernels.sandbox_paths import Layout, layout
from autograder.student import fd_messages, isolation_features, memory, root_filesystem, sandbox_entry, start_failures
from autograder.student.user_maps import Users

SUBSTITUTE = "sklearn.datasets"  # which notebooks take where their data is not there: 2 s to import for each of them
_START = 600.0  # seconds; importing torch without cached bytecode on a busy machine
_ANSWER = 300.0  # seconds: one that has died is noticed at once
_TAIL = 3000  # characters of stderr in an error message
_LONGEST = 80  # characters of a folder for sockets: their names are limited to 107


@dataclass(frozen=True)
class Settings:
    """What one zygote is made for."""

    sandbox: str = "on"  # or "off"
    data_sets: tuple[str, ...] = ()  # folders of data sets, in torchvision's layout, whether they are there or not
    readable: tuple[str, ...] = ()  # further paths that are readable in the sandbox
    gpu: str = ""  # number of the GPU that kernels may use; "": none
    shared_in: str = ""  # folder in which a run's processes find each other's zygotes; "": each has its own
    environment: tuple[tuple[str, str], ...] = ()  # further variables of student code

    @property
    def data(self) -> str | None:
        """The folder that holds the first data set that is there; None where there is none."""
        return next((str(Path(path).parent) for path in self.data_sets if Path(path).is_dir()), None)


class ZygoteClient:
    """A connection to a zygote. `path` is its socket: other processes of the same user may `connect` to it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(_START)
        try:
            self._socket.connect(path)
            hello, _ = self._exchange({"do": "hello"}, [])
        except BaseException:
            self._socket.close()
            raise
        self.anonymous = int(hello["anonymous"])
        self.users = Users(**hello["users"])

    def ask(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Send a request and wait until it has been carried out. Raises ZygoteError, NoForkError."""
        with self._lock:
            self._socket.settimeout(_ANSWER)
            reply, _ = self._exchange(request, descriptors)
        if not reply["ok"]:
            raise NoForkError(
                f"the zygote could not fork: {reply['error']}. Are there too many processes?", reply["errno"]
            )

    def _exchange(self, request: dict[str, Any], descriptors: list[int]) -> tuple[dict[str, Any], list[int]]:
        try:
            fd_messages.send(self._socket, request, descriptors)
            return fd_messages.receive(self._socket)
        except (EOFError, OSError, ValueError) as error:
            if start_failures.number_of(error) == errno.ETOOMANYREFS:  # nothing was sent
                raise NoForkError(f"the zygote could not be asked: {error}", errno.ETOOMANYREFS) from None
            raise ZygoteError(f"the zygote is gone ({error}). Grade again; a new one will be started") from None

    def alive(self) -> bool:
        """Return whether the zygote is still there, without asking it: another thread may wait for an answer."""
        if self._socket.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(self._socket, 0)  # that the other side has hung up is told in any case
        return not poll.poll(0)

    def close(self) -> None:
        """Let go; a zygote ends with its last client, and all kernels with it."""
        self._socket.close()


class OwnZygote(ZygoteClient):
    """A zygote started by this process, which waits for its end."""

    def __init__(self, settings: Settings) -> None:
        if sys.platform != "linux":
            raise ZygoteError(f"student code runs on Linux only and this is {sys.platform}: use WSL 2 or a container")
        self._folder = socket_folder("autograder-zygote-", settings.shared_in)
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        path = f"{self._folder}/socket"
        own = None
        try:
            users, own = user_ids.for_zygote() if settings.sandbox == "on" else (Users(), None)
            self._process = self._start(path, settings, users, [own.lock] if own else [])
            try:
                super().__init__(path)
            except ZygoteError:
                raise self._why() from None
        except BaseException:
            self.close()
            raise
        finally:
            if own:
                os.close(own.lock)  # the zygote has it

    def _start(self, path: str, settings: Settings, users: Users, held: list[int]) -> subprocess.Popen[bytes]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(path)
            listener.listen(16)
            stage = json.dumps(self._stage(listener.fileno(), settings, users)).encode()
            code = (
                "import sys; sys.path.insert(0, sys.argv[1]); from autograder.student.sandbox_entry import main; main()"
            )
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parents[2])],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                pass_fds=[listener.fileno(), *held],
                env={"PATH": "/usr/bin:/bin"},
                cwd="/",
                start_new_session=True,
            )
        # The limit on a judging process is none of the students': they have their own.
        _, most = resource.prlimit(process.pid, resource.RLIMIT_DATA)
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (most, most))
        assert process.stdin is not None
        with process.stdin as pipe:
            pipe.write(stage)
        return process

    def _stage(self, listener: int, settings: Settings, users: Users) -> dict[str, Any]:
        """What the first stage reads from its stdin."""
        places = layout(settings.data_sets, settings.readable, settings.gpu)
        on = settings.sandbox == "on"
        package = root_filesystem.PACKAGE if on else self._package_folder(places)
        home = root_filesystem.SCRATCH if on else f"{self._folder}/home"
        keep = [path for path in places.libraries if path.startswith("/tmp/")]
        more = "" if all(Path(path, "raw").is_dir() for path in settings.data_sets) else SUBSTITUTE
        module = ["-s", "-P", "-m", "autograder.student.zygote"]
        return {
            "sandbox": settings.sandbox,
            "drop": not on and sandbox_entry.is_real_root() and _readable_by_all(places),
            "layout": places.to_plain(),
            "users": users.to_plain(),
            "python": sys.executable,
            "command": [
                sys.executable,
                *module,
                str(listener),
                settings.sandbox,
                more,
                json.dumps(users.to_plain()),
                *keep,
            ],
            "environment": _environment(home, ":".join([package, *places.python_path]), settings),
        }

    def _package_folder(self, places: Layout) -> str:
        """Without a sandbox: links to the readable part of this package, so that no more of it is on sys.path."""
        folder = Path(self._folder, "package")
        Path(self._folder).chmod(0o711)
        Path(self._folder, "home").mkdir()
        Path(self._folder, "home").chmod(0o777)
        (folder / "autograder").mkdir(parents=True)
        for source, _ in places.package:
            (folder / "autograder" / Path(source).name).symlink_to(source)
        return str(folder)

    def _why(self) -> Exception:
        """Why the zygote did not start."""
        try:
            status = self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            status = None
        self._stderr.seek(0)
        tail = self._stderr.read().decode(errors="replace")[-_TAIL:]
        if status == isolation_features.EXIT_STATUS:
            found = json.loads(tail.splitlines()[-1])
            return SandboxUnavailable(found["feature"], found["reason"])
        return ZygoteError(
            f"the warm process that student kernels are forked from did not start (exit status {status}). It said:\n"
            f"{tail.strip() or '(nothing)'}\nRun `autograder doctor`."
        )

    def alive(self) -> bool:
        """Return whether the zygote is still there."""
        return self._process.poll() is None and super().alive()

    def close(self) -> None:
        """End the zygote and everything it started."""
        if hasattr(self, "_socket"):
            super().close()
        if hasattr(self, "_process"):
            self._process.kill()
            self._process.wait()
        self._stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class CommonZygote(OwnZygote):
    """A zygote that was started by this process for others, too, and ends with the last of them."""

    def close(self) -> None:
        """Let go."""
        if hasattr(self, "_socket") and self.owner == os.getpid():
            ZygoteClient.close(self)
            self._stderr.close()
            self._process.returncode = 0  # it is not waited for: whoever starts it last sees its end
        else:
            super().close()


def _environment(home: str, python_path: str, settings: Settings) -> dict[str, str]:
    """The environment of the zygote, and so of every student: made from scratch, the same for all."""
    return {
        **dict(settings.environment),
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": python_path,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": settings.gpu,
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        **memory.FOR_NEW_BLOCKS,
    }


def _readable_by_all(places: Layout) -> bool:
    """Whether a user that owns nothing could run this Python."""
    wanted = [*places.libraries, os.path.realpath(sys.executable), *(source for source, _ in places.package)]
    return all(folder.stat().st_mode & stat.S_IXOTH for path in wanted for folder in Path(path).parents)


def socket_folder(prefix: str, parent: str = "") -> str:
    """Make a folder for sockets, in ``parent`` or the usual place if that leaves its name short enough for them."""
    parent = parent or tempfile.gettempdir()
    return tempfile.mkdtemp(prefix=prefix, dir=parent if len(parent) + len(prefix) <= _LONGEST else "/tmp")


_shared: dict[Settings, ZygoteClient] = {}
_sharing = threading.Lock()


def shared_zygote(settings: Settings) -> ZygoteClient:
    """Return the zygote for these settings; start one on first use, or when the last one died."""
    with _sharing:
        zygote = _shared.get(settings)
        if zygote is not None and (zygote.owner != os.getpid() or not zygote.alive()):
            if zygote.owner == os.getpid():
                zygote.close()
            zygote = None
        if zygote is None:
            zygote = _shared[settings] = _common(settings) if settings.shared_in else OwnZygote(settings)
        return zygote


def _common(settings: Settings) -> ZygoteClient:
    """Connect to the zygote that another process has started for these settings, or start it for all."""
    name = hashlib.sha256(repr(settings).encode()).hexdigest()[:12]
    address = Path(settings.shared_in, f"zygote-{name}")
    with address.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(OSError, ZygoteError):  # there is none yet, or it has died
            return ZygoteClient(address.read_text())
        first = CommonZygote(settings)
        address.write_text(first.path)
        return first


def let_go(settings: Settings) -> None:
    """Do without the zygote for these settings, if there is one; it ends with the last process that has it."""
    with _sharing:
        zygote = _shared.pop(settings, None)
        if zygote is not None and zygote.owner == os.getpid():
            zygote.close()


@atexit.register
def close_zygotes() -> None:
    """End this process's zygotes now; the next launch starts a new one."""
    with _sharing:
        for zygote in _shared.values():
            if zygote.owner == os.getpid():
                zygote.close()
        _shared.clear()

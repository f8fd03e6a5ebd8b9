"""What makes a student kernel an ordinary Jupyter kernel for every Jupyter client.

The kernelspec `autograder-student` names this provisioner. `km.start_kernel(student_files=folder)` puts a
folder's files beside the kernel; without it there are none. `km.provisioner.kernel` is the handle.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Dict, Enum, Integer, List, Unicode, default

from autograder.kernels.kernel_handle import StudentKernel
from autograder.kernels.launch import launch
from autograder.kernels.zygote_client import Settings, socket_folder
from autograder.student.channels import CHANNELS
from autograder.student.resource_limits import Limits

_POLL = 0.01  # seconds
_KILL = 5.0  # seconds; after that, `wait` goes on waiting
_DEFAULTS = Limits()


def _limit(name: str, text: str, smallest: int = 1) -> Any:
    return Integer(getattr(_DEFAULTS, name), min=smallest, help=text).tag(config=True)


class StudentProvisioner(KernelProvisionerBase):
    """Forks student kernels from a warm process, in a sandbox with limits."""

    sandbox = Enum(
        ("on", "off"),
        "on",
        help="'on': student code is isolated, or grading refuses to run. 'off': no isolation; every report says so.",
    ).tag(config=True)
    memory = _limit("memory", "Memory of one process, in MiB, on top of what the libraries take.")
    total_memory = _limit(
        "total_memory", "Memory of a submission in all: its processes, its files, what the system keeps for it; in MiB."
    )
    processes = _limit("processes", "Processes and threads of a submission, at one time.")
    open_files = _limit("open_files", "Open files of one process.", smallest=64)
    file_size = _limit("file_size", "Largest file student code may write, in MiB.")
    scratch = _limit("scratch", "Size of a submission's private folder (home, /tmp and /dev/shm), in MiB.")
    scratch_files = _limit("scratch_files", "Files and folders in a submission's private folder.", smallest=100)
    cpu_seconds = _limit("cpu_seconds", "Processor time of one process, in seconds.")
    threads = _limit("threads", "Threads torch and OpenMP compute with.")
    seed = _limit("seed", "Seed of random, numpy and torch: the same notebook gives the same evidence.", smallest=0)
    data = Unicode(
        help="Folder with data sets in torchvision's layout; student code can read those that its assignment asks for, "
        "as /data/MNIST and so on. Default: AUTOGRADER_DATA, or ~/.cache/autograder."
    ).tag(config=True)
    data_sets = List(
        Unicode(), help="Folders of the data sets that student code may read, each as /data/NAME. Set by the judge."
    ).tag(config=True)
    readable = List(
        Unicode(), help="Further files and folders that student code may read. Never the course's own folder."
    ).tag(config=True)

    environment = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Further environment variables of student code, e.g. {'MKL_CBWR': 'AVX2'}. What autograder sets itself "
        "stays as it is.",
    ).tag(config=True)
    gpu = Unicode(help="Number of a GPU that student code may use. Set by the judge, for training alone.").tag(
        config=True
    )
    zygotes = Unicode(
        help="Folder of a run, in which its processes find one zygote and have their sockets and files. Empty: each "
        "process starts a zygote of its own."
    ).tag(config=True)

    kernel: StudentKernel | None = None
    _folder = ""
    _running = False

    @default("data")
    def _data_default(self) -> str:
        return os.environ.get("AUTOGRADER_DATA") or str(Path.home() / ".cache" / "autograder")

    def limits(self) -> Limits:
        """Return the limits as plain numbers."""
        return Limits(**{name: getattr(self, name) for name in _DEFAULTS.to_plain()})

    def settings(self) -> Settings:
        """Return what kind of zygote is needed. Data that isn't there yet counts as none."""
        paths = [Path(path).expanduser() for path in self.data_sets]
        data_sets = tuple(str(path.parent.resolve() / path.name) for path in paths)  # under the name it was asked for
        readable = tuple(str(Path(path).expanduser().resolve()) for path in self.readable)
        environment = tuple(sorted(self.environment.items()))
        return Settings(
            sandbox=self.sandbox,
            data_sets=data_sets,
            readable=readable,
            gpu=self.gpu,
            shared_in=self.zygotes,
            environment=environment,
        )

    @property
    def has_process(self) -> bool:
        """Whether there is a process to look after."""
        return self._running

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the addresses. The environment that Jupyter hands over is not for students."""
        manager: Any = self.parent
        if not self._folder:
            self._folder = socket_folder("autograder-kernel-", self.zygotes)
            manager.transport, manager.ip = "ipc", f"{self._folder}/channel"
            manager.connection_file = f"{self._folder}/connection.json"
            for number, channel in enumerate(CHANNELS, start=1):
                setattr(manager, f"{channel}_port", number)
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return {"cmd": [], "student_files": kwargs.get("student_files")}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel. Raises SandboxUnavailable, ZygoteError, KernelError."""
        files = kwargs.get("student_files")
        arguments = self.settings(), self.limits(), self.connection_info, Path(files) if files else None
        try:
            self.kernel = await asyncio.to_thread(launch, *arguments)
        except BaseException:
            await self.cleanup()  # Jupyter does not, when there was no kernel
            raise
        self._running = True
        return self.connection_info

    async def poll(self) -> int | None:
        """None while the kernel runs, then its exit status."""
        if self.kernel is None or not self._running:
            return 0
        return None if self.kernel.alive() else self.kernel.exit_status()

    async def wait(self) -> int | None:
        """Wait until nothing of the kernel is left."""
        while self._running and self.kernel is not None and self.kernel.alive():
            await asyncio.sleep(_POLL)
        return await self._close()

    async def _close(self) -> int:
        self._running = False
        if self.kernel is None:
            return 0
        await _in_thread(self.kernel.close)
        return 0

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel; ends its sandbox if the signal is one that ends."""
        if self.kernel is None:
            return
        if signum in (signal.SIGKILL, signal.SIGTERM):
            self.kernel.kill()
            await _in_thread(partial(self.kernel.wait, _KILL))  # saves the manager a round of polling
        else:
            self.kernel.signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and its sandbox."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel and its sandbox."""
        await self.send_signal(signal.SIGKILL)

    async def cleanup(self, restart: bool = False) -> None:
        """Free what a launch took; on a restart the addresses stay."""
        await self._close()
        if not restart and self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


async def _in_thread(action: Callable[[], object]) -> None:
    """Do what takes a while in another thread; here, once Python has come to its end and starts none any more."""
    try:
        doing = asyncio.get_running_loop().run_in_executor(None, action)
    except RuntimeError:
        action()
    else:
        await doing

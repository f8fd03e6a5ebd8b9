"""From connection details and limits to a running student kernel."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.kernels import memory_groups, user_ids
from autograder.kernels.errors import KernelError, SandboxUnavailable, StudentSideError, ZygoteError
from autograder.kernels.kernel_handle import StudentKernel
from autograder.kernels.memory_groups import MemoryGroup
from autograder.kernels.student_files import pack
from autograder.kernels.watchdog import Watchdog
from autograder.kernels.zygote_client import Settings, ZygoteClient, shared_zygote
from autograder.student import fd_messages
from autograder.student.channels import CHANNELS
from autograder.student.resource_limits import MIB, Limits
from autograder.student.sandbox_plan import SandboxPlan
from autograder.student.start_failures import can_pass

_BORN = _READY = 300.0  # seconds on a busy machine: a process that has died is noticed at once
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each further try, where what went wrong can pass
log = logging.getLogger(__name__)
_WATCHDOG = Watchdog()


def launch(
    settings: Settings, limits: Limits, connection: Mapping[str, Any], student_files: Path | None = None
) -> StudentKernel:
    """Start a kernel for an ipc connection, with the files of a folder in its scratch.

    Where something is used up that others may let go of (processes, memory, open files), it is tried again for half a
    minute. Raises SandboxUnavailable, ZygoteError, NoForkError or KernelError; OSError where this process lacks
    something; NotADirectoryError for a folder that isn't there.
    """
    if student_files is not None and not student_files.is_dir():
        raise NotADirectoryError(f"{student_files} is not a folder: student_files must be the folder of a submission")
    for pause in PAUSES:
        try:
            return _launch(settings, limits, connection, student_files)
        except (StudentSideError, OSError) as error:
            if not can_pass(error):
                raise
            log.warning("A student kernel did not start: %s. It is tried again in %g s", error, pause)
        time.sleep(pause)
    return _launch(settings, limits, connection, student_files)


def _launch(
    settings: Settings, limits: Limits, connection: Mapping[str, Any], student_files: Path | None
) -> StudentKernel:
    zygote = shared_zygote(settings)
    try:
        return _Birth(zygote, settings, limits).launch(connection, student_files)
    except ZygoteError:  # it may have died since the last launch: one fresh one
        zygote.close()
        return _Birth(shared_zygote(settings), settings, limits).launch(connection, student_files)


class _Birth:
    """The steps of one launch; closes everything again if one of them fails."""

    def __init__(self, zygote: ZygoteClient, settings: Settings, limits: Limits) -> None:
        self.zygote = zygote
        self.settings = settings
        self.limits = limits
        self.lent: list[int] = []  # descriptors for the child, closed here in any case

    def launch(self, connection: Mapping[str, Any], student_files: Path | None) -> StudentKernel:
        scratch = _scratch_folder(self.settings.shared_in) if self.settings.sandbox == "off" else None
        try:
            kernel = self._launch(connection, student_files, scratch)
        except BaseException:
            if scratch:
                shutil.rmtree(scratch, ignore_errors=True)
            raise
        finally:
            fd_messages.close_all(self.lent)
        if scratch:
            kernel.on_close(lambda: shutil.rmtree(scratch, ignore_errors=True))
        _WATCHDOG.watch(kernel, self.zygote.anonymous)
        return kernel

    def _launch(self, connection: Mapping[str, Any], student_files: Path | None, scratch: str | None) -> StudentKernel:
        report, their_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lent += [their_report.detach()]
        group = None
        try:
            user = self._take_user()
            group = self._make_group()
            self.lent += [their_control.detach(), _configuration(connection, scratch, self.settings)]
            self.lent += _listeners(connection)
            left_out = self._pack(student_files) if student_files is not None else []
            plan = SandboxPlan(self.limits, user, grouped=group is not None, gpu=bool(self.settings.gpu))
            self.zygote.ask({"do": "fork", "plan": plan.to_plain()}, self.lent)
            fd_messages.close_all(self.lent)
            self.lent = []
            born = _expect(report, "born", _BORN)
        except BaseException:
            report.close()
            control.close()
            if group is not None:
                group.remove()
            raise
        sandbox = "off" if self.settings.sandbox == "off" else "namespaces"
        shares = not user and sandbox != "off"
        kernel = StudentKernel(report, control, born[0], born[1], self.limits, sandbox, left_out, group, shares)
        try:
            _expect(control, "ready", _READY)
        except KernelError as failed:
            death = kernel.death()
            kernel.close()
            raise KernelError(f"{failed} ({death})", failed.errno) from None
        except SandboxUnavailable:
            kernel.close()
            raise
        return kernel

    def _take_user(self) -> int:
        """Take a user for the sandbox, for as long as its first process lives; return its number in there."""
        users = self.zygote.users
        if not users.count:
            return 0
        taken = user_ids.take(range(users.first, users.first + users.count))
        self.lent.append(taken.lock)
        return users.inner(taken.user)

    def _make_group(self) -> MemoryGroup | None:
        group = memory_groups.make(self.limits.total_memory * MIB)
        if group is not None:
            self.lent.append(group.entry)
        return group

    def _pack(self, student_files: Path) -> list[str]:
        """Add an archive of the student's files; return what is not in it, a sentence each."""
        room = self.limits.scratch * MIB // 2, self.limits.file_size * MIB, self.limits.scratch_files // 2
        packed = pack(student_files, *room)
        self.lent.append(packed.descriptor)
        return packed.left_out


def _expect(sock: socket.socket, word: str, timeout: float) -> list[int]:
    """Wait for a message that says `word`; anything else is a failure."""
    sock.settimeout(timeout)
    try:
        message, descriptors = fd_messages.receive(sock)
    except (EOFError, ValueError, TimeoutError) as error:
        raise _no_word(error) from None
    if message.get("feature"):
        raise SandboxUnavailable(message["feature"], message["reason"], int(message["errno"]))
    if word not in message:
        fd_messages.close_all(descriptors)
        log.info("A student kernel did not start:\n%s", message.get("details"))
        raise KernelError(f"the student kernel did not start: {message.get('failed')}", int(message.get("errno", 0)))
    return descriptors


def _no_word(error: Exception) -> KernelError:
    """Return what is known of a kernel that did not say that it is there."""
    if isinstance(error, EOFError):  # for want of memory the system ends processes: there may be more a little later
        why = "its process ended without a word; the system may be out of memory"
        return KernelError(f"the student kernel did not start: {why}", errno.ENOMEM)
    why = "it took too long" if isinstance(error, TimeoutError) else f"what it says can't be read ({error})"
    return KernelError(f"the student kernel did not start: {why}")


def _configuration(connection: Mapping[str, Any], scratch: str | None, settings: Settings) -> int:
    """What the child reads after the fork, in a memory file."""
    names = ("transport", "ip", "key", "signature_scheme", *(f"{channel}_port" for channel in CHANNELS))
    plain = {name: connection[name] for name in names}
    if isinstance(plain["key"], bytes):
        plain["key"] = plain["key"].decode()
    descriptor = os.memfd_create("configuration", os.MFD_CLOEXEC)
    whole = {"connection": plain, "scratch": scratch, "data": settings.data, "gpu": settings.gpu}
    os.write(descriptor, json.dumps(whole).encode())
    return descriptor


def _listeners(connection: Mapping[str, Any]) -> list[int]:
    """The five listening sockets, made on this side: a client may connect at once."""
    descriptors = []
    for channel in CHANNELS:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            address = Path(f"{connection['ip']}-{connection[f'{channel}_port']}")
            address.unlink(missing_ok=True)  # of the kernel that is started again, or of one that was never born
            listener.bind(str(address))
            listener.listen(64)
            listener.setblocking(False)
            descriptors.append(listener.detach())
    return descriptors


def _scratch_folder(parent: str) -> str:
    """Without a sandbox: a temporary folder. It must be writable for whoever the zygote runs as."""
    folder = tempfile.mkdtemp(prefix="autograder-scratch-", dir=parent or None)
    Path(folder).chmod(0o777)
    return folder

"""Trusted side: from connection details and limits to a running student kernel."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.student import files, messages
from autograder.student.errors import KernelError, SandboxUnavailable, ZygoteError
from autograder.student.handle import StudentKernel
from autograder.student.limits import MIB, Limits
from autograder.student.watchdog import Watchdog
from autograder.student.zygotes import Settings, Zygote, shared_zygote

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_BORN, _READY = 30.0, 60.0  # seconds
_WATCHDOG = Watchdog()


def launch(
    settings: Settings, limits: Limits, connection: Mapping[str, Any], student_files: Path | None = None
) -> StudentKernel:
    """Start a kernel for an ipc connection, with the files of a folder in its scratch.

    Raises SandboxUnavailable, ZygoteError or KernelError; NotADirectoryError for a folder that isn't there.
    """
    if student_files is not None and not student_files.is_dir():
        raise NotADirectoryError(f"{student_files} is not a folder: student_files must be the folder of a submission")
    zygote = shared_zygote(settings)
    try:
        return _Birth(zygote, settings, limits).launch(connection, student_files)
    except ZygoteError:  # it may have died since the last launch: one fresh one
        zygote.close()
        return _Birth(shared_zygote(settings), settings, limits).launch(connection, student_files)


class _Birth:
    """The steps of one launch; closes everything again if one of them fails."""

    def __init__(self, zygote: Zygote, settings: Settings, limits: Limits) -> None:
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
            messages.close_all(self.lent)
        if scratch:
            kernel.on_close(lambda: shutil.rmtree(scratch, ignore_errors=True))
        _WATCHDOG.watch(kernel, self.zygote.anonymous)
        return kernel

    def _launch(self, connection: Mapping[str, Any], student_files: Path | None, scratch: str | None) -> StudentKernel:
        report, their_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.lent = [their_report.detach(), their_control.detach()]
        self.lent.append(_configuration(connection, scratch, self.settings))
        self.lent += _listeners(connection)
        left_out: list[str] = []
        try:
            if student_files is not None:
                room = self.limits.scratch * MIB // 2, self.limits.file_size * MIB, self.limits.scratch_files // 2
                packed = files.pack(student_files, *room)
                self.lent.append(packed.descriptor)
                left_out = packed.left_out
            self.zygote.ask({"do": "fork", "limits": self.limits.to_plain()}, self.lent)
            messages.close_all(self.lent)
            self.lent = []
            born = _expect(report, "born", _BORN)
        except BaseException:
            report.close()
            control.close()
            raise
        sandbox = "off" if self.settings.sandbox == "off" else "namespaces"
        kernel = StudentKernel(report, control, born[0], born[1], self.limits, sandbox, left_out)
        try:
            _expect(control, "ready", _READY)
        except KernelError as failed:
            death = kernel.death()
            kernel.close()
            raise KernelError(f"{failed} ({death})") from None
        return kernel


def _expect(sock: socket.socket, word: str, timeout: float) -> list[int]:
    """Wait for a message that says `word`; anything else is a failure."""
    sock.settimeout(timeout)
    try:
        message, descriptors = messages.receive(sock)
    except (EOFError, ValueError, TimeoutError) as error:
        raise KernelError(f"the student kernel did not start: {error or 'it took too long'}") from None
    if message.get("piece"):
        raise SandboxUnavailable(message["piece"], message["reason"])
    if word not in message:
        messages.close_all(descriptors)
        raise KernelError(f"the student kernel did not start: {message.get('failed')}")
    return descriptors


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

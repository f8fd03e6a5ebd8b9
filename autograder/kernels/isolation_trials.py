"""Tries each feature of the isolation, in a process of its own, and prints what failed as JSON. See `capabilities`."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from autograder.kernels import memory_groups, user_ids
from autograder.student import isolation_features, linux_calls, root_filesystem, sandbox_entry, seccomp


def main() -> None:
    """Print {feature: reason why it is missing, or ""}."""
    json.dump({name: _outcome(name, trial) for name, trial in TRIALS.items()}, sys.stdout)


def _outcome(name: str, trial: Callable[[], None]) -> str:
    """Run a trial in a fork; an empty string says that it went well."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        reason = ""
        try:
            with isolation_features.feature(name):
                trial()
        except isolation_features.FeatureMissingError as missing:
            reason = missing.reason
        except BaseException as error:
            reason = repr(error)
        finally:
            os.write(writing, reason.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        reason = pipe.read()
    status = os.waitpid(child, 0)[1]
    return reason or (f"the trial ended with status {status}" if status else "")


def _user() -> None:
    if sandbox_entry.is_real_root():
        linux_calls.become(sandbox_entry.UNPRIVILEGED)
    uid, gid = os.geteuid(), os.getegid()
    linux_calls.unshare(linux_calls.CLONE_NEWUSER)
    linux_calls.write_id_maps(uid, gid, inner=0)


def _mount() -> None:
    if sandbox_entry.is_real_root():  # as root, the root folder is made before there is a user namespace
        linux_calls.unshare(linux_calls.CLONE_NEWNS)
        _mount_a_little()
    _user()
    linux_calls.unshare(linux_calls.CLONE_NEWNS)
    _mount_a_little()


def _mount_a_little() -> None:
    linux_calls.mount(None, "/", None, linux_calls.MS_REC | linux_calls.MS_SLAVE)
    linux_calls.mount("trial", "/tmp", "tmpfs", linux_calls.MS_NOSUID | linux_calls.MS_NODEV, "size=1m")
    Path("/tmp/usr").mkdir()
    linux_calls.mount("/usr", "/tmp/usr", None, linux_calls.MS_BIND | linux_calls.MS_REC)
    linux_calls.mount_read_only("/tmp/usr")


def _process() -> None:
    _user()
    linux_calls.unshare(linux_calls.CLONE_NEWPID | linux_calls.CLONE_NEWNS)
    child = os.fork()
    if child == 0:
        try:
            linux_calls.mount(None, "/", None, linux_calls.MS_REC | linux_calls.MS_SLAVE)
            root_filesystem.mount_proc()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or errno.EIO)
    failure = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if failure:
        raise OSError(failure, f"mount /proc: {os.strerror(failure)}")


def _network() -> None:
    _user()
    linux_calls.unshare(linux_calls.CLONE_NEWNET)
    linux_calls.loopback_up()


def _ipc() -> None:
    _user()
    linux_calls.unshare(linux_calls.CLONE_NEWIPC)


def _seccomp() -> None:
    linux_calls.install_seccomp(seccomp.program())
    try:
        linux_calls.unshare(linux_calls.CLONE_NEWUSER)
    except OSError as error:
        if error.errno == errno.EPERM:
            return
    raise OSError(errno.EINVAL, "the filter is installed but refuses nothing")


def _process_limit() -> None:
    """With three processes of the same user about, one fork must be possible under a limit of two."""
    _user()
    crowd = [_idle_child() for _ in range(3)]
    linux_calls.unshare(linux_calls.CLONE_NEWUSER)
    resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
    linux_calls.drop_capabilities()
    try:
        crowd.append(_idle_child())
    finally:
        for child in crowd:
            os.kill(child, signal.SIGKILL)


def _idle_child() -> int:
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    return child


def _own_users() -> None:
    found = user_ids.found()
    if not found.users:
        raise OSError(errno.EPERM, found.reason)


def _memory_group() -> None:
    found = memory_groups.found()
    if found.folder is None:
        raise OSError(errno.EPERM, found.reason)


def _total_memory() -> None:
    Path("/proc/thread-self/children").read_text()
    Path("/proc/self/smaps_rollup").read_text()


TRIALS: dict[str, Callable[[], None]] = {
    isolation_features.USER: _user,
    isolation_features.MOUNT: _mount,
    isolation_features.PROCESS: _process,
    isolation_features.NETWORK: _network,
    isolation_features.IPC: _ipc,
    isolation_features.SECCOMP: _seccomp,
    isolation_features.PROCESS_LIMIT: _process_limit,
    isolation_features.OWN_USERS: _own_users,
    isolation_features.MEMORY_GROUP: _memory_group,
    isolation_features.TOTAL_MEMORY: _total_memory,
}

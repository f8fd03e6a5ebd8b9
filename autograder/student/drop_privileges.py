"""What a freshly forked process gives up before it runs anything of the student's."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from autograder.student import isolation_features, linux_calls, resource_limits, root_filesystem, seccomp

STUDENT_ID = 1000


def namespaces(own: resource_limits.Limits, keep: Sequence[str]) -> None:
    """Enter namespaces of one's own and give up all rights over them. Raises FeatureMissingError.

    Called as process 1 of a new process namespace, with the zygote's rights in the zygote's user namespace. The user
    namespace comes last: mounts and network belong to the one above, where the student has no rights, and processes
    are counted per sandbox (Linux >= 5.14).
    """
    with isolation_features.feature(isolation_features.MOUNT):
        linux_calls.unshare(linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWUTS)
    with isolation_features.feature(isolation_features.IPC):
        linux_calls.unshare(linux_calls.CLONE_NEWIPC)
    with isolation_features.feature(isolation_features.NETWORK):
        linux_calls.unshare(linux_calls.CLONE_NEWNET)
        linux_calls.loopback_up()
    with isolation_features.feature(isolation_features.MOUNT):
        root_filesystem.private_mounts(own.scratch, own.scratch_files, keep)
    uid, gid = os.geteuid(), os.getegid()
    with isolation_features.feature(isolation_features.USER):
        linux_calls.unshare(linux_calls.CLONE_NEWUSER)
        linux_calls.write_id_maps(uid, gid, inner=STUDENT_ID)
    linux_calls.drop_capabilities()
    linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 1)  # or files below /proc/self would belong to nobody


def process(own: resource_limits.Limits, sandbox: bool) -> None:
    """Limits, no new privileges and (in a sandbox) the system call filter, for this process and its descendants."""
    resource_limits.apply(own, sandbox)
    linux_calls.prctl(linux_calls.PR_SET_NO_NEW_PRIVS, 1)
    if sandbox:
        with isolation_features.feature(isolation_features.SECCOMP):
            linux_calls.install_seccomp(seccomp.program())


def default_signals() -> None:
    """Undo what the zygote did about signals."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""What a freshly forked process gives up before it runs anything of the student's."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from autograder.student import (
    isolation_features,
    linux_calls,
    resource_limits,
    root_filesystem,
    sandbox_network,
    seccomp,
    user_limits,
)
from autograder.student.sandbox_plan import SandboxPlan

STUDENT_ID = 1000


def namespaces(plan: SandboxPlan, keep: Sequence[str]) -> None:
    """Enter namespaces of one's own. Raises FeatureMissingError.

    Called as process 1 of a new process namespace, with the zygote's rights in the zygote's user namespace, to which
    they all belong: the student has no rights there.
    """
    with isolation_features.feature(isolation_features.MOUNT):
        linux_calls.unshare(linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWUTS)
    with isolation_features.feature(isolation_features.IPC):
        linux_calls.unshare(linux_calls.CLONE_NEWIPC)
    with isolation_features.feature(isolation_features.NETWORK):
        linux_calls.unshare(linux_calls.CLONE_NEWNET)
        sandbox_network.set_up()
    with isolation_features.feature(isolation_features.MOUNT):
        root_filesystem.private_mounts(plan.limits.scratch, plan.limits.scratch_files, keep, plan.user)


def become_student(plan: SandboxPlan) -> None:
    """Become the sandbox's user, in a user namespace of one's own, and give up all rights. Raises FeatureMissingError.

    Called in the second process of a sandbox, so that the first stays another user's wherever there is another one.
    Processes and what the user namespace limits are counted per sandbox then, too (Linux >= 5.14).
    """
    with isolation_features.feature(isolation_features.MOUNT):
        proc = root_filesystem.close_proc()
    try:
        own = f"/proc/self/fd/{proc}"
        with isolation_features.feature(isolation_features.USER):
            if plan.user:
                linux_calls.become(plan.user)
            uid, gid = os.geteuid(), os.getegid()
            linux_calls.unshare(linux_calls.CLONE_NEWUSER)
            linux_calls.write_id_maps(uid, gid, STUDENT_ID, own)
            user_limits.apply(own)
        resource_limits.first_to_go(own)
    finally:
        os.close(proc)
    linux_calls.drop_capabilities()
    linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 1)  # or files below /proc/self would belong to nobody


def process(plan: SandboxPlan, sandbox: bool) -> None:
    """Limits, no new privileges and (in a sandbox) the system call filter, for this process and its descendants."""
    resource_limits.apply(plan.limits, sandbox)
    linux_calls.prctl(linux_calls.PR_SET_NO_NEW_PRIVS, 1)
    if sandbox:
        with isolation_features.feature(isolation_features.SECCOMP):
            linux_calls.install_seccomp(seccomp.program(gpu=plan.gpu))


def default_signals() -> None:
    """Undo what the zygote did about signals."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""First stage of the zygote: isolate this process, then execute the zygote proper in a clean environment.

Started by the trusted side with the settings on stdin. As real root: build the minimal root by bind mounts while the
paths can still be read, become an unprivileged user, and only then create the user namespace everything runs in. As
an ordinary user: all of it inside one user namespace. The zygote is process 1 of its own process namespace: when it
ends, everything it ever started ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from autograder.student import isolation_features, linux_calls, root_filesystem, user_maps
from autograder.student.user_maps import Users

UNPRIVILEGED = 54321  # user and group that stand in for root; owns nothing
_OWN = (
    linux_calls.CLONE_NEWUSER | linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWPID | linux_calls.CLONE_NEWNET
    | linux_calls.CLONE_NEWIPC | linux_calls.CLONE_NEWUTS | linux_calls.CLONE_NEWCGROUP
)  # fmt: skip


def main() -> NoReturn:
    """Read the settings, isolate, execute the zygote."""
    settings = json.load(sys.stdin)
    os.umask(0o022)
    if settings["sandbox"] == "on":
        try:
            isolate(settings["layout"], Users(**settings["users"]))
        except isolation_features.FeatureMissingError as missing:
            print(json.dumps({"feature": missing.feature, "reason": missing.reason}), file=sys.stderr, flush=True)
            os._exit(isolation_features.EXIT_STATUS)
    elif settings["drop"]:
        linux_calls.become(UNPRIVILEGED)
    linux_calls.fixed_addresses()
    os.execve(settings["python"], settings["command"], settings["environment"])


def isolate(layout: dict[str, Any], users: Users) -> None:
    """Return in a process that sees nothing but the minimal root; the processes that led there wait for its end.

    Raises FeatureMissingError.
    """
    as_root = is_real_root()
    if as_root:
        with isolation_features.feature(isolation_features.MOUNT):
            linux_calls.unshare(linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWPID)
        _continue_in_child()
        with isolation_features.feature(isolation_features.MOUNT):
            root_filesystem.build(layout)
    new_user_namespace(users, as_root)
    _die_with_parent()  # changing users and namespaces has taken it back
    _continue_in_child()
    with isolation_features.feature(isolation_features.MOUNT):
        if as_root:
            root_filesystem.mount_proc()
        else:
            root_filesystem.build(layout)
        linux_calls.mount(
            "scratch",
            root_filesystem.SCRATCH,
            "tmpfs",
            linux_calls.MS_NOSUID | linux_calls.MS_NODEV,
            "size=64m,mode=0755",
        )
    linux_calls.set_hostname("sandbox")
    os.chdir("/")


def new_user_namespace(users: Users, as_root: bool) -> None:
    """Enter a new user namespace, as its root, with a namespace of every other kind. Raises FeatureMissingError."""
    with isolation_features.feature(isolation_features.USER):
        mapped = user_maps.prepare(users, as_root)
        if as_root:
            linux_calls.become(users.zygote)
        linux_calls.unshare(linux_calls.CLONE_NEWUSER)
        mapped()
    for name, flags in (
        (isolation_features.MOUNT, linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWUTS | linux_calls.CLONE_NEWCGROUP),
        (isolation_features.PROCESS, linux_calls.CLONE_NEWPID),
        (isolation_features.NETWORK, linux_calls.CLONE_NEWNET),
        (isolation_features.IPC, linux_calls.CLONE_NEWIPC),
    ):
        with isolation_features.feature(name):
            linux_calls.unshare(flags)


def is_real_root() -> bool:
    """Return whether this process may become another user. The root of a small user namespace may not."""
    if os.geteuid() != 0:
        return False
    ranges = [map(int, line.split()) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= UNPRIVILEGED < first + count for first, _, count in ranges)


def _continue_in_child() -> None:
    """Fork; the parent only waits, and ends as the child ends."""
    child = os.fork()
    if child == 0:
        _die_with_parent()
        return
    os.closerange(3, 1 << 30)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(status if status >= 0 else 128 - status)


def _die_with_parent() -> None:
    linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)

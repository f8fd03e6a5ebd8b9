"""The features isolation is made of, by name: what fails is always said with the name of its feature."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

USER, MOUNT, PROCESS, NETWORK, IPC = (
    "user namespaces",
    "mount namespaces",
    "process namespaces",
    "network namespaces",
    "IPC namespaces",
)
SECCOMP = "system call filter (seccomp)"
PROCESS_LIMIT, TOTAL_MEMORY = "process limit per sandbox", "limit on total memory"
OWN_USERS, MEMORY_GROUP = "a user for each sandbox", "memory group (cgroup)"
EXIT_STATUS = 71  # of a process that found a feature missing


class FeatureMissingError(Exception):
    """A feature of the isolation is missing here."""

    def __init__(self, feature: str, reason: str, errno: int = 0) -> None:
        self.feature = feature
        self.reason = reason
        self.errno = errno  # the system's number of what went wrong
        super().__init__(f"{feature}: {reason}")


@contextlib.contextmanager
def feature(name: str) -> Iterator[None]:
    """Turn an OSError in the body into FeatureMissingError under that name, with the likely cause in words."""
    try:
        yield
    except OSError as error:
        raise FeatureMissingError(name, f"{error.strerror or error}{_likely_cause(error)}", error.errno or 0) from error


def _likely_cause(error: OSError) -> str:
    if error.errno == errno.ENOSPC and _sysctl("user/max_user_namespaces") == 0:
        return " (user namespaces are switched off: sysctl user.max_user_namespaces is 0)"
    if error.errno == errno.ENOSPC:
        return " (the limit on namespaces is reached: see /proc/sys/user/max_*_namespaces)"
    if error.errno not in (errno.EPERM, errno.EACCES):
        return ""
    if _sysctl("kernel/unprivileged_userns_clone") == 0:
        return " (switched off for ordinary users: sysctl kernel.unprivileged_userns_clone is 0)"
    if _sysctl("kernel/apparmor_restrict_unprivileged_userns") == 1:
        return (
            " (AppArmor restricts them here: the administrator can allow them for this Python with a profile that says"
            " `userns,`, or with sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
        )
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return " (a container's own filter often refuses this: try --security-opt seccomp=unconfined)"
    return ""


def _sysctl(name: str) -> int | None:
    try:
        return int(Path("/proc/sys", name).read_text())
    except (OSError, ValueError):
        return None

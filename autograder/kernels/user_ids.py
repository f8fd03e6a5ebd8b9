"""A user of its own for each sandbox that is running on this machine.

The system counts some things per user and gives a user only so much of them: descriptors in flight, pages of pipes,
what epoll watches, pending signals. So sandboxes that run at the same time have different users, whoever started them.
Root takes them from a range that nobody else has by the usual conventions; an ordinary user from the subordinate users
that /etc/subuid and /etc/subgid give him. Which are taken is said by locks on the bytes of a file. The first process of
a sandbox holds its lock open, so a user is free again when the last process of its sandbox is gone, and not before.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import pwd
import random
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.kernels.errors import NoForkError
from autograder.student import sandbox_entry, start_failures, user_maps
from autograder.student.user_maps import Users

# For root. The first lies where systemd's table of users (UIDS-GIDS.md) says "unused"; in a container with fewer users,
# the second is above those of people and below those of systemd's services.
_FOR_ROOT = (range(0x70000000, 0x70000000 + 65536), range(54400, 60000))
_ZYGOTES = 500  # of them are for zygotes
_FEWEST = 64  # of an ordinary user's
_LOCK_FILE = "users-in-use"
_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class Found:
    """Users there are for sandboxes, or why there are none."""

    users: range = range(0)
    first_group: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Taken:
    """A user that is nobody else's as long as the lock's descriptor, or a copy of it, is open anywhere."""

    user: int
    lock: int


@functools.cache
def found() -> Found:
    """Return the users that sandboxes can have here."""
    usable = _unused() if sandbox_entry.is_real_root() else _subordinate()
    try:
        if usable.users:
            os.close(_lock_file_opened(os.O_RDONLY | os.O_CREAT))
    except OSError as error:
        return Found(reason=f"it can't be said which are in use: {error}")
    return usable


def _unused() -> Found:
    maps = [_ranges(Path("/proc/self", name)) for name in ("uid_map", "gid_map")]
    for wanted in _FOR_ROOT:
        if all(any(wanted[0] in one and wanted[-1] in one for one in ranges) for ranges in maps):
            return Found(wanted, wanted[0])
    return Found(reason="the users that there are in this container are too few")


def _ranges(path: Path) -> list[range]:
    lines = (map(int, line.split()) for line in path.read_text().splitlines())
    return [range(first, first + count) for first, _, count in lines]


def _subordinate() -> Found:
    missing = [program for program in user_maps.PROGRAMS.values() if not Path(program).exists()]
    if missing:
        return Found(reason=f"there is no {missing[0]}")
    users, groups = _given("/etc/subuid"), _given("/etc/subgid")
    count = min(len(users), len(groups))
    if count < _FEWEST:
        return Found(reason=f"/etc/subuid and /etc/subgid give this user {count}")
    usable = Found(users[:count], groups[0])
    return Found(reason=reason) if (reason := _refusal(usable)) else usable


def _given(path: str) -> range:
    """Return the longest range that such a file gives to this user."""
    names = {str(os.geteuid())}
    with contextlib.suppress(KeyError):
        names.add(pwd.getpwuid(os.geteuid()).pw_name)
    ranges = [range(0)]
    if Path(path).exists():
        for line in Path(path).read_text().splitlines():
            name, _, numbers = line.partition(":")
            first, _, count = numbers.partition(":")
            if name in names and first.isdigit() and count.isdigit():
                ranges.append(range(int(first), int(first) + int(count)))
    return max(ranges, key=len)


def _refusal(usable: Found) -> str:
    """Try it in a process of its own; return why it can't be done, or ""."""
    users = Users(0, usable.users[0], len(usable.users), usable.first_group)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from autograder.student import user_maps; "
        "user_maps.trial(user_maps.Users(*map(int, sys.argv[2:])))"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parents[2])]
    command += map(str, users.to_plain().values())
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env={})
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


def for_zygote() -> tuple[Users, Taken | None]:
    """Return the users of a new zygote's sandboxes, and for root the lock on its own."""
    here = found()
    if not sandbox_entry.is_real_root():
        return (Users(0, here.users[0], len(here.users), here.first_group) if here.users else Users()), None
    if not here.users:
        return Users(zygote=sandbox_entry.UNPRIVILEGED), None
    own, first = take(here.users[:_ZYGOTES]), here.users[_ZYGOTES]
    return Users(own.user, first, len(here.users) - _ZYGOTES, first), own


def take(users: range) -> Taken:
    """Take one of these users. Raises NoForkError if all are in use."""
    lock = _lock_file_opened(os.O_RDWR)
    offset = random.SystemRandom().randrange(len(users))  # what one has left behind is gone before it's used again
    for user in (*users[offset:], *users[:offset]):
        try:
            fcntl.fcntl(lock, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, user, 1, 0))
        except OSError as error:
            if not start_failures.can_pass(error):
                os.close(lock)
                raise
        else:
            return Taken(user, lock)
    os.close(lock)
    raise NoForkError("all users for sandboxes are in use: there are too many sandboxes", errno.EAGAIN)


def _lock_file_opened(flags: int) -> int:
    folder = _folder()
    folder.mkdir(0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o77:
        raise PermissionError(f"{folder} isn't this user's own")
    return os.open(folder / _LOCK_FILE, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _folder() -> Path:
    """Return a folder that all of this user's processes find."""
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path("/run/autograder")
    return Path(f"/tmp/autograder-{os.geteuid()}")

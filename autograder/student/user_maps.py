"""Which users exist in the zygote's user namespace: its own one as root, and those that the sandboxes are to have.

One's own user may be mapped by oneself. A range of others is mapped from outside of the namespace: by root, or for an
ordinary user by newuidmap(1) and newgidmap(1), which look up in /etc/subuid and /etc/subgid what belongs to whom.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.student import linux_calls

PROGRAMS = {"uid_map": "/usr/bin/newuidmap", "gid_map": "/usr/bin/newgidmap"}
_INNER_FIRST = 1  # the first of the range, in the namespace


@dataclass(frozen=True)
class Users:
    """Users, by the machine's own numbers, whose groups have the same numbers where root maps them."""

    zygote: int = 0  # that root becomes; an ordinary user stays
    first: int = 0
    count: int = 0  # of the range; 0: there is none, and all sandboxes have the zygote's user
    first_group: int = 0

    def to_plain(self) -> dict[str, int]:
        """Return it as plain data for JSON."""
        return asdict(self)

    def inner(self, user: int) -> int:
        """Return the number in the namespace of one of the range."""
        return user - self.first + _INNER_FIRST


def prepare(users: Users, as_root: bool) -> Callable[[], None]:
    """Return what is to be called in the new namespace; called before it is entered. Both raise OSError."""
    uid, gid = (users.zygote, users.zygote) if as_root else (os.geteuid(), os.getegid())
    if not users.count:
        return lambda: linux_calls.write_id_maps(uid, gid, inner=0)
    extents = {
        "uid_map": (0, uid, 1, _INNER_FIRST, users.first, users.count),
        "gid_map": (0, gid, 1, _INNER_FIRST, users.first_group, users.count),
    }
    return _from_outside(extents, _write if as_root else _have_written)


def _from_outside(extents: dict[str, Any], write: Callable[[int, str, tuple[int, ...]], None]) -> Callable[[], None]:
    """Have a fork, which stays outside, write the maps of this process as soon as it is in its namespace."""
    inside = os.getpid()
    reading, writing = os.pipe()
    outside = os.fork()
    if outside == 0:
        os.close(writing)
        os._exit(_write_all(inside, extents, write) if os.read(reading, 1) else 0)
    os.close(reading)

    def mapped() -> None:
        os.write(writing, b"x")
        os.close(writing)
        failure = os.waitstatus_to_exitcode(os.waitpid(outside, 0)[1])
        if failure:
            raise OSError(failure, f"users for the sandboxes can't be mapped: {os.strerror(failure)}")

    return mapped


def _write_all(
    process: int, extents: dict[str, tuple[int, ...]], write: Callable[[int, str, tuple[int, ...]], None]
) -> int:
    """Write both maps; return the system's number of what went wrong, 0 if nothing did."""
    try:
        for name, numbers in extents.items():
            write(process, name, numbers)
    except OSError as error:
        return error.errno or errno.EPERM
    return 0


def _write(process: int, name: str, numbers: tuple[int, ...]) -> None:
    lines = ["{} {} {}\n".format(*numbers[at : at + 3]) for at in range(0, len(numbers), 3)]
    Path(f"/proc/{process}/{name}").write_text("".join(lines))


def _have_written(process: int, name: str, numbers: tuple[int, ...]) -> None:
    command = [PROGRAMS[name], str(process), *map(str, numbers)]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
        raise OSError(errno.EPERM, f"{PROGRAMS[name]} refused")


def trial(users: Users) -> None:
    """Enter a namespace with these users, as an ordinary user does. Raises OSError."""
    mapped = prepare(users, as_root=False)
    linux_calls.unshare(linux_calls.CLONE_NEWUSER)
    mapped()

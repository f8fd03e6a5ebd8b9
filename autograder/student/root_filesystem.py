"""A new root folder in which only the listed paths exist.

Runs in a mount namespace of its own, as root of the machine or of a user namespace.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.student import linux_calls

SCRATCH, TEMPORARY, SHARED_MEMORY = "/scratch", "/tmp", "/dev/shm"
DATA = "/data"  # AUTOGRADER_DATA in the sandbox
PACKAGE = "/opt/autograder"  # holds the readable part of this package; on sys.path
_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share", "include")
_USR_LOCAL = ("bin", "sbin", "lib", "lib64", "include")  # not share: nbgrader's exchange lies there by default
_SYSTEM = (
    *(f"/usr/{name}" for name in _USR),
    *(f"/usr/local/{name}" for name in _USR_LOCAL),
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/etc/fonts", "/etc/mime.types"),
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_FOLDERS = ("dev", "proc", "tmp", "etc", "scratch", "data", "opt", "dev/shm", "dev/pts")
_ETC = {
    "passwd": "student:x:1000:1000::/scratch:/bin/sh\n",
    "group": "student:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_TERMINALS = 32
_OLD, _NEW = "/old", "/new"
_QUIET = linux_calls.MS_NOSUID | linux_calls.MS_NODEV


def build(layout: dict[str, Any]) -> None:
    """Make the new root from a `Layout` as plain data, and change to it. Raises OSError."""
    _set_out()
    for folder in _FOLDERS:
        Path(f"{_NEW}/{folder}").mkdir(0o755)
    for name, text in _ETC.items():
        Path(f"{_NEW}/etc/{name}").write_text(text)
    _devices(layout["devices"])
    for path in _SYSTEM:
        _system_path(path)
    for path in layout["libraries"]:
        _appear(path, path)
    for source, target in layout["package"]:
        _appear(source, target)
    for path in layout["data"]:
        _appear(path, f"{DATA}/{Path(path).name}")
    for path in layout["masked"]:
        _mask(path)
    for where, target in layout["links"]:
        _link(where, target)
    mount_proc(_NEW)
    _settle()


def mount_proc(root: str = "") -> None:
    """Mount /proc for the process namespace this process is in."""
    linux_calls.mount("proc", f"{root}/proc", "proc", _QUIET | linux_calls.MS_NOEXEC)


def _set_out() -> None:
    """Stand on an empty tmpfs, the machine's own root at /old, the future root at /new."""
    linux_calls.mount(None, "/", None, linux_calls.MS_REC | linux_calls.MS_SLAVE)
    linux_calls.mount("root", "/tmp", "tmpfs", _QUIET, "size=4m,mode=0755")
    Path("/tmp/old").mkdir()
    Path("/tmp/new").mkdir(0o755)
    linux_calls.mount("/tmp/new", "/tmp/new", None, linux_calls.MS_BIND)
    linux_calls.pivot_root("/tmp", "/tmp/old")
    os.chdir("/")


def _settle() -> None:
    """Make /new the root, read-only, and let go of everything else."""
    linux_calls.mount(None, _NEW, None, linux_calls.MS_REMOUNT | linux_calls.MS_BIND | linux_calls.MS_RDONLY | _QUIET)
    os.chdir(_NEW)
    linux_calls.pivot_root(".", ".")
    linux_calls.unmount(".", linux_calls.MNT_DETACH)
    os.chdir("/")


def _system_path(path: str) -> None:
    """A part of the system: links such as /bin -> usr/bin stay links, links out of /etc are followed."""
    outside = Path(_OLD + path)
    if not outside.is_symlink():
        _appear(path, path)
    elif path.startswith("/etc/"):
        _appear(os.path.normpath(Path(path).parent / outside.readlink()), path)
    else:
        _link(path, str(outside.readlink()))


def _appear(source: str, target: str) -> None:
    """Make a path of the machine appear in the new root, read-only; a path that doesn't exist is left out."""
    outside, inside = Path(_OLD + source), Path(_NEW + target)
    if not outside.exists() or _already_there(target):
        return
    _make_mount_point(outside.is_dir(), inside)
    linux_calls.mount(str(outside), str(inside), None, linux_calls.MS_BIND | linux_calls.MS_REC)
    linux_calls.mount_read_only(str(inside))


def _already_there(target: str) -> bool:
    part_of_system = any(target == path or target.startswith(path + "/") for path in _SYSTEM)
    return part_of_system and Path(_NEW + target).exists()


def _link(where: str, target: str) -> None:
    link = Path(_NEW + where)
    if not link.exists() and not link.is_symlink():
        link.parent.mkdir(0o755, parents=True, exist_ok=True)
        link.symlink_to(target)


def _make_mount_point(folder: bool, path: Path) -> None:
    (path if folder else path.parent).mkdir(0o755, parents=True, exist_ok=True)
    if not folder:
        path.touch(0o644)


def _mask(path: str) -> None:
    """Cover a path: an empty folder, or an empty file."""
    inside = Path(_NEW + path)
    if inside.is_dir():
        linux_calls.mount(
            "masked", str(inside), "tmpfs", _QUIET | linux_calls.MS_RDONLY, "size=4k,nr_inodes=2,mode=0555"
        )
    elif inside.exists():
        linux_calls.mount(f"{_NEW}/dev/null", str(inside), None, linux_calls.MS_BIND)


def _devices(more: Sequence[str]) -> None:
    for name in (*_DEVICES, *(path.removeprefix("/dev/") for path in more)):
        _make_mount_point(False, Path(f"{_NEW}/dev/{name}"))
        linux_calls.mount(f"{_OLD}/dev/{name}", f"{_NEW}/dev/{name}", None, linux_calls.MS_BIND)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        _link(f"/dev/{name}", f"/proc/self/fd/{number}")
    _link("/dev/fd", "/proc/self/fd")
    _link("/dev/ptmx", "pts/ptmx")


def close_proc() -> int:
    """Cover /proc with itself, read-only; return a descriptor of what is beneath, which can be written to.

    What a student could write there are settings of the sandbox's namespaces and of its first process.
    """
    beneath = os.open("/proc", os.O_PATH)
    linux_calls.mount("/proc", "/proc", None, linux_calls.MS_BIND)
    linux_calls.mount_read_only("/proc")
    return beneath


def private_mounts(scratch: int, scratch_files: int, keep: Sequence[str], user: int) -> None:
    """What each student kernel gets anew: /proc, /dev/pts and one tmpfs behind /scratch, /tmp and /dev/shm.

    `scratch` is its size in MiB, `user` its owner, by the number here. Paths of `keep` that lie below /tmp (a virtual
    environment in a test, say) are there afterwards as before.
    """
    mount_proc()
    # IPython's `!` needs a pseudo-terminal. The machine has only so many.
    pts = f"newinstance,ptmxmode=0666,mode=0600,max={_TERMINALS}"
    linux_calls.mount("devpts", "/dev/pts", "devpts", linux_calls.MS_NOSUID | linux_calls.MS_NOEXEC, pts)
    kept = [(path, os.open(path, os.O_PATH)) for path in keep if path.startswith("/tmp/") and Path(path).exists()]
    size = f"size={scratch}m,nr_inodes={scratch_files},mode=0755"
    linux_calls.mount("scratch", SCRATCH, "tmpfs", _QUIET, size)
    for name, mode in (("home", 0o755), ("tmp", 0o1777), ("shm", 0o1777)):
        Path(SCRATCH, name).mkdir()
        Path(SCRATCH, name).chmod(mode)
        os.chown(Path(SCRATCH, name), user, user)
    linux_calls.mount(f"{SCRATCH}/tmp", TEMPORARY, None, linux_calls.MS_BIND)
    linux_calls.mount(f"{SCRATCH}/shm", SHARED_MEMORY, None, linux_calls.MS_BIND)
    linux_calls.mount(f"{SCRATCH}/home", SCRATCH, None, linux_calls.MS_BIND)
    for path, descriptor in kept:
        source = Path(f"/proc/self/fd/{descriptor}")
        _make_mount_point(source.is_dir(), Path(path))
        linux_calls.mount(str(source), path, None, linux_calls.MS_BIND | linux_calls.MS_REC)
        os.close(descriptor)

"""The Linux calls that isolation is made of and that Python does not offer, as typed functions.

Every function raises OSError with the call's name in the message. The numbers of system calls newer than Linux 5.0
are the same on all processors; the few older ones used here come from `SYSCALLS`.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import platform
import socket
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC = 1, 2, 4, 8, 32, 4096, 16384
MS_SLAVE = 1 << 19
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 4, 24, 36
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4

_SYSCALLS = {"x86_64": {"pivot_root": 155, "seccomp": 317}, "aarch64": {"pivot_root": 41, "seccomp": 277}}
_SYSCALL_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY_NOSUID_NODEV = 1 | 2 | 4
_ADDR_NO_RANDOMIZE = 0x0040000
_CAPABILITY_VERSION_3 = 0x20080522
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x1 | 0x40
_SECCOMP_SET_MODE_FILTER = 1
_MADV_COLLAPSE = 25
_MAP_FIXED, _MAP_NORESERVE = 0x10, 0x4000

_libc = ctypes.CDLL(None, use_errno=True)
_ADDRESS, _SIZE, _INT, _LONG = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_long


def _function(name: str, back: type, *arguments: type) -> Callable[..., Any]:
    return ctypes.CFUNCTYPE(back, *arguments, use_errno=True)((name, _libc))


_mmap = _function("mmap", _ADDRESS, _ADDRESS, _SIZE, _INT, _INT, _INT, _LONG)
_munmap = _function("munmap", _INT, _ADDRESS, _SIZE)
_pwrite = _function("pwrite", ctypes.c_ssize_t, _INT, _ADDRESS, _SIZE, _LONG)
_memcmp = _function("memcmp", _INT, _ADDRESS, _ADDRESS, _SIZE)
_sbrk = _function("sbrk", _ADDRESS, _LONG)
_malloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(("malloc", _libc))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _bytes(path: str | None) -> bytes | None:
    return None if path is None else os.fsencode(path)


def syscall_number(name: str) -> int:
    """Return the number of an older system call on this processor; raise OSError on one that has no table here."""
    try:
        return _SYSCALLS[platform.machine()][name]
    except KeyError:
        raise OSError(f"{name}: its number on {platform.machine()} is not known here") from None


def unshare(flags: int) -> None:
    """Move this process (for CLONE_NEWPID: its next children) into new namespaces."""
    _check(_libc.unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, flags: int) -> None:
    """Join the namespace behind an open /proc/<pid>/ns file."""
    _check(_libc.setns(descriptor, flags), "setns")


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    """mount(2)."""
    result = _libc.mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(data))
    _check(result, f"mount({source} on {target})")


def unmount(target: str, flags: int = 0) -> None:
    """umount2(2)."""
    _check(_libc.umount2(_bytes(target), flags), f"umount({target})")


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    _check(_libc.syscall(syscall_number("pivot_root"), _bytes(new), _bytes(old)), "pivot_root")


def mount_read_only(target: str) -> None:
    """Make a mount and all mounts below it read-only, nosuid and nodev (Linux >= 5.12)."""
    attributes = struct.pack("QQQQ", _MOUNT_ATTR_RDONLY_NOSUID_NODEV, 0, 0, 0)
    result = _libc.syscall(
        _SYSCALL_MOUNT_SETATTR, _AT_FDCWD, _bytes(target), _AT_RECURSIVE, attributes, ctypes.c_size_t(len(attributes))
    )
    _check(result, f"mount_setattr({target})")


def prctl(option: int, first: int = 0, second: int = 0) -> None:
    """prctl(2) with up to two arguments."""
    arguments = [ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    _check(_libc.prctl(option, *arguments), f"prctl({option})")


def collapse(start: int, size: int) -> None:
    """madvise(2) with MADV_COLLAPSE (Linux >= 6.1): put this part of memory into huge pages."""
    _check(_libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), _MADV_COLLAPSE), "madvise")


def heap_end() -> int:
    """Return the address at which the heap ends: sbrk(2)."""
    return int(_sbrk(0))


def reserve(size: int) -> int:
    """Return the start of addresses with nothing in them: mmap(2)."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
    return _mapped(_mmap(None, size, 0, flags, -1, 0))


def map_in_place(start: int, size: int, descriptor: int) -> None:
    """Put a file where other memory is, for reading, and for writing without changing the file: mmap(2)."""
    _mapped(_mmap(start, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | _MAP_FIXED, descriptor, 0))


def _mapped(address: int | None) -> int:
    """Return the address that mmap(2) gives; -1 is none."""
    _check(-1 if address in (None, ctypes.c_void_p(-1).value) else 0, "mmap")
    assert address is not None
    return address


def unmap(start: int, size: int) -> None:
    """munmap(2)."""
    _check(_munmap(start, size), "munmap")


def copy_into(descriptor: int, start: int, size: int) -> None:
    """Write a part of memory to the beginning of a file: pwrite(2)."""
    done = 0
    while done < size:
        done += _check(_pwrite(descriptor, start + done, size - done, done), "pwrite")


def are_same(first: int, second: int, size: int) -> bool:
    """Return whether two parts of memory hold the same bytes."""
    return bool(_memcmp(first, second, size) == 0)


def allocate(size: int) -> int:
    """Return the address of a new block from the C library, which is never freed."""
    address: int | None = _malloc(size)
    if address is None:
        raise MemoryError(f"no {size} bytes can be had")
    return address


def fixed_addresses() -> None:
    """Switch off address randomisation for the next exec: a repr that shows an address is then the same every run."""
    _libc.personality(ctypes.c_ulong(_ADDR_NO_RANDOMIZE))


def set_hostname(name: str) -> None:
    """sethostname(2)."""
    raw = name.encode()
    _check(_libc.sethostname(raw, len(raw)), "sethostname")


def drop_capabilities() -> None:
    """Give up every capability for good, in this process and in whatever it executes."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def write_id_maps(uid: int, gid: int, inner: int, proc: str = "/proc") -> None:
    """In a user namespace this process has just created: map its uid and gid, and nothing else, to `inner`."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{inner} {uid} 1"), ("gid_map", f"{inner} {gid} 1")):
        Path(proc, "self", name).write_text(text)


def become(user: int) -> None:
    """Become the user of this number, in the group of this number and no other."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    prctl(PR_SET_DUMPABLE, 1)  # or files below /proc/self would belong to nobody


def loopback_up() -> None:
    """Bring up `lo` in a new network namespace: ipykernel listens on 127.0.0.1 for output of forked processes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def close_all_but(keep: Iterable[int]) -> None:
    """Close every open file descriptor except those named."""
    low = 0
    for descriptor in sorted(set(keep)):
        if descriptor > low:  # closerange(0, 0) closes everything
            os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, 1 << 30)  # one close_range(2), whatever the limit on open files


def install_seccomp(program: bytes) -> None:
    """Install a BPF program (8 bytes an instruction) as this process's and its children's system call filter."""
    buffer = ctypes.create_string_buffer(program, len(program))
    descriptor = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _check(_libc.syscall(syscall_number("seccomp"), _SECCOMP_SET_MODE_FILTER, 0, descriptor), "seccomp")

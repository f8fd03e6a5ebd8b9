"""The system calls a student's process may not make, as a BPF program for seccomp.

Namespaces hide what is outside; the filter takes away the calls that widen the kernel's attack surface, that look into
other processes, that make new namespaces or mounts, and that hold memory no limit counts (memfd, System V).
Refused calls fail with EPERM, so that programs carry on. `clone3` fails with ENOSYS: C libraries fall back to `clone`,
whose flags a filter can see.
"""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass

# name: (number on x86_64, number on aarch64); -1: does not exist there. From the kernel's own tables.
REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "perf_event_open": (298, 241),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "unshare": (272, 97), "setns": (308, 268),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116), "iopl": (172, -1), "ioperm": (173, -1),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18), "vhangup": (153, 58),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
}  # fmt: skip

# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: the network namespace confines these. AF_VSOCK (40) it does not.
SOCKET_FAMILIES = (1, 2, 10, 16)
_NEW_NAMESPACES = 0x7E020000 | 0x80  # every CLONE_NEW* flag
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # push characters into a terminal
_CLONE3, _X32 = 435, 0x40000000

# BPF: instruction codes, and offsets into struct seccomp_data
_LOAD, _RETURN, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x20, 0x06, 0x15, 0x35, 0x45
_AT_NUMBER, _AT_PROCESSOR, _AT_ARGUMENT_0, _AT_ARGUMENT_1 = 0, 4, 16, 24
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


@dataclass(frozen=True)
class _Processor:
    column: int  # into REFUSED
    audit: int  # AUDIT_ARCH_*
    clone: int
    ioctl: int
    socket: int


_PROCESSORS = {
    "x86_64": _Processor(0, 0xC000003E, clone=56, ioctl=16, socket=41),
    "aarch64": _Processor(1, 0xC00000B7, clone=220, ioctl=29, socket=198),
}


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand)


def _when_called(number: int, body: list[bytes]) -> list[bytes]:
    """`body`, to be run when the system call is `number`. Bodies that end without a return fall out at the end."""
    return [_instruction(_IF_EQUAL, number, 0, len(body)), *body]


def program(machine: str | None = None) -> bytes:
    """Return the filter for a processor (default: this one's); raise OSError when there is no table for it."""
    processor = _PROCESSORS.get(machine or platform.machine())
    if processor is None:
        raise OSError(f"there is no table of system calls for {machine or platform.machine()}")
    allow, refuse = _instruction(_RETURN, _ALLOW), _instruction(_RETURN, _EPERM)
    code = [
        _instruction(_LOAD, _AT_PROCESSOR),  # 32-bit programs have other numbers: none may run
        _instruction(_IF_EQUAL, processor.audit, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _AT_NUMBER),
    ]
    if processor.column == 0:
        code += [_instruction(_IF_AT_LEAST, _X32, 0, 1), _instruction(_RETURN, _KILL)]
    for numbers in REFUSED.values():
        if numbers[processor.column] >= 0:
            code += _when_called(numbers[processor.column], [refuse])
    code += _when_called(_CLONE3, [_instruction(_RETURN, _ENOSYS)])
    namespaces = [_instruction(_LOAD, _AT_ARGUMENT_0), _instruction(_IF_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse, allow]
    code += _when_called(processor.clone, namespaces)
    code += _when_called(processor.ioctl, [_instruction(_LOAD, _AT_ARGUMENT_1), *_refuse_values(_TIOCSTI, _TIOCLINUX)])
    code += _when_called(processor.socket, [_instruction(_LOAD, _AT_ARGUMENT_0), *_allow_values(*SOCKET_FAMILIES)])
    return b"".join([*code, allow])


def _refuse_values(*values: int) -> list[bytes]:
    jumps = [_instruction(_IF_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [*jumps, _instruction(_RETURN, _ALLOW), _instruction(_RETURN, _EPERM)]


def _allow_values(*values: int) -> list[bytes]:
    jumps = [_instruction(_IF_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [*jumps, _instruction(_RETURN, _EPERM), _instruction(_RETURN, _ALLOW)]

"""The system calls a student's process may not make, as a BPF program for seccomp.

Namespaces hide what is outside; the filter takes away the calls that widen the kernel's attack surface, that look into
other processes, that make new namespaces or mounts, that take what the machine has only so much of, and that hold
memory which is no process's: without a name (memfd), System V's, message queues, pages that a pipe or a socket keeps
(splice), larger buffers, and memory that is shared without being a file. So what is shared lies in scratch, which has a
size. Calls that act upon another process may not name the first one, which is the grader's.
Refused calls fail with EPERM, so that programs carry on. `clone3` fails with ENOSYS: C libraries fall back to `clone`,
whose flags a filter can see.
"""

from __future__ import annotations

import functools
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
    "sync": (162, 81), "syncfs": (306, 267), "modify_ldt": (154, -1), "uselib": (134, -1),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "io_setup": (206, 0), "landlock_create_ruleset": (444, 444),
    "splice": (275, 76), "tee": (276, 77), "vmsplice": (278, 75), "sendfile": (40, 71),
}  # fmt: skip

# The network namespace confines these families: AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. AF_VSOCK (40) it does not.
# With each, the protocols that programs use: TCP and UDP; of netlink, routing.
PROTOCOLS = {1: (0, 1), 2: (0, 6, 17), 10: (0, 6, 17), 16: (0,)}

# What acts upon a process: (number on x86_64, number on aarch64, which argument says what kind of number names it, the
# kind that is a process's). Argument -1: it is a process's. Kinds such as "all of a user's" are refused.
UPON_PROCESSES = {
    "prlimit64": (302, 261, -1, 0), "sched_setaffinity": (203, 122, -1, 0), "sched_setscheduler": (144, 119, -1, 0),
    "sched_setparam": (142, 118, -1, 0), "sched_setattr": (314, 274, -1, 0), "migrate_pages": (256, 238, -1, 0),
    "move_pages": (279, 239, -1, 0), "setpriority": (141, 140, 0, 0), "ioprio_set": (251, 30, 0, 1),
}  # fmt: skip
FIRST_PROCESS = 1
_SOL_SOCKET = 1
_BUFFERS = (7, 8, 32, 33, 60)  # SO_SNDBUF, SO_RCVBUF, the same by FORCE, SO_ZEROCOPY
_MAP_TYPE, _MAP_SHARED, _MAP_SHARED_VALIDATE, _MAP_ANONYMOUS = 0xF, 1, 3, 0x20
_NEW_NAMESPACES = 0x7E020000 | 0x80  # every CLONE_NEW* flag
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # push characters into a terminal
_CLONE3, _X32 = 435, 0x40000000

# BPF: instruction codes, and offsets into struct seccomp_data
_LOAD, _RETURN, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _AND = 0x20, 0x06, 0x15, 0x35, 0x45, 0x54
_AT_NUMBER, _AT_PROCESSOR = 0, 4
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


@dataclass(frozen=True)
class _Processor:
    column: int  # into REFUSED
    audit: int  # AUDIT_ARCH_*
    clone: int
    ioctl: int
    socket: int
    setsockopt: int
    mmap: int


_PROCESSORS = {
    "x86_64": _Processor(0, 0xC000003E, clone=56, ioctl=16, socket=41, setsockopt=54, mmap=9),
    "aarch64": _Processor(1, 0xC00000B7, clone=220, ioctl=29, socket=198, setsockopt=208, mmap=222),
}


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand)


def _when_called(number: int, body: list[bytes]) -> list[bytes]:
    """`body`, to be run when the system call is `number`. Bodies that end without a return fall out at the end."""
    return [_instruction(_IF_EQUAL, number, 0, len(body)), *body]


def _argument(index: int) -> bytes:
    """Load the lower half of an argument: all that the system looks at where it is an int."""
    return _instruction(_LOAD, 16 + 8 * index)


@functools.cache
def program(machine: str | None = None, gpu: bool = False) -> bytes:
    """Return the filter for a processor (default: this one's); raise OSError when there is no table for it.

    A GPU's own libraries may share memory as they like.
    """
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
    for *columns, kind, process in UPON_PROCESSES.values():
        code += _when_called(columns[processor.column], _not_the_first_process(kind, process))
    namespaces = [_argument(0), _instruction(_IF_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse, allow]
    code += _when_called(processor.clone, namespaces)
    code += _when_called(processor.ioctl, [_argument(1), *_refuse_values(_TIOCSTI, _TIOCLINUX)])
    code += _when_called(processor.socket, _known_protocols())
    buffers = [
        _argument(1),
        _instruction(_IF_EQUAL, _SOL_SOCKET, 1, 0),
        allow,
        _argument(2),
        *_refuse_values(*_BUFFERS),
    ]
    code += _when_called(processor.setsockopt, buffers)
    if not gpu:
        code += _when_called(processor.mmap, _shared_only_with_a_file())
    return b"".join([*code, allow])


def _not_the_first_process(kind: int, process: int) -> list[bytes]:
    if kind < 0:
        return [_argument(0), *_refuse_values(FIRST_PROCESS)]
    other_kinds = [_argument(kind), _instruction(_IF_EQUAL, process, 1, 0), _instruction(_RETURN, _EPERM)]
    return [*other_kinds, _argument(kind + 1), *_refuse_values(FIRST_PROCESS)]


def _known_protocols() -> list[bytes]:
    code = [_argument(0)]
    for family, protocols in PROTOCOLS.items():
        code += _when_called(family, [_argument(2), *_allow_values(*protocols)])
    return [*code, _instruction(_RETURN, _EPERM)]


def _shared_only_with_a_file() -> list[bytes]:
    anonymous = [_argument(3), _instruction(_IF_ANY_BIT, _MAP_ANONYMOUS, 1, 0), _instruction(_RETURN, _ALLOW)]
    return [*anonymous, _instruction(_AND, _MAP_TYPE), *_refuse_values(_MAP_SHARED, _MAP_SHARED_VALIDATE)]


def _refuse_values(*values: int) -> list[bytes]:
    jumps = [_instruction(_IF_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [*jumps, _instruction(_RETURN, _ALLOW), _instruction(_RETURN, _EPERM)]


def _allow_values(*values: int) -> list[bytes]:
    jumps = [_instruction(_IF_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [*jumps, _instruction(_RETURN, _EPERM), _instruction(_RETURN, _ALLOW)]

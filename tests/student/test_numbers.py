"""Numbers of the operating system's, compared with its own tables and calls and not with the ones they are made of."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import subprocess
import sys
import textwrap

import pytest

from autograder.student import linux_calls, seccomp
from autograder.student.resource_limits import Limits
from tests.student.test_seccomp import EPERM, verdict

# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux 6.12.
NUMBERS = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "unshare": (272, 97),
    "setns": (308, 268),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "io_setup": (206, 0),
    "landlock_create_ruleset": (444, 444),
    "splice": (275, 76),
    "tee": (276, 77),
    "vmsplice": (278, 75),
    "sendfile": (40, 71),
}
UPON_PROCESSES = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
}


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_each_refused_call_is_refused_by_its_number_in_the_kernels_table(machine: str, column: int) -> None:
    passed = [
        name
        for name, numbers in NUMBERS.items()
        if (number := numbers[column]) is not None and verdict(machine, number) != EPERM
    ]
    assert passed == []
    assert set(seccomp.REFUSED) == set(NUMBERS)
    assert {name: entry[column] for name, entry in seccomp.UPON_PROCESSES.items()} == {
        name: numbers[column] for name, numbers in UPON_PROCESSES.items()
    }


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_no_other_call_is_refused(machine: str, column: int) -> None:
    """What programs need must go on working: a number too many breaks them at odd places."""
    # clone3; clone, ioctl, socket, ioprio_set
    special = {435, *((56, 16, 41, 251) if machine == "x86_64" else (220, 29, 198, 30))}
    refused = {number for number in range(600) if number not in special and verdict(machine, number) == EPERM}
    assert refused == {numbers[column] for numbers in NUMBERS.values() if numbers[column] is not None}


# The C library's own functions, with arguments that can do no harm where the filter doesn't work.
CALLS = """
import ctypes, errno, json, os, sys
sys.path.insert(0, {root!r})
from autograder.student import linux_calls, seccomp

os.setsid()
linux_calls.install_seccomp(seccomp.program())
c, none = ctypes.CDLL(None, use_errno=True), None
calls = dict(
    ptrace=lambda: c.ptrace(999, 0, 0, 0),
    process_vm_readv=lambda: c.process_vm_readv(os.getpid(), none, 0, none, 0, 99),
    process_vm_writev=lambda: c.process_vm_writev(os.getpid(), none, 0, none, 0, 99),
    mount=lambda: c.mount(b"", b"", none, 0, none),
    umount2=lambda: c.umount2(b"", 0),
    chroot=lambda: c.chroot(b""),
    unshare=lambda: c.unshare(1),
    setns=lambda: c.setns(-1, 0),
    init_module=lambda: c.init_module(none, 0, none),
    delete_module=lambda: c.delete_module(b"", 0),
    swapon=lambda: c.swapon(b"", 0),
    swapoff=lambda: c.swapoff(b""),
    acct=lambda: c.acct(b""),
    quotactl=lambda: c.quotactl(0, b"", 0, none),
    syslog=lambda: c.klogctl(999, none, 0),
    open_by_handle_at=lambda: c.open_by_handle_at(-1, none, 0),
    name_to_handle_at=lambda: c.name_to_handle_at(-1, b"", none, none, 0x4000_0000),
    fanotify_init=lambda: c.fanotify_init(0x4000_0000, 0),
    settimeofday=lambda: c.settimeofday(none, (ctypes.c_int * 2)(10**6, 0)),
    clock_settime=lambda: c.clock_settime(99, (ctypes.c_long * 2)(1, 1)),
    clock_adjtime=lambda: c.clock_adjtime(99, bytes(500)),
    sethostname=lambda: c.sethostname(none, ctypes.c_size_t(1 << 20)),
    setdomainname=lambda: c.setdomainname(none, ctypes.c_size_t(1 << 20)),
    memfd_create=lambda: c.memfd_create(b"x", 0x4000_0000),
    shmget=lambda: c.shmget(0x7357_0001, ctypes.c_size_t(0), 0),
    msgget=lambda: c.msgget(0x7357_0001, 0),
)
found = {{}}
for name, call in calls.items():
    try:
        ctypes.set_errno(0)
        result = call()
    except AttributeError:  # not in this C library
        continue
    found[name] = errno.errorcode.get(ctypes.get_errno(), "") if result == -1 else "worked"
try:
    os.fork() or os._exit(0)
    found["fork"] = "worked"
except OSError as error:
    found["fork"] = str(error)
print(json.dumps(found))
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="there is no filter for this processor")
def test_the_c_librarys_own_functions_are_refused_under_the_filter() -> None:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(seccomp.__file__))))  # noqa: PTH100, PTH120
    script = textwrap.dedent(CALLS).format(root=root)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(run.stdout)
    assert found.pop("fork") == "worked"
    assert len(found) > 15
    assert found == dict.fromkeys(found, "EPERM")


def test_numbers_of_older_calls_are_the_kernels() -> None:
    assert linux_calls._SYSCALLS == {
        "x86_64": {"pivot_root": 155, "seccomp": 317},
        "aarch64": {"pivot_root": 41, "seccomp": 277},
    }
    assert linux_calls._SYSCALL_MOUNT_SETATTR == 442


LOWERED = """
import json, os, resource, sys
sys.path.insert(0, {root!r})
from autograder.student import resource_limits
from autograder.student.resource_limits import Limits

kind = getattr(resource, {kind!r})
resource.setrlimit(kind, ({hard}, {hard}))
{act}
print(json.dumps(resource.getrlimit(kind)))
"""
APPLY = "resource_limits.apply(Limits(), sandbox={sandbox})"


def under(kind: str, hard: int, act: str) -> list[int]:
    """What a limit is after ``act``, where the system has set a hard one before."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(seccomp.__file__))))  # noqa: PTH100, PTH120
    script = LOWERED.format(root=root, kind=kind, hard=hard, act=act)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    found: list[int] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("sandbox", [True, False])
@pytest.mark.parametrize(
    ("kind", "hard"),
    [("RLIMIT_NOFILE", 100), ("RLIMIT_FSIZE", 1 << 20), ("RLIMIT_CPU", 300), ("RLIMIT_NPROC", 30)]
    + [("RLIMIT_MEMLOCK", 4096), ("RLIMIT_SIGPENDING", 10)],
)
def test_a_lower_limit_of_the_systems_stays(kind: str, hard: int, sandbox: bool) -> None:
    assert under(kind, hard, APPLY.format(sandbox=sandbox)) == [hard, hard]


def test_a_lower_limit_on_memory_stays() -> None:
    hard = 2 << 30
    assert under("RLIMIT_AS", hard, "resource_limits.apply_memory(Limits(memory=65536))") == [hard, hard]


def test_a_higher_limit_of_the_systems_is_lowered() -> None:
    assert under("RLIMIT_NOFILE", 700, APPLY.format(sandbox=True)) == [512, 512]
    assert under("RLIMIT_CPU", 700, APPLY.format(sandbox=True)) == [600, 605]
    soft, hard = under("RLIMIT_AS", 1 << 40, "resource_limits.apply_memory(Limits(memory=100))")
    assert soft < hard < 2 << 30
    assert hard - soft == 64 << 20
    assert (
        under(
            "RLIMIT_AS", 1 << 40, "resource_limits.apply_memory(Limits(memory=100)); resource_limits.release_reserve()"
        )[0]
        > soft
    )


def test_the_defaults_are_those_that_students_are_told() -> None:
    assert Limits() == Limits(
        memory=3072, total_memory=4096, processes=128, open_files=512, file_size=256, scratch=512,
        scratch_files=20_000, cpu_seconds=600, threads=1, seed=0,
    )  # fmt: skip


def test_the_flags_of_namespaces_are_the_systems() -> None:
    """From linux/sched.h; Python has them from 3.12."""
    flags = {
        "NS": 0x00020000, "CGROUP": 0x02000000, "UTS": 0x04000000, "IPC": 0x08000000,
        "USER": 0x10000000, "PID": 0x20000000, "NET": 0x40000000,
    }  # fmt: skip
    assert {name: getattr(linux_calls, f"CLONE_NEW{name}") for name in flags} == flags
    assert ctypes.sizeof(ctypes.c_void_p) == 8  # the filter's offsets are those of a 64-bit system

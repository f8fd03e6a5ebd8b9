"""The sandbox's own process, its settings in /proc and its sockets: nothing of them is the student's to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

UPON_THE_FIRST_PROCESS = """
import ctypes, os, resource
libc = ctypes.CDLL(None, use_errno=True)
def say(name, result):
    print(name, 'DID' if result >= 0 else os.strerror(ctypes.get_errno()))
infinite = (ctypes.c_uint64 * 2)(5, 5)
mask = ctypes.c_uint64(1)
say('prlimit', libc.prlimit(1, 7, infinite, None))
say('affinity', libc.sched_setaffinity(1, 8, ctypes.byref(mask)))
say('scheduler', libc.sched_setscheduler(1, 3, ctypes.byref(ctypes.c_int(0))))
say('parameters', libc.sched_setparam(1, ctypes.byref(ctypes.c_int(0))))
say('attributes', libc.syscall(314, 1, (ctypes.c_uint32 * 12)(48, 0, 0, 0, 19), 0))
say('nice', libc.setpriority(0, 1, 19))
say('nice of its group', libc.setpriority(1, 1, 19))
say('nice of its user', libc.setpriority(2, 0, 19))
say('disk', libc.syscall(251, 1, 1, 0x6007))
say('disk of its group', libc.syscall(251, 2, 1, 0x6007))
say('disk of its user', libc.syscall(251, 3, os.getuid(), 0x6007))
"""


def test_the_first_process_is_out_of_reach(start: Callable[..., Any]) -> None:
    ran = start().run(UPON_THE_FIRST_PROCESS)
    assert ran.status == "ok" and len(ran.text.splitlines()) == 11
    assert "DID" not in ran.text, ran.text


def test_its_own_processes_stay_the_students_own(start: Callable[..., Any]) -> None:
    code = (
        "import os, resource\nresource.prlimit(0, resource.RLIMIT_NOFILE, (300, 300))\n"
        "resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE, (200, 200))\n"
        "os.sched_setaffinity(0, os.sched_getaffinity(0)); os.sched_setaffinity(os.getpid(), os.sched_getaffinity(0))\n"
        "os.nice(1); os.setpriority(os.PRIO_PROCESS, 0, 5); print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    assert start().run(code).text == "(200, 200)\n"


def test_nothing_in_proc_can_be_written_to(start: Callable[..., Any]) -> None:
    code = """
import os
tried = 0
for at, folders, names in os.walk('/proc'):
    if at.count('/') > 3 and not at.startswith('/proc/sys'): folders.clear()
    for name in names:
        if not os.path.islink(f'{at}/{name}'):
            tried += 1
            try: os.close(os.open(f'{at}/{name}', os.O_WRONLY)); print('OPENED', at, name)
            except OSError: pass
print(tried > 500)
"""
    ran = start().run(code, timeout=60)
    assert ran.text == "True\n"


@pytest.mark.parametrize(
    ("family", "kind", "protocol", "works"),
    [
        *((16, 3, protocol, protocol == 0) for protocol in range(23)),  # netlink: addresses and routes, and no other
        *((family, 2, protocol, protocol in (0, 17)) for family in (2, 10) for protocol in (0, 17, 1, 132, 136)),
        *((family, 1, protocol, protocol in (0, 6)) for family in (2, 10) for protocol in (0, 6, 33, 132, 262)),
        (1, 1, 0, True),
    ],
)
def test_sockets_are_those_that_programs_use(family: int, kind: int, protocol: int, works: bool, student: Any) -> None:
    code = f"import socket\nsocket.socket({family}, {kind}, {protocol}); print('works')"
    ran = student.run(code)
    assert (ran.text == "works\n") is works
    assert works or "Operation not permitted" in ran.text

"""What student code may try: each fault is contained, nothing is left of it, and the next kernel works."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.kernels import provisioner, zygote_client
from tests.student.conftest import only_idle_left

LIMITS = {"memory": 600, "total_memory": 1000, "processes": 60, "file_size": 20, "scratch": 60, "cpu_seconds": 60}


@dataclass(frozen=True)
class Fault:
    name: str
    code: str
    status: str  # what may become of the cell: "ok", "error" or "died"
    says: str = ""  # in what it prints or raises
    never: str = "\0"  # not in it
    death: str = ""  # in the words about the kernel's end
    timeout: float = 15


FAULTS = [
    Fault("fork bomb", "import os\nwhile True:\n try: os.fork()\n except OSError: pass", "died", timeout=2),
    Fault(
        "thread bomb",
        "import threading, time\n"
        "for _ in range(5000): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "error",
        "can't start new thread",
    ),
    Fault("a large array", "bytearray(8 << 30)", "error", "MemoryError"),
    Fault("a large tensor", "import torch; torch.ones(2 << 30)", "error", "allocate"),
    Fault("growing memory", "l = []\nwhile True: l.append(bytearray(50 << 20))", "error", "MemoryError"),
    # What is left over when the limit is reached is less than a kernel needs to show the traceback.
    Fault("memory to the last page", "l = []\nwhile True: l.append(bytearray(9 << 16))", "error", "MemoryError"),
    Fault("memory in small features", "l = []\nwhile True: l.append(bytearray(1 << 16))", "error", "MemoryError"),
    Fault("a large map", "import mmap; mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE)", "error", "Cannot allocate"),
    Fault("memory that is shared without a file", "import mmap; mmap.mmap(-1, 1 << 20)", "error", "PermissionError"),
    Fault(
        "memory of several processes",
        "import os, time\n"
        "for _ in range(5):\n"
        " if os.fork() == 0:\n"
        "  x = b'x' * (400 << 20); time.sleep(60)\n"
        "time.sleep(60)",
        "died",
        death="more than 1000 MiB",
    ),
    Fault("memory that is no file", "import os; os.memfd_create('x')", "error", "PermissionError"),
    Fault("an endless loop", "while True: pass", "error", "KeyboardInterrupt", timeout=0.5),
    Fault(
        "an endless loop that ignores SIGINT",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "died",
        death="killed by the test",
        timeout=0.5,
    ),
    Fault(
        "a call into C that does not come back",
        "import ctypes\nwhile True:\n try: ctypes.PyDLL(None).sleep(1000)\n except BaseException: pass",
        "died",
        death="killed by the test",
        timeout=0.5,
    ),
    Fault("exit with status 0", "import os; os._exit(0)", "died", death="exit with status 0"),
    Fault("exit with status 3", "import os; os._exit(3)", "died", death="exit with status 3"),
    Fault("a segmentation fault", "import ctypes; ctypes.string_at(0)", "died", death="SIGSEGV (segmentation fault)"),
    Fault("abort", "import os; os.abort()", "died", death="SIGABRT"),
    Fault(
        "killing everyone",
        "import os\n"
        "for p in (-1, os.getppid(), 1, os.getpid()):\n"
        " try: os.kill(p, 9)\n"
        " except OSError: pass",
        "died",
        death="SIGKILL (killed)",
    ),
    Fault("stop itself", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "died", timeout=0.5),
    Fault("SystemExit", "raise SystemExit(1)", "error", "SystemExit"),
    Fault("too much processor time", "import resource as r\nr.setrlimit(r.RLIMIT_CPU, (1, 2))\nwhile True: pass",
          "died", death="processor time"),
    Fault(
        "other processes",
        "import glob\n"
        "for f in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n"
        " try: print(f, open(f, 'rb').read())\n"
        " except OSError as e: print(f, e)",
        "ok",
        "/proc/2/environ",
        never="secret_of_the_grader",
    ),
    Fault(
        "only its own processes exist",
        "import os; print(sorted(p for p in os.listdir('/proc') if p.isdigit()))",
        "ok",
        "['1', '2']",
    ),
    Fault(
        "the network",
        "import socket\n"
        "places = (2, ('127.0.0.1', PORT)), (1, '\\0autograder-test-PID'), (2, ('10.0.0.1', 80)), (40, (2, 1))\n"
        "for family, address in places:\n"
        " try: socket.socket(family).connect(address); print('REACHED', address)\n"
        " except OSError as e: print(e)",
        "ok",
        "Connection refused",
        never="REACHED",
    ),
    Fault(
        "10 GB of files",
        "import os\n"
        "for d in ('/scratch', '/tmp', '/dev/shm', '/', '/etc', '/dev', '/usr', '/proc', '/opt', '/data'):\n"
        " n = 0\n"
        " try:\n"
        "  for i in range(1000):\n"
        "   with open(f'{d}/junk{i}', 'wb') as f:\n"
        "    for _ in range(10): f.write(bytes(1 << 20)); n += 1\n"
        " except OSError as e: print(d, 'stopped' if n < 80 else 'WRITTEN', e)\n"
        " else: print(d, 'WRITTEN')",
        "ok",
        "/scratch stopped",
        never="WRITTEN",
    ),
    Fault("one large file", "with open('x', 'wb') as f: f.write(bytes(30 << 20))", "error", "too large"),
    Fault("many small files", "for i in range(100_000): open(str(i), 'w').close()", "error", "No space left"),
    Fault("a flood of output", "while True: print('x' * 1_000_000)", "error or died", timeout=1),
    Fault(
        "looking into process 1",
        "import ctypes, os\n"
        "l = ctypes.CDLL(None, use_errno=True)\n"
        "def t(name, r): print(name, 'DID' if r >= 0 else os.strerror(ctypes.get_errno()))\n"
        "t('ptrace', l.ptrace(16, 1, 0, 0)); t('readv', l.process_vm_readv(1, None, 0, None, 0, 0))\n"
        "for f in ('/proc/1/mem', '/proc/1/environ', '/proc/1/fd/0', '/proc/1/root/usr'):\n"
        " try: open(f, 'rb').read(1); print('DID')\n"
        " except OSError as e: print(f, e)",
        "ok",
        "ptrace Operation not permitted",
        never="DID",
    ),
    Fault(
        "new namespaces and mounts",
        "import ctypes, os, subprocess\n"
        "l = ctypes.CDLL(None, use_errno=True)\n"
        "def t(name, r): print(name, 'DID' if r >= 0 else os.strerror(ctypes.get_errno()))\n"
        "t('unshare', l.unshare(0x10000000)); t('mount', l.mount(b'x', b'/tmp', b'tmpfs', 0, None))\n"
        "t('umount', l.umount2(b'/proc', 2)); t('chroot', l.chroot(b'/tmp')); t('setuid', l.setuid(0))\n"
        "print(subprocess.run(['unshare', '-Ur', 'echo', 'DID'], capture_output=True, text=True))\n"
        "print(open('/proc/self/status').read().split('CapEff:')[1][:18].split())",
        "ok",
        "['0000000000000000']",
        never="DID\\n",
    ),
    Fault(
        "raising its limits",
        "import resource\n"
        "for n in ('NPROC', 'AS', 'FSIZE', 'CPU', 'NOFILE'):\n"
        " try: resource.setrlimit(getattr(resource, 'RLIMIT_' + n), (-1, -1)); print('RAISED', n)\n"
        " except (ValueError, OSError) as e: print(n, e)",
        "ok",
        "NPROC not allowed",
        never="RAISED",
    ),
    Fault("closing all descriptors", "import os; os.closerange(0, 65536)", "died", timeout=2),
    Fault(
        "a process in the background",
        "import subprocess\n"
        "subprocess.Popen('setsid sleep 1000 & setsid sleep 1000 &', shell=True); print('on its way')",
        "ok",
        "on its way",
    ),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _grader() -> Iterator[dict[str, str]]:
    """Things of the grader's that a fault looks for."""
    os.environ["AUTOGRADER_TEST"] = "secret_of_the_grader"
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        abstract.bind(f"\0autograder-test-{os.getpid()}")
        abstract.listen()
        yield {"PORT": str(tcp.getsockname()[1]), "PID": str(os.getpid())}
    del os.environ["AUTOGRADER_TEST"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault_is_contained(
    fault: Fault, start: Callable[..., Any], processes: Callable[[], int], _grader: dict[str, str]
) -> None:
    zygote_client.shared_zygote(provisioner.StudentProvisioner().settings())
    idle = processes()
    student = start(**LIMITS)
    code = fault.code.replace("PORT", _grader["PORT"]).replace("PID", _grader["PID"])
    ran = student.run(code, fault.timeout)
    assert ran.status in fault.status, (ran, student.handle.death())
    assert fault.says in ran.text, ran
    assert fault.never not in ran.text, ran
    assert ran.seconds < fault.timeout + 5
    if ran.status == "died":
        assert fault.death in student.handle.death()
    student.close()
    assert only_idle_left(processes, idle)

    assert start().run("1 + 1").text == "2"

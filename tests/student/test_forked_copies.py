"""Forked copies of a kernel: what happens to them happens to them alone."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.student.conftest import only_idle_left

# A stand-in for the serve loop: evaluates what it is sent in the notebook's namespace.
SERVE = """
import json, sys, types
def serve(channel, names):
    while line := channel.recv(10_000):
        try: answer = repr(eval(line, names))
        except Exception as e: answer = repr(e)
        channel.sendall(answer.encode())
module = types.ModuleType("autograder.student.call_server"); module.serve = serve
sys.modules["autograder.student.call_server"] = module
state = [1]
def f(): state.append(2); return state
"""


def ask(copy: Any, expression: str, timeout: float = 10.0) -> str:
    copy.channel.settimeout(timeout)
    copy.channel.sendall(expression.encode())
    return copy.channel.recv(10_000).decode()


def begin_cell(student: Any, code: str) -> None:
    """Return when the cell has printed something; it goes on."""
    student.client.execute(code)
    while student.client.iopub_channel.get_msg(timeout=10)["msg_type"] != "stream":
        pass


def ended(copy: Any, timeout: float = 10.0) -> bool:
    return bool(select.select([copy.pidfd], [], [], timeout)[0])


@pytest.fixture(scope="module")
def served(student: Any) -> Any:
    assert student.run(SERVE).status == "ok"
    return student


def test_copy_answers_and_leaves_the_kernel_alone(served: Any) -> None:
    copy = served.handle.fork_copy(timeout=10.0)
    assert ask(copy, "f()") == "[1, 2]"
    assert ask(copy, "f()") == "[1, 2, 2]"
    assert copy.alive()
    copy.close()
    assert not copy.alive()
    assert served.run("state").text == "[1]"


def test_two_copies_one_after_another(served: Any) -> None:
    for _ in range(2):
        copy = served.handle.fork_copy(timeout=10.0)
        assert ask(copy, "f()") == "[1, 2]"
        copy.close()


def test_copy_ends_when_the_channel_is_closed(served: Any) -> None:
    copy = served.handle.fork_copy(timeout=10.0)
    copy.channel.shutdown(socket.SHUT_RDWR)
    assert ended(copy)
    assert copy.death() == "it called exit with status 0"


@pytest.mark.parametrize(
    ("expression", "death"),
    [
        ("__import__('os')._exit(0)", "it called exit with status 0"),
        ("__import__('os')._exit(5)", "it called exit with status 5"),
        ("__import__('ctypes').string_at(0)", "it was killed by signal SIGSEGV (segmentation fault)"),
        ("__import__('os').abort()", "it was killed by signal SIGABRT (aborted)"),
        ("__import__('os').kill(__import__('os').getpid(), 9)", "it was killed by signal SIGKILL (killed)"),
    ],
)
def test_death_of_a_copy(served: Any, expression: str, death: str) -> None:
    copy = served.handle.fork_copy(timeout=10.0)
    copy.channel.sendall(expression.encode())
    assert ended(copy)
    assert copy.death() == death
    copy.close()
    assert copy.death() == death
    assert served.run("state").text == "[1]"


def test_hanging_copy_is_killed(served: Any) -> None:
    copy = served.handle.fork_copy(timeout=10.0)
    with pytest.raises(TimeoutError):
        ask(copy, "[None for _ in iter(int, 1)]", timeout=0.3)
    assert copy.death() == "it is still running"
    copy.kill()
    assert ended(copy)
    assert copy.death() == "it was stopped by the grader"
    assert served.run("state").text == "[1]"


def test_copy_leaves_no_process(served: Any, processes: Callable[[], int]) -> None:
    _buried(served.handle, served.handle.copy or served.handle.fork_copy(timeout=10.0))
    idle = processes()
    copy = served.handle.fork_copy(timeout=10.0)
    ask(copy, "__import__('subprocess').Popen(['sleep', '1000'])")
    assert processes() == idle + 2
    copy.kill()
    _buried(served.handle, copy)
    assert only_idle_left(processes, idle)


def _buried(handle: Any, copy: Any) -> None:
    """Close a copy, which waits for nothing, and wait until it has ended."""
    pid = copy._pid
    copy.close()
    assert handle.ask_status(pid) is not None


def test_copy_is_silent(served: Any) -> None:
    copy = served.handle.fork_copy(timeout=10.0)
    for shout in ("print('shout')", "__import__('os').write(1, b'shout')", "__import__('os').system('echo shout')"):
        ask(copy, shout)
    ask(copy, "__import__('IPython').display.display('shout')")
    ask(copy, "__import__('sys').stderr.write('shout')")
    copy.close()
    while served.client.iopub_channel.msg_ready():
        assert "shout" not in json.dumps(served.client.iopub_channel.get_msg(timeout=0), default=str)
    assert served.run("'quiet'").text == "'quiet'"


def test_copy_has_one_thread_for_computing(served: Any) -> None:
    assert served.run("import torch; torch.set_num_threads(2); torch.get_num_threads()").text == "2"
    copy = served.handle.fork_copy(timeout=10.0)
    assert ask(copy, "__import__('torch').get_num_threads()") == "1"
    copy.close()


def test_memory_of_a_copy_costs_the_copy_alone(start: Callable[..., Any]) -> None:
    student = start(total_memory=1000)
    student.run(SERVE + "kept = []")
    copy = student.handle.fork_copy(timeout=10.0)
    copy.channel.sendall(b"[kept.append(b'x' * (100 << 20)) or __import__('time').sleep(.02) for _ in range(15)]")
    assert ended(copy)
    assert copy.death() == "it used more than 1000 MiB of memory"
    assert student.run("kept").text == "[]"


def test_busy_kernel_is_not_forked(start: Callable[..., Any]) -> None:
    student = start()
    student.run(SERVE)
    begin_cell(student, "import time; print('begun', flush=True); time.sleep(1.5); state.append(9)")
    with pytest.raises(TimeoutError, match=r"did not answer: within 0\.3 s"):
        student.handle.fork_copy(timeout=0.3)
    copy = student.handle.fork_copy(timeout=10.0)  # the late answer to the first request is not taken for its own
    assert ask(copy, "state") == "[1, 9]"


def test_dead_kernel_is_not_forked(start: Callable[..., Any]) -> None:
    student = start()
    student.run("import os; os._exit(4)")
    with pytest.raises(ConnectionError, match="exit with status 4"):
        student.handle.fork_copy(timeout=5.0)


def test_copy_dies_with_its_kernel(start: Callable[..., Any]) -> None:
    student = start()
    student.run(SERVE)
    copy = student.handle.fork_copy(timeout=10.0)
    student.handle.kill()
    assert ended(copy)
    assert copy.death() == "it was stopped by the grader"


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ("b'x' * 1000", "did not answer"),
        ("b'[' * 60_000", "did not answer"),
        ("b'[]'", "did not answer"),
        ('b\'{"id": 1, "pid": "many"}\'', "could not be forked"),
        ('b\'{"id": 1, "pid": 1}\'', "could not be forked"),  # without a process descriptor
    ],
)
def test_lies_on_the_control_socket(start: Callable[..., Any], lie: str, says: str) -> None:
    student = start()
    code = f"""
import os, socket, stat
for fd in os.listdir('/proc/self/fd'):
    try: sock = socket.socket(fileno=os.dup(int(fd)))
    except OSError: continue
    if sock.type == socket.SOCK_SEQPACKET: sock.send({lie})
    sock.detach()
print('begun', flush=True)
import time; time.sleep(2)"""
    begin_cell(student, code)
    with pytest.raises((ConnectionError, TimeoutError), match=says):
        student.handle.fork_copy(timeout=0.5)
    assert student.handle.alive()


PACKETS = """
import os, socket
def packets():
    found = set()
    for fd in map(int, os.listdir('/proc/self/fd')):
        try: one = socket.socket(fileno=os.dup(fd))
        except OSError: continue
        if one.type == socket.SOCK_SEQPACKET: found.add(os.fstat(fd).st_ino)
        one.close()
    return sorted(found)
"""


def test_a_copy_cannot_answer_in_the_kernels_name(served: Any) -> None:
    """It holds none of the kernel's sockets to the grader, on which it could say how copies have ended."""
    served.run(PACKETS)
    control = json.loads(served.run("packets()").text)
    copy = served.handle.fork_copy(timeout=10.0)
    assert control and not set(json.loads(ask(copy, "packets()"))) & set(control)
    copy.close()


def test_copies_leak_no_descriptors(served: Any) -> None:
    count = "import os; print(sum(1 for _ in os.scandir('/proc/self/fd')))"
    served.handle.fork_copy(timeout=10.0).close()
    served.run(count)
    before, inside = len(list(Path("/proc/self/fd").iterdir())), served.run(count).text
    for _ in range(10):
        served.handle.fork_copy(timeout=10.0).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert served.run(count).text == inside

"""Zygotes: started on first use, shared, replaced when they die, gone with their last client; why one can't start."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograder
from autograder.kernels import capabilities, sandbox_paths, zygote_client
from autograder.kernels.errors import SandboxUnavailable, ZygoteError
from autograder.student import isolation_features, sandbox_entry

PACKAGE = Path(autograder.__file__).parent.parent
# A process for which the system has no user namespaces left.
WITHOUT_USER_NAMESPACES = """
import os, sys
sys.path.insert(0, sys.argv[1])
from autograder.student import linux_calls
uid, gid = os.geteuid(), os.getegid()
linux_calls.unshare(linux_calls.CLONE_NEWUSER)
linux_calls.write_id_maps(uid, gid, inner=1000)
open("/proc/sys/user/max_user_namespaces", "w").write("0")
os.execv(sys.executable, [sys.executable, "-c", sys.argv[2], sys.argv[1]])
"""


def without_user_namespaces(code: str) -> str:
    command = [sys.executable, "-I", "-S", "-c", WITHOUT_USER_NAMESPACES, str(PACKAGE), code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=PACKAGE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_refuses_where_user_namespaces_are_missing() -> None:
    said = without_user_namespaces(
        "from jupyter_client import KernelManager\n"
        "try: KernelManager(kernel_name='autograder-student').start_kernel()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    assert said.startswith("SandboxUnavailable this machine cannot isolate student code: user namespaces")
    assert "user.max_user_namespaces is 0" in said
    assert "`autograder doctor`" in said
    assert 'c.StudentProvisioner.sandbox = "off"' in said


def test_doctor_says_what_is_missing() -> None:
    said = without_user_namespaces(
        "from autograder.kernels import capabilities\n"
        "for c in capabilities.probe(): print(c.name, c.ok, c.sentence, '->', c.next_step)\n"
    )
    assert "user namespaces False not possible here: unshare(0x10000000): No space left on device" in said
    assert '-> ask the administrator, grade on another machine, or set c.StudentProvisioner.sandbox = "off"' in said
    assert "system call filter (seccomp) True" in said


def test_doctor_finds_everything_where_the_tests_run() -> None:
    found = capabilities.probe()
    assert [capability.name for capability in found if capability.needed and not capability.ok] == []
    assert len(found) == 10
    assert all(capability.sentence for capability in found)


def test_a_zygote_that_cannot_import_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "autograder"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise RuntimeError('a broken installation')")
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    places = sandbox_paths.layout()
    package = ((str(broken), "/opt/autograder/autograder"),)
    monkeypatch.setattr(
        zygote_client, "layout", lambda *_: sandbox_paths.Layout(**{**vars(places), "package": package})
    )
    with pytest.raises(ZygoteError, match=r"(?s)did not start.*RuntimeError: a broken installation.*autograder doctor"):
        zygote_client.OwnZygote(zygote_client.Settings())


def test_one_zygote_serves_many_kernels(start: Callable[..., Any]) -> None:
    start()
    settings = next(iter(zygote_client._shared))
    before = zygote_client.shared_zygote(settings)
    start(memory=500)
    assert zygote_client.shared_zygote(settings) is before


def test_a_dead_zygote_is_replaced_and_takes_its_kernels_along(
    start: Callable[..., Any], processes: Callable[[], int]
) -> None:
    student = start()
    zygote = zygote_client._shared[student.km.provisioner.settings()]
    zygote._process.kill()
    zygote._process.wait()
    assert student.handle.wait(10)
    assert not student.handle.alive()
    student.close()
    assert start().run("6 * 7").text == "42"


def test_a_zygote_that_dies_while_it_is_asked_is_replaced(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    student = start()
    zygote = zygote_client._shared[student.km.provisioner.settings()]
    student.close()
    zygote._process.kill()
    zygote._process.wait()
    answers = iter([True])  # once, it seems to be alive
    really = zygote_client.OwnZygote.alive
    monkeypatch.setattr(zygote_client.OwnZygote, "alive", lambda self: next(answers, None) or really(self))
    assert start().run("6 * 7").text == "42"


def test_a_zygote_can_be_looked_at_while_another_thread_asks_it(start: Callable[..., Any]) -> None:
    zygote = zygote_client._shared[start().km.provisioner.settings()]
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        asked = other.submit(lambda: [zygote.ask({"do": "hello"}, []) for _ in range(300)])
        while not asked.done():
            assert zygote.alive()
        asked.result()


def test_off_is_said_and_still_limited(start: Callable[..., Any], tmp_path: Path, processes: Callable[[], int]) -> None:
    (tmp_path / "mine.txt").write_text("my own")
    student = start(student_files=tmp_path, sandbox="off", file_size=7, memory=500)
    idle = processes()
    assert student.handle.sandbox == "off"
    ran = student.run(
        "import os, resource, subprocess\n"
        "size = resource.getrlimit(resource.RLIMIT_FSIZE)[0] >> 20\n"
        "print(open('mine.txt').read(), size, os.environ.get('PYTHONUNBUFFERED'))"
    )
    assert ran.text == "my own 7 None\n"
    assert "MemoryError" in student.run("bytearray(2 << 30)").text
    assert student.run("print('NoNewPrivs:\\t1' in open('/proc/self/status').read())").text == "True\n"
    assert student.run("for number in (1, 2, 10, 15): os.kill(os.getppid(), number)").status == "ok"
    assert "ModuleNotFoundError" in student.run("import autograder.judge").text
    scratch = Path(student.run("print(os.getcwd())").text.strip())
    assert scratch.is_dir()
    student.run("subprocess.Popen('setsid sleep 1000 & setsid sleep 1000 &', shell=True)")
    assert processes() > idle
    copy = student.handle.fork_copy(timeout=10.0)
    copy.kill()
    student.run("os._exit(3)")
    assert student.handle.death() == "it called exit with status 3"
    student.close()
    assert processes() == idle - 2
    assert not scratch.exists()


def test_all_that_is_made_for_a_while_is_made_in_the_runs_folder(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        student = start(sandbox="off", zygotes=folder)
        assert student.run("6 * 7").text == "42"
        kinds = {path.name.split("-")[1] for path in Path(folder).glob("autograder-*")}
        assert kinds == {"kernel", "scratch", "zygote"}
        assert Path(student.km.connection_file).is_relative_to(folder)
        assert list(tmp_path.iterdir()) == []
        student.close()
        assert not any(Path(folder).glob("autograder-kernel-*")) and not any(Path(folder).glob("autograder-scratch-*"))
        zygote_client.close_zygotes()


def test_root_steps_down_only_where_it_can() -> None:
    assert sandbox_entry.is_real_root() == (os.geteuid() == 0)
    said = without_user_namespaces("from autograder.student import sandbox_entry; print(sandbox_entry.is_real_root())")
    assert said == "False\n"


def test_pieces_carry_their_name() -> None:
    with (
        pytest.raises(isolation_features.FeatureMissingError, match="network namespaces: Operation not permitted"),
        isolation_features.feature(isolation_features.NETWORK),
    ):
        raise PermissionError(1, "Operation not permitted")
    assert "network" in str(SandboxUnavailable(isolation_features.NETWORK, "gone"))


def test_a_zygote_ends_with_its_last_client(start: Callable[..., Any], processes: Callable[[], int]) -> None:
    student = start()
    zygote = zygote_client._shared[student.km.provisioner.settings()]
    other = zygote_client.ZygoteClient(zygote.path)
    assert other.alive()
    assert other.anonymous == zygote.anonymous
    zygote._socket.close()
    assert not _ended(zygote._process, 0.3)  # the other client keeps it
    other.close()
    assert _ended(zygote._process, 10)


def _ended(process: subprocess.Popen[bytes], timeout: float) -> bool:
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True

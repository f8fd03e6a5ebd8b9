"""What exists in a sandbox, and what does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograder
from autograder.kernels import sandbox_paths
from autograder.student import root_filesystem

HERE = Path(autograder.__file__).parent
SECRETS = ("assignments", "judge", "hidden", "gradebook", "reference.py", "misconceptions", "tests", "/source")
WALK = f"""
import os
wanted, found = {(*SECRETS, "messages.py")}, []
for folder, folders, names in os.walk('/'):
    if folder.startswith(('/proc', '/usr', '/dev')) or folder.endswith(('/lib', '/include')): folders[:] = []
    elif not folder.endswith('__pycache__'): found += [folder] + [os.path.join(folder, name) for name in names]
print(*(path for path in found if any(word in path for word in wanted)), 'no more', sep='\\n')
"""


def test_root_holds_the_listed_folders_only(student: Any) -> None:
    top = set(student.run("import os; print(*os.listdir('/'))").text.split())
    assert {"usr", "etc", "dev", "proc", "scratch", "tmp", "data", "opt"} <= top
    assert not top & {"home", "var", "mnt", "sys", "run", "boot", "srv", "media"}
    assert sorted(student.run("print(*os.listdir('/opt/autograder/autograder'))").text.split()) == [
        "__init__.py",
        "student",
        "wire",
        "writable_text.py",
    ]


def test_users_and_hosts_have_names(student: Any) -> None:
    """Libraries ask for them: for a folder of their own, or to listen on this machine."""
    asked = (
        "import os, pwd, grp; print(pwd.getpwuid(1000).pw_name, grp.getgrgid(1000).gr_name, os.path.expanduser('~'))"
    )
    assert student.run(asked).text.split() == ["student", "student", "/scratch"]
    assert student.run("import socket; socket.gethostbyname('localhost')").text == "'127.0.0.1'"


def test_the_student_side_is_exactly_what_the_sandbox_may_read(student: Any) -> None:
    walk = "import pathlib; print(*pathlib.Path('/opt/autograder/autograder').rglob('*.*'), sep='\\n')"
    seen = {path.removeprefix("/opt/autograder/autograder/") for path in student.run(walk).text.split()}
    package = Path(autograder.__file__).parent
    rooms = (package / "student", package / "wire")
    readable = {str(path.relative_to(package)) for room in rooms for path in room.rglob("*.*")}
    assert {path for path in seen if "__pycache__" not in path} == {
        *(path for path in readable if "__pycache__" not in path),
        "__init__.py",
        "writable_text.py",
    }


def test_hidden_tests_do_not_exist(student: Any) -> None:
    seen = student.run(WALK).text
    assert seen.endswith("\nno more\n")  # nothing of it was cut
    assert "/opt/autograder/autograder/wire/messages.py" in seen
    for word in SECRETS:
        assert word not in seen.replace("/opt/autograder/autograder/student", ""), word
    for name in ("assignments", "judge", "course", "grading"):
        assert "ModuleNotFoundError" in student.run(f"import autograder.{name}").text


@pytest.mark.parametrize("path", ["/root/.bashrc", "/home", "/var", "/etc/shadow", "/etc/ssh", str(HERE / "judge")])
def test_other_paths_do_not_exist(student: Any, path: str) -> None:
    assert student.run(f"import os; print(os.path.exists({path!r}))").text == "False\n"


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/opt/autograder/autograder", "/data", sys.prefix + "/bin"])
def test_root_is_read_only(student: Any, folder: str) -> None:
    assert student.run(f"import os; print(os.statvfs({folder!r}).f_flag & os.ST_RDONLY)").text == "1\n"
    assert student.run(f"open({folder + '/note'!r}, 'w')").status == "error"


def test_nothing_in_a_sandbox_has_the_rights_of_another_user_or_is_a_device(student: Any) -> None:
    folders = ("/", "/usr", "/opt/autograder/autograder", "/scratch", "/tmp", "/dev/shm", "/proc")
    ran = student.run(f"import os; print(*(os.statvfs(folder).f_flag & 6 for folder in {folders}))")
    assert ran.text.split() == [str(os.ST_NOSUID | os.ST_NODEV)] * len(folders)


KINDS = ("ipc", "mnt", "net", "pid", "user", "uts")
NAMESPACES = f"import os; print(*(os.readlink(f'/proc/self/ns/{{kind}}') for kind in {KINDS}))"


def test_two_kernels_do_not_meet(start: Callable[..., Any]) -> None:
    first, second = start(), start()
    name = "'\\0meeting-place'"
    ran = first.run(f"import socket; s = socket.socket(socket.AF_UNIX); s.bind({name}); s.listen()")
    first.run("open('/tmp/note', 'w').close(); open('/dev/shm/note', 'w').close(); open('/scratch/note', 'w').close()")
    assert ran.status == "ok"
    own = [*first.run(NAMESPACES).text.split(), *second.run(NAMESPACES).text.split()]
    assert len(set(own)) == 12
    assert not {str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in KINDS} & set(own)
    assert "ConnectionRefusedError" in second.run(f"import socket; socket.socket(socket.AF_UNIX).connect({name})").text
    assert (
        second.run("import glob; print(glob.glob('/tmp/n*') + glob.glob('/dev/shm/*') + glob.glob('*'))").text == "[]\n"
    )


def test_environment_is_made_from_scratch(student: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = set(student.run("import os; print(*os.environ)").text.split())
    assert names <= {
        *("PATH", "HOME", "USER", "LANG", "TMPDIR", "TERM", "IPYTHONDIR", "AUTOGRADER_DATA", "PYTHONHASHSEED"),
        *("PYTHONDONTWRITEBYTECODE", "MPLBACKEND", "MPLCONFIGDIR", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"),
        *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTORCH_NVML_BASED_CUDA_CHECK", "GLIBC_TUNABLES"),
        *("GIT_PAGER", "PAGER"),
        *("PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT", "PIP_RETRIES"),
        *("CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"),  # the last two lines are ipykernel's
        *("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"),  # torch's and sklearn's
    }
    assert student.run("print(os.environ['PYTHONHASHSEED'], os.environ['AUTOGRADER_DATA'])").text == "0 /data\n"


def test_further_variables_are_there_before_the_libraries_are(start: Callable[..., Any], tmp_path: Path) -> None:
    """Libraries for numbers choose their code by them as they are loaded; what keeps students apart stays."""
    wanted = {"ATEN_CPU_CAPABILITY": "default", "HOME": "/elsewhere", "OMP_NUM_THREADS": "7"}
    (tmp_path / "note").write_text("for all")
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    one = start(environment=wanted, readable=[str(tmp_path)])
    assert one.run(f"print(open({str(tmp_path / 'note')!r}).read())").text == "for all\n"  # below /tmp, too
    assert one.run(f"open({str(tmp_path / 'note')!r}, 'w')").status == "error"
    assert one.run("import torch; print(torch.backends.cpu.get_cpu_capability())").text == "DEFAULT\n"
    said = one.run("import os; print('/elsewhere' in os.environ.values(), os.environ['OMP_NUM_THREADS'])")
    assert said.text == "False 1\n"


def test_no_data_is_no_failure(student: Any) -> None:
    assert student.run("print(os.listdir('/data'))").text == "[]\n"


def build(places: dict[str, Any], code: str) -> str:
    """Run code with the system's view of a sandbox built from a layout."""
    program = f"""
import json, os, sys
sys.path.insert(0, {str(HERE.parent)!r})
from autograder.student import sandbox_entry
from autograder.student.user_maps import Users
sandbox_entry.isolate(json.loads({json.dumps(places)!r}), Users(zygote=sandbox_entry.UNPRIVILEGED))
{code}
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def empty_layout(**places: Any) -> dict[str, Any]:
    own = sandbox_paths.layout()
    return {**sandbox_paths.Layout(own.libraries, own.links, (), (), (), ()).to_plain(), **places}


def test_data_is_readable(tmp_path: Path) -> None:
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "MNIST" / "raw" / "labels").write_bytes(b"12345")
    (tmp_path / "notes").write_text("not for students")
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    places = sandbox_paths.layout([str(tmp_path / "MNIST"), str(tmp_path / "none")]).to_plain()
    assert build(places, "print(os.listdir('/data'), open('/data/MNIST/raw/labels').read())") == "['MNIST'] 12345\n"
    assert build(places, "try: open('/data/MNIST/raw/labels', 'w')\nexcept OSError as e: print(e.strerror)") == (
        "Read-only file system\n"
    )


def test_of_a_course_only_its_environment_appears(tmp_path: Path) -> None:
    course = tmp_path / "course"
    packages = course / ".venv" / "lib" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "library.py").touch()
    (course / "gradebook.db").touch()
    (course / "source").mkdir()
    for folder in (course, *course.parents[:-2]):
        folder.chmod(0o755)
    places = empty_layout(libraries=[str(packages)])
    seen = build(places, f"for at, _, names in os.walk({str(tmp_path)!r}): print(at, names)")
    assert "library.py" in seen
    assert "gradebook" not in seen
    assert "source" not in seen


def test_installed_package_is_masked(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    for name in ("autograder/assignments", "autograder-0.1.0.dist-info", "torchlike"):
        (packages / name).mkdir(parents=True)
        (packages / name / "hidden.py").touch()
    (packages / "_editable_impl_autograder.pth").write_text("/home/teacher/course")
    (packages / "autograder_of_another.py").touch()
    masked = sandbox_paths._own_installation([str(packages)])
    assert [Path(path).name for path in masked] == [
        "_editable_impl_autograder.pth",
        "autograder",
        "autograder-0.1.0.dist-info",
    ]
    for folder in (packages, *packages.parents[:-2]):
        folder.chmod(0o755)
    places = empty_layout(libraries=[str(packages)], masked=masked)
    code = f"""
for at, _, names in os.walk({str(packages)!r}): print(at, names)
print(repr(open({str(packages / "_editable_impl_autograder.pth")!r}).read()))"""
    seen = build(places, code)
    assert "torchlike ['hidden.py']" in seen
    assert seen.count("hidden.py") == 1
    assert "teacher" not in seen


def test_layout_names_only_what_python_needs() -> None:
    places = sandbox_paths.layout(["/nonexistent"], ())
    assert places.data == ()
    assert all(not str(HERE).startswith(path + "/") for path in places.libraries)
    assert [Path(inside).name for _, inside in places.package] == ["__init__.py", "writable_text.py", "wire", "student"]


def test_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    places = sandbox_paths.layout((), [str(tmp_path / "link")])
    assert str(tmp_path / "real") in places.libraries
    assert (str(tmp_path / "link"), str(tmp_path / "real")) in places.links


def test_an_ordinary_user_can_do_it_too() -> None:
    """As root: in a minimal root folder of its own, become an ordinary user, and start a kernel from there."""
    program = Path(__file__).with_name("ordinary_user.py")
    command = [sys.executable, "-I", "-S", str(program), "prepare" if os.geteuid() == 0 else "launch", str(HERE.parent)]
    layout = sandbox_paths.layout((), [str(program)])
    kernels = (str(HERE / "kernels"), f"{root_filesystem.PACKAGE}/autograder/kernels")  # what launches is trusted
    places = json.dumps({**layout.to_plain(), "package": [*layout.package, kernels]})
    done = subprocess.run(command, input=places, capture_output=True, text=True, timeout=90, check=False)
    assert done.stdout.strip() == "tensor(3.) ['1', '2']", done.stderr[-3000:]

"""Who gets which user: nobody one that is in use, whoever has it; why there are none is said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.kernels import user_ids
from autograder.kernels.errors import NoForkError
from autograder.kernels.user_ids import Found, found, take
from autograder.student import linux_calls, user_maps
from autograder.student.user_maps import Users

TREE = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What is in use is written down in another folder, and what was found is forgotten."""
    monkeypatch.setattr(user_ids, "_folder", lambda: tmp_path / "locks")
    found.cache_clear()
    yield
    found.cache_clear()


def test_a_user_is_nobody_elses_until_the_last_copy_of_its_lock_is_closed() -> None:
    os.close(user_ids._lock_file_opened(os.O_RDONLY | os.O_CREAT))
    users = range(1000, 1003)
    taken = [take(users) for _ in users]
    assert sorted(one.user for one in taken) == list(users)
    with pytest.raises(NoForkError, match="all users for sandboxes are in use") as raised:
        take(users)
    assert raised.value.errno == 11
    copy = os.dup(taken[1].lock)
    os.close(taken[1].lock)
    with pytest.raises(NoForkError):
        take(users)
    os.close(copy)
    again = take(users)
    assert again.user == taken[1].user
    for one in (taken[0], taken[2], again):
        os.close(one.lock)


def test_another_process_sees_what_is_taken(tmp_path: Path) -> None:
    os.close(user_ids._lock_file_opened(os.O_RDONLY | os.O_CREAT))
    code = (
        "import pathlib, sys\nfrom autograder.kernels import user_ids\n"
        "user_ids._folder = lambda: pathlib.Path(sys.argv[1])\nprint(user_ids.take(range(7, 9)).user)"
    )
    taken = take(range(7, 8))
    command = [sys.executable, "-c", code, str(tmp_path / "locks")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TREE, timeout=60)
    assert (done.stdout, done.stderr) == ("8\n", "")
    os.close(taken.lock)


def test_locks_lie_where_nobody_else_can_hold_them(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir(0o755)
    with pytest.raises(PermissionError, match="isn't this user's own"):
        user_ids._lock_file_opened(os.O_RDONLY | os.O_CREAT)
    (tmp_path / "locks").chmod(0o700)
    (tmp_path / "locks" / "users-in-use").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        user_ids._lock_file_opened(os.O_RDONLY | os.O_CREAT)


# Root.

ALL = "0 0 4294967295\n"


@pytest.mark.parametrize(
    ("maps", "first"),
    [(ALL, 0x70000000), ("0 100000 65536\n", 54400), ("0 1000 1\n1 100000 65536\n", 54400), ("0 1000 54321\n", None)],
)
def test_root_takes_users_that_exist_and_that_nobody_has(
    monkeypatch: pytest.MonkeyPatch, maps: str, first: int | None
) -> None:
    monkeypatch.setattr(user_ids.sandbox_entry, "is_real_root", lambda: True)
    monkeypatch.setattr(user_ids, "_ranges", lambda path, parse=user_ids._ranges: parse(FakeFile(maps)))
    if first is None:
        assert not found().users and "too few" in found().reason
        assert user_ids.for_zygote() == (Users(zygote=54321), None)
        return
    assert found().users[0] == found().first_group == first
    users, own = user_ids.for_zygote()
    assert own is not None and users.zygote == own.user
    assert first <= users.zygote < users.first < users.first + users.count <= found().users[-1] + 1
    os.close(own.lock)


class FakeFile:
    """A path whose text is known."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read_text(self) -> str:
        return self.text


def test_where_it_cant_be_said_who_has_what_there_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(user_ids, "_unused", lambda: Found(range(5, 9)))
    monkeypatch.setattr(user_ids, "_subordinate", lambda: Found(range(5, 9)))
    assert found().users == range(5, 9)
    found.cache_clear()
    (tmp_path / "locks").chmod(0o777)
    assert not found().users and "which are in use" in found().reason


# An ordinary user.


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with newuidmap, and /etc/subuid and /etc/subgid in a folder."""
    monkeypatch.setattr(user_ids.sandbox_entry, "is_real_root", lambda: False)
    monkeypatch.setattr(user_maps, "PROGRAMS", {"uid_map": "/usr/bin/env", "gid_map": "/usr/bin/env"})
    monkeypatch.setattr(user_ids, "_refusal", lambda usable: "")
    given = user_ids._given
    monkeypatch.setattr(user_ids, "_given", lambda path: given(str(tmp_path / Path(path).name)))
    return tmp_path


def test_an_ordinary_user_takes_those_that_are_given_to_him(ordinary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(os.geteuid())
    (ordinary / "subuid").write_text(f"other:1:99999\n{name}:5000:70\n{name}:100000:65536\n{name}:x:7\n\n")
    (ordinary / "subgid").write_text(f"{name}:200000:1000\n")
    assert found() == Found(range(100000, 101000), 200000)
    assert user_ids.for_zygote() == (Users(0, 100000, 1000, 200000), None)
    monkeypatch.setattr(user_ids, "_refusal", lambda usable: "newuidmap is broken")
    found.cache_clear()
    assert found() == Found(reason="newuidmap is broken")
    assert user_ids.for_zygote() == (Users(), None)


@pytest.mark.parametrize("subgid", ["", "{name}:200000:63\n", "other:200000:65536\n", None])
def test_too_few_are_none(ordinary: Path, subgid: str | None) -> None:
    name = str(os.geteuid())
    (ordinary / "subuid").write_text(f"{name}:100000:65536\n")
    if subgid is not None:
        (ordinary / "subgid").write_text(subgid.format(name=name))
    assert not found().users and "give this user" in found().reason


def test_without_newuidmap_there_are_none(ordinary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_maps, "PROGRAMS", {"uid_map": "/nowhere/newuidmap"})
    assert found() == Found(reason="there is no /nowhere/newuidmap")


def test_a_refusal_is_told_in_its_own_words() -> None:
    said = user_ids._refusal(Found(range(100000, 100070), 100000))
    assert "can't be mapped" in said or os.access(user_maps.PROGRAMS["uid_map"], os.X_OK), said


# Maps.


def extents(users: Users, as_root: bool, monkeypatch: pytest.MonkeyPatch) -> Any:
    made: list[Any] = []
    monkeypatch.setattr(user_maps, "_from_outside", lambda *what: made.append(what) or (lambda: None))
    user_maps.prepare(users, as_root)()
    return made


def test_what_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 34)
    monkeypatch.setattr(os, "getegid", lambda: 35)
    users = Users(zygote=7, first=1000, count=50, first_group=2000)
    [(maps, write)] = extents(users, True, monkeypatch)
    assert maps == {"uid_map": (0, 7, 1, 1, 1000, 50), "gid_map": (0, 7, 1, 1, 2000, 50)}
    assert write is user_maps._write
    [(maps, write)] = extents(users, False, monkeypatch)
    assert maps == {"uid_map": (0, 34, 1, 1, 1000, 50), "gid_map": (0, 35, 1, 1, 2000, 50)}
    assert write is user_maps._have_written
    assert [users.inner(user) for user in (1000, 1049)] == [1, 50]


@pytest.mark.parametrize(("as_root", "own"), [(True, (7, 7)), (False, (34, 35))])
def test_without_a_range_ones_own_user_is_mapped(
    monkeypatch: pytest.MonkeyPatch, as_root: bool, own: tuple[int, int]
) -> None:
    written: list[Any] = []
    monkeypatch.setattr(os, "geteuid", lambda: 34)
    monkeypatch.setattr(os, "getegid", lambda: 35)
    monkeypatch.setattr(linux_calls, "write_id_maps", lambda *ids, inner: written.append((ids, inner)))
    mapped = user_maps.prepare(Users(zygote=7), as_root)
    monkeypatch.setattr(os, "geteuid", lambda: 65534)  # inside, before it is mapped
    mapped()
    assert written == [(own, 0)]


@pytest.mark.parametrize("fails", [False, True])
def test_a_fork_writes_the_maps_of_its_parent(tmp_path: Path, fails: bool) -> None:
    def write(process: int, name: str, numbers: tuple[int, ...]) -> None:
        if fails:
            raise PermissionError(1, "no")
        (tmp_path / name).write_text(f"{process} {numbers}")

    mapped = user_maps._from_outside({"uid_map": (1, 2, 3)}, write)
    assert list(tmp_path.iterdir()) == []  # not before the namespace is there
    if fails:
        with pytest.raises(PermissionError, match="users for the sandboxes can't be mapped"):
            mapped()
    else:
        mapped()
        assert (tmp_path / "uid_map").read_text() == f"{os.getpid()} (1, 2, 3)"

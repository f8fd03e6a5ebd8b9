"""What the attacks have in common: a small course, its real formgrader, and a real browser on the instructor's side."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_server.serverapp import random_ports
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import BROWSER
from tests.course.conftest import _asked_once, course, generated, new_course  # noqa: F401 - fixtures
from tests.student.conftest import *  # noqa: F403 - fixtures: the same students as for the tests of their side

TOKEN = "instructor"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert BROWSER, "install Chromium (`apt install chromium`): these tests look at the pages as instructors do"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])


@contextmanager
def formgrader(root: Path) -> Iterator[str]:
    """The course's formgrader as `jupyter server` serves it; yields its address."""
    port = next(random_ports(8900, 1))
    extensions = "{'nbgrader.server_extensions.formgrader': True}"
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.jpserver_extensions={extensions}"),
    ]
    server = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the formgrader does not start"
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the formgrader does not answer")

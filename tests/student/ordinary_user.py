"""A program for a test: launch a student kernel as an ordinary user.

`prepare`, run by root, first makes a minimal root folder (so that a Python below a private home can be read), becomes
user 1000 in it and starts again as `launch`.
"""

from __future__ import annotations

import json
import os
import sys

USER = 1000


def prepare() -> None:
    from autograder.student import linux_calls, root_filesystem

    linux_calls.unshare(linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWPID)
    if child := os.fork():
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    root_filesystem.build(json.load(sys.stdin))
    linux_calls.mount("scratch", root_filesystem.SCRATCH, "tmpfs", 0, "mode=1777")
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    command = [sys.executable, "-P", "-s", __file__, "launch", root_filesystem.PACKAGE]
    os.execve(sys.executable, command, {"HOME": root_filesystem.SCRATCH, "TMPDIR": root_filesystem.SCRATCH})


def launch() -> None:
    import tempfile

    from jupyter_client import BlockingKernelClient

    from autograder.kernels.launch import launch
    from autograder.kernels.zygote_client import Settings
    from autograder.student.channels import CHANNELS
    from autograder.student.resource_limits import Limits

    ports = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, start=1)}
    connection = {"transport": "ipc", "ip": f"{tempfile.mkdtemp()}/c", "key": "k", "signature_scheme": "hmac-sha256"}
    kernel = launch(Settings(), Limits(), {**connection, **ports})
    client = BlockingKernelClient()
    client.load_connection_info({**connection, **ports, "key": b"k"})
    client.start_channels(hb=False)
    client.wait_for_ready(timeout=30)
    code = "import os, torch; print(torch.ones(3).sum(), sorted(p for p in os.listdir('/proc') if p.isdigit()))"
    client.execute_interactive(code, timeout=30)
    client.stop_channels()
    kernel.close()


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[2])
    {"prepare": prepare, "launch": launch}[sys.argv[1]]()

"""From a confined fork of the zygote to a running kernel."""

from __future__ import annotations

import json
import os
import random
import socket
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from typing import Any

from autograder.student import (
    drop_privileges,
    fd_messages,
    kernel_app,
    no_gpu,
    resource_limits,
    root_filesystem,
    start_failures,
)
from autograder.student.resource_limits import Limits
from autograder.student.sandbox_plan import SandboxPlan

_WITH_FILES = 8  # descriptors: control socket, configuration, five listening sockets, student's files


def main(plan: SandboxPlan, descriptors: Sequence[int], sandbox: bool) -> None:
    """Set the stage and run the kernel until it is shut down. Problems before that go to the control socket."""
    control = socket.socket(fileno=descriptors[0])
    limits = plan.limits
    try:
        if sandbox:
            drop_privileges.become_student(plan)
        else:
            resource_limits.first_to_go()
        drop_privileges.process(plan, sandbox)
        os.setsid()
        configuration = _read(descriptors[1])
        scratch = root_filesystem.SCRATCH if sandbox else configuration["scratch"]
        _environment(scratch, configuration["data"] if not sandbox else root_filesystem.DATA, limits)
        if len(descriptors) == _WITH_FILES:
            _unpack(descriptors[7], scratch)
        _seed(limits, configuration["gpu"])
        app = kernel_app.make(configuration["connection"], descriptors[2:7], control)
        if not configuration["gpu"]:  # CUDA reserves far more addresses than there is memory; the total is watched
            resource_limits.apply_memory(limits)
    except BaseException as error:
        fd_messages.send(control, start_failures.told(error))
        return
    kernel_app.when_running(app, lambda: fd_messages.send(control, {"ready": True}))
    app.start()
    os._exit(0)


def _read(descriptor: int) -> dict[str, Any]:
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        configuration: dict[str, Any] = json.load(file)
    return configuration


def _environment(scratch: str, data: str | None, limits: Limits) -> None:
    os.chdir(scratch)
    temporary = root_filesystem.TEMPORARY if scratch == root_filesystem.SCRATCH else scratch
    for name in ("PYTHONPATH", "TORCHINDUCTOR_CACHE_DIR"):
        os.environ.pop(name, None)
    own = {
        "HOME": scratch,
        "TMPDIR": temporary,
        "IPYTHONDIR": f"{temporary}/.ipython",
        "MPLCONFIGDIR": f"{temporary}/.matplotlib",
        "OMP_NUM_THREADS": str(limits.threads),
        "PIP_RETRIES": "0",  # there is no network: without these, each `!pip install` would try for half a minute
        "PIP_DEFAULT_TIMEOUT": "1",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    for name, value in own.items():  # update() would ask all kinds of mappings whether it was given one of them
        os.environ[name] = value
    if data:
        os.environ["AUTOGRADER_DATA"] = data
    tempfile.tempdir = None  # the zygote may have remembered another
    sys.path[:] = ["", *(path for path in sys.path if path)]
    sys.argv[:] = ["ipykernel_launcher"]


def _unpack(descriptor: int, scratch: str) -> None:
    """The student's own files. Everything about them is the student's: only now, confined, are they touched."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:") as archive:
            archive.extractall(scratch, filter="data")


def _seed(limits: Limits, gpu: str) -> None:
    import numpy
    import torch

    random.seed(limits.seed)
    numpy.random.seed(limits.seed)
    torch.default_generator.manual_seed(limits.seed)  # torch.manual_seed puts a traceback aside for CUDA
    if gpu:
        torch.cuda.manual_seed_all(limits.seed)
    else:
        no_gpu.say_so()
    torch.set_num_threads(limits.threads)

"""How much memory a live kernel takes, the first of a class included, which shares the zygote's with few others."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.kernels import pidfds
from autograder.student.resource_limits import MIB

# While it is the only one it takes 97 MiB, and maps 246 that are in no file; with torch's and CUDA's tables
# (``student.tables``) it would be 160 and 443.
MOST, MOST_ANONYMOUS = 125 * MIB, 330 * MIB
CELL = "import torch\nX = torch.rand(64, 784)\nprint(float(torch.softmax(X @ torch.rand(784, 10), 1).sum()) > 63)"


def test_a_live_kernel_takes_little_memory(start: Callable[..., Any]) -> None:
    student = start()
    assert student.run(CELL).text == "True\n"
    rows = Path(f"/proc/{pidfds.process_id(student.handle.pidfd)}/smaps_rollup").read_text()
    found = {name: int(kib) << 10 for name, kib in re.findall(r"^(\w+): +(\d+) kB$", rows, re.MULTILINE)}
    assert found["Pss"] < MOST
    assert found["Anonymous"] < MOST_ANONYMOUS

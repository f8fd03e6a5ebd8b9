"""A student kernel behaves as a kernel does in Jupyter."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import nbformat
import numpy
import pytest
import torch
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

from tests.student.conftest import only_idle_left


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("6 * 7", "42"),
        ("%%time\nsum(range(1000))", "Wall time"),
        ("%timeit -n 10 -r 2 sum(range(1000))", "2 runs, 10 loops each"),
        ("!echo $((40 + 2)); ls -d /scratch", "42\r\n/scratch"),
        ("names = !ls -d /scratch\nprint(names)", "['/scratch']"),
        ("%%bash\necho from $BASH_VERSION", "from 5"),
        ("import sys; print('aside', file=sys.stderr)", "aside"),
        ("import os, time; os.write(1, b'from C'); time.sleep(0.3)", "from C"),
        ("import asyncio; await asyncio.sleep(0); print('awaited')", "awaited"),
        ("def f(): return 1\nf?", ""),
        ("%%writefile helper_of_mine.py\nanswer = 42", "helper_of_mine.py"),
        ("import helper_of_mine; helper_of_mine.answer", "42"),
        ("import multiprocessing as m\nwith m.Pool(2) as p: print(p.map(abs, [-1, -2]))", "[1, 2]"),
        ("import torch; x = torch.ones(3, requires_grad=True); (x * x).sum().backward(); print(x.grad)", "2., 2., 2."),
        ("import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'print(6 * 7)']))", "42"),
        ("import os; print(os.getcwd(), os.environ['HOME'], os.getpid(), os.getuid())", "/scratch /scratch 2 1000"),
        ("%history 1-3", "6 * 7"),
        (
            "import socket as s; v = s.create_server(('127.0.0.1', 0)); print(s.create_connection(v.getsockname()))",
            "127.0.0.1",
        ),
        ("import tempfile; print(tempfile.gettempdir())", "/tmp"),
        ("import torch, torchvision, numpy, scipy, sklearn, matplotlib, tqdm; print('all there')", "all there"),
    ],
)
def test_works_as_in_jupyter(student: Any, code: str, text: str) -> None:
    ran = student.run(code)
    assert ran.status == "ok", ran
    assert text in ran.text


@pytest.mark.parametrize("magic", ["", "%matplotlib inline\n"])
def test_figures_are_shown(student: Any, magic: str) -> None:
    ran = student.run(f"{magic}import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('α')\nplt.show()")
    assert ran.status == "ok", ran
    assert len(ran.data["image/png"]) > 1000


def test_rich_display(student: Any) -> None:
    ran = student.run("from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))")
    assert ran.data["text/html"] == "<b>bold</b>"


def test_a_cell_is_turned_into_python_once_and_a_new_way_of_it_counts_from_the_next_cell(
    start: Callable[..., Any],
) -> None:
    student = start()
    way = "def note(lines):\n    seen.append(lines)\n    return ['known = len(seen)\\n', *lines]\nseen = []\n"
    assert "Wall time" in student.run(f"%time pass\n{way}get_ipython().input_transformers_cleanup.append(note)").text
    for _ in range(2):
        assert student.run("'the same text'").status == "ok"
    assert student.run("known, len(seen)").text == "(3, 3)"


def test_an_aggressive_reset_forgets_what_the_notebook_imported_and_no_more(start: Callable[..., Any]) -> None:
    student = start()
    student.run("import wave")
    assert student.run("%reset -f --aggressive").status == "ok"
    assert student.run("import sys; print('wave' in sys.modules, 'torch' in sys.modules)").text == "False True\n"


def test_input_is_refused(student: Any) -> None:
    ran = student.run("input('your name? ')")
    assert "StdinNotImplementedError" in ran.text


def test_interrupt_leaves_the_kernel_usable(student: Any) -> None:
    student.run("kept = 5")
    assert "KeyboardInterrupt" in student.run("while True: pass", timeout=0.3).text
    assert student.run("kept").text == "5"


def test_shadowing_folder_is_first_on_the_path_as_in_jupyter(student: Any) -> None:
    assert student.run("import sys; print(repr(sys.path[0]))").text == "''\n"


@pytest.mark.parametrize("module", ["debugpy", "hypothesis", "pytest", "nbgrader"])
def test_nothing_of_the_grader_is_loaded(student: Any, module: str) -> None:
    assert student.run(f"import sys; print({module!r} in sys.modules)").text == "False\n"


def test_two_kernels_compute_the_same(start: Callable[..., Any]) -> None:
    code = (
        "import random, numpy, torch, warnings, os\n"
        "warnings.warn('look at the file name')\n"
        "print(random.random(), numpy.random.rand(), torch.rand(1), hash('a'), os.getpid(), {'b', 'a', 'c'})"
    )
    first, second, one = start(), start(), torch.Generator()
    assert first.run(code).text == second.run(code).text
    drawn = start(seed=1).run(
        "import random, numpy, torch\nprint(random.random(), numpy.random.rand(), torch.rand(1).item())"
    )
    own = (
        random.Random(1).random(),
        numpy.random.RandomState(1).rand(),
        torch.rand(1, generator=one.manual_seed(1)).item(),
    )
    assert drawn.text.split() == [str(number) for number in own]  # in another run, too


def test_an_unused_kernel_starts_quickly(start: Callable[..., Any]) -> None:
    start()
    started = min(start().start_seconds for _ in range(3))
    assert started < 1.0  # 0.15 s on a quiet machine; a stock kernel takes 5 s


def test_runs_with_nbclient() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import torch; print(torch.ones(2).sum())")])
    NotebookClient(notebook, kernel_name="autograder-student", timeout=60).execute()
    assert notebook.cells[0].outputs[0]["text"] == "tensor(2.)\n"


def test_kernelspec_is_installed() -> None:
    spec = KernelSpecManager().get_kernel_spec("autograder-student")
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "autograder-student"


def test_restart_gives_a_fresh_kernel(start: Callable[..., Any]) -> None:
    student = start()
    student.run("x = 1")
    student.km.restart_kernel(now=True)
    assert student.km.is_alive()
    student.handle = student.km.provisioner.kernel
    while student.client.iopub_channel.get_msg(timeout=20)["msg_type"] != "iopub_welcome":
        pass
    assert "NameError" in student.run("x").text


def test_polite_shutdown(start: Callable[..., Any], processes: Callable[[], int]) -> None:
    start().close()
    idle = processes()
    student = start()
    student.client.shutdown()
    assert student.handle.wait(10)
    assert student.handle.death() == "it called exit with status 0"
    student.close()
    assert only_idle_left(processes, idle)
    assert not student.km.is_alive()


def test_handle_tells_that_it_lives(start: Callable[..., Any]) -> None:
    handle = start().handle
    assert (handle.alive(), handle.sandbox, handle.death()) == (True, "namespaces", "it is still running")

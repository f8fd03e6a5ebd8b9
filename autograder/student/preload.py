"""What the zygote imports, once, so that no student kernel has to.

Nothing here may start a thread or run a parallel region (OpenMP does not survive a fork), or initialise CUDA.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

from autograder.student import tables

MODULES = """
numpy numpy.random torch torch.nn.functional torch.optim torch.func torch.utils.data torch.utils.data._utils
torchvision torchvision.transforms torchvision.transforms.v2 torchvision.datasets
matplotlib.pyplot matplotlib_inline.backend_inline matplotlib.backends.backend_agg PIL.PngImagePlugin
ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell ipykernel.displayhook jupyter_client.session comm
IPython.core.magics IPython.core.magics.ast_mod IPython.core.magics.execution IPython.core.magic_arguments
IPython.core.completer IPython.core.completerlib IPython.core.ultratb IPython.core.debugger IPython.core.oinspect
IPython.core.logger IPython.extensions.storemagic IPython.utils.wildcard IPython.utils.module_paths
IPython.utils.timing IPython.lib.pretty jedi psutil tornado.gen tornado.locks tornado.queues tornado.platform.asyncio
cProfile pdb timeit sqlite3 faulthandler tarfile multiprocessing.pool encodings.ascii encodings.idna encodings.latin_1
autograder.student.sandbox_init autograder.student.kernel_child autograder.student.kernel_app
autograder.student.call_server
"""


def preload(more: Sequence[str] = ()) -> None:
    """Import everything and warm what is built on first use. Raises RuntimeError if a thread was started."""
    _without_debugger()
    with tables.noted():
        importlib.import_module("torch")
    for name in [*MODULES.split(), *more]:
        importlib.import_module(name)
    _one_thread()
    _draw_a_figure()
    _prepare_kernels()
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    if threads != 1:
        raise RuntimeError(f"importing the libraries started {threads - 1} threads: forking is not safe")


def _without_debugger() -> None:
    """debugpy costs 0.3 s and 100 modules and is of no use in grading; ipykernel does without when it's missing."""
    sys.modules["debugpy"] = cast(ModuleType, None)
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]


def _prepare_kernels() -> None:
    from autograder.student import kernel_app

    kernel_app.prepare()


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _draw_a_figure() -> None:
    """Builds matplotlib's font cache and loads the fonts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.add_subplot().plot([0, 1])
    FigureCanvasAgg(figure).print_png(io.BytesIO())  # type: ignore[no-untyped-call]


def mapped_anonymous_bytes() -> int:
    """Memory of this process that is no file: what every forked kernel starts with."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    return 0

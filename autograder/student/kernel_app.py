"""A real ipykernel on listening sockets that were made outside and inherited.

The trusted side makes the sockets, so there is no port race, no folder shared with the sandbox and a client can
connect before the kernel is there.

Whatever a forked kernel only looks at costs a copy of the memory page it lies in, since looking counts references:
so it does without going through all modules, all loggers and a command line that isn't there. That is more than half of
the 9,600 pages that starting it would copy.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import logging
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar
from unittest import mock

import zmq
from ipykernel import ipkernel, zmqshell
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from IPython.core import shellapp
from traitlets.config import Config

from autograder.student import failing_lines
from autograder.student.channels import CHANNELS
from autograder.student.forked_copies import Copies
from autograder.student.printed_output import LimitedStream
from autograder.student.resource_limits import release_reserve

_known: set[str] = set()  # the modules that every kernel starts with


def prepare() -> None:
    """Do in the zygote, once, what would have every kernel look at all modules or all loggers, and make its shell."""
    _known.update(sys.modules)  # for `%reset --aggressive`
    log = logging.getLogger(StudentKernelApp.__name__)
    log.setLevel(logging.WARNING)
    log.propagate = False
    for kind in {*zmq.Socket.__mro__, *zmq.Context.__mro__}:
        getattr(kind, "__annotations__", None)  # asked for with each option; the first time changes all generic classes
    _make_shell()


class InheritedHeartbeat(Heartbeat):
    """ipykernel's heartbeat on an inherited listening socket."""

    descriptor = -1

    def _try_bind_socket(self) -> None:
        self.socket.setsockopt(zmq.USE_FD, self.descriptor)
        self.socket.bind(f"ipc://{self.ip}-{self.port}")


class StudentKernelApp(IPKernelApp):
    """ipykernel's application on inherited listening sockets."""

    listening: dict[int, int]  # port number -> file descriptor
    connection: Any

    def init_crash_handler(self) -> None:
        """Leave sys.excepthook alone."""

    def init_poller(self) -> None:
        """Do not watch the parent process: the sandbox ends with it anyway."""

    def init_connection_file(self) -> None:
        """Take the connection from memory."""
        self.connection_file = "/nowhere/kernel.json"
        self.load_connection_info(self.connection)

    def parse_command_line(self, argv: object = None) -> None:
        """There is none."""

    def _configure_logging(self) -> None:
        # As traitlets would, but without going through all loggers: to where stderr leads now, not into cells' output.
        logging.getLogger(type(self).__name__).handlers[:] = [logging.StreamHandler(sys.stderr)]

    def init_kernel(self) -> None:
        """Leave out a list of all modules' files, which is for a debugger."""
        base: Any = super()
        with _without_modules(ipkernel):
            base.init_kernel()
        _adopt(self.kernel)
        self.kernel.do_shutdown = _stay  # "restart after pip install", as Colab's notebooks do it, costs nothing

    def init_code(self) -> None:
        """Leave out a list of all modules: it has been made in the zygote."""
        base: Any = super()
        with _without_modules(shellapp):
            base.init_code()
        shell: Any = self.shell
        shell._sys_modules_keys = _known or set(sys.modules)

    def write_connection_file(self, **_: Any) -> None:
        """Write none: keys stay in memory."""

    def _try_bind_socket(self, sock: Any, port: int) -> int:
        sock.setsockopt(zmq.USE_FD, self.listening[port])
        sock.bind(f"ipc://{self.ip}-{port}")
        return port

    def init_control(self, context: Any) -> None:
        """The debugger's socket connects to the shell channel by name, which does not exist here: try once only."""
        context.setsockopt(zmq.RECONNECT_IVL, -1)
        base: Any = super()
        base.init_control(context)

    def init_heartbeat(self) -> None:
        """Start the heartbeat on its inherited socket."""
        make: Any = InheritedHeartbeat
        heartbeat = make(zmq.Context(), (self.transport, self.ip, self.hb_port))
        heartbeat.descriptor = self.listening[self.hb_port]
        heartbeat.start()
        self.heartbeat = heartbeat


class _SysWithoutModules:
    """``sys``, but as if no module had been imported."""

    modules: ClassVar[dict[str, ModuleType]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


@contextlib.contextmanager
def _without_modules(module: ModuleType) -> Iterator[None]:
    with mock.patch.object(module, "sys", _SysWithoutModules()):
        yield


def make(connection: dict[str, Any], descriptors: Sequence[int], control: socket.socket) -> Any:
    """Return an initialised kernel; `descriptors` are listening sockets in the order of CHANNELS."""
    app: Any = StudentKernelApp.instance(config=_config())
    app.connection = connection
    app.listening = {connection[f"{name}_port"]: fd for name, fd in zip(CHANNELS, descriptors, strict=True)}
    app.initialize([])
    Copies(control, app).attach()
    gc.freeze()
    return app


def _config() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.outstream_class = f"{LimitedStream.__module__}.{LimitedStream.__name__}"
    return config


def _make_shell() -> None:
    """Make IPython's shell: the kernel's will be this one. (It is more than half of the work of making a kernel.)"""
    kernel: Any = ipkernel.IPythonKernel
    compiler = kernel.class_traits()["compiler_class"].default_value
    shell: Any = zmqshell.ZMQInteractiveShell.instance(config=_config(), compiler_class=compiler)
    atexit.unregister(shell.atexit_operations)  # of the zygote; each kernel ends without it
    shell.transform_cell = _TransformedOnce(shell.transform_cell)
    failing_lines.attach(shell)
    shell.ask_exit = _go_on  # exit() in a cell costs nothing
    shell.set_custom_exc((MemoryError,), _out_of_memory)
    _register_inline_figures()


class _TransformedOnce:
    """Turns a cell into Python (its magics, its prompts).

    ipykernel asks for it twice for each cell, and finding all tokens is a third of what IPython does: so once will do.
    """

    def __init__(self, transform: Callable[[str], str]) -> None:
        self._transform = transform
        self._known: tuple[str, str] | None = None

    def __call__(self, cell: str) -> str:
        known, self._known = self._known, None
        if known is not None and known[0] == cell:
            return known[1]
        transformed = self._transform(cell)
        self._known = cell, transformed
        return transformed


def _adopt(kernel: Any) -> None:
    """Tell the shell what it could not know in the zygote."""
    shell = kernel.shell
    shell.parent = shell.kernel = kernel
    shell.profile_dir, shell.ipython_dir = kernel.profile_dir, kernel.parent.ipython_dir
    shell.starting_dir = shell.home_dir = str(Path.cwd())


def _stay(restart: bool) -> dict[str, Any]:
    """Stand in for the end that a cell asks its own kernel for; whoever started the kernel ends it from outside."""
    return {"status": "ok", "restart": restart}


def _go_on() -> None:
    """Stand in for the end of the kernel that IPython's exit() and quit() ask for."""


def _out_of_memory(shell: Any, kind: type, error: BaseException, trace: Any, tb_offset: int | None = None) -> list[str]:
    """Show a MemoryError like any exception."""
    release_reserve()
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    return []


def when_running(app: Any, action: Callable[[], None]) -> None:
    """Run an action once the kernel's first message is out.

    A client that subscribes while the output thread is sending is greeted late, with the next message only (libzmq
    tells of each event once, and ipykernel does not look again after sending). So nobody is told earlier.
    """
    from tornado.ioloop import IOLoop

    IOLoop.current().add_callback(app.iopub_thread.schedule, action)


def _register_inline_figures() -> None:
    """The backend was imported before there was a shell, so it could not register itself."""
    from matplotlib_inline import backend_inline

    backend: Any = backend_inline
    backend._enable_matplotlib_integration()

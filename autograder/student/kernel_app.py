"""Student side: a real ipykernel on listening sockets that were made outside and inherited.

The trusted side makes the sockets, so there is no port race, no folder shared with the sandbox and a client can
connect before the kernel is there.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable, Sequence
from typing import Any

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

from autograder.student.copies import Copies
from autograder.student.limits import release_reserve
from autograder.student.output import LimitedStream

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


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


def make(connection: dict[str, Any], descriptors: Sequence[int], control: socket.socket) -> Any:
    """Return an initialised kernel; `descriptors` are listening sockets in the order of CHANNELS."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.outstream_class = f"{LimitedStream.__module__}.{LimitedStream.__name__}"
    app: Any = StudentKernelApp.instance(config=config)
    app.connection = connection
    app.listening = {connection[f"{name}_port"]: fd for name, fd in zip(CHANNELS, descriptors, strict=True)}
    app.initialize([])
    app.kernel.shell.ask_exit = _go_on  # exit() in a cell costs nothing
    app.kernel.shell.set_custom_exc((MemoryError,), _out_of_memory)
    _register_inline_figures()
    Copies(control, app).attach()
    gc.freeze()
    return app


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

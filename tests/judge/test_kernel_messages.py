"""What the judge makes of a kernel's messages: the kernel here is a script that says them."""

import itertools
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import zmq
from jupyter_client.session import Session
from traitlets.config import Config

from autograder.judge import student_kernel as judge_kernel
from autograder.judge.cell_outputs import CUT_OFF, Collector
from autograder.judge.errors import CannotJudge
from autograder.judge.kernel_messages import Message
from autograder.judge.stopwatch import StalledError
from autograder.judge.student_kernel import CellLost, Kernel, warm_up
from autograder.kernels.process_activity import Activity

ROOM = 1 << 20
_names = itertools.count()


def says(kind, **content):
    return kind, content


BUSY, IDLE = (says("status", execution_state=state) for state in ("busy", "idle"))
REPLY, FAILED = (says("execute_reply", status=status) for status in ("ok", "error"))
RAISED = says("error", ename="E", evalue="no", traceback=[])


def stream(text, name="stdout"):
    return says("stream", name=name, text=text)


class Channel:
    """One of a client's channels: a real socket, the other end of which the script has."""

    def __init__(self, context):
        self.socket, self.theirs = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        name = f"inproc://channel{next(_names)}"
        self.socket.bind(name)
        self.theirs.connect(name)


class Handle:
    """What is known of the kernel's process, which sleeps."""

    def __init__(self):
        self.pidfd, self.killed_by_us, self.asleep = os.eventfd(0), 0, True
        self.copies, self.waits = [], []

    def activity(self):
        return Activity(0.0, self.asleep, stopped=False)

    def go_on(self):
        raise AssertionError("it is not stopped")

    def kill(self):
        self.killed_by_us += 1

    def death(self):
        return "it was killed by signal SIGSEGV"

    def fork_copy(self, *, wait):
        self.waits.append(wait())
        found = self.copies.pop()
        if isinstance(found, BaseException):
            raise found
        return found


@pytest.fixture
def scripted():
    """Return a function: what a kernel answers a cell with, or ends with → the judge's end of it."""
    context, made = zmq.Context(), []

    def make(*messages, dies=False):
        kernel = object.__new__(Kernel)
        kernel.handle = Handle()
        made.append(kernel)
        shell, iopub = Channel(context), Channel(context)
        kernel.requests, session = [], Session(key=b"secret")

        def send(request):
            kernel.requests.append(request)
            parent = request["header"]
            for kind, content in messages:
                channel = shell if kind == "execute_reply" else iopub
                channel.theirs.send_multipart(session.serialize(session.msg(kind, content, parent)))
            if dies:
                os.eventfd_write(kernel.handle.pidfd, 1)

        kernel._client = SimpleNamespace(
            session=session, iopub_channel=iopub, shell_channel=SimpleNamespace(**vars(shell), send=send)
        )
        return kernel

    yield make
    for kernel in made:
        os.close(kernel.handle.pidfd)
    context.destroy(linger=0)


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr(judge_kernel, "LATE_OUTPUT", 0.2)


def test_a_cell_has_ended_once_it_is_answered_and_all_of_its_output_is_there(scripted):
    run = scripted(REPLY, BUSY, stream("a"), stream("b"), stream("c", "stderr"), IDLE).run("1", 5.0, ROOM)
    assert [(output["name"], output["text"]) for output in run.outputs] == [("stdout", "ab"), ("stderr", "c")]
    assert not run.raised


def test_a_cell_that_raised_is_one_whose_answer_says_so(scripted):
    assert scripted(BUSY, RAISED, FAILED, IDLE).run("1", 5.0, ROOM).raised
    assert not scripted(BUSY, RAISED, REPLY, IDLE).run("1", 5.0, ROOM).raised


@pytest.mark.parametrize("stop", [False, True])
def test_a_cell_is_sent_so_that_it_asks_nobody_and_does_not_end_what_follows(scripted, stop):
    kernel = scripted(BUSY, REPLY, IDLE)
    kernel.run("x = 1", 5.0, ROOM, stop)
    (request,) = kernel.requests
    assert request["msg_type"] == "execute_request"
    assert request["metadata"] == {"autograder_stop": stop}
    assert request["content"] == {
        "code": "x = 1",
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }


def test_a_cell_that_does_not_end_in_time_is_stopped(scripted):
    for messages, began, raised in (([], False, False), ([BUSY], True, False), ([BUSY, RAISED], True, True)):
        kernel = scripted(*messages)
        with pytest.raises(CellLost, match=r"^it did not end within 0\.3 s$") as lost:
            kernel.run("1", 0.3, ROOM)
        assert (lost.value.began, lost.value.raised) == (began, raised)
        assert lost.value.seconds >= 0.3
        assert kernel.handle.killed_by_us == 1


def test_an_answered_cell_whose_end_of_output_is_lost_has_ended_all_the_same(scripted):
    kernel = scripted(BUSY, stream("a"), REPLY)
    began = time.monotonic()
    run = kernel.run("1", 60.0, ROOM)
    assert run.outputs[0]["text"] == "a" and not kernel.handle.killed_by_us
    assert time.monotonic() - began < 20


def test_a_kernel_that_dies_in_a_cell_is_told_with_what_it_said_before(scripted):
    for messages, began in (([], False), ([BUSY], True)):
        kernel = scripted(*messages, dies=True)
        with pytest.raises(CellLost, match="it was killed by signal SIGSEGV") as lost:
            kernel.run("1", 5.0, ROOM)
        assert (lost.value.began, lost.value.raised) == (began, True)
    run = scripted(BUSY, stream("last words"), REPLY, IDLE, dies=True).run("1", 5.0, ROOM)
    assert run.outputs[0]["text"] == "last words"


def test_a_kernel_that_does_not_get_on_is_ended(scripted):
    kernel = scripted(BUSY)
    kernel.handle.asleep = False
    with pytest.raises(StalledError):
        kernel.run("1", 0.05, ROOM)
    assert kernel.handle.killed_by_us == 1


class Copy:
    closed = False

    def close(self):
        self.closed = True


def test_a_kernel_answers_if_it_runs_a_cell_and_can_be_copied(scripted, monkeypatch):
    monkeypatch.setattr(judge_kernel, "PROBE_TIMEOUT", 0.3)
    kernel, copy = scripted(BUSY, REPLY, IDLE), Copy()
    kernel.handle.copies = [copy]
    assert kernel.answers() and copy.closed
    for trouble in (ConnectionError(), TimeoutError()):
        kernel.handle.copies = [trouble]
        assert not kernel.answers()
    kernel.handle.copies = [StalledError("the machine did not get on")]
    with pytest.raises(StalledError):
        kernel.answers()
    silent = scripted(BUSY)
    silent.handle.copies = [copy]
    assert not silent.answers()


def test_a_copy_is_waited_for_as_long_as_is_said(scripted):
    kernel = scripted()
    kernel.handle.copies = [Copy()]
    kernel.copy(0.05)
    assert kernel.handle.waits == [pytest.approx(0.05, abs=0.01)]


def collected(*messages, room=ROOM, parent="mine"):
    cell = Collector("mine", room)
    for kind, content in messages:
        cell.take(Message(kind, parent, content))
    return cell


@pytest.mark.parametrize("parent", ["another", ""])
def test_messages_of_other_cells_are_none_of_this_one(parent):
    cell = collected(BUSY, stream("a"), RAISED, REPLY, IDLE, parent=parent)
    assert (cell.outputs, cell.reply, cell.began, cell.has_raised, cell.complete) == ([], None, False, False, False)


def test_a_cell_is_complete_with_its_answer_and_once_it_was_idle():
    assert not collected(BUSY, REPLY).complete
    assert not collected(BUSY, IDLE).complete
    assert collected(REPLY, IDLE, BUSY).complete
    assert not collected(BUSY).raised


@pytest.mark.parametrize(
    ("wait", "after", "texts"), [(False, (), []), (True, (), ["a"]), (True, ("b", "c"), ["bc"]), (False, ("b",), ["b"])]
)
def test_output_is_cleared_when_the_cell_says_so(wait, after, texts):
    cell = collected(stream("a"), says("clear_output", wait=wait), *map(stream, after))
    assert [output["text"] for output in cell.outputs] == texts


def test_more_output_than_there_is_room_for_is_cut_off_and_said_so():
    cell = collected(stream("a"), stream("x" * 500, "stderr"), stream("b"), says("display_data", data={}), room=300)
    assert [output["text"] for output in cell.outputs] == ["a" + CUT_OFF]
    cell = collected(*[stream("x" * 40)] * 100, room=300)
    assert len(cell.outputs) == 1 and cell.outputs[0]["text"].endswith("x" + CUT_OFF)
    assert len(cell.outputs[0]["text"]) < 300
    assert collected(stream("a"), room=0).outputs == []


def test_an_exception_is_noticed_though_there_is_no_room_for_it():
    assert collected(RAISED, room=0).has_raised
    assert not collected(stream("a")).has_raised


@pytest.mark.parametrize(
    "odd",
    [
        says("stream", name="stdout"),
        says("stream", name=3, text="a"),
        says("stream", name="stdout", text={"a": 1}),
        says("display_data", data="a", metadata={}),
        says("error", ename="E"),
        says("comm_open", data={}),
    ],
    ids=str,
)
def test_what_is_no_output_is_not_kept(odd):
    assert [output["text"] for output in collected(odd, stream("a")).outputs] == ["a"]


def test_what_is_displayed_is_kept_as_it_is():
    shown = says("display_data", data={"text/plain": "1"}, metadata={})
    result = says("execute_result", data={"text/plain": "2"}, metadata={}, execution_count=1)
    cell = collected(shown, shown, result, RAISED)
    assert [output["output_type"] for output in cell.outputs] == [
        "display_data",
        "display_data",
        "execute_result",
        "error",
    ]


class Manager:
    """Stands in for Jupyter's: its kernel greets, or not."""

    def __init__(self, kernel_name, config):
        assert kernel_name == "autograder-student"
        self.config, self.calls, self.options = config, [], {}
        self.handle = SimpleNamespace(alive=lambda: self.lives, death=lambda: "it has crashed")
        self.provisioner = SimpleNamespace(kernel=self.handle)
        context = SimpleNamespace(
            setsockopt=self.options.__setitem__, destroy=lambda linger: self.calls.append("hung up")
        )
        self._client = SimpleNamespace(
            context=context,
            start_channels=lambda hb: None,
            stop_channels=lambda: None,
            iopub_channel=SimpleNamespace(get_msg=self.greet),
        )

    lives, starts = True, None
    said = ("status", "iopub_welcome")

    def start_kernel(self, student_files):
        if self.starts:
            raise self.starts
        self.student_files, self.rest = student_files, list(self.said)

    def client(self):
        return self._client

    def greet(self, timeout):
        if not self.rest:
            raise TimeoutError
        return {"msg_type": self.rest.pop(0)}

    def shutdown_kernel(self, now):
        self.calls.append("ended")

    def cleanup_resources(self):
        self.calls.append("cleared away")


@pytest.fixture
def managers(monkeypatch):
    made = []

    class Made(Manager):
        def __init__(self, **arguments):
            super().__init__(**arguments)
            made.append(self)

    monkeypatch.setattr(judge_kernel, "KernelManager", Made)
    return Made, made


def test_a_kernel_is_there_once_it_has_greeted(managers):
    _, made = managers
    Kernel(Path("files"), Config()).close()
    (manager,) = made
    assert manager.student_files == "files" and manager.rest == []
    assert manager.options == {zmq.MAXMSGSIZE: 16 << 20, zmq.RCVHWM: 32, zmq.SNDTIMEO: 0}
    assert manager.calls == ["hung up", "ended", "cleared away"]


def test_a_kernel_gets_what_its_configuration_says(managers):
    _, made = managers
    Kernel(Path("files"), Config(StudentProvisioner={"data_sets": ["/d/MNIST"]}))
    assert [manager.config for manager in made] == [Config(StudentProvisioner={"data_sets": ["/d/MNIST"]})]


@pytest.mark.parametrize(
    ("lives", "said"), [(True, "did not start; run"), (False, "did not start: it has crashed; run")]
)
def test_a_kernel_that_does_not_greet_cannot_be_judged_with_and_is_cleared_away(managers, lives, said):
    kind, made = managers
    kind.said, kind.lives = ("status",), lives
    with pytest.raises(CannotJudge, match=said):
        Kernel(Path("files"), Config())
    assert made[0].calls == ["hung up", "ended", "cleared away"]


def test_a_kernel_that_says_something_else_for_ever_is_not_waited_for_for_ever(managers, monkeypatch):
    kind, _ = managers
    kind.said = ("status",) * 1000
    clock = itertools.count()
    monkeypatch.setattr(judge_kernel.time, "monotonic", lambda: float(next(clock)))
    with pytest.raises(CannotJudge, match="did not start"):
        Kernel(Path("files"), Config())
    assert 299 <= next(clock) <= 303


def test_a_kernel_that_cannot_be_started_is_the_graders_trouble(managers):
    kind, _ = managers
    kind.starts = OSError("no namespaces")
    with pytest.raises(CannotJudge, match="no student kernel could be started: no namespaces"):
        Kernel(Path("files"), Config())


def test_warming_up_starts_a_kernel_where_those_of_the_run_are_and_ends_it(managers, tmp_path):
    _, made = managers
    warm_up(Config(StudentProvisioner={"zygotes": str(tmp_path)}))
    assert Path(made[0].student_files).parent == tmp_path
    assert made[0].calls == ["hung up", "ended", "cleared away"]
    assert not list(tmp_path.iterdir())

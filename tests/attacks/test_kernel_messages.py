"""A kernel that says to the judge what no kernel says: that is found of the cell that did it, and of nothing else."""

import json

import pytest
from jupyter_client.session import DELIM, Session
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.cell_outputs import CUT_OFF, KINDS, Collector
from autograder.judge.evidence import CellStatus, Outcome
from autograder.judge.kernel_messages import CONTENT, PART, Message, NoMessageError, read
from autograder.judge.notebook_judging import judge_notebook
from tests.judge.conftest import notebook

LINEAR_MNIST = Assignment.find("linear_mnist")
LOSS = next(answer.code for answer in LINEAR_MNIST.registry.right if answer.question == "ce_loss")
STEP = next(answer.code for answer in LINEAR_MNIST.registry.right if answer.question == "sgd_momentum")
IMPORTS = "import json, torch\nimport numpy as np\nkernel = get_ipython().kernel"
SAY = """
def say(parent, content, header={"msg_type": "stream", "msg_id": "1"}, key=None):
    parts = [p if type(p) is bytes else json.dumps(p, default=str).encode() for p in (header, parent, {}, content)]
    kernel.iopub_socket.send_multipart([b"stream", b"<IDS|MSG>", kernel.session.sign(parts), *parts])
"""
MINE = "kernel.get_parent()['header']"
INTERFERES = {
    "another key": "kernel.session.key = b'another'",
    "a parent that is no dictionary": "say(5, {})",
    "a parent that is a list": "say([], {})",
    "a header without a type": f"say({MINE}, {{}}, header={{}})",
    "a header that is a number": f"say({MINE}, {{}}, header=1)",
    "no JSON": "say(b'{', {})",
    "deep JSON": "say(b'[' * 30_000 + b']' * 30_000, {})",
    "a large header": f"say({{**{MINE}, 'more': 'x' * 100_000}}, {{}})",
    "no parts": "kernel.iopub_socket.send_multipart([b'stream', b'<IDS|MSG>'])",
    "nothing of ours": "kernel.iopub_socket.send_multipart([b'stream', b'hello'])",
}
MAKES_NO_ODDS = {
    "deep content": f"say({MINE}, b'[' * 30_000 + b']' * 30_000)",
    "a number of 401 digits": f"say({MINE}, b'1' + b'0' * 400)",
    "a number of 5001 digits": f"say({MINE}, b'1' + b'0' * 5000)",
    "deep metadata": f"say({MINE}, b'{{\"data\": {{}}, \"metadata\": ' + b'{{\"a\":' * 900 + b'1' + b'}}' * 901,"
    " header={'msg_type': 'display_data', 'msg_id': '1'})",
    "text that can't be written down": f"say({MINE}, {{'name': 'stdout', 'text': '\\ud800'}})",
    "a state that is a list": f"say({MINE}, {{'execution_state': []}}, header={{'msg_type': 'status', 'msg_id': '1'}})",
    "much in one display": "display({str(i): 'x' * 60 for i in range(150_000)}, raw=True)",
}
CONFIG = Config(NotebookJudge={"examples": 3, "cell_timeout": 8.0})


def judged(tmp_path, attack):
    cells = (IMPORTS, LOSS, ("ce_loss", 4), SAY, "print(1)\n" + attack, STEP, ("sgd_momentum", 4), "print(2)")
    evidence = judge_notebook(notebook(*cells), LINEAR_MNIST, tmp_path, CONFIG)
    evidence.to_json().encode()
    assert [(q.question, q.outcome, q.points) for q in evidence.questions] == [
        ("ce_loss", Outcome.PASSED, 4),
        ("sgd_momentum", Outcome.PASSED, 4),
    ], [test.details for question in evidence.questions for test in question.tests]
    found = {cell.index: cell for cell in evidence.cells}
    assert all(found[i].status is CellStatus.OK for i in (0, 1, 3, 5, 7))
    return found[4]


@pytest.mark.parametrize("attack", INTERFERES.values(), ids=INTERFERES)
def test_what_is_no_message_costs_the_cell_that_said_it(tmp_path, attack):
    cell = judged(tmp_path, attack)
    assert cell.status is CellStatus.LEFT_OUT
    assert "interferes with the grader" in cell.reason


@pytest.mark.parametrize("attack", MAKES_NO_ODDS.values(), ids=MAKES_NO_ODDS)
def test_a_message_of_which_nothing_can_be_kept_costs_nothing(tmp_path, attack):
    assert judged(tmp_path, attack).status is CellStatus.OK


SESSION = Session(key=b"secret")


def frames(content, kind="display_data", parent=b'{"msg_id": "mine"}', more=()):
    header = json.dumps({"msg_type": kind, "msg_id": "1"}).encode()
    parts = [header, parent, b"{}", content]
    return [b"topic", DELIM, SESSION.sign(parts), *parts, *more]


def test_content_is_read_as_far_as_there_is_room_and_no_further():
    large = json.dumps({"data": {"text/plain": "x" * 1000}, "metadata": {}}).encode()
    assert read(frames(large), SESSION, len(large)).content == json.loads(large)
    assert read(frames(large), SESSION, len(large) - 1).content is None
    other = json.dumps({"x": "x" * CONTENT}).encode()
    assert read(frames(other, "execute_reply"), SESSION, 2 * CONTENT).content is None
    assert read(frames(b"{}", more=[b"x"] * 10_000), SESSION, 10) == Message("display_data", "mine", {})
    with pytest.raises(NoMessageError, match="too large"):
        read(frames(b"{}", parent=b'{"msg_id": "' + b"x" * PART + b'"}'), SESSION, 10)


def kept(content, kind="display_data"):
    cell = Collector("mine", 1 << 20)
    cell.take(Message(kind, "mine", content))
    return cell.outputs


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def test_what_can_not_be_read_is_said_to_be_cut_off():
    assert [output["text"] for output in kept(None)] == [CUT_OFF]


@pytest.mark.parametrize(
    "content",
    [
        {"data": {f"{i}": "x" for i in range(KINDS + 1)}, "metadata": {}},
        {"data": {}, "metadata": nested(30)},
        {"data": {"application/json": nested(30)}, "metadata": {}},
        {"data": {"application/json": list(range(20_000))}, "metadata": {}},
        {"data": {"text/plain": ["x", 1]}, "metadata": {}},
        {"data": {"text/html": {"a": "x"}}, "metadata": {}},
        {"data": [], "metadata": {}},
        {"data": {}, "metadata": []},
    ],
    ids=lambda content: str(content)[:40],
)
def test_what_nobody_displays_is_not_kept(content):
    assert kept(content) == []


def test_what_is_kept_can_be_written_down():
    content = {
        "data": {"text/plain": ["a\ud800", "b"], "application/x+json": {"\udfff": [None, 1.5, "\ud800"]}},
        "metadata": {"\ud800": "\ud800"},
        "execution_count": 10**400,
    }
    (output,) = kept(content, "execute_result")
    assert output == {
        "output_type": "execute_result",
        "data": {"text/plain": "a?b", "application/x+json": {"?": [None, 1.5, "?"]}},
        "metadata": {"?": "?"},
        "execution_count": None,
    }
    json.dumps(output, ensure_ascii=False).encode()

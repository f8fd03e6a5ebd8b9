"""What is kept of a cell's outputs, as nbformat 4 has them."""

from __future__ import annotations

from typing import Any

from autograder.judge.kernel_messages import OUTPUTS, Message
from autograder.writable_text import writable

CUT_OFF = "… (more output than is kept: cut off here)\n"
KINDS = 20  # in which one thing is displayed
TEXT, LINES = 10_000, 100  # characters of an exception's texts, and texts of its traceback
_DEPTH, _VALUES = 20, 10_000  # of what is displayed as JSON, and of metadata

Output = dict[str, Any]


class Collector:
    """Gathers the messages that belong to one execution."""

    def __init__(self, message_id: str, max_output: int):
        self.outputs: list[Output] = []
        self.reply: dict[str, Any] | None = None
        self.began = False
        self.has_raised = False
        self._message_id = message_id
        self._room = max_output
        self._idle = False
        self._clear_first = False

    @property
    def complete(self) -> bool:
        """Whether the cell has ended, and all of its output is there."""
        return self.reply is not None and self._idle

    @property
    def raised(self) -> bool:
        """Whether the answer to the cell says that it raised an exception."""
        return self.reply is not None and self.reply.get("status") == "error"

    def take(self, message: Message) -> None:
        """Take in a message, if it belongs to this execution."""
        if message.parent != self._message_id:
            return
        content = message.content or {}
        if message.kind == "execute_reply":
            self.reply = content
        elif message.kind == "status":
            self.began = True
            self._idle = self._idle or content.get("execution_state") == "idle"
        elif message.kind == "clear_output":
            self._clear_first = bool(content.get("wait"))
            if not self._clear_first:
                self.outputs.clear()
        elif message.kind in OUTPUTS:
            self.has_raised = self.has_raised or message.kind == "error"
            self._keep(message)

    def _keep(self, message: Message) -> None:
        if self._clear_first:
            self.outputs.clear()
            self._clear_first = False
        if self._room <= 0:
            return
        output = None if message.content is None else made_of(message.kind, message.content)
        if output is None and message.content is not None:
            return
        self._room -= self._room if output is None else len(str(output))
        if self._room <= 0 or output is None:
            output = {"output_type": "stream", "name": "stdout", "text": CUT_OFF}
        last = self.outputs[-1] if self.outputs else None
        if last and output["output_type"] == "stream" == last["output_type"] and last["name"] == output["name"]:
            last["text"] += output["text"]
        else:
            self.outputs.append(output)


def made_of(kind: str, content: dict[str, Any]) -> Output | None:
    """Return a valid output with what a message says; None where it says none."""
    try:
        return {"output_type": kind, **_MADE[kind](content)}
    except (LookupError, TypeError, ValueError):  # the kernel is the student's: what is no output is not kept
        return None


def _stream(content: dict[str, Any]) -> Output:
    return {"name": _text(content["name"]), "text": _text(content["text"])}


def _error(content: dict[str, Any]) -> Output:
    trace = [_text(line)[:TEXT] for line in _a_list(content["traceback"])[-LINES:]]
    return {"ename": _text(content["ename"])[:TEXT], "evalue": _text(content["evalue"])[:TEXT], "traceback": trace}


def _display(content: dict[str, Any]) -> Output:
    data, metadata = _a_dict(content["data"]), _a_dict(content.get("metadata", {}))
    if len(data) > KINDS:
        raise ValueError("nobody shows a thing in so many ways")
    return {
        "data": {_text(kind): _shown(kind, value) for kind, value in data.items()},
        "metadata": _Json().copy(metadata),
    }


def _result(content: dict[str, Any]) -> Output:
    count = content.get("execution_count")
    return {**_display(content), "execution_count": count if type(count) is int and 0 <= count < 2**31 else None}


_MADE = {"stream": _stream, "error": _error, "display_data": _display, "execute_result": _result}


def _shown(kind: str, value: Any) -> Any:
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return _Json().copy(value)
    return "".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return writable(value)


def _a_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _a_dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no dictionary")
    return value


class _Json:
    """Copies JSON that is neither deep nor made of very many values; raises ValueError for any other."""

    def __init__(self) -> None:
        self._left = _VALUES

    def copy(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            raise ValueError("too deep, or too much")
        if isinstance(value, dict):
            return {writable(key): self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.copy(item, depth + 1) for item in value]
        return writable(value) if isinstance(value, str) else value

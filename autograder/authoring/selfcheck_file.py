"""Makes an assignment's `selfcheck.py`: one readable file of `handed_out/selfcheck` and its own `checks.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.authoring.selfcheck_modules import ENGINE, ChecksError, Module, author_module, import_lines
from autograder.handed_out import selfcheck
from autograder.handed_out.selfcheck.sums import sum_of

CHECKS, SELFCHECK = "checks.py", "selfcheck.py"
_WIDTH = 117
_REST = "From here on nothing is about this notebook: comparing, running, telling."
_FOLDER = Path(selfcheck.__file__).parent


def is_checks(path: Path) -> bool:
    """Return whether a file is made for the self-check's engine: another may be called checks.py, too."""
    return path.name == CHECKS and path.is_file() and ENGINE in path.read_text(encoding="utf-8", errors="replace")


def selfcheck_file(checks: Path, notebooks: Sequence[str], handed_out: Mapping[str, bytes]) -> str:
    """Return the text of an assignment's selfcheck.py.

    Args:
        checks: the assignment's checks.py.
        notebooks: the names of its notebooks' files.
        handed_out: the other files that students get, by name.

    Raises ChecksError.

    """
    engine = {name: Module(_FOLDER / f"{name}.py") for name in selfcheck.ORDER}
    own = author_module(checks, engine)
    start = engine["start"]
    facts = {
        "NOTEBOOK": f'"{notebooks[0] if len(notebooks) == 1 else ""}"',
        "HANDED_OUT": _table({name: sum_of(content) for name, content in handed_out.items()}),
    }
    at = selfcheck.ORDER.index(selfcheck.CHECKS_AFTER)
    first = [engine[name] for name in selfcheck.ORDER[1:at]]
    last = [engine[name] for name in selfcheck.ORDER[at + 1 :]]
    everything = [start, *first, own, *last]
    parts = [
        f'"""{_with_examples(start.docstring, own)}"""',
        "from __future__ import annotations",
        import_lines(everything, of_torch=False),
        start.body,
        import_lines(everything, of_torch=True),
        *(f"{_heading(module.docstring)}\n\n\n{module.body}" for module in first),
        _banner(f"The checks of this notebook. {own.docstring}".strip()),
        _settings(engine[selfcheck.CHECKS_AFTER], own, facts),
        own.body,
        _banner(_REST),
        *(f"{_heading(module.docstring)}\n\n\n{module.body}" for module in last),
    ]
    return re.sub(r"\n{4,}", "\n\n\n", "\n\n\n".join(filter(None, parts))) + "\n"


def _settings(defaults: Module, own: Module, facts: Mapping[str, str]) -> str:
    """Return what holds where checks.py says nothing, and what is known of what is handed out."""
    lines = []
    for name, line in defaults.assignments():
        if name not in own.names:
            before, _, after = line.partition(" = ")
            _, mark, remark = after.partition("  #")
            lines.append(f"{before} = {facts[name]}{mark}{remark}" if name in facts else line)
    return "\n".join(lines)


def _table(values: Mapping[str, str]) -> str:
    return "{" + "".join(f'\n    "{name}": "{value}",' for name, value in values.items()) + ("\n}" if values else "}")


def _with_examples(docstring: str, own: Module) -> str:
    question, function = own.first_question() or ("question", "my_function")
    return docstring.replace("FUNCTION", function).replace("QUESTION", question)


def _heading(title: str) -> str:
    return f"# --- {title} {'-' * (_WIDTH - len(title) - 7)}"


def _banner(text: str) -> str:
    rule = f"# {'=' * (_WIDTH - 2)}"
    return "\n".join([rule, *(f"# {line}".rstrip() for line in text.splitlines()), rule])


__all__ = ["CHECKS", "SELFCHECK", "ChecksError", "is_checks", "selfcheck_file"]

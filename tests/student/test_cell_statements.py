"""Statements of a cell taken apart: what is run again, and what never is."""

from __future__ import annotations

import ast
import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.student import cell_statements, failing_lines


def shown(nodes: Any) -> list[str]:
    return [ast.unparse(node) for node in nodes]


def one(source: str) -> ast.stmt:
    [node] = ast.parse(source).body
    return node


def test_only_an_import_of_several_is_taken_apart() -> None:
    source = "import a, b.c as d\nfrom e import f, g\nx = 1, 2"
    assert shown(cell_statements.apart(ast.parse(source).body)) == [
        *("import a", "import b.c as d", "from e import f, g", "x = (1, 2)")
    ]


WITH = "with x:\n    import gone\n    import a, b.c\n    from d import e as f, g\n    y()"


@pytest.mark.parametrize(
    ("source", "raised", "left"),
    [
        (WITH, True, ["import gone", "import a", "import b.c", "from d import e as f, g"]),
        (WITH, False, []),
        ("import a", True, []),
        ("from a import b", True, []),
        ("try:\n    import a\nexcept E:\n    import b\nelse:\n    import c\nfinally:\n    import d", False,
         ["import a", "import c", "import d"]),
        ("try:\n    pass\nexcept E:\n    import b", False, []),
        ("if x:\n    def f():\n        import a\n    class C:\n        import b\n    g = lambda: 1", True, []),
        ("for i in x:\n    async def f():\n        import a", True, []),
        ("if x:\n    import known\n    import known_too as b\nelse:\n    import os.path", True,
         ["import known_too as b", "import os.path"]),
        ("if x:\n    from a import known, b", True, ["from a import known, b"]),
        ("if x:\n    from a import b as known", True, []),
        ("if x:\n    import known.deeper", True, []),
    ],
)  # fmt: skip
def test_the_imports_that_a_block_has_not_come_to(source: str, raised: bool, left: list[str]) -> None:
    assert shown(cell_statements.imports_left(one(source), {"known", "known_too"}, raised)) == left


DEFINITION = """
@gone.jit(1)[2]
@kept.thing
@staticmethod
@(lambda f: f)
def f(a: Gone, b: Gone=1, *c: Gone, d: Gone=2, **e: Gone) -> Gone:
    x = 1
    return x
"""
PLAINER = """
@kept.thing
@staticmethod
@(lambda f: f)
def f(a, b=1, *c, d=2, **e):
    x = 1
    return x
"""


def plainer(source: str) -> str | None:
    made = cell_statements.plainer(one(source), {"kept"})
    return None if made is None else ast.unparse(made)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        (DEFINITION, PLAINER),
        (DEFINITION.replace("def f", "async def f"), PLAINER.replace("def f", "async def f")),
        ("@gone\nclass C(B):\n    def f(self, x: Gone) -> Gone:\n        return x",
         "class C(B):\n    def f(self, x):\n        return x"),
        ("x: Gone = f(1)", "x = f(1)"),
        ("x: Gone", None),
        ("def f(x):\n    return gone", None),
        ("@kept\ndef f(x):\n    return gone", None),
        ("x = gone", None),
        ("f(lambda x: gone)", None),
    ],
)  # fmt: skip
def test_a_definition_is_made_without_what_is_missing_and_only_then(source: str, made: str | None) -> None:
    assert plainer(source) == (None if made is None else ast.unparse(ast.parse(made)))


def test_the_statement_itself_is_left_as_it_was() -> None:
    node = one(DEFINITION)
    before = ast.dump(node)
    cell_statements.plainer(node, set())
    assert ast.dump(node) == before


class Shell:
    """Runs statements one after another, as IPython does; ``stop``: as the judge asks for where nothing may go on."""

    def __init__(self, *, stop: bool = False, parent: Any = None) -> None:
        self.user_ns: dict[str, Any] = {}
        self.ran: list[tuple[str, str]] = []
        parent = {"metadata": {failing_lines.STOP: stop}} if parent is None else parent
        self.kernel = SimpleNamespace(get_parent=lambda: parent)
        self.errors: list[BaseException] = []
        self.result = SimpleNamespace(error_in_exec=None)
        failing_lines.attach(self)

    def transform_cell(self, cell: str) -> str:
        return cell

    async def run_ast_nodes(
        self, nodes: Any, name: str, shows: str, compiler: Any = compile, result: Any = None
    ) -> bool:
        for node in nodes:
            self.ran.append((ast.unparse(node), shows))
            try:
                exec(compiler(ast.Module([node], []), name, "exec", dont_inherit=True), self.user_ns)
            except BaseException as error:
                result.error_in_exec = error
                return True
        return False

    def run(self, source: str, shows: str = "last_expr") -> bool:
        nodes = ast.parse(source).body
        return asyncio.run(self.run_ast_nodes(nodes, "<cell>", shows, result=self.result))

    def statements(self) -> list[str]:
        return [source for source, _ in self.ran]


def test_the_lines_below_one_that_raises_are_run_each_once_and_the_first_error_is_the_cells() -> None:
    shell = Shell()
    assert shell.run("a = 1\n1 / 0\nb = 2\n[][1]\nc = 3")
    assert [shell.user_ns[name] for name in "abc"] == [1, 2, 3]
    assert isinstance(shell.result.error_in_exec, ZeroDivisionError)
    assert shell.statements() == ["a = 1", "1 / 0", "b = 2", "[][1]", "c = 3"]


def test_a_cell_that_goes_well_says_so_and_shows_its_last_value_alone() -> None:
    shell = Shell()
    assert shell.run("1\n2\n3") is False
    assert [shows for _, shows in shell.ran] == ["none", "none", "last_expr"]
    assert shell.result.error_in_exec is None
    shell = Shell()
    shell.run("1\n2", "all")
    assert [shows for _, shows in shell.ran] == ["all", "all"]


def test_where_it_is_asked_for_a_cell_stops_as_in_jupyter() -> None:
    shell = Shell(stop=True)
    assert shell.run("a = 1\n1 / 0\nb = 2")
    assert "b" not in shell.user_ns


@pytest.mark.parametrize("parent", [{}, {"metadata": None}, {"metadata": {}}, []])
def test_a_request_that_says_nothing_asks_for_nothing(parent: Any) -> None:
    shell = Shell(parent=parent)
    shell.run("1 / 0\nb = 2")
    assert shell.user_ns["b"] == 2


def test_a_cell_that_somebody_stops_from_outside_stops() -> None:
    shell = Shell()
    assert shell.run("1 / 0\nraise KeyboardInterrupt\nb = 2")
    assert "b" not in shell.user_ns
    assert isinstance(shell.result.error_in_exec, ZeroDivisionError)


def test_a_definition_with_a_missing_name_is_made_without_it_and_a_call_is_not_made_twice() -> None:
    shell = Shell()
    assert shell.run("n = []\ndef f(x: Gone): return x\nn.append(f(gone))\nif not n.append(1): gone\nx: Gone = f(2)")
    assert (shell.user_ns["f"](1), shell.user_ns["n"], shell.user_ns["x"]) == (1, [1], 2)
    assert isinstance(shell.result.error_in_exec, NameError)
    shell = Shell()
    assert shell.run("def f(x: 1 / 0): return x")  # another error than a missing name is the student's
    assert "f" not in shell.user_ns


def test_imports_below_a_failure_in_a_block_are_done() -> None:
    shell = Shell()
    assert shell.run("if True:\n    1 / 0\n    import math\n    x = 1")
    assert "math" in shell.user_ns and "x" not in shell.user_ns
    shell = Shell()
    assert not shell.run("try:\n    1 / 0\n    import math\nexcept ZeroDivisionError: pass")
    assert "math" in shell.user_ns


def magic(name: str, body: str) -> str:
    return f"get_ipython().run_cell_magic({name!r}, '', {body!r})"


def test_statements_below_a_magic_are_run_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell()
    assert shell.run(magic("time", "1 / 0\na = 1"))
    assert shell.user_ns["a"] == 1
    assert "Wall time: " in capsys.readouterr().out
    shell = Shell()
    assert not shell.run(magic("capture", magic("time", "a = 1")))
    assert shell.user_ns["a"] == 1 and "Wall time: " in capsys.readouterr().out
    shell = Shell()
    assert not shell.run(magic("prun", "a = 1"))
    assert shell.user_ns["a"] == 1 and not capsys.readouterr().out


@pytest.mark.parametrize("source", [magic("timeit", "a = 1"), magic("bash", "a = 1"), magic("time", "a = (")])
def test_another_magic_or_one_over_what_is_no_python_is_left_to_itself(source: str) -> None:
    shell = Shell()
    assert shell.run(source)
    assert shell.statements() == [ast.unparse(ast.parse(source))]


def test_the_lines_below_a_magic_keep_their_numbers() -> None:
    nodes, timed = failing_lines._out_of_magic(
        ast.parse(magic("time", magic("capture", "a\nb"))).body, lambda cell: cell
    )
    assert ([node.lineno for node in nodes], timed) == ([3, 4], True)

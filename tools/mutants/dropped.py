"""A fault that cosmic-ray doesn't have: a statement is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cosmic_ray.operators.operator import Operator
from parso.python.tree import Keyword

_DROPPED = ("expr_stmt", "atom_expr", "raise_stmt", "return_stmt", "assert_stmt", "del_stmt", "keyword")
Position = tuple[int, int]


class DropStatement(Operator):
    """Leaves out an assignment, a call, a raise, a return … inside a function."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Position, Position]]:
        """Yield where a statement can be left out."""
        if node.type == "simple_stmt" and node.children[0].type in _DROPPED and _in_function(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return the node with ``pass`` in place of its statement."""
        first = node.get_first_leaf()
        nothing = Keyword("pass", first.start_pos, first.prefix)
        nothing.parent = node
        node.children[0] = nothing
        return node

    @classmethod
    def examples(cls) -> tuple[Any, ...]:
        """Return none: cosmic-ray's own tests ask for them."""
        return ()


def _in_function(node: Any) -> bool:
    while node := node.parent:
        if node.type == "funcdef":
            return True
    return False

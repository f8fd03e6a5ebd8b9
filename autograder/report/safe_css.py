"""Styles in student-made HTML: what says how it looks stays, what reaches beyond an output or loads anything goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import tinycss2

_OWN = ("#T_", ".dataframe")  # where a selector has to start: a styled table's id, the class of a plain one
_FUNCTIONS = ("rgb", "rgba", "hsl", "hsla", "linear-gradient")  # others load something or reach out: url, calc, attr
_TOKENS = ("ident", "hash", "string", "whitespace", "literal")


def harmless_rules(sheet: str, properties: Collection[str]) -> str:
    """Return the rules of ``sheet`` that reach into pandas' tables alone, with these ``properties``."""
    rules = []
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":  # @import and the like
            continue
        selector = tinycss2.serialize(rule.prelude).strip()
        if not all(_is_own(part.strip()) for part in selector.split(",")):
            continue
        rules.append(f"{selector} {{ {harmless_style(rule.content, properties)} }}")
    text = "\n".join(rules)
    return "" if "<" in text else text


def harmless_style(style: Any, properties: Collection[str]) -> str:
    """Return the declarations (text, or a rule's content) that are of these ``properties`` and load nothing."""
    found = tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True)
    kept = (one for one in found if one.type == "declaration" and one.lower_name in properties and _shows(one.value))
    return " ".join(f"{one.lower_name}: {tinycss2.serialize(one.value).strip()};" for one in kept)


def _shows(values: Iterable[Any]) -> bool:
    """Whether these values do no more than to say how something looks, where it stands."""
    return all(_is_harmless(value) for value in values)


def _is_harmless(value: Any) -> bool:
    if value.type in ("number", "percentage", "dimension"):
        return bool(value.value >= 0)  # negative lengths reach out
    if value.type == "function":
        return value.lower_name in _FUNCTIONS and _shows(value.arguments)
    return value.type in _TOKENS


def _is_own(selector: str) -> bool:
    return selector.startswith(_OWN) and not any(mark in selector for mark in "~+")

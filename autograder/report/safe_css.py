"""Style sheets in student-made HTML: the rules for pandas' own tables stay, others could restyle the page around."""

from __future__ import annotations

from collections.abc import Collection

import tinycss2

_OWN = ("#T_", ".dataframe")  # where a selector has to start: a styled table's id, the class of a plain one


def harmless_rules(sheet: str, properties: Collection[str]) -> str:
    """Return the rules of ``sheet`` that reach into pandas' tables alone, with these ``properties``."""
    rules = []
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":  # @import and the like
            continue
        selector = tinycss2.serialize(rule.prelude).strip()
        if not all(_is_own(part.strip()) for part in selector.split(",")):
            continue
        declared = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
        kept = [one for one in declared if one.type == "declaration" and one.lower_name in properties]
        rules.append(f"{selector} {{ {tinycss2.serialize(kept)} }}")
    text = "\n".join(rules)
    return "" if "<" in text or not text else text


def _is_own(selector: str) -> bool:
    return selector.startswith(_OWN) and not any(mark in selector for mark in "~+")

"""Student-made HTML made harmless: values are allowed, not names, and what has looks of its own stands in a frame.

It is shown in the instructor's browser, beside the buttons that give points: in a page whose script finds its buttons
and fields by class and id. So what stands in the page itself (markdown) is structure alone. What a cell displays as
HTML keeps its looks, in a frame (``frames``) that can neither run scripts nor touch or cover anything around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import nh3
from pygments.token import STANDARD_TYPES

from autograder.report.safe_css import harmless_rules, harmless_style

_TAGS = """
    a abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure font
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup table tbody td
    tfoot th thead tr tt u ul var
"""
_GONE_WITH_CONTENT = "script style template noscript noembed noframes iframe object svg math title textarea xmp"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_PAGE_STYLES = frozenset(("color", "text-align"))
# Jupyter's coloured ones.
_BOXES = frozenset(("alert", "alert-block", "alert-info", "alert-success", "alert-warning", "alert-danger"))
# Without position, z-index and the like: an answer must not be laid over what is around it, wherever it is shown.
_FRAME_STYLES_LISTED = """
    background background-color border border-bottom border-bottom-color border-collapse border-color border-left
    border-left-color border-radius border-right border-right-color border-spacing border-style border-top
    border-top-color border-width color direction display font font-family font-size font-style font-variant font-weight
    height letter-spacing line-height list-style margin max-height max-width min-width opacity overflow overflow-wrap
    overflow-x padding padding-bottom padding-left padding-right padding-top text-align text-decoration text-indent
    text-transform vertical-align white-space width word-break word-wrap
"""
_FRAME_STYLES = frozenset(_FRAME_STYLES_LISTED.split())

_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\\]+", re.IGNORECASE)
_ID = re.compile(r"[\w.:-]{1,100}")
_OWN_ID = re.compile(r"T_\w{1,60}")  # of a styled pandas table
_PANDAS = re.compile(r"dataframe|data|blank|index_name|(?:col|row)_heading|(?:col|row|level)\d{1,5}")
_PYGMENTS = frozenset(STANDARD_TYPES.values()) - {""}
_NUMBER, _LENGTH = re.compile(r"-?\d{1,4}"), re.compile(r"\d{1,4}(?:px|%)?")
_SIDE, _COLOUR = re.compile(r"left|right|center|justify|top|middle|bottom"), re.compile(r"#?\w{1,20}")
_TEXT = re.compile(r"[^\x00-\x08\x0b-\x1f]{0,1000}")
_PAGE_VALUES = {
    **dict.fromkeys(("align", "valign"), _SIDE),
    **dict.fromkeys(("start", "value"), _NUMBER),
    **dict.fromkeys(("alt", "title"), _TEXT),
    **dict.fromkeys(("width", "height"), _LENGTH),
    **dict.fromkeys(("colspan", "rowspan", "span"), re.compile(r"\d{1,2}")),
}
_FRAME_VALUES = {
    **_PAGE_VALUES,
    **dict.fromkeys(("border", "cellpadding", "cellspacing", "size"), _NUMBER),
    **dict.fromkeys(("bgcolor", "color"), _COLOUR),
    "dir": re.compile(r"ltr|rtl|auto"),
    "id": _OWN_ID,
    "lang": re.compile(r"[A-Za-z-]{1,20}"),
    "open": re.compile(r"open|"),
    "scope": re.compile(r"(?:row|col)(?:group)?"),
}

PREFIX = "in-notebook-"  # of the ids that headings have in a page
_MOST_TAGS, _DEEPEST = 20_000, 200  # in a page: what has more takes nbconvert, or a browser, too long
_OPENS, _VOID = re.compile(r"<(/?)(\w+)"), ("br", "col", "hr", "img")


class TooIntricateError(ValueError):
    """HTML with more tags, or more of them in one another, than a page should have."""


def page_html(text: str, as_given: bool = False) -> str:
    """Return HTML that may stand in a page: its structure, its links and its embedded pictures, and nothing else of it.

    No class, id or style of a student's is left but pygments' classes, colours and the side that text is aligned to.
    What is ``as_given`` by the instructor also keeps the looks of a frame's, and Jupyter's coloured boxes. Raises
    TooIntricateError.
    """
    found = _cleaned(text, _given_value if as_given else _page_value)
    if found.count("<") > _MOST_TAGS or _depth(found) > _DEEPEST:
        raise TooIntricateError("it has too many tags")
    return found


def frame_html(text: str) -> str:
    """Return the HTML of a cell's output with the looks of its tables and text, without all that acts or loads."""
    rules = harmless_rules(_sheets(text), _FRAME_STYLES)
    return (f"<style>{rules}</style>\n" if rules else "") + _cleaned(text, _frame_value)


def _sheets(text: str) -> str:
    """Return what stands in the style sheets of some HTML."""
    ended = re.split(r"</style", text, flags=re.IGNORECASE)[:-1]
    begun = (re.split(r"<style[^>]{0,200}>", part, flags=re.IGNORECASE) for part in ended)
    return "\n".join(parts[-1] for parts in begun if len(parts) > 1)


def _cleaned(text: str, value: Callable[[str, str, str], str | None]) -> str:
    names = {"href", "src", "class", "id", "style", *_FRAME_VALUES}
    return nh3.clean(
        text,
        tags=set(_TAGS.split()),
        clean_content_tags=set(_GONE_WITH_CONTENT.split()),
        attributes={tag: set(names) for tag in _TAGS.split()},
        attribute_filter=value,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )


def _page_value(tag: str, name: str, value: str) -> str | None:
    """Return what is left of an attribute's value in a page; None: nothing."""
    if name == "href":
        return _link(tag, value.strip())
    if name == "id":
        return PREFIX + value if tag in _HEADINGS and _ID.fullmatch(value) else None
    if name == "class":
        return _classes(tag, value)
    if name == "style":
        return harmless_style(value, _PAGE_STYLES) or None
    return _source_or_listed(tag, name, value, _PAGE_VALUES)


def _given_value(tag: str, name: str, value: str) -> str | None:
    """Return the same where an instructor wrote it."""
    if name == "style":
        return harmless_style(value, _FRAME_STYLES) or None
    if name == "class" and tag in ("div", "p"):
        boxes = " ".join(one for one in value.split() if one in _BOXES)
        return boxes or _classes(tag, value)
    return _page_value(tag, name, value)


def _frame_value(tag: str, name: str, value: str) -> str | None:
    """Return the same for a frame, in which nothing is to be clicked."""
    if name == "class":
        return " ".join(one for one in value.split() if _PANDAS.fullmatch(one)) or None
    if name == "style":
        return harmless_style(value, _FRAME_STYLES) or None
    return _source_or_listed(tag, name, value, _FRAME_VALUES)


def _source_or_listed(tag: str, name: str, value: str, listed: Mapping[str, re.Pattern[str]]) -> str | None:
    if name == "src":
        picture = "".join(value.split())
        return picture if tag == "img" and _PICTURE.fullmatch(picture) else None
    return value if name in listed and listed[name].fullmatch(value) else None


def _link(tag: str, value: str) -> str | None:
    if tag != "a":
        return None
    if value.startswith("#") and _ID.fullmatch(value[1:]):
        return f"#{PREFIX}{value[1:]}"
    return value if _LINK.fullmatch(value) else None


def _classes(tag: str, value: str) -> str | None:
    if tag == "div":
        return value if value == "highlight" else None
    return " ".join(one for one in value.split() if one in _PYGMENTS) or None if tag == "span" else None


def _depth(cleaned: str) -> int:
    """Return how many tags are open at most, in HTML that closes all of them."""
    depth = deepest = 0
    for closing, tag in _OPENS.findall(cleaned):
        if tag not in _VOID:
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
    return deepest

"""Student-made HTML and drawings made harmless: they show the same, and do nothing.

They are shown in the instructor's browser, beside the buttons that give points.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree

import defusedxml.ElementTree
from bleach import Cleaner
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from bs4 import BeautifulSoup
from defusedxml import DefusedXmlException

from autograder.report.safe_css import harmless_rules

_TAGS = """
    a abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure font
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup table tbody td
    tfoot th thead tr tt u ul var
"""
_ATTRIBUTES = """
    align alt bgcolor border cellpadding cellspacing class color colspan dir face height lang name open rowspan scope
    size span start title valign width
"""
# Without position, z-index and the like: an answer must not be laid over the page around it.
_STYLES = """
    background border border-bottom border-left border-radius border-right border-spacing border-style border-top
    border-width list-style margin max-height max-width min-width opacity overflow-wrap overflow-x padding
    padding-bottom padding-left padding-right padding-top text-transform word-break word-wrap
"""
TAGS, ATTRIBUTES = frozenset(_TAGS.split()), frozenset(_ATTRIBUTES.split())
STYLES = frozenset(_STYLES.split()) | ALLOWED_CSS_PROPERTIES
_BACKWARDS = re.compile(r"[:\s(]-|calc", re.IGNORECASE)  # negative lengths reach out, too
_GONE_WITH_CONTENT = ["script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "textarea"]
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]|https?:", re.IGNORECASE)
_LINK = re.compile(r"(https?|mailto):|[^:]*$|#", re.IGNORECASE)
_OWN_ID = re.compile(r"T_\w+")  # of a styled pandas table; others might be taken for the page's
_MOST_TAGS, _DEEPEST = 20_000, 100  # more takes the cleaner minutes

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_ACTIVE_SHAPES = ("script", "foreignObject", "handler", "iframe", "a", "animate", "set", "animateTransform")


def harmless_html(text: str) -> str | None:
    """Return the HTML without all that acts, loads frames or reaches beyond itself; None where it is too intricate."""
    if text.count("<") > _MOST_TAGS or _depth(text) > _DEEPEST:
        return None
    soup = BeautifulSoup(text, "html.parser")
    rules = harmless_rules("\n".join(sheet.get_text() for sheet in soup.find_all("style")), STYLES)
    for element in soup.find_all(_GONE_WITH_CONTENT):
        element.decompose()
    cleaner = Cleaner(
        tags=TAGS,
        attributes=_is_allowed,
        protocols=["http", "https", "mailto", "data"],
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
    )
    sheet = f"<style>{rules}</style>\n" if rules else ""
    return sheet + str(cleaner.clean(str(soup)))


def harmless_svg(text: str) -> str | None:
    """Return the drawing without scripts and references to anything outside it; None if it is no SVG."""
    try:
        root = defusedxml.ElementTree.fromstring(text)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError):
        return None
    if _name(root.tag) != "svg":
        return None
    for parent in root.iter():
        for child in list(parent):
            if _name(child.tag) in _ACTIVE_SHAPES:
                parent.remove(child)
        for name, value in list(parent.attrib.items()):
            acts = _name(name).lower().startswith("on")
            if acts or (_name(name) == "href" and not value.startswith(("#", "data:image/png"))):
                del parent.attrib[name]
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "style":
        return _BACKWARDS.search(value) is None
    value = re.sub(r"[\x00-\x20]+", "", value)
    if name == "src":
        return tag == "img" and _IMAGE.match(value) is not None
    if name == "href":
        return tag == "a" and _LINK.match(value) is not None
    if name == "id":
        return _OWN_ID.fullmatch(value) is not None or tag in ("h1", "h2", "h3", "h4", "h5", "h6")
    return name in ATTRIBUTES


def _name(tag: object) -> str:
    return str(tag).rpartition("}")[2]


class _Depth(HTMLParser):
    """Counts how many tags are open at most; ends of tags that were never opened count for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.open: Counter[str] = Counter()
        self.deepest = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open[tag] += 1
            self.deepest = max(self.deepest, self.open.total())

    def handle_endtag(self, tag: str) -> None:
        if self.open[tag]:
            self.open[tag] -= 1


def _depth(text: str) -> int:
    parser = _Depth()
    parser.feed(text)
    return parser.deepest

"""Student-made HTML and drawings: what acts is gone, what shows is left. Attacks: see tests/attacks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from autograder.report.frames import framed
from autograder.report.safe_html import TooIntricateError, frame_html, page_html
from autograder.report.safe_svg import NoDrawingError, harmless_svg
from tests.attacks.deeds import DEEDS

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
PNG = "data:image/png;base64,AAAA"
PANDAS = """<div>
<style scoped>
    .dataframe tbody tr th { vertical-align: top; position: fixed }
    body { display: none }
    .dataframe ~ .score { display: none }
</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>a</th></tr></thead></table></div>
<STYLE type="text/css">#T_1f_row0_col0 { background-color: red } @import "x.css";</STYLE>
<table id="T_1f"><tr><td id="T_1f_row0_col0" class="data row0 col0">1</td></tr></table>"""


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("cleaned", [page_html, frame_html])
def test_nothing_in_it_acts_loads_or_is_found_by_a_script(cleaned: Callable[[str], str], deed: str) -> None:
    shown = cleaned(DEEDS[deed])
    names = {
        (element.name, name) for element in BeautifulSoup(shown, "html.parser").find_all(True) for name in element.attrs
    }
    assert not any(name.startswith(("on", "data-")) or name in ("name", "ping", "srcset") for _, name in names)
    assert not re.search(
        r"example\.invalid|\bid=.(?!in-notebook-)|javascript:|position|url\(", re.sub(r"&lt;.*", "", shown)
    )
    assert not re.search(r"<(?!/?(a|img|div|table|tbody|tr|td|p|h\d|details|summary|style|center)\b)", shown)
    assert not re.search(r'class="(?!dataframe)', re.sub(r"&lt;.*", "", shown))


def test_pandas_tables_keep_their_looks() -> None:
    shown = frame_html(PANDAS)
    assert ".dataframe tbody tr th { vertical-align: top; }" in shown
    assert "#T_1f_row0_col0 { background-color: red; }" in shown
    assert '<tr style="text-align: right;">' in shown and '<table border="1" class="dataframe">' in shown
    assert '<td id="T_1f_row0_col0" class="data row0 col0">' in shown
    assert not re.search("body|score|fixed|import", shown.replace("tbody", ""))


def test_pictures_links_formulas_and_headings_stay_in_a_page() -> None:
    text = f'<img src="{PNG}"> <b>$a &lt; b$</b> <p>x &amp; y</p>'
    assert page_html(text) == text
    link = page_html('<a href="https://x.org/?a=b">x</a><a href="#t">y</a><h1 id="t">t</h1>')
    assert 'href="https://x.org/?a=b"' in link and 'href="#in-notebook-t"' in link and 'id="in-notebook-t"' in link


@pytest.mark.parametrize("text", ["<div>" * 300, "<b></b>" * 15_000])
def test_a_page_has_no_more_tags_than_it_can_hold(text: str) -> None:
    with pytest.raises(TooIntricateError):
        page_html(text)
    assert "<" in page_html(text[:1000])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<b style="margin: calc(500px*-1)">x</b>', "<b>x</b>"),
        ('<b style="margin: -5px">x</b>', "<b>x</b>"),
        ('<b style="color: RED; border: rgb(1, 2)">x</b>', '<b style="color: RED; border: rgb(1, 2);">x</b>'),
        ('<b style="color: rgb(url(x), 2, 3)">x</b>', "<b>x</b>"),
        ('<b src="https://x.org" href="https://x.org">x</b>', "<b>x</b>"),
        ('<img src="data:text/html,x">', "<img>"),
        ('<img src="data:image/png;base64,AA">', '<img src="data:image/png;base64,AA">'),
        ('<a href="https://x.org">x</a>', "<a>x</a>"),
        ('<b id="score">x</b>', "<b>x</b>"),
        ('<td colspan="1000" rowspan="65534">x</td>', "x"),
        ('<table width="100%" border="1" height="99999"></table>', '<table width="100%" border="1"></table>'),
        ("<style>.dataframe, body { color: red }</style>", ""),
        ("<style>#T_x td { left: 0; color: red }</style>", "<style>#T_x td { color: red; }</style>\n"),
        ("<style>.dataframe + div { color: red }</style>", ""),
        ("<style>.dataframe td { color: red } .dataframe '</x>' { color: red }</style>", ""),
        ("<style> </style>", ""),
        ("<style>.dataframe td { color: red }", ""),
    ],
)  # fmt: skip
def test_each_thing_that_is_allowed_is_allowed_in_its_place_alone(text: str, shown: str) -> None:
    assert frame_html(text) == shown


@pytest.mark.parametrize("address", [" https://x.org", "\nmailto:a@x.org", "HTTPS://x.org"])
def test_blanks_around_an_address_do_not_hide_what_it_is(address: str) -> None:
    assert f'href="{address.strip()}"' in page_html(f'<a href="{address}">x</a>')
    assert "href" not in page_html(f'<a href="java{address}">x</a>')


def test_a_frame_has_no_scripts_no_origin_and_a_policy() -> None:
    frame = BeautifulSoup(framed(frame_html('<p title="a&quot;b">x</p>')), "html.parser").iframe
    assert frame is not None and frame.attrs["sandbox"] in ("", [])
    document = BeautifulSoup(html.unescape(str(frame["srcdoc"])), "html.parser")
    policy = document.find("meta", {"http-equiv": "Content-Security-Policy"})
    assert policy is not None and str(policy["content"]).startswith("default-src 'none'")
    assert "<p" in str(frame["srcdoc"]) and frame.find_next() is None


def test_a_frame_is_as_high_as_what_is_in_it_within_limits() -> None:
    heights = [int(re.findall(r"height:(\d+)px", framed("<tr>" * rows))[0]) for rows in (0, 5, 1000)]
    assert heights == [60, 162, 520]


def test_a_drawing_keeps_its_shapes_alone() -> None:
    shown = harmless_svg(
        f'{SVG}<script>alert(1)</script><defs><path id="p" d="M0 0"/></defs><use xlink:href="#p" onclick="alert(1)"/>'
        '<a xlink:href="javascript:alert(1)"><text>x</text></a><image xlink:href="https://x.org/a.svg"/>'
        "<foreignObject><body onload='alert(1)'/></foreignObject></svg>"
    )
    assert 'viewBox="0 0 9 9"' in shown and '<use xlink:href="#p" />' in shown and 'd="M0 0"' in shown
    assert not re.search("alert|x.org|foreign", shown)


@pytest.mark.parametrize(
    "inside",
    [
        '<animate attributeName="href"/>',
        '<set attributeName="onclick" to="alert(1)"/>',
        '<animateTransform attributeName="x"/>',
        '<handler type="x"/>',
        '<rect ONCLICK="alert(1)"/>',
        '<image href="data:image/svg+xml;base64,AAAA"/>',
        '<use href="https://x.org/a.svg#b"/>',
        '<rect style="fill: url(https://x.org/a)"/>',
        '<rect style="fill: \\75rl(x.org)"/>',
        "<style>@import 'https://x.org/a'</style>",
        "<style>rect { fill: url( 'https://x.org/a' ) }</style>",
    ],
)
def test_a_drawing_does_nothing(inside: str) -> None:
    shown = harmless_svg(f"{SVG}{inside}</svg>")
    assert not re.search("animate|<set|handler|alert|data:|x.org", shown), shown


def test_a_drawing_keeps_pictures_and_patterns_in_it() -> None:
    assert PNG in harmless_svg(f'{SVG}<image href="{PNG}"/></svg>')
    assert 'clip-path="url(#p)"' in harmless_svg(f'{SVG}<path clip-path="url(#p)"/></svg>')
    assert "fill: none" in harmless_svg(f"{SVG}<style>path {{ fill: none }}</style></svg>")  # matplotlib's


@pytest.mark.parametrize(
    "text", ["", "<html/>", f"<g>{SVG}</svg></g>", "<svg", '<!DOCTYPE x [<!ENTITY a "b">]><svg>&a;</svg>', "\x00"]
)
def test_what_is_no_drawing_is_not_shown(text: str) -> None:
    with pytest.raises((NoDrawingError, SyntaxError, ValueError)):
        harmless_svg(text)


BOX = '<div class="alert alert-block alert-info modal" style="border: 1px solid #ccc; margin: 4px; position: fixed;">'


def test_an_instructors_box_keeps_its_looks_and_nothing_else() -> None:
    kept = '<div class="alert alert-block alert-info" style="border: 1px solid #ccc; margin: 4px;">'
    assert page_html(f"{BOX}x</div>", as_given=True) == f"{kept}x</div>"
    assert page_html(f"{BOX}x</div>") == "<div>x</div>"
    for deed in DEEDS.values():
        shown = page_html(deed, as_given=True)
        assert not re.search(
            r"example\.invalid|position|url\(|<script|full-credit|nbgrader", re.sub(r"&lt;.*", "", shown)
        )

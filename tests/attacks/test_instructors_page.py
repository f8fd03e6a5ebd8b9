"""What a student writes or displays stands in the instructor's page, beside the buttons that give points.

The page's own script finds fields and buttons by class and id (`#test_adam`, `.nbgrader_cell`, `.full-credit`),
Bootstrap acts on classes and `data-` attributes. So nothing of a student's may bring any, nor cover what is around it,
nor load anything from elsewhere, which tells its owner who reads it and when.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from course import POINTS, Course, at
from playwright.sync_api import Browser, Page
from pygments.token import STANDARD_TYPES

from tests.attacks.conftest import TOKEN, formgrader
from tests.attacks.deeds import BUTTON, DEEDS, EVERYTHING, SVG

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

MATHJAX = "MathJax = {Hub: {Config() {}, Queue() {}, Startup: {signal: {Interest() {}}}}}"


def evil(course: Course) -> dict[str, Any]:
    """A notebook with each of the deeds in each place where a student can put it."""
    notebook = course.right()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and "nbgrader" in cell["metadata"]:
            cell["source"] = f"My **answer**: $a < b$\n\n{EVERYTHING}"
            bundle = {"image/svg+xml": base64.b64encode(SVG.encode()).decode()}
            cell["attachments"] = {"a.svg": bundle}
        if cell["id"] == "train":
            kinds = {"text/html": "\n".join(DEEDS.values()), "image/svg+xml": SVG}, {"text/markdown": EVERYTHING}
            more = {"text/html": BUTTON, "text/plain": "x"}, {"text/latex": EVERYTHING}, {"text/plain": EVERYTHING}
            cell["outputs"] = [
                {"output_type": "display_data", "data": data, "metadata": {"text/html": {"isolated": True}}}
                for data in (*kinds, *more)
            ]
    own = {"cell_type": "markdown", "id": "autograder-notes", "metadata": {"autograder": {"ours": True}}}
    for kind in ("", "text/html", "text/restructuredtext"):
        raw = {"cell_type": "raw", "metadata": {"raw_mimetype": kind} if kind else {}, "source": EVERYTHING}
        notebook["cells"].insert(1, raw)
    notebook["cells"].insert(1, own | {"source": EVERYTHING})
    return notebook


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], Course]) -> Iterator[Course]:
    course = new_course()
    course.hand_in("eve", evil(course))
    course.hand_in("ann")
    assert course.autograde() == 0
    assert course.feedback() == 0
    yield course


def feedback(course: Course, student: str) -> str:
    return (course.root / "feedback" / student / "linear_mnist" / "linear_mnist.html").read_text(encoding="utf-8")


def without_ours(page: str) -> BeautifulSoup:
    """The page's cells, without what nbgrader's templates and the judge have put around and between them."""
    soup = BeautifulSoup(page, "html.parser").find(id="notebook-container")
    assert soup is not None
    for cell in soup.select(".code_cell:has(.panel-heading)"):
        for results in cell.select(".output_wrapper") if "Grade cell: test_" in cell.get_text() else ():
            results.decompose()
    for found in [*soup.select(".panel-heading"), *soup.select(".tex2jax_ignore"), *soup.select(".panel-footer")]:
        found.decompose()
    return soup


OF_THE_PAGE = {
    *(
        "container",
        "cell",
        "border-box-sizing",
        "text_cell",
        "code_cell",
        "rendered",
        "panel",
        "panel-primary",
        "nbgrader_cell",
    ),
    *("panel-body", "text_cell_render", "rendered_html", "inner_cell", "input", "input_area", "output_wrapper"),
    *("output", "output_area", "output_subarea", "output_html", "output_svg", "output_text", "output_markdown"),
    *("output_latex", "output_stream", "output_stdout", "output_stderr", "output_execute_result", "prompt"),
    *("input_prompt", "celltag_skip-execution", "output_error", "output_png", "highlight", "hl-ipython3", "hl-python"),
    *STANDARD_TYPES.values(),
}


def test_nothing_of_a_students_in_the_feedback_acts_loads_or_bears_a_name_of_the_pages(graded: Course) -> None:
    inspect(without_ours(feedback(graded, "eve")))


def inspect(soup: BeautifulSoup) -> None:
    """Assert that no element has an attribute, or a value of one, that could act, load, cover or be found."""
    frames = soup.find_all("iframe")
    assert len(frames) == 2  # two outputs of HTML
    for frame in frames:
        assert frame["sandbox"] in ("", []) and set(frame.attrs) == {
            *("sandbox", "referrerpolicy", "loading", "title", "style", "srcdoc")
        }
        look_into(frame.attrs.pop("srcdoc"))
        frame.decompose()
    seen: dict[str, int] = {}
    for element in soup.find_all(True):
        assert element.name not in ("script", "style", "form", "input", "textarea", "button", "object", "embed", "svg")
        classes = set(element.get("class", []))
        assert classes <= OF_THE_PAGE, element
        for name, value in element.attrs.items():
            text = str(value)
            assert not name.startswith(("on", "data-")) and name not in ("ping", "srcset", "background", "srcdoc"), (
                element
            )
            assert name != "src" or re.match(r"data:image/[a-z+]+;base64,[\w+/=]+$", text), element
            assert name != "href" or re.match(r"(https?://|mailto:|#in-notebook-)", text), element
            assert name != "style" or re.fullmatch(r"(color: [\w#]+;|text-align: \w+;| )*", text), element
            if name in ("id", "name"):
                assert re.match(r"cell-id=|in-notebook-", text) or text in allowed_names(), element
        panels = len(element.find_parents(class_="nbgrader_cell"))
        assert "nbgrader_cell" not in classes or panels == 0, "a cell in a cell"
        for name in classes & {"nbgrader_cell"}:
            seen[name] = seen.get(name, 0) + 1
    assert seen["nbgrader_cell"] == 11  # as many as there are answers and tests


def allowed_names() -> set[str]:
    answers = ("ce_loss", "grad_func", "sgd_momentum", "adam", "derivation", "batch_size", "other_optimiser")
    return {
        *POINTS,
        "notebook",
        "notebook-container",
        "derivation",
        "batch_size",
        *(f"comment-{name}" for name in answers),
    }


def look_into(document: str) -> None:
    """Assert that a frame's document loads nothing, and that its policy says so as well."""
    soup = BeautifulSoup(document, "html.parser")
    assert soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"].startswith("default-src 'none';")
    assert len(soup.find_all("meta")) == 2 and not soup.find(["script", "base", "link", "iframe", "svg", "form"])
    for element in soup.find_all(True):
        for name, value in element.attrs.items():
            assert name in ("charset", "http-equiv", "content") or "example.invalid" not in str(value), element
            assert name not in ("href", "srcset", "name", "action", "ping") and not name.startswith(("on", "data-"))
            assert not re.search(r"url|position|image-set|import", str(value) if name == "style" else "")
    assert not any("example.invalid" in sheet.get_text() for sheet in soup.find_all("style"))


def test_what_is_harmless_is_still_there(graded: Course) -> None:
    page = feedback(graded, "eve")
    assert "My <strong>answer</strong>" in page and "$a &lt; b$" in page
    assert "Notes from the grader" not in page or page.count("Notes from the grader") == 1


def test_a_cell_can_not_pass_itself_off_as_the_graders(graded: Course) -> None:
    notebook = graded.graded("eve")
    ours = [cell for cell in notebook.cells if cell.metadata.get("autograder", {}).get("ours")]
    assert len(ours) <= 1 and all("Notes from the grader" in cell.source for cell in ours)


def test_a_result_stands_in_a_test_cell_and_nowhere_else(graded: Course) -> None:
    soup = BeautifulSoup(feedback(graded, "eve"), "html.parser")
    boxes = soup.select(".tex2jax_ignore")
    cells = [box.find_parent(class_="code_cell") for box in boxes]
    marked = [cell for cell in cells if cell is not None and "Grade cell" in cell.get_text()]
    assert len(marked) == len(POINTS)


def test_outputs_that_came_into_a_graded_notebook_later_are_shown_in_frames(new_course: Callable[[], Course]) -> None:
    """An instructor who runs the live notebook has the student's code write them, mermaid and scripts included."""
    course = new_course()
    course.hand_in("eve")
    assert course.autograde() == 0
    path = course.root / "autograded" / "eve" / "linear_mnist" / "linear_mnist.ipynb"
    notebook = json.loads(path.read_text())
    data = ({"text/html": BUTTON}, {"text/vnd.mermaid": BUTTON}, {"application/javascript": "document.title = 'mine'"})
    made = [{"output_type": "display_data", "data": one, "metadata": {"autograder": {"ours": True}}} for one in data]
    notebook["cells"][at(course.release, "ce_loss")]["outputs"] = made
    path.chmod(0o644)
    path.write_text(json.dumps(notebook))
    assert course.feedback() == 0
    page = without_ours(feedback(course, "eve"))
    assert len(page.find_all("iframe")) == 1 and not page.select(".full-credit, .mermaid, script")


@pytest.fixture(scope="module")
def address(graded: Course) -> Iterator[str]:
    with formgrader(graded.root) as found:
        yield found


def opened(browser: Browser, graded: Course, address: str, student: str) -> tuple[Page, list[str]]:
    """The student's page in the formgrader, and a list of all that the browser asks for from elsewhere."""
    with graded.gradebook() as gradebook:
        key = gradebook.find_submission_notebook("linear_mnist", "linear_mnist", student).id
    page = browser.new_page(viewport={"width": 1000, "height": 1000})
    asked: list[str] = []
    page.route(lambda url: not url.startswith(address), lambda route: asked.append(route.request.url) or route.abort())
    page.route(re.compile("mathjax"), lambda route: route.fulfill(body=MATHJAX, content_type="text/javascript"))
    page.goto(f"{address}/login?token={TOKEN}")
    page.goto(f"{address}/formgrader/submissions/{key}/?index=0")
    page.wait_for_function("formgrader.loaded && formgrader.grades.loaded && formgrader.comments.loaded")
    return page, asked


OWN_BUTTONS = ".panel-heading, .panel-footer, .navbar, .help"


@pytest.mark.browser
def test_no_click_on_what_a_student_made_gives_points(browser: Browser, graded: Course, address: str) -> None:
    page, asked = opened(browser, graded, address, "eve")
    saved: list[str] = []
    page.on(
        "request",
        lambda request: saved.append(f"{request.url} {request.post_data}") if request.method != "GET" else None,
    )
    page.evaluate("""() => {
        const found = document.querySelectorAll('.text_cell_render *, .output_area *, .rendered_html *, iframe');
        for (const element of found) {
            if (element.closest('.panel-heading') || element.tagName == 'A') continue;
            element.dispatchEvent(new MouseEvent('click', {bubbles: true}));
            element.dispatchEvent(new Event('change', {bubbles: true}));
        }
    }""")
    for y in range(0, page.evaluate("document.body.scrollHeight"), 450):
        page.evaluate(f"window.scrollTo(0, {y})")
        if not page.evaluate(f"!!document.elementFromPoint(500, 500)?.closest({json.dumps(OWN_BUTTONS)})"):
            page.mouse.click(500, 500)
    page.wait_for_timeout(300)
    assert saved == [] and asked == []
    counts = page.evaluate(
        "['.full-credit', '.score', '.comment', '.modal'].map(one => document.querySelectorAll(one).length)"
    )
    ids = page.evaluate(f"{json.dumps(list(POINTS))}.map(one => document.querySelectorAll('#' + one).length)")
    assert counts == [6, 6, 7, 0] and ids == [1, 1, 1, 1] and page.title() == "linear_mnist"
    page.close()


@pytest.mark.browser
def test_the_instructors_own_click_still_gives_points(browser: Browser, graded: Course, address: str) -> None:
    page, _ = opened(browser, graded, address, "ann")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.locator("#derivation").locator("xpath=ancestor::*[contains(@class, 'nbgrader_cell')]").locator(
            ".full-credit"
        ).click()
    assert graded.grade("ann", "derivation")[1] == 3.0
    page.close()


@pytest.mark.browser
def test_what_stands_in_a_frame_can_not_reach_the_page(browser: Browser, graded: Course, address: str) -> None:
    page, _ = opened(browser, graded, address, "eve")
    frames = [frame for frame in page.frames if frame != page.main_frame]
    assert len(frames) == 2
    page.locator("iframe").last.scroll_into_view_if_needed()
    texts = [frame.evaluate("document.body.innerText") for frame in frames]  # the debugger's script, not the page's
    assert any("click" in text for text in texts)
    assert page.evaluate("[...document.querySelectorAll('iframe')].every(one => one.contentDocument === null)")
    page.close()

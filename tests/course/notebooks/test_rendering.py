"""A student's markdown as HTML: what it says, and no more."""

from autograder.course.notebooks.rendering import markdown_html


def test_what_stands_below_a_heading_is_no_link() -> None:
    shown = markdown_html("## The gradient & b\n\ntext *em*\n\n- [one](https://x.org)\n", {})
    assert "The gradient &amp; b</h2>" in shown and "<p>text <em>em</em></p>" in shown
    assert shown.count("<a ") == 1 and 'href="https://x.org"' in shown


def test_a_heading_can_be_linked_to() -> None:
    shown = markdown_html("# Two words\n\n[there](#Two-words)", {})
    assert '<h1 id="in-notebook-Two-words">' in shown and 'href="#in-notebook-Two-words"' in shown

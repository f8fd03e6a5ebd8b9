from __future__ import annotations

import re
from dataclasses import replace

from autograder.judge.evidence import Counterexample, Outcome, QuestionResult, TestResult
from autograder.report.render_results import notes_html, question_html, question_text, score_html
from autograder.report.sandbox_warning import FOR_STUDENTS

EXAMPLE = Counterexample((("X", "1x1 float64: [[1e4]]"), ("w", "1x2 float64: [[-1, 1]]")), "nan", "20000.0")
PASSED = TestResult("t1", "Small losses are right.", Outcome.PASSED, 2.0, 2.0)
FAILED = TestResult(
    "t2", "Large logits stay finite.", Outcome.FAILED, 0.0, 1.5, "got nan", EXAMPLE, "overflow", "Subtract the max."
)
UNJUDGED = TestResult("t3", "It is fast.", Outcome.NOT_JUDGED, 0.0, 0.5, "No memory. Grade again.")
NASTY = "<script>alert(1)</script>\x1b[31m\x00\u202e\ud800 $\\href{javascript:x}{y}$"


def question(*tests: TestResult, note: str = "") -> QuestionResult:
    return QuestionResult("ce_loss", "test_ce_loss", sum(test.max_points for test in tests), tests, note)


def test_the_text_says_it_all() -> None:
    assert question_text(question(PASSED, FAILED), "namespaces") == (
        "✗ ce_loss: 2 / 3.5 points\n"
        "  This is right:\n"
        "  ✓ Small losses are right. (2 / 2)\n"
        "  This is not right yet:\n"
        "  ✗ Large logits stay finite. (0 / 1.5)\n"
        "      got nan\n"
        "      X          1x1 float64: [[1e4]]\n"
        "      w          1x2 float64: [[-1, 1]]\n"
        "      yours      nan\n"
        "      expected   20000.0\n"
        "      Hint: Subtract the max."
    )


def test_what_is_right_comes_first() -> None:
    for show in (question_text, question_html):
        shown = show(question(FAILED, UNJUDGED, PASSED), "namespaces")
        order = [PASSED.sentence, "This is not right yet:", FAILED.sentence, UNJUDGED.sentence]
        places = [shown.index(part) for part in ("This is right:", *order)]
        assert places == sorted(places)
        assert "This is" not in show(question(FAILED, FAILED), "namespaces") + show(question(PASSED), "namespaces")


def test_what_could_not_be_judged_has_no_points() -> None:
    text = question_text(question(PASSED, UNJUDGED), "namespaces")
    assert text.startswith("? ce_loss: could not be judged (of 2.5 points)\n")
    assert "This could not be judged:\n  ? It is fast. (? / 0.5)\n      No memory. Grade again." in text


def test_the_html_says_the_same() -> None:
    for tests in ((PASSED, FAILED), (PASSED, UNJUDGED)):
        result = question(*tests, note="still a stub")
        shown = re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", question_html(result, "off")))
        for test in tests:
            example = test.counterexample
            parts = [test.sentence, test.message, test.hint, *([example.yours, example.expected] if example else [])]
            for part in (*parts, "still a stub", FOR_STUDENTS):
                assert re.sub(r"\s+", "", part).replace("'", "&#x27;") in shown


def test_nothing_a_student_makes_is_markup() -> None:
    nasty = TestResult(
        "t", NASTY, Outcome.FAILED, 0.0, 1.0, NASTY, Counterexample(((NASTY, NASTY),), NASTY, NASTY), "", NASTY
    )
    result = replace(question(nasty, note=NASTY), question=NASTY)
    for page in (question_html(result, "off"), notes_html([NASTY], "off")):
        assert "<script" not in page
        assert not re.search("[\x00\x1b\u202e\ud800]", page)
        assert 'class="tex2jax_ignore mathjax_ignore"' in page  # MathJax leaves the formula alone
    assert not re.search("[\x00\x1b\u202e\ud800]", question_text(result, "off"))


def test_notes_are_one_block_of_html_whatever_they_say() -> None:
    assert "\n" not in notes_html(["a\n\n# b", NASTY], "namespaces")  # a blank line would end the block in markdown


def test_long_values_are_cut() -> None:
    long = replace(FAILED, message="x" * 10_000)
    assert "(8,000 more characters)" in question_text(question(long), "namespaces")
    assert "(8,000 more characters)" in question_html(question(long), "namespaces")


def test_the_sandbox_is_mentioned_only_when_it_is_off() -> None:
    for show in (question_text, question_html):
        assert FOR_STUDENTS in show(question(PASSED), "off").replace("&#x27;", "'")
        assert "sandbox" not in show(question(PASSED), "namespaces")
    assert "sandbox" not in notes_html(["a"], "namespaces")


def test_numbers_are_not_broken_over_lines() -> None:
    page = question_html(question(PASSED, FAILED), "namespaces")
    assert page.count("<pre") == page.count("word-break:normal;overflow-wrap:normal")  # Bootstrap's: break-all
    assert "anywhere" not in page and "break-word" not in page
    assert not re.search(r"float:right", page)  # points that don't fit beside the sentence would leave the box
    for shown in ("2 / 3.5 points", "0 / 1.5"):
        assert re.search(rf"white-space:nowrap[^<]*>{shown}<", page)
    assert "white-space:nowrap" in score_html(question(PASSED), 2.0)


def test_extra_points_are_said_to_be_extra_earned_or_not() -> None:
    for outcome, bonus in ((Outcome.PASSED, 1.5), (Outcome.FAILED, 0.0)):
        test = TestResult("t", "It gets far.", outcome, 0.0, 0.0, bonus=bonus, max_bonus=2.0)
        said = question_text(question(test), "namespaces").splitlines()
        assert said[0].endswith(f"ce_loss: {bonus:g} / 2 extra points") and said[1].endswith(f"({bonus:g} / 2)")
        assert f"Extra points: {bonus:g} / 2" in score_html(question(test), 0.0)
    assert "Score: 2 / 2" in score_html(question(PASSED), 2.0)
    unknown = TestResult("t", "It gets far.", Outcome.NOT_JUDGED, 0.0, 0.0, "no GPU", max_bonus=2.0)
    said = question_text(question(unknown), "namespaces").splitlines()
    assert said[0].endswith("could not be judged (of 2 points)") and said[1].endswith("(? / 2)")


def test_a_hint_for_several_tests_stands_once() -> None:
    for show in (question_text, question_html):
        assert show(question(FAILED, replace(FAILED, name="t3"), PASSED), "namespaces").count("Subtract the max.") == 1
        other = replace(FAILED, hint="Another.")
        assert show(question(FAILED, other), "namespaces").count("Hint:") == 2

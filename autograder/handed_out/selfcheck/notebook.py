"""This notebook"""

from __future__ import annotations

from autograder.handed_out.selfcheck.questions import Question

NOTEBOOK = ""  # the file's name
HANDED_OUT: dict[str, str] = {}  # the files that were handed out with it, and a sum of what stands in them
TEXTS: tuple[str, ...] = ()  # the cells for written answers
HIDDEN_TESTS = "The hidden tests go further."
TIME_LIMIT = "in the grading each call has 10 seconds"
NOT_CHECKED = "only the grader judges these"
QUESTIONS: dict[str, Question] = {}

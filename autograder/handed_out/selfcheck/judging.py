"""Judging one question"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

from autograder.handed_out.selfcheck.calls import LastCall
from autograder.handed_out.selfcheck.comparing import show
from autograder.handed_out.selfcheck.notebook import HANDED_OUT, TIME_LIMIT
from autograder.handed_out.selfcheck.questions import Question, Result, WrongError
from autograder.handed_out.selfcheck.rules import ForbiddenError, in_time, under_rules
from autograder.handed_out.selfcheck.start import CHECK_SECONDS, PYTHON
from autograder.handed_out.selfcheck.student_lines import raised_at


def judge(question: Question, answer: Any, advice: Callable[[str], str] = lambda name: "") -> Result:
    """Return what the public checks say about an answer: a function or class, or a tuple of them where it has several.

    advice says what is known about a name that isn't defined, or "".
    """
    parts = answer if isinstance(answer, tuple) else (answer,)
    for index, name in enumerate(question.names):
        part = parts[index] if index < len(parts) else None
        if not callable(part):
            found = f"no {question.what} of this name" if part is None else show(part)
            hint = advice(name) or "it is looked for where its check stands; is its name still the same?"
            return Result(question.name, "missing", found, f"a {question.what}", hint, name)
    last = LastCall()
    given = tuple(last.remembering(name, part) for name, part in zip(question.names, parts))  # noqa: B905

    def wrong(error: BaseException, what: str, yours: str, expected: str, hint: str = "") -> Result:
        return Result(question.name, "wrong", yours, expected, hint, what, raised_at(error), last.python())

    returns = f"{question.function}(...) returns"
    try:
        state = in_time(lambda: under_rules(question, given), CHECK_SECONDS)
    except WrongError as error:
        call = error.example or (last.python() if error.calls else "")
        yours, expected, hint = error.yours, error.expected, error.hint
        return Result(question.name, "wrong", yours, expected, hint, error.what, "", call)
    except ForbiddenError as error:
        rules = "see the rules: it is not allowed here"
        return wrong(error, "it uses what is not allowed", f"it uses {error}", "your own formula", rules)
    except TimeoutError as error:
        call, yours = last.python(), f"nothing within {CHECK_SECONDS:g} s"
        return Result(question.name, "wrong", yours, returns, TIME_LIMIT, "it has not ended", str(error), call)
    except BaseException as error:
        if not isinstance(error, NotImplementedError) or error.args:  # torch raises it, too, and says why
            text = textwrap.shorten(f"{type(error).__name__}: {error}", 300)
            return wrong(error, "it stops with an error", text, returns, about(error, advice))
        state = "stub"
    if state == "stub":
        hint = "write your answer where it says YOUR CODE HERE"
        if question.what == "function":
            hint += "; if you have, its result does not reach the return"
        return Result(question.name, state, "the same as from the stub", "", hint)
    return Result(question.name, state)


def about(error: BaseException, advice: Callable[[str], str]) -> str:
    """Return what is known about an error in a student's function, or ""."""
    if isinstance(error, ModuleNotFoundError):
        return install(error)
    if isinstance(error, SystemExit):
        return "it ends Python (exit, quit or sys.exit)"
    if isinstance(error, TypeError) and not raised_at(error):
        return "it is called by position: keep the number, the order and the default settings of its arguments"
    undefined = undefined_name(error)
    return advice(undefined) if undefined else ""


def undefined_name(error: BaseException) -> str:
    """Return the name that a NameError misses, or ""."""
    found = re.search(r"name '(\w+)' is not defined", str(error)) if type(error) is NameError else None
    return found[1] if found else ""


PACKAGES = {  # what to install for a module
    **{name: name for name in ("matplotlib", "numpy", "pandas", "scipy", "seaborn", "torchvision", "tqdm")},
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "skimage": "scikit-image",
}


def install(error: BaseException) -> str:
    """Return what to do about a module that can't be imported, or ""."""
    found = re.search(r"No module named '?([\w.]+)", str(error))
    if found is None:
        return ""
    name = found[1].split(".")[0]
    if f"{name}.py" in HANDED_OUT:
        return f"{name}.py was handed out with the notebook: put it beside the notebook"
    if name == "google":
        return "google.colab is there on Colab only; without it that line does nothing and costs nothing"
    if name in PACKAGES:
        return f"to install it, run {PYTHON} -m pip install {PACKAGES[name]}"
    packaged = f"if {name} is a package, run {PYTHON} -m pip install {name}"
    return f"{packaged}; if it is a file of yours, put it beside the notebook"

"""One open gradebook for a whole run: nbgrader opens it ten times a student, which takes longer than all the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import nbgrader.api
import nbgrader.converters.autograde
import nbgrader.preprocessors.latesubmissions
import nbgrader.preprocessors.overwritecells
import nbgrader.preprocessors.overwritekernelspec
import nbgrader.preprocessors.saveautogrades
from nbgrader.api import Gradebook

from autograder.course import records
from autograder.course.run import temporarily

# Each looks the class up in its own module whenever it opens the gradebook; there is no option for another one.
_USERS = (
    nbgrader.converters.autograde,
    nbgrader.preprocessors.latesubmissions,
    nbgrader.preprocessors.overwritecells,
    nbgrader.preprocessors.overwritekernelspec,
    nbgrader.preprocessors.saveautogrades,
    records,
)


class _OpenGradebook(Gradebook):  # type: ignore[misc]
    """A gradebook whose closing ends the session, as ever, and keeps the connection."""

    def close(self) -> None:
        """End the session: nothing of it is remembered, locks are given back."""
        self.db.remove()


@contextmanager
def one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """Make what nbgrader commits cell by cell one transaction: all of a student's scores, or none."""
    session = gradebook.db()
    commit, session.commit = session.commit, session.flush
    try:
        yield
    finally:
        session.commit = commit
    session.commit()


@contextmanager
def open_gradebooks() -> Iterator[None]:
    """Keep gradebooks open, once they have been, for the time of the context."""
    known: dict[tuple[Any, ...], _OpenGradebook] = {}

    def opened(db_url: str, course_id: str = "default_course", authenticator: Any = None) -> _OpenGradebook:
        key = (db_url, course_id, authenticator)
        if key not in known:
            known[key] = _OpenGradebook(*key)
        return known[key]

    with ExitStack() as stack:
        for module in _USERS:
            stack.enter_context(temporarily(module, Gradebook=opened))
        try:
            yield
        finally:
            for gradebook in known.values():
                Gradebook.close(gradebook)

"""A name that nobody knows is refused, with the names there are and those that were probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

MOST = 20  # names that a sentence lists
_CLOSE = 3


def not_among(known: Iterable[str], name: str, what: str) -> str:
    """Return the sentences that say ``name`` is no ``what``, e.g. a question."""
    return f"there is no {what} called {name}. {there_are(known, name)}"


def there_are(known: Iterable[str], name: str, first: Sequence[str] = (), rest: str = "") -> str:
    """Return the sentence that lists the names there are, after the one that is close to ``name``.

    Of more than MOST names it lists those that are close and a few, ``first`` where it is given; ``rest`` says where
    the others stand.
    """
    names = list(dict.fromkeys(known))
    if not names:
        return "There are none."
    many = len(names) > MOST
    by_small_letters = {other.lower(): other for other in names}
    close = difflib.get_close_matches(name.lower(), by_small_letters, _CLOSE if many else 1)
    meant = f"Did you mean {' or '.join(by_small_letters[one] for one in close)}? " if close else ""
    if not many:
        return f"{meant}There are: {', '.join(names)}."
    listed = list(first or names)[: MOST - _CLOSE]
    more = f"and {len(names) - len(listed)} more{f': {rest}' if rest else ''}"
    return f"{meant}There are: {', '.join(listed)} {more}."


def commas(name: str) -> str:
    """Return the sentence that says how several names are given, for one with a comma in it; "" for any other."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) < 2:
        return ""
    return f"Names are separated by spaces, without commas: --only {' '.join(filter(None, parts))}"

"""A name that nobody knows is refused, with the names there are and the one that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def not_among(known: Iterable[str], name: str, what: str) -> str:
    """Return the sentences that say ``name`` is no ``what``, e.g. a question."""
    return f"there is no {what} called {name}. {there_are(known, name)}"


def there_are(known: Iterable[str], name: str) -> str:
    """Return the sentence that lists the names there are, after the one that is close to ``name``."""
    names = list(dict.fromkeys(known))
    by_small_letters = {other.lower(): other for other in names}
    close = difflib.get_close_matches(name.lower(), by_small_letters, 1)
    meant = f"Did you mean {by_small_letters[close[0]]}? " if close else ""
    return f"{meant}There are: {', '.join(names)}." if names else "There are none."

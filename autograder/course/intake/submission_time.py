"""The time of submission, as far as it can be known."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import dateutil.parser
import dateutil.tz

from autograder.report.text import one_line, quoted

TIMESTAMP = "timestamp.txt"
_LONGEST = 100  # characters
_FARTHEST = 14 * 3600  # seconds from UTC
_HOURS = {  # abbreviations of time zones that mean one thing, and how far ahead of UTC each is
    **dict.fromkeys(("UTC", "GMT", "UT", "Z", "WET"), 0.0),
    "CET": 1,
    "MET": 1,
    "MEZ": 1,
    "WEST": 1,
    "CEST": 2,
    "MEST": 2,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "SAST": 2,
    "MSK": 3,
    "WIB": 7,
    "HKT": 8,
    "SGT": 8,
    "AWST": 8,
    "JST": 9,
    "KST": 9,
    "ACST": 9.5,
    "ACDT": 10.5,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "NST": -3.5,
    "NDT": -2.5,
    "ADT": -3,
    "EST": -5,
    "EDT": -4,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
}
_EPOCH = re.compile(r"(\d{10}|\d{13})(\.\d+)?")  # seconds, or milliseconds, since 1970
_PLACE = re.compile(r"\s*\[?\b([A-Z]\w+(?:/[\w+-]+)+)\]?$")  # "Europe/Berlin", "[Europe/Berlin]"
_BEFORE_OFFSET = re.compile(r"\b(?:UTC|GMT)\s*(?=[+-]\d)", re.IGNORECASE)  # dateutil turns that offset round
_LETTERS = re.compile(r"(?<=[\d\s])[A-Za-z]{1,5}$")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")  # 2.11.2026, 11/2/26
_UNLIKE = datetime(2000, 1, 1), datetime(2003, 2, 2)  # no part in common: what a text leaves out shows


def read_timestamp(path: Path) -> datetime | None:
    """Return the time (UTC, naive) in ``path``, None when the file is empty. Raises ValueError when it holds none."""
    try:
        with path.open("rb") as file:
            data = file.read(4 * _LONGEST)
        text = data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
        return time_of(text.strip()) if text.strip() else None
    except OSError as error:
        raise ValueError(str(error)) from error
    except ValueError:
        raise
    except Exception as error:  # a parser of free text: what it raises is about the text
        raise ValueError("it is no time") from error


def time_of(text: str) -> datetime:
    """Return the time (UTC, naive) that a text names, in UTC where it names no zone, as in nbgrader.

    nbgrader's own reading takes "+0200" for 200 seconds, and a zone that it doesn't know for UTC. Raises ValueError
    where the time can't be known: a zone that may be several, a day that may be a month, no day at all.
    """
    if match := _EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if len(match[1]) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    text, place = _without_place(text)
    text = _BEFORE_OFFSET.sub("", text)
    text = _LETTERS.sub(lambda found: found[0].upper() if found[0].upper() in _HOURS else found[0], text)
    found, other = (  # type: datetime, datetime
        dateutil.parser.parse(text, tzinfos=_zone, default=default, dayfirst=_day_is_first(text)) for default in _UNLIKE
    )
    if found.date() != other.date():
        raise ValueError(f"{quoted(text)} has no year, month and day")
    if found.tzinfo is None and place is not None:
        found = found.replace(tzinfo=place)
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _without_place(text: str) -> tuple[str, tzinfo | None]:
    """Return the text without the name of a place at its end, and the place's time zone."""
    match = _PLACE.search(text)
    if match is None:
        return text, None
    place = dateutil.tz.gettz(match[1])
    if place is None:
        raise ValueError(f"the time zone {quoted(match[1])} is not known")
    return text[: match.start()], place


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    """Return the time zone of an abbreviation or an offset; raise ValueError where it can't be known."""
    if seconds is not None:
        if abs(seconds) > _FARTHEST:
            raise ValueError("its offset from UTC is larger than any")
        return timezone(timedelta(seconds=seconds))
    if name is None:
        return None
    if name not in _HOURS:
        raise ValueError(f"the time zone {quoted(name)} is not known, or may be several")
    return timezone(timedelta(hours=_HOURS[name]))


def _day_is_first(text: str) -> bool:
    """Return whether a date in numbers begins with its day; raise ValueError where either may come first."""
    match = _NUMBERS.search(text)
    if match is None or match[2] == ".":
        return match is not None
    if match[1].lstrip("0") != match[3].lstrip("0") and int(match[1]) <= 12 and int(match[3]) <= 12:
        raise ValueError(f"{quoted(match[0])} may be a day and a month, or a month and a day")
    return False


def copy_timestamp(source: Path, target: Path) -> list[str]:
    """Copy a readable timestamp; return a note on one that isn't: it must not keep the work from being graded."""
    try:
        found = read_timestamp(source)
    except ValueError as error:
        reason = one_line(error).replace("“", "‘").replace("”", "’")
        step = f"An instructor can write it into {TIMESTAMP} as 2026-11-30 23:59:00 +0100."
        said = f"The time of submission can't be read ({quoted(reason, 120)}); the work is not treated as late."
        return [f"{said} {step}"]
    if found is None:
        return [f"The time of submission is missing ({TIMESTAMP} is empty); the work is not treated as late."]
    target.write_text(f"{found} UTC\n", encoding="utf-8")
    return []

"""Parses codes of vague dates, a documented subset of EDTF (ISO 8601-2), and formats them for people.

Quarters, halves and seasons are stored as codes such as ``2026-36``; `readable` returns the displayed ``2026-Q4``.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple


class Reading(NamedTuple):
    """A parsed date: its code, and its first and last day (None: open)."""

    edtf: str
    earliest: date | None
    latest: date | None


# Groups of months by EDTF code, as first and last month counted from January of the year: 0 is the December before, 14
# the February after. A season without a hemisphere (21 to 24) spans both hemispheres. A winter spans both Decembers,
# since "winter 2026" may mean 2025/26 or 2026/27.
_SPRING_OR_AUTUMN, _SUMMER_OR_WINTER = (3, 11), (0, 14)
_GROUPS: Final = {
    **dict(enumerate((_SPRING_OR_AUTUMN, _SUMMER_OR_WINTER) * 2, start=21)),
    **dict(enumerate(((3, 5), (6, 8), (9, 11), (0, 14)), start=25)),
    **dict(enumerate(((9, 11), (0, 14), (3, 5), (6, 8)), start=29)),
    **{33 + n: (3 * n + 1, 3 * n + 3) for n in range(4)},
    **{37 + n: (4 * n + 1, 4 * n + 4) for n in range(3)},
    **{40 + n: (6 * n + 1, 6 * n + 6) for n in range(2)},
}
_SEASONS: Final = ("spring", "summer", "autumn", "winter")
GROUP_FORMS: Final = {
    **{21 + n: f"{season} Y" for n, season in enumerate(_SEASONS)},
    **{25 + n: f"northern {season} Y" for n, season in enumerate(_SEASONS)},
    **{29 + n: f"southern {season} Y" for n, season in enumerate(_SEASONS)},
    **{33 + n: f"Y-Q{n + 1}" for n in range(4)},
    **{37 + n: f"{which} third of Y" for n, which in enumerate(("first", "second", "last"))},
    **{40 + n: f"Y-H{n + 1}" for n in range(2)},
}
"""The displayed form of each group of months, with the year as Y."""

_SINGLE: Final = re.compile(
    r"(?:(?P<decade>[1-9][0-9]{1,2}X{1,2})"
    r"|(?P<year>[0-9]{4})(?:-(?:(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}|[0-3]X|XX))?"
    r"|(?P<months>[01]X)|Q(?P<quarter>[1-4])|H(?P<half>[12])|XX(?:-XX)?))?)"
    r"(?P<flag>[~?%])?"
)
_GROUP: Final = re.compile(r"([0-9]{4})-(2[1-9]|3[0-9]|4[01])([~?%]?)")


def read_edtf(text: str) -> Reading | None:
    """Parse EDTF in capitals; return None for other texts. Raises `ValueError` for a day that does not exist."""
    if text.startswith("[") and text.endswith("]"):
        inner = text[1:-1]
        text = f"../{inner[2:]}" if inner.startswith("..") else f"{inner[:-2]}/.." if inner.endswith("..") else text
    first, slash, last = text.partition("/")
    if not slash:
        return read_single(text)
    start = _OPEN if first in ("..", "") else read_single(first)
    end = _OPEN if last in ("..", "") else read_single(last)
    if start is None or end is None:
        return None
    if start.earliest is None and end.latest is None:
        raise ValueError("it is open on both sides")
    if start.earliest and end.latest and start.earliest > end.latest:
        raise ValueError("it ends before it begins")
    return Reading(f"{start.edtf}/{end.edtf}", start.earliest, end.latest)


_OPEN: Final = Reading("..", None, None)


def read_single(text: str) -> Reading | None:
    """Parse one EDTF date, not an interval; return None for other texts."""
    match = _SINGLE.fullmatch(text)
    if match is None or (match["decade"] and len(match["decade"]) != 4):
        return None
    low, high = (int(text[:4].replace("X", digit)) for digit in "09")
    if not 1000 <= low <= high <= 9998:
        raise ValueError("years run from 1000 to 9998")
    month, day, flag = match["month"], match["day"], match["flag"] or ""
    if match["quarter"] or match["half"]:
        # 33 to 36 are the quarters, 40 and 41 the halves of a year (ISO 8601-2, table of sub-year groupings).
        month = str(32 + int(match["quarter"])) if match["quarter"] else str(39 + int(match["half"]))
        text = f"{low}-{month}{flag}"
    if match["months"]:
        span = (1, 9) if match["months"][0] == "0" else (10, 12)
        return Reading(text, date(low, span[0], 1), month_end(low, span[1]))
    if month is None:
        return Reading(text, date(low, 1, 1), date(high, 12, 31))
    if day is None and int(month) in _GROUPS:
        first, last = _GROUPS[int(month)]
        return Reading(text, month_end(low, first, day=1), month_end(low, last))
    if not 1 <= int(month) <= 12:
        raise ValueError(f"there is no month {month}")
    if day in (None, "XX"):
        return Reading(text, date(low, int(month), 1), month_end(low, int(month)))
    return _read_day(text, low, int(month), day)


def _read_day(text: str, year: int, month: int, day: str) -> Reading:
    last = monthrange(year, month)[1]
    first_day, last_day = (max(int(day.replace("X", "0")), 1), min(int(day.replace("X", "9")), last))
    if first_day > last or day == "00":
        raise ValueError(f"there is no day {day} in {year}-{month:02}")
    return Reading(text, date(year, month, first_day), date(year, month, last_day))


def month_end(year: int, month: int, day: int | None = None) -> date:
    """Return the last day of a month (or `day`); month 0 is the December before, month 13 the January after."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, day or monthrange(year, month)[1])


@lru_cache(maxsize=4096)
def readable(edtf: str) -> str:
    """Format a code for people: ``2026-36`` becomes ``2026-Q4``; a code without groups of months is unchanged."""
    parts = [_GROUP.sub(_group_form, part) if _GROUP.fullmatch(part) else part for part in edtf.split("/")]
    return "/".join(parts)


def _group_form(group: re.Match[str]) -> str:
    return GROUP_FORMS[int(group[2])].replace("Y", group[1]) + group[3]

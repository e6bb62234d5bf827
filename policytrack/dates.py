"""Vague dates: a stated subset of EDTF (ISO 8601-2), with the first and the last day that it allows.

A vague date is *some day* between `earliest` and `latest`, both included; an interval is an uncertain day in it, not a
span. ``~``, ``?`` and ``%`` are shown and never move the bounds. What the source wrote is kept beside it. The words
of the sources ("late 2026", "2026年底") are read by `WORDINGS`, a table of conventions; an event stores what they meant
when it was recorded, so that a later version of the table changes no history.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from policytrack.errors import InvalidDate
from policytrack.remembering import Readings, as_stored

LONGEST: Final = 40
"""Characters that a written date may have."""

HINT: Final = (
    "write YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Q4, YYYY-H2, YYYY-MM~, ../YYYY-MM-DD, YYYY/.., FIRST/LAST,"
    " 'end-2026', 'late 2026', 'by end-2026' or 'before 2027'"
)
WORDINGS_VERSION: Final = 1
WORDINGS: Final[Mapping[str, str]] = {
    "Y": "Y年",
    "Y~": "around Y | about Y | circa Y | c. Y",
    "Y-01": "start of Y | beginning of Y | Y年初",
    "Y-12": "end-Y | end Y | end of Y | the end of Y | year-end Y | Y年底 | Y年末",
    "Y-05/Y-08": "mid-Y | mid Y | middle of Y | Y年中",
    "Y-33": "early Y | q1 Y | 1q Y | Yq1 | Y-q1 | Y q1 | first quarter of Y | Y年一季度 | Y年第一季度",
    "Y-34": "q2 Y | 2q Y | Yq2 | Y-q2 | Y q2 | second quarter of Y | Y年二季度 | Y年第二季度",
    "Y-35": "q3 Y | 3q Y | Yq3 | Y-q3 | Y q3 | third quarter of Y | Y年三季度 | Y年第三季度",
    "Y-36": "late Y | q4 Y | 4q Y | Yq4 | Y-q4 | Y q4 | fourth quarter of Y | Y年四季度 | Y年第四季度",
    "Y-40": "h1 Y | 1h Y | Yh1 | Y-h1 | Y h1 | first half of Y | Y年上半年",
    "Y-41": "h2 Y | 2h Y | Yh2 | Y-h2 | Y h2 | second half of Y | Y年下半年",
    "../Y-12-31": "Y年底前 | Y年末前",
}
"""What the wordings with a year Y mean in EDTF. Lower case, single spaces."""

_MEANING: Final = {form: edtf for edtf, forms in WORDINGS.items() for form in forms.split(" | ")}
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
# ISO 8601-2 sub-year groups: quarters, thirds and halves, as their first and last month. The seasons
# (21 to 32) are left out: which months they are depends on the hemisphere.
_GROUPS: Final = {
    **{33 + n: (3 * n + 1, 3 * n + 3) for n in range(4)},
    **{37 + n: (4 * n + 1, 4 * n + 4) for n in range(3)},
    **{40 + n: (6 * n + 1, 6 * n + 6) for n in range(2)},
}
_YEAR: Final = re.compile(r"[0-9]{4}")
_SINGLE: Final = re.compile(
    r"(?:(?P<decade>[1-9][0-9]{1,2}X{1,2})"
    r"|(?P<year>[0-9]{4})(?:-(?:(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}|XX))?|XX(?:-XX)?))?)"
    r"(?P<flag>[~?%])?"
)
_PERIOD: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ENGLISH: Final = re.compile(
    r"(?:([0-9]{1,2}) )?(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?(?: ([0-9]{1,2}),?)? ([0-9]{4})"
)
_CHINESE: Final = re.compile(r"([0-9]{4})年([0-9]{1,2})月(?:([0-9]{1,2})日)?")
_RELATION: Final = re.compile(r"(by|on or before|before|from) (.+)")

Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line and without marks that hide or reorder what is read."""


class _Reading(NamedTuple):
    edtf: str
    earliest: date | None
    latest: date | None


class VagueDate(BaseModel):
    """Some day between `earliest` and `latest` (None: open), as EDTF and as the source wrote it.

    Read from a text of an accepted form, a `date`, a year, or its own stored form, whose bounds must
    agree with its EDTF. What is refused is a pydantic error of type ``invalid_date``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edtf: str
    earliest: date | None = None
    latest: date | None = None
    written: Written | None = None
    """The source's words, when they differ from the EDTF."""

    @model_validator(mode="wrap")
    @classmethod
    def _from_any_form(cls, given: Any, validate: ModelWrapValidatorHandler[Any]) -> Any:
        stored = as_stored(given)
        if (known := _READ.get(stored)) is not None:
            return known
        try:
            fields = given if isinstance(given, cls) else _fields(given)
        except InvalidDate as error:
            # The text comes last: pydantic fills in one name after the other, and a text may hold "{hint}".
            raise PydanticCustomError("invalid_date", "{what}", {"hint": error.hint, "what": error.what}) from error
        found = validate(fields)
        _READ.keep(stored, found)
        return found

    def latest_by(self, known_on: date) -> date:
        """The latest day, but not after `known_on`: nothing can have happened after it was known."""
        return known_on if self.latest is None else min(self.latest, known_on)

    def __str__(self) -> str:
        return self.edtf

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        stored = handler(core_schema)
        if handler.mode == "serialization":
            return stored
        text = {"type": "string", "maxLength": LONGEST, "description": HINT}
        return {"anyOf": [text, {"type": "integer", "minimum": 1000, "maximum": 9998}, stored]}


_READ: Final = Readings()


@lru_cache(maxsize=16384)
def parse_date(text: str) -> VagueDate:
    """The vague date that a text states, in EDTF or in words. Raises `InvalidDate`."""
    reading = _read(text)
    written = " ".join(text.split())
    return VagueDate.model_construct(**reading._asdict(), written=written if written != reading.edtf else None)


def parse_period_end(text: str, today: date | None = None) -> date:
    """The last day of the period that a text names: ``2026-12`` is 2026-12-31, ``today`` is `today`.

    For the date of a question (`--as-of`), so what is approximate or open is refused with `InvalidDate`.
    """
    if today is not None and text.strip().casefold() == "today":
        return today
    found = parse_date(text)
    if found.latest is None or not _PERIOD.fullmatch(found.edtf):
        raise InvalidDate(
            f"{_shown(text)} is not one day or period",
            hint="write YYYY-MM-DD, or YYYY, YYYY-MM or YYYY-Q4 for its end",
        )
    return found.latest


def parse_day(text: str) -> date:
    """The day that a text names in full. Raises `InvalidDate` for anything less certain than a day."""
    found = parse_date(text)
    if found.latest is None or not _DAY.fullmatch(found.edtf):
        raise InvalidDate(f"{_shown(text)} is not a single day", hint="write the full day: YYYY-MM-DD")
    return found.latest


def _fields(given: Any) -> Any:
    """The fields of a vague date from anything it may be given as; what it cannot be is left to pydantic."""
    if isinstance(given, str):
        return dict(parse_date(given))
    if isinstance(given, Mapping) and isinstance(edtf := given.get("edtf"), str):
        return _stored_fields(given, parse_date(edtf))
    if isinstance(given, datetime):
        # A spreadsheet's date cell arrives as midnight without a zone; any other hour is not a civil day.
        if given.tzinfo is not None or given.time() != time():
            raise InvalidDate(f"'{given.isoformat()}' has a time of day", hint="write the civil day: YYYY-MM-DD")
        given = given.date()
    if isinstance(given, date):
        return dict(parse_date(given.isoformat()))
    if isinstance(given, int):
        if not 1000 <= given <= 9998:
            raise InvalidDate("a date given as a number is a year from 1000 to 9998", hint=HINT)
        return dict(parse_date(str(given)))
    return given


def _stored_fields(given: Mapping[str, Any], found: VagueDate) -> dict[str, Any]:
    for name, bound in (("earliest", found.earliest), ("latest", found.latest)):
        if str(given.get(name, bound)) != str(bound):
            raise InvalidDate(
                f"{name} does not agree with {_shown(found.edtf)}, which gives {bound or 'none'}",
                hint=f"leave {name} out: it follows from the edtf",
            )
    fields = {**given, "edtf": found.edtf, "earliest": found.earliest, "latest": found.latest}
    fields["written"] = given.get("written") or found.written
    return fields


def _read(text: str) -> _Reading:
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        matter = "is empty" if not plain else f"has more than {LONGEST} characters"
        raise InvalidDate(f"{_shown(text)} {matter}; a date was expected", hint=HINT)
    try:
        found = _read_edtf(plain.upper()) or _read_words(plain.casefold())
    except (ValueError, OverflowError) as error:
        raise InvalidDate(f"{_shown(text)} is not a date: {error}", hint=HINT) from error
    if found is None:
        wide = any(character.isdigit() and not character.isascii() for character in plain)
        hint = "write the digits as 0 to 9" if wide else HINT
        raise InvalidDate(f"{_shown(text)} is not a date of an accepted form", hint=hint)
    return found


def _read_edtf(text: str) -> _Reading | None:
    """A reading of EDTF, None for other texts. Raises `ValueError` for a day that does not exist."""
    if text.startswith("[") and text.endswith("]"):
        inner = text[1:-1]
        text = f"../{inner[2:]}" if inner.startswith("..") else f"{inner[:-2]}/.." if inner.endswith("..") else text
    first, slash, last = text.partition("/")
    if not slash:
        return _read_single(text)
    start = _Reading("..", None, None) if first == ".." else _read_single(first)
    end = _Reading("..", None, None) if last == ".." else _read_single(last)
    if start is None or end is None:
        return None
    if start.earliest is None and end.latest is None:
        raise ValueError("it is open on both sides")
    if start.earliest and end.latest and start.earliest > end.latest:
        raise ValueError("it ends before it begins")
    return _Reading(f"{start.edtf}/{end.edtf}", start.earliest, end.latest)


def _read_single(text: str) -> _Reading | None:
    found = _SINGLE.fullmatch(text)
    if found is None or (found["decade"] and len(found["decade"]) != 4):
        return None
    low, high = (int(text[:4].replace("X", digit)) for digit in "09")
    if not 1000 <= low <= high <= 9998:
        raise ValueError("years run from 1000 to 9998")
    month, day = found["month"], found["day"]
    if month is None:
        return _Reading(text, date(low, 1, 1), date(high, 12, 31))
    if day is None and int(month) in _GROUPS:
        first, last = _GROUPS[int(month)]
        return _Reading(text, date(low, first, 1), _month_end(low, last))
    if not 1 <= int(month) <= 12:
        raise ValueError(f"there is no month {month}")
    if day in (None, "XX"):
        return _Reading(text, date(low, int(month), 1), _month_end(low, int(month)))
    if not 1 <= int(day) <= monthrange(low, int(month))[1]:
        raise ValueError(f"there is no day {day} in {low}-{month}")
    exact = date(low, int(month), int(day))
    return _Reading(text, exact, exact)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _read_words(text: str) -> _Reading | None:
    """A reading of words in lower case with single spaces, None when the table does not have them."""
    if found := _RELATION.fullmatch(text):
        return _read_relation(found[1], found[2])
    if found := _YEAR.search(text):
        meaning = _MEANING.get(text.replace(found[0], "Y"))
        if meaning is not None:
            return _read_edtf(meaning.replace("Y", found[0]))
    if found := _CHINESE.fullmatch(text):
        return _read_single("-".join(part.zfill(2) for part in found.groups() if part))
    if found := _ENGLISH.fullmatch(text):
        before, name, after, year = found.groups()
        if not (before and after):
            parts = (year, str(_MONTHS.index(name[:3]) // 3 + 1), before or after)
            return _read_single("-".join(part.zfill(2) for part in parts if part))
    return None


def _read_relation(relation: str, rest: str) -> _Reading | None:
    """A deadline or a beginning: ``by end-2026``, ``before 2027``, ``from 2026 on``."""
    rest = rest.removesuffix(" on") if relation == "from" else rest
    period = _read_edtf(rest.upper()) or (None if _RELATION.fullmatch(rest) else _read_words(rest))
    if period is None or period.earliest is None or period.latest is None:
        return None
    if relation == "from":
        return _read_edtf(f"{period.earliest}/..") if "/" in period.edtf else _read_edtf(f"{period.edtf}/..")
    if relation == "before":
        return _read_edtf(f"../{period.earliest - timedelta(days=1)}")
    if relation == "by" and (period.latest - period.earliest).days >= 364:
        raise ValueError("it may mean the start or the end: write 'by end-2026' or 'before 2026'")
    return _read_edtf(f"../{period.latest}")


def _shown(text: str) -> str:
    """The text in quotes for a message, cut to what one line can hold."""
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "…")

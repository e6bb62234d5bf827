"""Vague dates: a stated subset of EDTF (ISO 8601-2), with the first and the last day that it allows.

A vague date is *some day* between `earliest` and `latest`, both included; an interval is an uncertain day in it, not a
span. ``~``, ``?`` and ``%`` are shown and never move the bounds. What the source wrote is stored beside the code and is
what is shown. Codes are read by `edtf.py`, the words of sources ("late 2026", "2026年底") by `date_words.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, Final

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
from policytrack.values.date_words import WORDINGS, Doubt, check_years, read_words
from policytrack.values.edtf import Reading, read_edtf, readable
from policytrack.values.parsed_forms import Readings, as_stored

__all__ = [
    "HINT",
    "LONGEST",
    "WORDINGS",
    "VagueDate",
    "parse_date",
    "parse_day",
    "parse_period_end",
    "shown_date",
]

LONGEST: Final = 40
"""Characters that a written date may have."""

HINT: Final = (
    "write YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Q4, YYYY-H2, YYYY-MM~, ../YYYY-MM-DD, YYYY/.., FIRST/LAST,"
    " 'end-2026', 'late 2026', 'by end-2026' or 'before 2027'; more in `policytrack help dates`"
)
_PERIOD: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_SEASON: Final = re.compile(r"[0-9]{4}-(?:2[1-9]|3[0-2])")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line and without marks that hide or reorder what is read."""


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
        return self.written or readable(self.edtf)

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


def shown_date(stored: Mapping[str, Any]) -> str:
    """A stored date as a person writes it, in a form that reads back as the same date: its words, where they do."""
    edtf = str(stored["edtf"])
    if isinstance(written := stored.get("written"), str):
        with suppress(InvalidDate):
            if parse_date(written).edtf == edtf:
                return written
    return readable(edtf)


def parse_period_end(text: str, today: date | None = None) -> date:
    """The last day of the period that a text names: ``2026-12`` is 2026-12-31, ``today`` is `today`.

    For the date of a question (`--as-of`), so what is approximate or open is refused with `InvalidDate`.
    """
    if today is not None and text.strip().casefold() == "today":
        return today
    found = parse_date(text)
    if found.latest is None or not _PERIOD.fullmatch(found.edtf) or _SEASON.fullmatch(found.edtf):
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
        return _stored_fields(given, _parse_code(edtf))
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


@lru_cache(maxsize=16384)
def _parse_code(edtf: str) -> VagueDate:
    """The date of a stored code, which is never ambiguous: ``2033-34`` is the second quarter of 2033."""
    try:
        reading = read_edtf(edtf)
    except (ValueError, OverflowError):
        reading = None
    return parse_date(edtf) if reading is None else VagueDate.model_construct(**reading._asdict(), written=None)


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


def _read(text: str) -> Reading:
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        matter = "is empty" if not plain else f"has more than {LONGEST} characters"
        raise InvalidDate(f"{_shown(text)} {matter}; a date was expected", hint=HINT)
    try:
        check_years(plain)
        found = read_edtf(plain.upper()) or read_words(plain.casefold())
    except (ValueError, OverflowError) as error:
        hint = error.hint if isinstance(error, Doubt) else HINT
        raise InvalidDate(f"{_shown(text)} is not a date: {error}", hint=hint) from error
    if found is None:
        wide = any(character.isdigit() and not character.isascii() for character in plain)
        hint = "write the digits as 0 to 9" if wide else HINT
        raise InvalidDate(f"{_shown(text)} is not a date of an accepted form", hint=hint)
    return found


def _shown(text: str) -> str:
    """The text in quotes for a message, cut to what one line can hold."""
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "…")

"""Defines vague dates: a documented subset of EDTF (ISO 8601-2) with its first and last possible day.

A vague date is *some day* between `earliest` and `latest`, both included. An interval means an uncertain day in it, not
a duration. The marks ``~``, ``?`` and ``%`` are displayed and never change the bounds. The source's words are stored
with the code, and displayed. `edtf.py` parses codes, `date_words.py` the words of sources ("late 2026", "2026年底").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
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
"""The largest number of characters in a written date."""

HINT: Final = (
    "write YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Q4, YYYY-H2, YYYY-MM~, ../YYYY-MM-DD, YYYY/.., FIRST/LAST,"
    " 'end-2026', 'late 2026', 'by end-2026' or 'before 2027'; more in `policytrack help dates`"
)
_PERIOD: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_SEASON: Final = re.compile(r"[0-9]{4}-(?:2[1-9]|3[0-2])")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Written = Annotated[str, StringConstraints(pattern="^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The words of a source, on one line, without invisible characters and bidirectional overrides."""


class VagueDate(BaseModel):
    """Some day between `earliest` and `latest` (None: open), as EDTF and as the source wrote it.

    Accepts a text of an accepted form, a `date`, a year, or its own stored form, whose bounds must agree with its EDTF.
    Invalid input raises a pydantic error of type ``invalid_date``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edtf: str
    earliest: date | None = None
    latest: date | None = None
    written: Written | None = None
    """The source's words, if they differ from the EDTF."""

    @model_validator(mode="wrap")
    @classmethod
    def _from_any_form(cls, value: Any, validate: ModelWrapValidatorHandler[Any]) -> Any:
        stored = as_stored(value)
        if (known := _READ.get(stored)) is not None:
            return known
        try:
            fields = value if isinstance(value, cls) else _fields(value)
        except InvalidDate as error:
            # `what` must be last: pydantic substitutes the names in order, and a user's text may contain "{hint}".
            raise PydanticCustomError("invalid_date", "{what}", {"hint": error.hint, "what": error.what}) from error
        parsed = validate(fields)
        _READ.keep(stored, parsed)
        return parsed

    def latest_by(self, known_on: date) -> date:
        """Return the latest possible day, but not after `known_on`: an event happens before it is known."""
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
    """Parse a date in EDTF or in words. Raises `InvalidDate`."""
    reading = _read(text)
    written = " ".join(text.split())
    return VagueDate.model_construct(**reading._asdict(), written=written if written != reading.edtf else None)


def shown_date(stored: Mapping[str, Any]) -> str:
    """Format a stored date so that it parses to the same date: in its own words if they do, otherwise readable EDTF."""
    edtf = str(stored["edtf"])
    if isinstance(written := stored.get("written"), str):
        with suppress(InvalidDate):
            if parse_date(written).edtf == edtf:
                return written
    return readable(edtf)


def parse_period_end(text: str, today: date | None = None) -> date:
    """Return the last day of the period that a text names: ``2026-12`` is 2026-12-31, ``today`` is `today`.

    Used for the dates of a query (`--as-of`). Raises `InvalidDate` also for an approximate or open date.
    """
    if today is not None and text.strip().casefold() == "today":
        return today
    parsed = parse_date(text)
    if parsed.latest is None or not _PERIOD.fullmatch(parsed.edtf) or _SEASON.fullmatch(parsed.edtf):
        raise InvalidDate(
            f"{_shown(text)} is not one day or period",
            hint="write YYYY-MM-DD; YYYY, YYYY-MM or YYYY-Q4 mean their last day",
        )
    return parsed.latest


def parse_instant(text: str) -> datetime:
    """Parse an instant and return it in UTC: ``2026-11-23T10:00``. A day means its last microsecond.

    Raises `InvalidDate` for any other text, and for an instant that is not in the years 1 to 9999 of UTC.
    """
    try:
        instant = datetime.fromisoformat(text)
        if len(text) == len("2026-11-23"):
            instant = instant.replace(hour=23, minute=59, second=59, microsecond=999_999)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidDate(f"{_shown(text)} is not an instant", hint="use 2026-11-23T10:00 (UTC)") from None


def parse_day(text: str) -> date:
    """Parse a single day. Raises `InvalidDate` for anything less certain than a day."""
    parsed = parse_date(text)
    if parsed.latest is None or not _DAY.fullmatch(parsed.edtf):
        raise InvalidDate(f"{_shown(text)} is not a single day", hint="write the full day: YYYY-MM-DD")
    return parsed.latest


def _fields(value: Any) -> Any:
    """Return the fields of a vague date from any accepted input; pydantic refuses other input, returned unchanged."""
    if isinstance(value, str):
        return dict(parse_date(value))
    if isinstance(value, Mapping) and isinstance(edtf := value.get("edtf"), str):
        return _stored_fields(value, _parse_code(edtf))
    if isinstance(value, datetime):
        # A date cell of a spreadsheet is midnight without a zone; any other time may be another civil day.
        if value.tzinfo is not None or value.time() != time():
            raise InvalidDate(f"'{value.isoformat()}' has a time of day", hint="write the civil day: YYYY-MM-DD")
        value = value.date()
    if isinstance(value, date):
        return dict(parse_date(value.isoformat()))
    if isinstance(value, int):
        if not 1000 <= value <= 9998:
            raise InvalidDate(f"{value} is not a year from 1000 to 9998", hint=HINT)
        return dict(parse_date(str(value)))
    return value


@lru_cache(maxsize=16384)
def _parse_code(edtf: str) -> VagueDate:
    """Parse a stored code, which is never ambiguous: ``2033-34`` is the second quarter of 2033, not a fiscal year."""
    try:
        reading = read_edtf(edtf)
    except (ValueError, OverflowError):
        reading = None
    return parse_date(edtf) if reading is None else VagueDate.model_construct(**reading._asdict(), written=None)


def _stored_fields(stored: Mapping[str, Any], parsed: VagueDate) -> dict[str, Any]:
    for name, bound in (("earliest", parsed.earliest), ("latest", parsed.latest)):
        if str(stored.get(name, bound)) != str(bound):
            raise InvalidDate(
                f"{name} does not agree with {_shown(parsed.edtf)}, which gives {bound or 'none'}",
                hint=f"leave {name} out: policytrack computes it from edtf",
            )
    fields = {**stored, "edtf": parsed.edtf, "earliest": parsed.earliest, "latest": parsed.latest}
    fields["written"] = stored.get("written") or parsed.written
    return fields


def _read(text: str) -> Reading:
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        matter = "is empty" if not plain else f"has more than {LONGEST} characters"
        raise InvalidDate(f"{_shown(text)} {matter}; a date was expected", hint=HINT)
    try:
        check_years(plain)
        reading = read_edtf(plain.upper()) or read_words(plain.casefold())
    except (ValueError, OverflowError) as error:
        hint = error.hint if isinstance(error, Doubt) else HINT
        raise InvalidDate(f"{_shown(text)} is not a date: {error}", hint=hint) from error
    if reading is None:
        wide = any(character.isdigit() and not character.isascii() for character in plain)
        hint = "write the digits as 0 to 9" if wide else HINT
        raise InvalidDate(f"{_shown(text)} is not a date in an accepted form", hint=hint)
    return reading


def _shown(text: str) -> str:
    """Quote and shorten a text for a message."""
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "…")

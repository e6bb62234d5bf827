"""Validates a row: fills in defaults, and returns an event or every error with the place of its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import ValidationError

from policytrack.decide.deceptive import deceptions
from policytrack.decide.impossible import impossibilities
from policytrack.errors import InvalidDate, MalformedInput, PolicytrackError, RejectedImport
from policytrack.events import EVENT_TYPES, Event
from policytrack.importing.event_row import Row
from policytrack.importing.messages import finding, shown, unknown_type
from policytrack.values.dates import parse_day

NAMESPACE_POLICYTRACK: Final = UUID("6f0d3c1e-52a7-5b0e-9d7c-0c1b8b1f6a55")
"""The namespace of event ids derived from content. Never change it: with another, every import is recorded twice."""

_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLACEHOLDER: Final = UUID(int=0)
_LATEST: Final = date(9998, 12, 31)

KnownOnOf = Callable[[UUID], date | None]


def id_of_content(event: Event) -> UUID:
    """Return the id of an event without its own id: the same id for the same statement by the same sources."""
    return uuid5(NAMESPACE_POLICYTRACK, event.statement_key() if event.is_repetition else event.content_key())


def validate(
    row: Row, *, today: date, known_on_of: KnownOnOf, new_id: Callable[[Event], UUID] = id_of_content
) -> Event:
    """Return the event of a row.

    `today` is the default of `known_on`. The correction of an error instead inherits it from its target:
    `known_on_of` returns that of a recorded event (None: no such event). `new_id` makes the id of an event without one.
    Raises `RejectedImport` with every error of the row, in the order of places.
    """
    event_type = _type_of(row)
    findings: list[PolicytrackError] = []
    fields = row.fields
    try:
        fields = fill_defaults(fields, today=today, known_on_of=known_on_of)
    except InvalidDate as error:
        error.place = row.locate(("known_on",))
        findings.append(error)
        # Continue with the latest possible day: `effective` after `known_on` would otherwise be a second error.
        fields = fill_defaults({**fields, "known_on": _LATEST}, today=today, known_on_of=known_on_of)
    try:
        event = event_type.model_validate(fields)
    except ValidationError as error:
        findings.extend(errors_of(error, row))
    else:
        findings.extend(_version_error(event, row))
        for impossible in chain(impossibilities(event), deceptions(event)):
            path = (impossible.field or "").split(".")
            impossible.place = row.locate(tuple(int(part) if part.isdigit() else part for part in path))
            findings.append(impossible)
    if findings:
        findings.sort(key=lambda error: (error.place.line or 0, error.place.column or 0) if error.place else (0, 0))
        raise RejectedImport(findings, 1)
    return event if row.fields.get("event_id") is not None else event.model_copy(update={"event_id": new_id(event)})


def fill_defaults(fields: dict[str, Any], *, today: date, known_on_of: KnownOnOf) -> dict[str, Any]:
    """Return the fields with defaults for `event_id` (a placeholder), `known_on` and `effective`.

    Raises `InvalidDate` for a `known_on` that is not a single day.
    """
    known_on = fields.get("known_on")
    is_plain_day = isinstance(known_on, str) and _DAY.fullmatch(known_on)
    if is_plain_day and fields.get("event_id") is not None and fields.get("effective") is not None:
        return fields
    filled = dict(fields)
    day = _known_on_default(fields, today, known_on_of) if known_on is None else _day(known_on, fields)
    filled["known_on"] = day
    if fields.get("event_id") is None:
        filled["event_id"] = _PLACEHOLDER
    if fields.get("effective") is None:
        default = EVENT_TYPES[fields["type"]].EFFECTIVE_DEFAULT
        if default == "by_known_on":
            filled["effective"] = f"../{day}"
        elif default == "known_on":
            filled["effective"] = day
    return filled


def errors_of(error: ValidationError, row: Row) -> list[MalformedInput]:
    """Translate the errors of pydantic into messages, each with the place of its field."""
    event_type = EVENT_TYPES[row.fields["type"]]
    return [
        finding(detail, event_type.TOPIC, event_type, row.locate, row.locate_name or row.locate)
        for detail in error.errors()
    ]


def _type_of(row: Row) -> type[Event]:
    name = row.fields.get("type")
    event_type = EVENT_TYPES.get(name) if isinstance(name, str) else None
    if event_type is None:
        raise RejectedImport([unknown_type(name, tuple(EVENT_TYPES), row.locate(("type",)))], 1)
    return event_type


def _version_error(event: Event, row: Row) -> list[PolicytrackError]:
    newest = type(event).newest_version()
    if 1 <= event.schema_version <= newest:
        return []
    what = f"{event.type}.schema_version: this version of policytrack does not support {event.schema_version}"
    hint = "upgrade policytrack: a newer version wrote this event" if event.schema_version > newest else "leave it out"
    return [MalformedInput(what, hint=hint, place=row.locate(("schema_version",)))]


def _known_on_default(fields: dict[str, Any], today: date, known_on_of: KnownOnOf) -> date:
    """Return the default of `known_on`: today, but for an error correction the `known_on` of its target.

    An error was wrong from the day on which the target was known, not only from the day of its correction.
    """
    superseded = fields if fields["type"] == "event_retracted" else fields.get("supersedes")
    if not isinstance(superseded, dict) or superseded.get("because") != "error":
        return today
    target = superseded.get("target" if superseded is fields else "event_id")
    try:
        event_id = target if isinstance(target, UUID) else UUID(str(target))
    except ValueError:
        return today  # the validation of the event reports the malformed id
    return known_on_of(event_id) or today


def _day(given: object, fields: dict[str, Any]) -> date:
    if isinstance(given, str):
        try:
            return parse_day(given)
        except InvalidDate as error:
            raise InvalidDate(f"{fields['type']}.known_on: {error.what}", hint=error.hint) from error
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    what = f"{fields['type']}.known_on: {shown(given)} is not a single day"
    raise InvalidDate(what, hint="write the full day: YYYY-MM-DD")

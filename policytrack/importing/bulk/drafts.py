"""Validates rows into drafts: the part of an import that runs in parallel.

The result has the drafts in the order of the rows, the findings, and the keys that decisions compare across all drafts.
"""

from __future__ import annotations

import io
import marshal
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from policytrack import errors
from policytrack.decide.contradiction import STATING, keys_of_statements
from policytrack.errors import CellPlace, Place, PolicytrackError, RejectedImport, steps_of
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import Registers, marks_of
from policytrack.events.measures import UnitRegistered
from policytrack.importing.bulk.fast_path import Draft, Id, draft_of, key_of_id, key_of_statement, registrations_of
from policytrack.importing.event_row import Row
from policytrack.importing.formats.json_positions import JsonLine
from policytrack.importing.formats.jsonl import read_lines
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.validate import validate
from policytrack.values.own_units import add_own_units

PlainPlace = tuple[str, int | None, int | None, bool]
"""A place as plain data: source, line, column, and whether it is the cell of a spreadsheet."""
PlainFinding = tuple[int, str, str, str, PlainPlace | None, tuple[str, ...]]
"""An error as plain data: the number of rows read before it, class, what, hint, place, candidates."""
KnownOnOf = Callable[[UUID], date | None]


class Drafted(NamedTuple):
    """A part of a file after validation."""

    rows: int
    """The number of rows read, with or without errors."""
    sound: int
    """The number of rows without errors."""
    drafts: bytes
    """A marshalled list with the fields of a `Draft` for each row without errors."""
    waits: bool
    """Whether a row needs the `known_on` of an event in an earlier part, so that the part must be drafted again."""
    findings: list[tuple[int, PolicytrackError]]
    """Errors, each with the number of rows read before it."""
    sources: list[str]
    """Files, or sheets of a book, of the rows and findings, in order."""
    claimed: list[Id]
    """Ids that rows with errors would register."""
    keys: bytes
    """For each draft 8 bytes of its id and 8 of its content, to find duplicates."""
    about: list[str]
    """Tags of the events that the drafts refer to."""
    registrations: list[tuple[object, ...]]
    """The fields of a `Registration` for each id that a draft registers."""
    accounts: bytes
    """For each figure stated by a row without an event id, 8 bytes of its account and 8 of the figure."""


class _Waits(Exception):
    """Control flow, not an error: the row needs the `known_on` of an event in an earlier part."""


def draft_lines(part: bytes, source: str, after: int, today: date, known_on_of: KnownOnOf | None = None) -> Drafted:
    """Return the drafts of a part of a JSONL file; `after` is the number of lines before the part."""
    return draft_rows(read_lines(io.BytesIO(part), source, after), today, known_on_of)


def draft_rows(items: Iterable[Row | PolicytrackError], today: date, known_on_of: KnownOnOf | None = None) -> Drafted:
    """Return the drafts of rows.

    Without `known_on_of`, an error correction without `known_on` sets `waits` in the result.
    """
    rows, waits = 0, False
    drafts: list[tuple[object, ...]] = []
    findings: list[tuple[int, PolicytrackError]] = []
    sources: dict[str, None] = {}
    claimed: set[Id] = set()
    keys = array("Q")
    about: list[str] = []
    registrations: list[tuple[object, ...]] = []
    accounts = array("Q")
    here: dict[UUID, date] = {}

    def known_on_here(event_id: UUID) -> date | None:
        if known_on_of is None:
            raise _Waits
        return here.get(event_id) or known_on_of(event_id)

    for item in items:
        if isinstance(item, PolicytrackError):
            findings.append((rows, item))
            continue
        rows += 1
        sources[item.place.source] = None
        if item.is_broken:
            claimed |= _registered_by(item)
            continue
        try:
            event = validate(item, today=today, known_on_of=known_on_here)
        except _Waits:
            waits = True
            continue
        except RejectedImport as rejected:
            findings += [(rows, finding) for finding in rejected.findings]
            claimed |= _registered_by(item)
            continue
        here[event.event_id] = event.known_on
        if isinstance(event, UnitRegistered):
            add_own_units(event.own_units())
        has_own_id = item.fields.get("event_id") is not None
        where = _where(item, event.to_json())
        draft = draft_of(event, item.place.line or 0, item.place.column or 0, where, has_own_id=has_own_id)
        drafts.append(tuple(draft))
        keys.append(key_of_id(event.event_id))
        keys.append(key_of_statement(draft.statement_key))
        about.extend(draft.about)
        if not has_own_id and event.TOPIC in STATING:
            accounts.extend(keys_of_statements(event))
        registrations += map(tuple, registrations_of(draft))
    sources |= {finding.place.source: None for _, finding in findings if finding.place is not None}
    content = marshal.dumps(drafts)
    return Drafted(
        rows,
        len(drafts),
        content,
        waits,
        findings,
        list(sources),
        list(claimed),
        keys.tobytes(),
        about,
        registrations,
        accounts.tobytes(),
    )


def drafts_in(content: bytes) -> list[Draft]:
    """Return the drafts of a part. The bytes must come from `draft_rows`: marshal is unsafe for user input."""
    return [Draft._make(draft) for draft in marshal.loads(content)]  # noqa: S302 # as the docstring says


def place_in(source: str, draft: Draft, field: str | None) -> Place:
    """Return the place of a draft, or of one of its fields (the nearest enclosing field if that one is missing)."""
    if isinstance(draft.where, str):
        if field is None:
            return Place(source, draft.line, draft.column)
        node = JsonLine(draft.where or draft.data, source, draft.line).node()
        return Place(source, *node.find(steps_of(field)))
    places: dict[str, PlainPlace] = dict(draft.where)
    while field and field not in places:
        field = field.rpartition(".")[0]
    return _place(places[field or ""])


def _where(row: Row, stored: str) -> Any:
    """Return the places of a row's fields in a compact form.

    For JSONL this is the line itself, from which places are computed when needed; it is empty when the line equals the
    stored form. For other formats it is the place of every field by dotted path.
    """
    if row.line is not None:
        return "" if row.line == stored else row.line
    places = {"": _plain_place(row.place)}
    for path in _paths(row.fields):
        if path[0] not in {"type", "sources"}:  # no decision reports an error in these
            places[".".join(map(str, path))] = _plain_place(row.locate(path))
    return tuple(places.items())


def _paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for index, (name, inner) in enumerate(value.items()):
            yield from _paths(inner, (*path, name))
            if path == ("fields",):  # the event has a list, and decisions give the number of the item
                yield *path, index
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


def _plain_place(place: Place) -> PlainPlace:
    return place.source, place.line, place.column, isinstance(place, CellPlace)


def _place(plain: PlainPlace) -> Place:
    source, line, column, is_cell = plain
    return (CellPlace if is_cell else Place)(source, line, column)


def _registered_by(row: Row) -> set[Id]:
    """Return the ids that a row with errors would register; if its type is unknown, every id that it might register."""
    event_type = EVENT_TYPES.get(str(row.fields.get("type")))
    types = EVENT_TYPES.values() if event_type is None else (event_type,)
    marks = ((name, mark) for one in types for name, mark in marks_of(one).items())
    ids = ((mark.kind, row.fields.get(name)) for name, mark in marks if isinstance(mark, Registers))
    return {(kind, id_) for kind, id_ in ids if isinstance(id_, str)}


def plain_finding(rows: int, error: PolicytrackError) -> PlainFinding:
    """Return an error as plain data, to send it between processes."""
    place = _plain_place(error.place) if error.place else None
    return rows, type(error).__name__, error.what, error.hint, place, error.candidates


def error_of(finding: PlainFinding) -> tuple[int, PolicytrackError]:
    """Return the error and its number of rows from plain data; the reverse of `plain_finding`."""
    rows, name, what, hint, place, candidates = finding
    kind: type[PolicytrackError] = getattr(errors, name)
    return rows, kind(what, hint=hint, place=_place(place) if place else None, candidates=tuple(candidates))

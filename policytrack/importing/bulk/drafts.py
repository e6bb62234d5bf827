"""From rows to drafts: the part of an import that any number of processes can do at once.

Rows go in, and come out as drafts in their order, with the findings and with what the decisions need to know of all
drafts at once.
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
from policytrack.importing.bulk.fast_path import Draft, Id, Registration, draft_of, key_of_id, key_of_statement
from policytrack.importing.event_row import Row
from policytrack.importing.formats.json_positions import JsonLine
from policytrack.importing.formats.jsonl import read_lines
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.validate import validate

PlainPlace = tuple[str, int | None, int | None, bool]
"""A place as plain data: source, line, column, and whether it is the cell of a spreadsheet."""
PlainFinding = tuple[int, str, str, str, PlainPlace | None, tuple[str, ...]]
"""An error as plain data: the number of rows read before it, class, what, hint, place, candidates."""
KnownOnOf = Callable[[UUID], date | None]


class Drafted(NamedTuple):
    """A part of a file after validation."""

    rows: int
    """Events read, sound or not."""
    sound: int
    """Those of them that are sound."""
    drafts: bytes
    """Each of these as a `Draft`, marshalled."""
    waits: bool
    """Whether a row needs to know of an earlier one, and the part has to be drafted again."""
    findings: list[tuple[int, PolicytrackError]]
    """Errors, each with the number of rows read before it."""
    sources: list[str]
    """Files, or sheets of a book, in which the rows and findings are, in their order."""
    claimed: list[Id]
    """Ids that rows in error were to register."""
    keys: bytes
    """Of each draft 8 bytes of its id and 8 of its content, to find what occurs twice."""
    about: list[str]
    registrations: list[tuple[object, ...]]
    accounts: bytes
    """Of each figure that a row without an event id states 8 bytes of its account and 8 of the figure."""


class _Waits(Exception):  # not an error: the row needs to know of an earlier one
    pass


def draft_lines(part: bytes, source: str, after: int, today: date, known_on_of: KnownOnOf | None = None) -> Drafted:
    """The drafts of some lines of a JSONL file, `after` being the number of lines before them."""
    return draft_rows(read_lines(io.BytesIO(part), source, after), today, known_on_of)


def draft_rows(items: Iterable[Row | PolicytrackError], today: date, known_on_of: KnownOnOf | None = None) -> Drafted:
    """The drafts of some rows.

    Without `known_on_of`, the correction of an error that does not say when it was known waits for it.
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
        has_own_id = item.fields.get("event_id") is not None
        where = _where(item, event.to_json())
        draft = draft_of(event, item.place.line or 0, item.place.column or 0, where, has_own_id=has_own_id)
        drafts.append(tuple(draft))
        keys.append(key_of_id(event.event_id))
        keys.append(key_of_statement(draft.statement_key))
        about.extend(draft.about)
        if not has_own_id and event.TOPIC in STATING:
            accounts.extend(keys_of_statements(event))
        for kind, id_ in draft.registers:
            activity = draft.activity_id if kind == "project" else None
            found = Registration(kind, id_, draft.event_id, draft.statement_key, activity, bool(draft.about))
            registrations.append(tuple(found))
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
    """The drafts of a part. Only what was marshalled here is read, never what a user gave."""
    return [Draft._make(draft) for draft in marshal.loads(content)]  # noqa: S302 # as the docstring says


def place_in(source: str, draft: Draft, field: str | None) -> Place:
    """The place of a draft in a file, or that of a field by its dotted path or of the nearest thing around it."""
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
    """What tells the places of a row's fields: its line of JSON, empty when it is as the event is stored; or the
    places of all its fields by their dotted paths."""
    if row.line is not None:
        return "" if row.line == stored else row.line
    places = {"": _plain_place(row.place)}
    for path in _paths(row.fields):
        if path[0] not in {"type", "sources"}:  # no decision refuses these
            places[".".join(map(str, path))] = _plain_place(row.locate(path))
    return tuple(places.items())


def _paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


def _plain_place(place: Place) -> PlainPlace:
    return place.source, place.line, place.column, isinstance(place, CellPlace)


def _place(plain: PlainPlace) -> Place:
    source, line, column, is_cell = plain
    return (CellPlace if is_cell else Place)(source, line, column)


def _registered_by(row: Row) -> set[Id]:
    """The ids that a row was to register, by kind; one of a type that is not known may register any that it names."""
    event_type = EVENT_TYPES.get(str(row.fields.get("type")))
    types = EVENT_TYPES.values() if event_type is None else (event_type,)
    marks = ((name, mark) for one in types for name, mark in marks_of(one).items())
    ids = ((mark.kind, row.fields.get(name)) for name, mark in marks if isinstance(mark, Registers))
    return {(kind, id_) for kind, id_ in ids if isinstance(id_, str)}


def plain_finding(rows: int, error: PolicytrackError) -> PlainFinding:
    """An error as plain data, which passes between processes."""
    place = _plain_place(error.place) if error.place else None
    return rows, type(error).__name__, error.what, error.hint, place, error.candidates


def error_of(finding: PlainFinding) -> tuple[int, PolicytrackError]:
    """The error that was made plain data."""
    rows, name, what, hint, place, candidates = finding
    kind: type[PolicytrackError] = getattr(errors, name)
    return rows, kind(what, hint=hint, place=_place(place) if place else None, candidates=tuple(candidates))

"""The rows of a table as events, by a map."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import Registers
from policytrack.events.fields import fields_of
from policytrack.ids import near_matches
from policytrack.journal.filling import Cells, Filling, split_items
from policytrack.journal.mapping import (
    KNOWN_ON,
    PLACEHOLDER,
    Condition,
    Each,
    EventPart,
    Filler,
    Map,
    fillers,
    is_filler,
    place_of,
)
from policytrack.journal.nodes import FieldPath
from policytrack.journal.rows import Row, RowPlace
from policytrack.journal.table import Record, Table
from policytrack.journal.tabular import TableOptions

Items = Iterator[Row | PolicytrackError]

SHARE = "share"
"""The column that an item's percentage in brackets becomes."""


def rows_by_map(table: Table, map_: Map, options: TableOptions) -> Items:
    """The events that the map makes of a table, row by row; those made of several rows come at the end."""
    errors = list(_misnamed(table, map_, options.key))
    if errors:
        yield from errors
        return
    yield from _Mapped(table, map_, options).rows()


def _misnamed(table: Table, map_: Map, key: tuple[str, ...]) -> Iterator[MalformedInput]:
    """Columns that the map names and the table does not have, or has twice."""
    made = {name for part in map_.parts for name in (*part.columns, *part.constants)} | {KNOWN_ON}
    wanted = dict.fromkeys(name for part in map_.parts for name in part.columns.values())
    for event in map_.event:
        own = {*event.each.columns, SHARE} if event.each else set()
        wanted |= dict.fromkeys(name for name in _columns_of(event) if name not in made | own)
    for name in (*wanted, *key):
        if name not in table.columns:
            near = near_matches(name, table.columns)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(list(table.columns)[:20])}"
            yield MalformedInput(f"the table has no column {name!r}", hint=hint, place=table.header.locate(0))
        elif name in table.twice:
            place = table.header.locate(table.twice[name])
            yield MalformedInput(f"the table has the column {name!r} twice", hint="rename one", place=place)


def _columns_of(event: EventPart) -> Iterator[str]:
    for condition in (event.when, event.unless):
        for name, words in condition.columns.items() if condition else ():
            yield name
            yield from (found for word in words for found in PLACEHOLDER.findall(word))
    yield from event.per
    yield from event.each.columns.values() if event.each else ()
    for _, filler in fillers(event.fields):
        if isinstance(filler, Filler):
            yield from filter(None, (filler.column, filler.sum))
            for template in filter(None, (filler.text, filler.id, filler.otherwise)):
                yield from PLACEHOLDER.findall(template)


@dataclass(frozen=True, slots=True)
class _Places:
    """From the field of a mapped event to its cell, or to the constant in the map."""

    cells: Cells
    origins: dict[FieldPath, str | None]
    map_place: Place

    def locate(self, path: FieldPath) -> Place:
        """The cell of a field or of the nearest thing around it; the row's first when none has it."""
        for length in range(len(path), 0, -1):
            for known, origin in self.origins.items():
                if known[:length] == path[:length]:
                    return self.map_place if origin is None else self.cells.place(origin)
        return self.cells.record.locate(0)


class _Mapped:
    """A table in the making of events."""

    def __init__(self, table: Table, map_: Map, options: TableOptions) -> None:
        self._table, self._map, self._options = table, map_, options
        self._filling = Filling(map_)
        self._registered: set[tuple[str, Any]] = set()
        self._made: dict[str, int] = {}
        self._keys: dict[tuple[str, ...], int] = {}
        self._fields = [_parsed(event.fields) for event in map_.event]
        self._registering = dict(filter(None, (_registering(event.type) for event in map_.event)))

    def rows(self) -> Items:
        groups: dict[tuple[Any, ...], list[Cells]] = {}
        for record in self._table.records:
            if isinstance(record, PolicytrackError):
                yield record
                continue
            yield from self._check_key(record)
            for cells in self._things(record):
                for number, event in enumerate(self._map.event):
                    try:
                        chosen = [one for one in self._items(event.each, cells) if self._is_meant(event, one)]
                    except MalformedInput as error:
                        yield error
                        continue
                    if event.per:
                        for one in chosen:
                            groups.setdefault((number, *map(one.text, event.per)), []).append(one)
                    else:
                        yield from (row for one in chosen for row in self._event(number, [one]))
        for (number, *_), together in groups.items():
            yield from self._event(number, together)

    def _check_key(self, record: Record) -> Iterator[MalformedInput]:
        if not self._options.key:
            return
        indices = [self._table.columns[name] for name in self._options.key]
        key = tuple(record.cells[index] for index in indices)
        place = record.locate(indices[0])
        if not all(key):
            yield MalformedInput("the row has no key", hint=f"fill {', '.join(self._options.key)}", place=place)
        elif (first := self._keys.setdefault(key, record.number)) != record.number:
            what = f"the key {' '.join(key)!r} is that of row {first} too"
            yield MalformedInput(what, hint="a snapshot has each thing once", place=place)

    def _things(self, record: Record) -> Iterator[Cells]:
        """The row once, or once for each of the things that it says something of."""
        known_on = {KNOWN_ON: (self._options.known_on.isoformat(), 0)}
        columns = self._table.columns
        if not self._map.parts:
            yield Cells(record, columns, known_on)
        for part in self._map.parts:
            made = {name: (record.cells[columns[column]], columns[column]) for name, column in part.columns.items()}
            yield Cells(
                record, columns, {**known_on, **made, **{name: (text, 0) for name, text in part.constants.items()}}
            )

    def _items(self, each: Each | None, cells: Cells) -> list[Cells]:
        """The row once, or once for each item of its lists. Raises `MalformedInput` for lists of unequal length."""
        if each is None:
            return [cells]
        lists = {name: split_items(cells.text(column), each.split) for name, column in each.columns.items()}
        longest = max(map(len, lists.values()))
        for name, items in lists.items():
            if len(items) != longest:
                what = f"{len(items)} items stand here, and {longest} in another list of the row"
                raise MalformedInput(
                    what, hint=f"they are split at {each.split!r}", place=cells.place(each.columns[name])
                )
        found = []
        for number in range(longest):
            made = {name: (items[number][0], cells.index(each.columns[name])) for name, items in lists.items()}
            shares = [(items[number][1], cells.index(each.columns[name])) for name, items in lists.items()]
            found.append(cells.with_extra({SHARE: next(filter(lambda one: one[0], shares), shares[0]), **made}))
        return found

    def _is_meant(self, event: EventPart, cells: Cells) -> bool:
        if event.when is not None and not all(self._holds(event.when, cells)):
            return False
        return event.unless is None or not any(self._holds(event.unless, cells))

    def _holds(self, condition: Condition, cells: Cells) -> Iterator[bool]:
        for name, words in condition.columns.items():
            filled = ((self._filling.template(word, cells, ()) or "") if "{" in word else word for word in words)
            yield cells.text(name) in filled

    def _event(self, number: int, rows: list[Cells]) -> Items:
        """One event, or what is wrong with its cells; nothing for a registration that was made before."""
        event = self._map.event[number]
        filled = _Filled(self._filling, rows)
        parts = self._fields[number]
        if (name := self._registering.get(event.type)) is not None and name in parts:
            # A table says what a thing is as often as it names it: the first time counts.
            id_ = filled.fill(parts[name], (name,))
            if isinstance(id_, str):
                if (event.type, id_) in self._registered:
                    return
                self._registered.add((event.type, id_))
            filled = _Filled(self._filling, rows)
        fields: dict[str, Any] = filled.fill(parts, ()) or {}
        fields["type"] = event.type
        if filled.errors:
            yield from filled.errors
            first_cell = rows[0].record.locate
            yield Row(fields, first_cell(0), lambda _: first_cell(0), is_broken=True)
            return
        if "effective" not in fields and fields_of(EVENT_TYPES[event.type])["effective"].required:
            fields["effective"] = f"../{fields.get('known_on', self._options.known_on.isoformat())}"
        if self._map.source is not None:
            fields.setdefault("sources", [self._map.source])
        places = _Places(rows[0], filled.origins, place_of(self._map.file, ("event", number)))
        place = RowPlace.of(rows[0].record.locate(0), places.locate)
        first = self._made.setdefault(json.dumps(fields, sort_keys=True, default=str), rows[0].record.number)
        if first != rows[0].record.number:
            what = f"row {first} makes the very same {event.type}: as one statement it would count once"
            hint = "say in the map which columns make it one (per) and what is added up (sum)"
            yield MalformedInput(what, hint=hint, place=place)
            return
        yield Row(fields, place, places.locate)


class _Filled:
    """The fields of one event being filled: where each came from, and what is wrong."""

    def __init__(self, filling: Filling, rows: list[Cells]) -> None:
        self._filling, self._rows = filling, rows
        self.origins: dict[FieldPath, str | None] = {}
        self.errors: list[MalformedInput] = []

    def fill(self, part: Any, path: FieldPath) -> Any:
        """The value of a field, None when there is nothing to say."""
        if isinstance(part, Filler):
            try:
                value, self.origins[path] = self._filling.value(part, self._rows)
            except MalformedInput as error:
                self.errors.append(error)
                return None
            return value
        if isinstance(part, dict):
            inner = {name: self.fill(one, (*path, name)) for name, one in part.items()}
            return {name: one for name, one in inner.items() if one is not None} or None
        if isinstance(part, list):
            return [one for index, item in enumerate(part) if (one := self.fill(item, (*path, index))) is not None]
        self.origins[path] = None
        return part


def _registering(event_type: str) -> tuple[str, str] | None:
    """A type of registrations, and the field that brings the new id."""
    for name, field in fields_of(EVENT_TYPES[event_type]).items():
        if isinstance(field.mark, Registers) and EVENT_TYPES[event_type].IS_REGISTRATION:
            return event_type, name
    return None


def _parsed(fields: Any) -> Any:
    """The fields of an event with their fillers as such; days of TOML as text."""
    if is_filler(fields):
        return Filler.model_validate(fields)
    if isinstance(fields, dict):
        return {name: _parsed(inner) for name, inner in fields.items()}
    if isinstance(fields, list):
        return [_parsed(inner) for inner in fields]
    return fields if isinstance(fields, bool | int) else str(fields)

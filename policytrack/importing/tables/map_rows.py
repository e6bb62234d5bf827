"""Converts the rows of a table to events with a map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from policytrack.errors import MalformedInput, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import fields_of
from policytrack.importing.event_row import Row
from policytrack.importing.formats.table import Record, Table
from policytrack.importing.tables.cell_style import AS_FIELDS, Style
from policytrack.importing.tables.contradicting_rows import Statements
from policytrack.importing.tables.doubtful_amounts import DoubtfulAmounts
from policytrack.importing.tables.map_conditions import Test
from policytrack.importing.tables.map_file import Map, place_of
from policytrack.importing.tables.map_groups import Group
from policytrack.importing.tables.map_joins import Joined, read_joins
from policytrack.importing.tables.map_parts import KNOWN_ON, ROW, SHARE
from policytrack.importing.tables.map_plan import FieldPlaces, Plan
from policytrack.importing.tables.map_registrations import Registrations
from policytrack.importing.tables.map_values import Filling
from policytrack.importing.tables.row_cells import Cells, items_of
from policytrack.importing.tables.table_options import TableOptions
from policytrack.importing.tables.unmapped import Watch
from policytrack.values.ids import near_matches

Items = Iterator[Row | PolicytrackError]
_NONE: Final[Mapping[int, str]] = {}


def rows_by_map(
    table: Table, map_: Map, options: TableOptions, style: Style = AS_FIELDS, amounts: Mapping[int, str] = _NONE
) -> Items:
    """Yield the events that a map makes of a table, row by row; events made of several rows come at the end.

    `amounts` are the columns of capacity and money, by index: in them, rows that may be totals are found. Memory holds
    the ids, a digest of each statement, and one folded group for each event with `per`.
    """
    errors = list(_misnamed(table, map_, options.key))
    if errors:
        yield from errors
        return
    joins, join_errors = read_joins(map_, style)
    if join_errors:
        yield from join_errors
        return
    yield from _Mapped(table, map_, options, joins, amounts).rows()


def _misnamed(table: Table, map_: Map, key: tuple[str, ...]) -> Iterator[MalformedInput]:
    """Yield an error for each column that the map names and the table lacks or has twice."""
    for name in (*_columns_of(map_), *key):
        if name not in table.columns:
            near = near_matches(name, table.columns)
            hint = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(list(table.columns)[:20])}"
            yield MalformedInput(f"the table has no column {name!r}", hint=hint, place=table.header.locate(0))
        elif name in table.twice:
            place = table.header.locate(table.twice[name])
            yield MalformedInput(f"the table has the column {name!r} twice", hint="rename one", place=place)


def _columns_of(map_: Map) -> dict[str, None]:
    """Return the columns of the table that a map reads."""
    made = {name for part in map_.parts for name in (*part.columns, *part.constants)} | {KNOWN_ON, ROW}
    made |= {name for joined in map_.join for name in joined.columns}
    wanted = dict.fromkeys(name for part in map_.parts for name in part.columns.values())
    wanted |= dict.fromkeys(name for skip in map_.skip for name in skip.when.names() if name not in made)
    of_items: set[str] = set()
    for event in map_.event:
        own = {*event.each.columns, SHARE} if event.each else set()
        of_items |= own
        wanted |= dict.fromkeys(name for name in event.names() if name not in made | own)
    wanted |= dict.fromkeys(map_.filled_columns())
    wanted |= dict.fromkeys(name for joined in map_.join for name in joined.on)
    wanted |= dict.fromkeys(one.column for one in map_.ignore if one.column not in made | of_items)
    return wanted


class _Mapped:
    """Converts one table, and collects what the map did not use."""

    def __init__(
        self, table: Table, map_: Map, options: TableOptions, joins: list[Joined], amounts: Mapping[int, str]
    ) -> None:
        self._table, self._map, self._options, self._joins = table, map_, options, joins
        self._filling = Filling(map_)
        self._plans = [Plan.of(number, event) for number, event in enumerate(map_.event)]
        self._skips = [(Test.of(one.when), one.reason) for one in map_.skip]
        self._registrations = Registrations.of(self._plans)
        self._statements = Statements()
        self._groups: dict[tuple[Any, ...], Group] = {}
        self._keys: dict[tuple[str, ...], int] = {}
        self._watch = Watch(map_, self._plans, options.unused.of(table.source))
        self._fill = {table.columns[name]: "" for name in map_.filled_columns()}
        self._amounts = DoubtfulAmounts(amounts)
        self._later: list[tuple[int, Row]] = []
        read = {*_columns_of(map_), *options.key}
        self._read = frozenset(table.columns[name] for name in read)
        """The indices of the columns that the map reads: only there does an unreadable cell matter."""
        self._read_by_skips = frozenset(
            table.columns[name] for one in map_.skip for name in one.when.names() if name in table.columns
        )
        self._watch.unused.columns = [name for name in table.columns if name not in read]

    def rows(self) -> Items:
        for record in self._table.records:
            if isinstance(record, PolicytrackError):
                yield record
                continue
            yield from self._record(self._filled(record) if self._fill else record)
        yield from self._finished()

    def _filled(self, record: Record) -> Record:
        """Return the row with the text above in the empty cells of columns with `fill`."""
        cells = list(record.cells)
        for index, above in self._fill.items():
            cells[index] = self._fill[index] = cells[index] or above
        return replace(record, cells=tuple(cells))

    def _record(self, record: Record) -> Items:
        if errors := record.errors_in(self._read):
            skips = not self._joins and not self._map.parts and not record.errors_in(self._read_by_skips)
            if not (skips and self._is_skipped(Cells(record, self._table.columns, {}))):
                yield from errors
            return
        yield from self._check_key(record)
        matched: set[int] = set()
        is_used = False
        try:
            parts = list(self._parts(record))
        except MalformedInput as error:
            yield error
            return
        if any(self._is_skipped(cells) for _, cells in parts):
            return
        for part, cells in parts:
            matching: set[int] = set()
            for plan in self._plans:
                try:
                    chosen = self._chosen(plan, cells)
                except MalformedInput as error:
                    yield error
                    is_used = True
                    continue
                if chosen:
                    matching.add(plan.number)
                for one in chosen:
                    yield from self._event(plan, one, part)
            matched |= matching
            yield from self._unknown_words(cells, part, matching)
        if matched:
            self._amounts.add(record, frozenset(matched))
        elif not is_used:
            self._watch.without_event([cells for _, cells in parts])

    def _is_skipped(self, cells: Cells) -> bool:
        for test, reason in self._skips:
            if test.holds(cells):
                self._watch.unused.skipped.add(reason, cells.record.number)
                return True
        return False

    def _unknown_words(self, cells: Cells, part: int, matching: set[int]) -> Iterator[MalformedInput]:
        """Count the words that no condition names; in a snapshot, refuse the first occurrence of each.

        A snapshot row that still makes a statement (not only registrations) is not refused.
        """
        if self._map.parts and not any(cells.text(name) for name in self._map.parts[part].columns):
            return
        for column, word in self._watch.unknown_words(cells, matching):
            is_new = self._watch.unused.words.add((column, word), cells.record.number)
            if is_new and self._options.key and all(self._plans[number].registers for number in matching):
                what = f"no condition of the map names {column} {word[:60]!r}: the row would count as unchanged"
                near = near_matches(word, self._watch.known.get(column, ())) if word else ()
                close = f"; similar: {near[0]!r}" if near else ""
                hint = f"add it to a `when` of the map, or to [[ignore]] with a reason{close}"
                yield MalformedInput(what, hint=hint, place=cells.place(column))

    def _check_key(self, record: Record) -> Iterator[MalformedInput]:
        if not self._options.key:
            return
        indices = [self._table.columns[name] for name in self._options.key]
        key = tuple(record.cells[index] for index in indices)
        place = record.locate(indices[0])
        if not all(key):
            yield MalformedInput("the row has no key", hint=f"fill {', '.join(self._options.key)}", place=place)
        elif (first := self._keys.setdefault(key, record.number)) != record.number:
            what = f"row {first} has the key {' '.join(key)!r} too"
            hint = "keep one row for each key, or add a column to --key"
            yield MalformedInput(what, hint=hint, place=place)

    def _parts(self, record: Record) -> Iterator[tuple[int, Cells]]:
        """Yield the row once, or once for each of the map's `[[parts]]`, with the part's number.

        Raises `MalformedInput` for a row without a match in a joined file.
        """
        extra = {KNOWN_ON: (self._options.known_on.isoformat(), 0)}
        columns = self._table.columns
        for joined in self._joins:
            extra |= joined.columns_of(record, columns)
        if not self._map.parts:
            yield 0, Cells(record, columns, extra)
        for number, part in enumerate(self._map.parts):
            made = {name: (record.cells[columns[column]], columns[column]) for name, column in part.columns.items()}
            constants = {name: (text, 0) for name, text in part.constants.items()}
            yield number, Cells(record, columns, {**extra, **made, **constants})

    def _chosen(self, plan: Plan, cells: Cells) -> list[Cells]:
        """Return the row, or its list items, to which the event applies. Raises `MalformedInput` for bad lists."""
        if plan.each is None:
            return [cells] if plan.meant(cells) else []
        chosen = []
        for item in items_of(plan.each, cells):
            if plan.meant(item):
                chosen.append(item)
            elif plan.uses_share and not item.text(SHARE) and plan.meant(item, leaving=SHARE):
                column, name = next(iter(plan.each.columns.values())), next(iter(plan.each.columns))
                self._watch.unused.items.add((column, item.text(name)[:60]), cells.record.number)
        return chosen

    def _event(self, plan: Plan, cells: Cells, part: int) -> Items:
        """Yield the event of a row and its errors; with `per`, fold the row and yield only errors."""
        places = plan.places(cells, part, place_of(self._map.file, ("event", plan.number)))
        if plan.per:
            key = (plan.number, *map(cells.text, plan.per))
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = Group.of(plan, cells, places)
            yield from group.add(self._filling, cells)
            return
        values, errors = plan.values(self._filling, cells)
        yield from errors
        yield from self._made(plan, plan.fields(values), places, cells.record.number, is_broken=bool(errors))

    def _finished(self) -> Items:
        """Yield, at the end of the table, registrations first, then the events of several rows by their `order`."""
        self._watch.unused.notes += self._amounts.notes()
        self._watch.unused.notes += [note for joined in self._joins for note in joined.notes()]
        groups = sorted(self._groups.values(), key=lambda group: group.plan.number)
        self._groups.clear()
        for group in groups:
            if group.plan.registers is not None:
                yield from self._of_group(group)
        for waiting in self._registrations.waiting():
            yield self._row(*waiting)
        for order in sorted({plan.order for plan in self._plans}):
            for group in groups:
                if group.plan.registers is None and group.plan.order == order:
                    yield from self._of_group(group)
            yield from (row for of, row in self._later if of == order)

    def _of_group(self, group: Group) -> Items:
        yield from self._made(group.plan, group.fields(), group.places, group.row, is_broken=group.is_broken)

    def _made(self, plan: Plan, fields: dict[str, Any], places: FieldPlaces, number: int, *, is_broken: bool) -> Items:
        """Yield a complete event or its errors; hold back incomplete registrations and events with `order`."""
        if is_broken:
            first = places.row(0)
            yield Row(fields, first, lambda _: first, is_broken=True)
            return
        if "effective" not in fields and fields_of(EVENT_TYPES[plan.type])["effective"].required:
            fields["effective"] = f"../{fields.get('known_on', self._options.known_on.isoformat())}"
        if plan.registers is not None:
            ready, errors = self._registrations.take(plan, fields, places, number)
            yield from errors
            if ready is not None:
                yield self._row(*ready)
            return
        row = self._row(fields, places)
        if (repeated := self._statements.check(row, number, plan)) is not None:
            yield repeated
        elif plan.order and not plan.per:
            self._later.append((plan.order, row))
        else:
            yield row

    def _row(self, fields: dict[str, Any], places: FieldPlaces) -> Row:
        if self._map.source is not None:
            fields.setdefault("sources", [self._map.source])
        return Row(fields, places.row(0), places.locate)

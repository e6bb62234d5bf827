"""Joins the columns of other files to the rows of a table by a key, under names given in the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from policytrack.errors import MalformedInput, NotFound, PolicytrackError, counted
from policytrack.events import EVENT_TYPES
from policytrack.importing.formats.table import Record, Table, table_of
from policytrack.importing.tables.cell_style import Style, styled
from policytrack.importing.tables.map_columns import columns_by_map
from policytrack.importing.tables.map_file import Join, Map
from policytrack.input_files import open_input
from policytrack.values.ids import near_matches


@dataclass(slots=True)
class Joined:
    """The rows of a joined file by key, with only the columns that the map names."""

    part: Join
    shown: str
    """The name of the file in messages."""
    rows: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    used: set[tuple[str, ...]] = field(default_factory=set)
    missing: int = 0

    def columns_of(self, record: Record, columns: dict[str, int]) -> dict[str, tuple[str, int]]:
        """Return the joined columns of a row. Raises `MalformedInput` when the file has no row with its key."""
        indices = [columns[name] for name in self.part.on]
        key = tuple(record.cells[index] for index in indices)
        joined_row = self.rows.get(key)
        if joined_row is None:
            if not self.part.optional:
                what = f"{self.shown} has no row with {_key(self.part, key)}"
                near = near_matches(key[0], (one[0] for one in self.rows)) if len(self.rows) < 10_000 else ()
                hint = f"similar key: {near[0]!r}; " if near else ""
                hint += "correct the key, or set optional = true under [[join]]"
                raise MalformedInput(what, hint=hint, place=record.locate(indices[0]))
            self.missing += any(key)
            return dict.fromkeys(self.part.columns, ("", indices[0]))
        self.used.add(key)
        return {name: (text, indices[0]) for name, text in zip(self.part.columns, joined_row, strict=True)}

    def notes(self) -> Iterator[str]:
        """Yield a warning for rows without a match on either side."""
        if self.missing:
            yield f"{counted(self.missing, 'row')} without a matching row in {self.shown}"
        if unused := len(self.rows) - len(self.used):
            yield f"{unused} of {counted(len(self.rows), 'row')} of {self.shown} match no row of the table"


def read_joins(map_: Map, style: Style) -> tuple[list[Joined], list[PolicytrackError]]:
    """Read the files that a map joins; return them and their errors. Paths are relative to the map."""
    joins, errors = [], []
    for part in map_.join:
        path = Path(map_.file).parent / part.file
        joined = Joined(part, part.file)
        joins.append(joined)
        try:
            errors += _read(joined, path, map_, style)
        except PolicytrackError as error:
            errors.append(error)
    return joins, errors


def _read(joined: Joined, path: Path, map_: Map, style: Style) -> list[PolicytrackError]:
    part = joined.part
    try:
        stream = open_input(path)
    except OSError as trouble:
        what = f"cannot read {part.file}, which the map joins: {trouble.strerror}"
        raise NotFound(what, hint="write the path relative to the map") from None
    with stream:
        table = _table(stream, path, part)
        wanted = [*part.on.values(), *part.columns.values()]
        for name in wanted:
            if name not in table.columns:
                near = near_matches(name, table.columns)
                hint = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(list(table.columns)[:20])}"
                what = f"the joined table has no column {name!r}"
                raise MalformedInput(what, hint=hint, place=table.header.locate(0))
        named = {name: table.columns[column] for name, column in part.columns.items()}
        return list(_rows(joined, table, styled(table.records, columns_by_map(map_, named, style))))


def _table(stream: BinaryIO, path: Path, part: Join) -> Table:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        from policytrack.importing.formats.xlsx import read_xlsx

        for sheet in read_xlsx(stream, str(path), part.sheet, EVENT_TYPES):
            if isinstance(sheet, PolicytrackError):
                raise sheet
            return table_of(sheet[1], f"{path}!{sheet[0]}", part.header)
    from policytrack.importing.formats.csv import CsvFile
    from policytrack.importing.formats.encodings import encoding_of

    encoding = encoding_of(part.encoding) if part.encoding else None
    file = CsvFile(stream, str(path), part.separator, encoding)
    return table_of(iter(file), str(path), part.header)


def _rows(joined: Joined, table: Table, records: Iterator[Record | PolicytrackError]) -> Iterator[PolicytrackError]:
    """Read the rows into `joined`; yield the errors: unreadable rows, and keys with two different rows."""
    part = joined.part
    keys = [table.columns[name] for name in part.on.values()]
    values = [table.columns[name] for name in part.columns.values()]
    first: dict[tuple[str, ...], int] = {}
    for record in records:
        if isinstance(record, PolicytrackError):
            yield record
            continue
        if errors := record.errors_in({*keys, *values}):
            yield from errors
            continue
        key = tuple(record.cells[index] for index in keys)
        if not any(key):
            continue
        row = tuple(record.cells[index] for index in values)
        known = joined.rows.setdefault(key, row)
        first.setdefault(key, record.number)
        if known != row:
            named = zip(part.columns.values(), known, row, strict=True)
            differing = next(name for name, one, other in named if one != other)
            what = f"rows {first[key]} and {record.number} both have {_key(part, key)}, but differ in {differing!r}"
            yield MalformedInput(what, hint="keep one row for each key", place=record.locate(keys[0]))


def _key(part: Join, key: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {text[:60]!r}" for name, text in zip(part.on.values(), key, strict=True))

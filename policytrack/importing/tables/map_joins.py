"""Other files that a map joins to the rows of a table by a key: their columns under names of the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from policytrack.errors import MalformedInput, NotFound, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.importing.formats.table import Record, Table, table_of
from policytrack.importing.tables.cell_style import Style, styled
from policytrack.importing.tables.map_columns import columns_by_map
from policytrack.importing.tables.map_file import Join, Map
from policytrack.input_files import open_input
from policytrack.values.ids import near_matches


@dataclass(slots=True)
class Joined:
    """The rows of a joined file by their keys; only the columns that the map names are held."""

    part: Join
    shown: str
    """The file, for messages."""
    rows: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    used: set[tuple[str, ...]] = field(default_factory=set)
    missing: int = 0

    def columns_of(self, record: Record, columns: dict[str, int]) -> dict[str, tuple[str, int]]:
        """The columns that a row of the table gets. Raises `MalformedInput` when the file has no row of its key."""
        indices = [columns[name] for name in self.part.on]
        key = tuple(record.cells[index] for index in indices)
        found = self.rows.get(key)
        if found is None:
            if not self.part.optional:
                what = f"{self.shown} has no row with {_key(self.part, key)}"
                near = near_matches(key[0], (one[0] for one in self.rows)) if len(self.rows) < 10_000 else ()
                hint = f"close: {near[0]!r}; " if near else ""
                hint += "correct the key, or say optional = true under [[join]]"
                raise MalformedInput(what, hint=hint, place=record.locate(indices[0]))
            self.missing += any(key)
            return dict.fromkeys(self.part.columns, ("", indices[0]))
        self.used.add(key)
        return {name: (text, indices[0]) for name, text in zip(self.part.columns, found, strict=True)}

    def notes(self) -> Iterator[str]:
        """What was not joined."""
        if self.missing:
            yield f"{self.missing} rows have no row in {self.shown}"
        if unused := len(self.rows) - len(self.used):
            yield f"{unused} of {len(self.rows)} rows of {self.shown} are joined to no row"


def read_joins(map_: Map, style: Style) -> tuple[list[Joined], list[PolicytrackError]]:
    """The files that a map joins, and what is wrong with them. A path is relative to the map."""
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
        what = f"the map joins {part.file}, which cannot be read: {trouble.strerror}"
        raise NotFound(what, hint="a path in a map is relative to the map") from None
    with stream:
        table = _table(stream, path, part)
        wanted = [*part.on.values(), *part.columns.values()]
        for name in wanted:
            if name not in table.columns:
                near = near_matches(name, table.columns)
                hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(list(table.columns)[:20])}"
                what = f"the joined table has no column {name!r}"
                raise MalformedInput(what, hint=hint, place=table.header.locate(0))
        named = {name: table.columns[column] for name, column in part.columns.items()}
        return list(_rows(joined, table, styled(table.records, columns_by_map(map_, named, style))))


def _table(stream: BinaryIO, path: Path, part: Join) -> Table:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        from policytrack.importing.formats.xlsx import read_xlsx

        for found in read_xlsx(stream, str(path), part.sheet, EVENT_TYPES):
            if isinstance(found, PolicytrackError):
                raise found
            return table_of(found[1], f"{path}!{found[0]}", part.header)
    from policytrack.importing.formats.csv import CsvFile
    from policytrack.importing.formats.encodings import encoding_of

    encoding = encoding_of(part.encoding) if part.encoding else None
    file = CsvFile(stream, str(path), part.separator, encoding)
    return table_of(iter(file), str(path), part.header)


def _rows(joined: Joined, table: Table, records: Iterator[Record | PolicytrackError]) -> Iterator[PolicytrackError]:
    """Fill in the rows; yields what is wrong: unreadable rows, and keys with two different rows."""
    part = joined.part
    keys = [table.columns[name] for name in part.on.values()]
    values = [table.columns[name] for name in part.columns.values()]
    first: dict[tuple[str, ...], int] = {}
    for record in records:
        if isinstance(record, PolicytrackError):
            yield record
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
            what = f"rows {first[key]} and {record.number} have {_key(part, key)} and differ in {differing!r}"
            yield MalformedInput(what, hint="a joined file has one row for each key", place=record.locate(keys[0]))


def _key(part: Join, key: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {text[:60]!r}" for name, text in zip(part.on.values(), key, strict=True))

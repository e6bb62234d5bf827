"""CSV and XLSX as events: the table is read, then its rows become events by their header or by a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

from policytrack.errors import MalformedInput, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.journal.csv_file import read_csv
from policytrack.journal.rows import Row
from policytrack.journal.table import Record, table_of
from policytrack.journal.table_rows import rows_of_table

if TYPE_CHECKING:
    from policytrack.journal.mapping import Map
    from policytrack.journal.reading import Format


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How tables are read."""

    known_on: date
    """Day on which rows were known that do not say; a map writes it as ``{known_on}``."""
    sheet: str | None = None
    event_type: str | None = None
    """Type of rows that do not say, when the columns are the fields of events."""
    map: Map | None = None
    key: tuple[str, ...] = ()
    """Columns that name a row of a snapshot: no two rows have the same."""

    @property
    def needs_table(self) -> bool:
        """Whether any file that is not known otherwise must be a table."""
        return self.event_type is not None or (self.map is not None and bool(self.map.event))


def read_table(
    stream: BinaryIO, source: str, format_: Format, options: TableOptions | None
) -> Iterator[Row | PolicytrackError]:
    """The events of a CSV or XLSX file, and what is wrong with it, each with its place."""
    map_ = options.map if options is not None else None
    if format_ != "xlsx":
        yield from _events(read_csv(stream, source, map_.table.separator if map_ else None), source, None, options)
        return
    # Most tables are CSV, and unpacking books takes more machinery.
    from policytrack.journal.xlsx_file import read_xlsx

    sheet = options.sheet if options is not None and options.sheet else map_.table.sheet if map_ else None
    for found in read_xlsx(stream, source, sheet, EVENT_TYPES):
        if isinstance(found, PolicytrackError):
            yield found
        else:
            name, records = found
            yield from _events(records, f"{source}!{name}", name if name in EVENT_TYPES else None, options)


def _events(
    records: Iterator[Record | PolicytrackError], source: str, event_type: str | None, options: TableOptions | None
) -> Iterator[Row | PolicytrackError]:
    """The events of one table; `event_type` is what its sheet is called, if that is one."""
    map_ = options.map if options is not None else None
    try:
        table = table_of(records, source, map_.table.header if map_ else None)
    except MalformedInput as error:
        yield error
        return
    if options is None or map_ is None or not map_.event:
        given = options.event_type if options is not None else None
        yield from rows_of_table(table, given or event_type)
        return
    from policytrack.journal.mapped_rows import rows_by_map

    yield from rows_by_map(table, map_, options)

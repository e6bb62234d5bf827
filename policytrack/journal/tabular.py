"""CSV and XLSX as events: the table is read, then its rows become events by their header or by a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.journal.cell_style import Style, styled
from policytrack.journal.csv_file import CsvFile
from policytrack.journal.encodings import encoding_of
from policytrack.journal.rows import Row
from policytrack.journal.table import Record, table_of
from policytrack.journal.table_rows import rows_of_table
from policytrack.journal.unused import Unused
from policytrack.numbers import DecimalMark

if TYPE_CHECKING:
    from policytrack.journal.formats import Format
    from policytrack.journal.mapping import Map
    from policytrack.journal.xlsx_layout import Layout


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
    decimal: DecimalMark | None = None
    """The decimal mark of the files; None: the map's, else a point, but unsaid where no comma separates the cells."""
    date: str | None = None
    """The form of dates, such as ``DD/MM/YYYY``; None: the map's, else those that the fields read."""
    fiscal_year: str | None = None
    """The country whose fiscal year ``2033-34`` is; None: the map's."""
    encoding: str | None = None
    """Of CSV; None: the map's, else UTF-8, and UTF-16 where its mark is."""
    unused: Unused = field(default_factory=Unused, compare=False)
    """Filled while tables are read: what was not used of them."""

    @property
    def needs_table(self) -> bool:
        """Whether any file that is not known otherwise must be a table."""
        return self.event_type is not None or (self.map is not None and bool(self.map.event))

    def style(self, separator: str = ",") -> Style:
        """How numbers and dates are written in a table; between its cells stands `separator`."""
        part = self.map.table if self.map is not None else None
        unsaid: DecimalMark = "." if separator == "," else "unsaid"
        return Style(
            self.decimal or (part and part.decimal) or unsaid,
            self.date or (part and part.date) or None,
            fiscal_year=self.fiscal_year or (part and part.fiscal_year) or None,
        )


def read_table(
    stream: BinaryIO, source: str, format_: Format, options: TableOptions | None
) -> Iterator[Row | PolicytrackError]:
    """The events of a CSV, XLSX or JSON file, and what is wrong with it, each with its place."""
    map_ = options.map if options is not None else None
    if format_ == "json":
        if map_ is None or not map_.event:
            hint = "--map FILE; events of ours line by line are JSON Lines: --format jsonl"
            yield MalformedInput("JSON of other records needs a map", hint=hint, place=Place(source))
            return
        from policytrack.journal.json_records import read_json_records

        yield from _events(read_json_records(stream, source), source, None, options, is_json=True)
        return
    if format_ != "xlsx":
        encoding = (options and options.encoding) or (map_ and map_.table.encoding)
        separator = map_.table.separator if map_ else None
        file = CsvFile(stream, source, separator, encoding_of(encoding) if encoding else None)
        yield from _events(iter(file), source, None, options, file)
        return
    # Most tables are CSV, and unpacking books takes more machinery.
    from policytrack.journal.xlsx_file import read_xlsx

    sheet = options.sheet if options is not None and options.sheet else map_.table.sheet if map_ else None
    for found in read_xlsx(stream, source, sheet, EVENT_TYPES):
        if isinstance(found, PolicytrackError):
            yield found
        else:
            name, records, layout = found
            of_type = name if name in EVENT_TYPES else None
            yield from _events(records, f"{source}!{name}", of_type, options, layout=layout)


def _events(
    records: Iterator[Record | PolicytrackError],
    source: str,
    event_type: str | None,
    options: TableOptions | None,
    file: CsvFile | None = None,
    layout: Layout | None = None,
    *,
    is_json: bool = False,
) -> Iterator[Row | PolicytrackError]:
    """The events of one table; `event_type` is what its sheet is called, if that is one."""
    map_ = options.map if options is not None else None
    try:
        # The header of JSON is made of its fields.
        table = table_of(records, source, map_.table.header if map_ and not is_json else None)
    except MalformedInput as error:
        yield error
        return
    if options is not None and layout is not None:
        filled = {table.columns.get(name, -1) for name in map_.filled_columns()} if map_ is not None else set()
        names = {index: name for name, index in table.columns.items()}
        notes = list(layout.notes(table.header.number, names, filled))
        if notes:
            options.unused.of(source).notes.extend(notes)
    separator = (file.separator if file is not None else None) or ","
    style = (options or TableOptions(date.min)).style(separator)
    if options is None or map_ is None or not map_.event:
        given = options.event_type if options is not None else None
        yield from rows_of_table(table, given or event_type, style)
        return
    from policytrack.journal.mapped_columns import columns_by_map
    from policytrack.journal.mapped_rows import rows_by_map

    records = styled(table.records, columns_by_map(map_, table.columns, style))
    yield from rows_by_map(replace(table, records=records), map_, options, style)

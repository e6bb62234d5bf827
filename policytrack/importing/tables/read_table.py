"""Reads a table (CSV, XLSX, JSON) and converts its rows to events, by its header or with a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.importing.event_row import Row
from policytrack.importing.formats.csv import CsvFile
from policytrack.importing.formats.encodings import encoding_of
from policytrack.importing.formats.table import Record, table_of
from policytrack.importing.tables.cell_style import styled
from policytrack.importing.tables.field_columns import rows_of_table
from policytrack.importing.tables.fiscal_doubt import warned_of_fiscal_years
from policytrack.importing.tables.table_options import TableOptions

if TYPE_CHECKING:
    from policytrack.importing.formats import Format
    from policytrack.importing.formats.xlsx_layout import Layout


def read_table(
    stream: BinaryIO, source: str, format_: Format, options: TableOptions | None
) -> Iterator[Row | PolicytrackError]:
    """Yield the rows of a CSV, XLSX or JSON file and its errors."""
    map_ = options.map if options is not None else None
    if format_ == "json":
        if map_ is None or not map_.event:
            hint = "use --map FILE; for events in the policytrack format, one per line, use --format jsonl"
            yield MalformedInput("JSON of another publisher needs a map", hint=hint, place=Place(source))
            return
        from policytrack.importing.formats.json_tables import read_json_records

        yield from _events(read_json_records(stream, source), source, None, options, is_json=True)
        return
    if format_ != "xlsx":
        encoding = (options and options.encoding) or (map_ and map_.table.encoding)
        separator = map_.table.separator if map_ else None
        file = CsvFile(stream, source, separator, encoding_of(encoding) if encoding else None)
        yield from _events(iter(file), source, None, options, file)
        return
    from policytrack.importing.formats.xlsx import read_xlsx  # slow to load, and most tables are CSV

    sheet = options.sheet if options is not None and options.sheet else map_.table.sheet if map_ else None
    for item in read_xlsx(stream, source, sheet, EVENT_TYPES):
        if isinstance(item, PolicytrackError):
            yield item
        else:
            name, records, layout = item
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
    """Yield the rows of one table; `event_type` is the name of its sheet, if that is an event type."""
    map_ = options.map if options is not None else None
    try:
        # The header of a JSON table is synthetic, so a header row in the map does not apply.
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
        if layout.merged:
            options.unused.of(source).merged = layout.merged
    # The text cells of a workbook may have decimal commas, as in a file of semicolons. JSON has decimal points.
    separator = "" if layout is not None else (file.separator if file is not None else None) or ","
    style = (options or TableOptions(date.min)).style(separator)
    if options is None or map_ is None or not map_.event:
        default_type = options.event_type if options is not None else None
        notes = options.unused.of(source).notes if options is not None else []
        yield from rows_of_table(table, default_type or event_type, style, notes)
        return
    from policytrack.importing.tables.header_units import HeaderUnits
    from policytrack.importing.tables.map_columns import columns_by_map
    from policytrack.importing.tables.map_rows import rows_by_map

    units = HeaderUnits(map_, table)
    map_ = units.completed()
    if units.errors:
        yield from units.errors
        return
    columns = columns_by_map(map_, table.columns, style)
    names = {index: name for name, index in table.columns.items()}
    notes = options.unused.of(source).notes
    notes += units.notes
    records = warned_of_fiscal_years(styled(table.records, columns), columns, names, notes)
    amounts = {index: names[index] for index, one in columns.items() if one.role == "amount"}
    yield from rows_by_map(replace(table, records=records), map_, options, style, amounts)

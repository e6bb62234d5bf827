"""Writes spreadsheets (XLSX): one sheet per table, a sheet with the data dictionary, and a sheet with the coordinates.

Excel stores 15 digits of a number, 32,767 characters of a cell and 1,048,576 rows of a sheet. A figure with more digits
is written as text, a longer text is cut with a mark, more rows are refused. No text is written as a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import UsageError
from policytrack.output.values import is_stored_exactly, plain, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

Sheet = tuple[str, "pa.Table"]
LONGEST_TEXT: Final = 32_767
MOST_ROWS: Final = 1_048_575
"""Rows of a sheet, without the header."""
_CUT: Final = " … [cut at 32,767 characters]"
_LONGEST_NAME: Final = 31
_FIRST_YEAR: Final = 1900
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 # a fixed date, so that one answer always gives the same bytes
_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook(sheets: Sequence[Sheet], coordinates: Iterable[tuple[str, str]]) -> bytes:
    """Return an XLSX file of tables, with a dictionary of their columns (from the comments of the Arrow fields).

    `coordinates` are names and values for a sheet of their own. Raises `UsageError` for a table with more than
    `MOST_ROWS` rows.
    """
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, _OPTIONS) as book:
        book.set_properties({"created": _CREATED})
        styles = (book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"}))
        used: set[str] = set()
        for name, table in sheets:
            rows = ([*row.values()] for row in rows_of(table))
            _fill(book.add_worksheet(_free(name, used)), table.column_names, rows, table.num_rows, styles)
        if meanings := list(_dictionary(sheets)):
            names = ("sheet", "column", "meaning")
            _fill(book.add_worksheet(_free("dictionary", used)), names, meanings, len(meanings), styles)
        if pairs := [list(pair) for pair in coordinates]:
            _fill(book.add_worksheet(_free("coordinates", used)), ("coordinate", "value"), pairs, len(pairs), styles)
    return sink.getvalue()


def _dictionary(sheets: Iterable[Sheet]) -> Iterable[list[str]]:
    for name, table in sheets:
        for field in table.schema:
            meaning = (field.metadata or {}).get(b"comment")
            if meaning is not None:
                yield [name, field.name, meaning.decode()]


def _free(name: str, used: set[str]) -> str:
    """Return a valid sheet name that no other sheet has, and add it to `used`. Excel ignores the case of names."""
    wanted = "".join("_" if mark in "[]:*?/\\'" else mark for mark in name)[:_LONGEST_NAME]
    free, number = wanted, 1
    while free.lower() in used:
        number += 1
        free = f"{wanted[: _LONGEST_NAME - len(str(number)) - 1]}_{number}"
    used.add(free.lower())
    return free


def _fill(sheet: Any, names: Sequence[str], rows: Iterable[Sequence[Any]], count: int, styles: tuple[Any, Any]) -> None:
    if count > MOST_ROWS:
        raise UsageError(
            f"{count:,} rows do not fit in a sheet of {MOST_ROWS:,}", hint="choose another format, such as parquet"
        )
    bold, day = styles
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, max(10, min(40, len(name) + 2)))
    for index, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, index, column, value, day)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, Decimal | int) and is_stored_exactly(Decimal(value)):
        sheet.write_number(row, column, Decimal(plain(value)))
    elif type(value) is date and value.year >= _FIRST_YEAR:
        sheet.write_datetime(row, column, value, day)
    else:
        text = plain(value)
        if len(text) > LONGEST_TEXT:
            text = text[: LONGEST_TEXT - len(_CUT)] + _CUT
        sheet.write_string(row, column, text)

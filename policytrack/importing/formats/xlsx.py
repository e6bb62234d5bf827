"""Reads spreadsheets (XLSX) with the address of every cell: ``book.xlsx!Sheet!C7``.

A cell is read as the text that a person sees: days as ISO dates, percentages as percent, a formula as its last computed
value. Before parsing, limits protect the reader against hostile or damaged files: unpacked size, compression ratio (zip
bombs), XML document types (entity expansion), rows and columns.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, BinaryIO, Final

from policytrack.errors import CellPlace, MalformedInput, Place, PolicytrackError, UsageError
from policytrack.importing.formats import characters
from policytrack.importing.formats.cell_text import NotShown, shown_day, shown_number, shown_text, shows_day
from policytrack.importing.formats.table import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Record
from policytrack.importing.formats.xlsx_layout import Layout, layout_of
from policytrack.importing.formats.xlsx_limits import TooMuch, check_book

LARGEST: Final = 50 * 1024 * 1024
"""The largest size of a book in bytes."""
_EAST_ASIAN_DATES: Final = frozenset({*range(27, 37), *range(50, 59)})
"""Built-in formats whose meaning depends on the language of the program (Chinese, Japanese, Korean)."""

# openpyxl does not validate files: a damaged book can raise any of these. All become one message for the user.
_UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


Sheet = tuple[str, Iterator[Record | PolicytrackError], Layout]


def read_xlsx(
    stream: BinaryIO, source: str, sheet: str | None, typed: Container[str]
) -> Iterator[Sheet | MalformedInput]:
    """Yield each sheet to read: its name, its non-empty rows (the header first) and its layout.

    With `sheet`, that one. Without it, the only visible sheet, or all visible sheets if each has a name in `typed` (the
    event types). Raises `UsageError` when the sheet is missing, or the choice is ambiguous.
    """
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        what = f"the book has more than {LARGEST:,} bytes"
        yield MalformedInput(what, hint="save the sheet as CSV, or split it", place=Place(source))
        return
    try:
        has_formulas = check_book(raw)
    except TooMuch as refusal:
        yield MalformedInput(refusal.what, hint=refusal.hint, place=Place(source))
        return
    except _UNREADABLE:
        yield _broken(source)
        return
    try:
        book = _book(raw, values=True)
        struck = _struck_styles(book)
        hidden = [one.title for one in book.worksheets if one.sheet_state != "visible"] if sheet is None else []
        for name in _names(book, source, sheet, typed):
            page = _page(book, name)
            rows = _rows(page, _page(_book(raw, values=False), name) if has_formulas else None, f"{source}!{name}")
            yield name, _guarded(rows, source), layout_of(raw, str(page._worksheet_path), struck, hidden)
    except _UNREADABLE:
        yield _broken(source)


def _guarded(rows: Iterator[Record | PolicytrackError], source: str) -> Iterator[Record | PolicytrackError]:
    try:
        yield from rows
    except _UNREADABLE:
        yield _broken(source)


def _broken(source: str) -> MalformedInput:
    hint = "open it in a spreadsheet program and save it as XLSX again, or as CSV"
    return MalformedInput(
        "the book cannot be read: it is damaged, encrypted or not XLSX", hint=hint, place=Place(source)
    )


def _rows(page: Any, formulas_page: Any, shown: str) -> Iterator[Record | PolicytrackError]:
    values = iter(page.rows)
    formulas = iter(formulas_page.rows) if formulas_page is not None else iter(())
    is_empty = True
    for number, row in enumerate(values, start=1):
        written = next(formulas, ())
        if number > MOST_ROWS or len(row) > MOST_COLUMNS:
            what = f"the sheet has more than {MOST_ROWS:,} rows or {MOST_COLUMNS:,} columns"
            hint = "delete the empty rows and columns outside the table"
            yield MalformedInput(what, hint=hint, place=CellPlace(shown, number, 1))
            return
        place = _RowPlaces(shown, number)
        cells: list[str] = []
        unreadable: list[tuple[int, MalformedInput]] = []
        is_refused = False
        for index, cell in enumerate(row):
            is_formula = index < len(written) and written[index].data_type == "f"
            try:
                cells.append(_text(cell, is_formula=is_formula))
            except NotShown as problem:
                error = MalformedInput(problem.what, hint=problem.hint, place=place.locate(index))
                unreadable.append((index, error))
                cells.append("")
                continue
            if hidden := characters.HIDDEN.search(cells[-1]):
                unreadable.append((index, characters.hidden_character(hidden[0], place.locate(index))))
                is_refused = True  # in any column, read or not
        if is_refused:
            is_empty = False
            yield from (error for _, error in unreadable)
        elif any(cells) or unreadable:
            is_empty = False
            yield Record(number, tuple(cells), place.locate, tuple(unreadable))
    if is_empty:
        yield characters.nothing_inside(shown)


@dataclass(frozen=True, slots=True)
class _RowPlaces:
    sheet: str
    number: int

    def locate(self, index: int) -> Place:
        return CellPlace(self.sheet, self.number, index + 1)


def _names(book: Any, source: str, sheet: str | None, typed: Container[str]) -> list[str]:
    """Return the names of the sheets to read."""
    pages = book.worksheets
    if sheet is not None:
        if any(page.title == sheet for page in pages):
            return [sheet]
        listed = ", ".join(page.title for page in pages[:20])
        raise UsageError(f"{source} has no sheet {sheet!r}", hint=f"use one of: {listed}")
    names = [page.title for page in pages if page.sheet_state == "visible"]
    if len(names) == 1 or (names and all(name in typed for name in names)):
        return names
    listed = ", ".join(repr(name) for name in names[:20])
    raise UsageError(f"{source} has {len(names)} sheets: {listed}", hint="name one with --sheet")


def _page(book: Any, name: str) -> Any:
    """Return a sheet of a book as openpyxl reads it."""
    page = next(page for page in book.worksheets if page.title == name)
    page.reset_dimensions()  # the dimensions stored in a file are often wrong, and would cut off rows
    return page


def _book(raw: bytes, *, values: bool) -> Any:
    import openpyxl  # slow to load, so only for XLSX

    # For the rest of the process: rows are parsed, and warned of, long after the book is opened.
    warnings.filterwarnings("ignore", module=r"openpyxl\b")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=values, keep_links=False)


def _struck_styles(book: Any) -> frozenset[bytes]:
    """Return the numbers of the cell styles whose font is struck through, as a sheet writes them."""
    struck = {number for number, font in enumerate(book._fonts) if font.strike}
    return frozenset(str(number).encode() for number, style in enumerate(book._cell_styles) if style.fontId in struck)


def _text(cell: Any, *, is_formula: bool) -> str:
    """Return the text that a person sees in a cell; raises `NotShown` for a cell without a readable value."""
    value = cell.value
    if value is None:
        if is_formula:
            hint = "open and save the book in a spreadsheet program, or write the value"
            raise NotShown("the cell holds a formula without a computed value", hint)
        return ""
    if isinstance(value, str) and cell.data_type == "e":
        raise NotShown(f"the cell holds the error {value[:20]}", "mend the formula, or write the value")
    return _shown(value, cell)


def _shown(value: Any, cell: Any) -> str:
    """Return the text of a value in the format of its cell. Raises `NotShown`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    code = str(cell.number_format or "General")
    if isinstance(value, str):
        if len(value) > LONGEST_CELL:
            raise NotShown(f"the cell has more than {LONGEST_CELL:,} characters", "shorten the text")
        return shown_text(value.strip(), code)
    if isinstance(value, timedelta):
        raise NotShown("the cell holds a duration", "write it as text")
    if isinstance(value, time):
        if shows_day(code):
            raise NotShown("the cell holds a time of day, but its format shows a date", "write the day: yyyy-mm-dd")
        return str(value)
    if isinstance(value, date):
        return shown_day(value, code)
    if cell.style_array.numFmtId in _EAST_ASIAN_DATES:
        what = "the cell has a date format of East Asian Excel, whose meaning depends on the language of the program"
        raise NotShown(what, "format it as yyyy-mm-dd")
    return shown_number(value, code)

"""Reads spreadsheets (XLSX) with the address of every cell: ``book.xlsx!Sheet!C7``.

A cell is read as the text that a person sees: days as ISO dates, percentages as percent, a formula as its last computed
value. Before parsing, limits protect the reader against hostile or damaged files: unpacked size, compression ratio (zip
bombs), XML document types (entity expansion), rows and columns.
"""

from __future__ import annotations

import io
import re
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

LARGEST: Final = 50 * 1024 * 1024
"""The largest size of a book in bytes."""
LARGEST_UNPACKED: Final = 200 * 1024 * 1024
DENSEST: Final = 200
"""The largest compression ratio of a part of a book that is larger than a megabyte."""

_PART: Final = 1024 * 1024
_FORBIDDEN: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_EAST_ASIAN_DATES: Final = frozenset({*range(27, 37), *range(50, 59)})
"""Built-in formats whose meaning depends on the language of the program (Chinese, Japanese, Korean)."""
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")

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
        has_formulas = _inspect(raw)
    except _Refusal as refusal:
        yield MalformedInput(refusal.what, hint=refusal.hint, place=Place(source))
        return
    except _UNREADABLE:
        yield _broken(source)
        return
    try:
        for name in _names(raw, source, sheet, typed):
            yield name, _guarded(_rows(raw, source, name, has_formulas), source), layout_of(raw, _part_of(raw, name))
    except _UNREADABLE:
        yield _broken(source)


def _guarded(rows: Iterator[Record | PolicytrackError], source: str) -> Iterator[Record | PolicytrackError]:
    try:
        yield from rows
    except _UNREADABLE:
        yield _broken(source)


class _Refusal(Exception):
    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def _broken(source: str) -> MalformedInput:
    hint = "open it in a spreadsheet program and save it as XLSX again, or as CSV"
    return MalformedInput(
        "the book cannot be read: it is damaged, encrypted or not XLSX", hint=hint, place=Place(source)
    )


def _inspect(raw: bytes) -> bool:
    """Check the limits by unpacking every part once, in pieces; return whether the book contains formulas."""
    has_formulas = False
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise _Refusal(f"the book unpacks to more than {LARGEST_UNPACKED:,} bytes", "save the sheet as CSV")
        for part in parts:
            if part.file_size > _PART and part.file_size > DENSEST * max(part.compress_size, 1):
                what = f"a part of the book is compressed more than {DENSEST} times, as in a zip bomb"
                raise _Refusal(what, "save the sheet as CSV")
        names = [part.filename for part in parts]
        if len(set(names)) < len(names):
            raise _Refusal("the book contains a part twice", "save it again in a spreadsheet program")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                has_formulas |= _inspect_part(archive, part) and part.filename.startswith("xl/worksheets/")
    return has_formulas


def _inspect_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    before, has_formulas = b"", False
    with archive.open(part) as content:
        while piece := content.read(_PART):
            window = before[-16:] + piece  # the pattern may lie across two pieces
            if _FORBIDDEN.search(window):
                raise _Refusal("the XML of the book declares a document type, which is unsafe", "save the sheet as CSV")
            has_formulas = has_formulas or _FORMULA.search(window) is not None
            before = piece
    return has_formulas


def _rows(raw: bytes, source: str, name: str, has_formulas: bool) -> Iterator[Record | PolicytrackError]:
    values = _sheet_of(raw, name, values=True)
    formulas = _sheet_of(raw, name, values=False) if has_formulas else iter(())
    shown = f"{source}!{name}"
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
        hidden_errors: list[MalformedInput] = []
        for index, cell in enumerate(row):
            is_formula = index < len(written) and written[index].data_type == "f"
            try:
                cells.append(_text(cell, is_formula=is_formula))
            except _Refusal as refusal:
                error = MalformedInput(refusal.what, hint=refusal.hint, place=place.locate(index))
                unreadable.append((index, error))
                cells.append("")
                continue
            if hidden := characters.HIDDEN.search(cells[-1]):
                hidden_errors.append(characters.hidden_character(hidden[0], place.locate(index)))
        if hidden_errors:
            is_empty = False
            yield from hidden_errors
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


def _names(raw: bytes, source: str, sheet: str | None, typed: Container[str]) -> list[str]:
    """Return the names of the sheets to read."""
    pages = _book(raw, values=True).worksheets
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


def _sheet_of(raw: bytes, name: str, *, values: bool) -> Iterator[Any]:
    """Return the rows of a sheet as openpyxl cells."""
    page = next(page for page in _book(raw, values=values).worksheets if page.title == name)
    page.reset_dimensions()  # the dimensions stored in a file are often wrong, and would cut off rows
    return iter(page.rows)


def _part_of(raw: bytes, name: str) -> str:
    """Return the path of a sheet in the book's archive."""
    pages = _book(raw, values=True).worksheets
    return str(next(page for page in pages if page.title == name)._worksheet_path)


def _book(raw: bytes, *, values: bool) -> Any:
    import openpyxl  # slow to load, so only for XLSX

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=values, keep_links=False)


def _text(cell: Any, *, is_formula: bool) -> str:
    """Return the text that a person sees in a cell; raises `_Refusal` for a cell without a readable value."""
    value = cell.value
    if value is None:
        if is_formula:
            hint = "open and save the book in a spreadsheet program, or write the value"
            raise _Refusal("the cell holds a formula without a computed value", hint)
        return ""
    if isinstance(value, str) and cell.data_type == "e":
        raise _Refusal(f"the cell holds the error {value[:20]}", "mend the formula, or write the value")
    try:
        return _shown(value, cell)
    except NotShown as problem:
        raise _Refusal(problem.what, problem.hint) from None


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

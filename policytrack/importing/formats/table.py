"""A table as it was read: a header, and records of cells that are all text, each with its place.

Nothing is guessed: a cell of a spreadsheet is handed on as the text that a person reads in it, and understood only
when it has met the field it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.importing.formats import characters

MOST_ROWS: Final = 1_048_576
"""Rows that a table may have: as many as a sheet of a spreadsheet program has."""
MOST_COLUMNS: Final = 2_048
LONGEST_CELL: Final = 32_767
"""Characters of a cell: as many as a spreadsheet program allows."""


class Digits(str):
    """A number of a spreadsheet, written out in digits with a decimal point whatever marks the sheet shows."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table: its number as the file counts, its cells (empty ones as ``""``), and where each stands."""

    number: int
    cells: tuple[str, ...]
    locate: Callable[[int], Place]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header was read; `records` gives the rest."""

    source: str
    header: Record
    columns: dict[str, int]
    """Each column by its name, as the header writes it with single spaces; of two the same, the first."""
    twice: dict[str, int]
    """Names that the header has a second time, with the place of the second."""
    records: Iterator[Record | PolicytrackError]


def table_of(
    rows: Iterator[Record | PolicytrackError], source: str, header_row: int | tuple[int, ...] | None = None
) -> Table:
    """The table that the rows of a file make; the header is the first row that is not empty, or the one of a number.

    Of several header rows the names below each other are joined: ``Capacity`` over ``2024`` is ``Capacity 2024``, and
    an empty cell of an upper row continues the one to its left. Raises the first error that comes before the header,
    or `MalformedInput` when there is none.
    """
    numbers = header_row if isinstance(header_row, tuple) else (header_row,)
    headers = [_row_of(rows, source, number) for number in numbers]
    lowest = headers[-1]
    header = lowest
    if len(headers) > 1:
        width = max(len(one.cells) for one in headers)
        header = Record(lowest.number, _names_below_each_other(headers, width), lowest.locate)
    columns: dict[str, int] = {}
    twice: dict[str, int] = {}
    for index, cell in enumerate(header.cells):
        if name := tidy_name(cell):
            (twice if name in columns else columns).setdefault(name, index)
    return Table(source, header, columns, twice, _checked(rows, header, columns))


def _row_of(rows: Iterator[Record | PolicytrackError], source: str, number: int | None) -> Record:
    for row in rows:
        if isinstance(row, PolicytrackError):
            raise row
        if number is None or row.number == number:
            return row
        if row.number > number:
            raise MalformedInput(f"row {number} is empty: the header is not there", place=Place(source, number))
    if number is not None:
        raise MalformedInput(f"row {number} is empty: the header is not there", place=Place(source, number))
    raise characters.nothing_inside(source)


def _names_below_each_other(headers: list[Record], width: int) -> tuple[str, ...]:
    names = [""] * width
    for level, row in enumerate(headers):
        cells = [tidy_name(cell) for cell in row.cells] + [""] * (width - len(row.cells))
        if level < len(headers) - 1:
            below = headers[level + 1].cells
            for index in range(1, width):
                if not cells[index] and index < len(below) and below[index]:
                    cells[index] = cells[index - 1]
        names = [f"{name} {cell}".strip() if cell != name else name for name, cell in zip(names, cells, strict=True)]
    return tuple(names)


def tidy_name(text: str) -> str:
    """The name of a column with single spaces: headers are often broken into lines."""
    return " ".join(text.split())


def _checked(
    rows: Iterator[Record | PolicytrackError], header: Record, columns: dict[str, int]
) -> Iterator[Record | PolicytrackError]:
    """The records, each as wide as the header; a cell beyond it, or under no name, is an error."""
    width = len(header.cells)
    named = set(columns.values()) | {index for index, cell in enumerate(header.cells) if cell.strip()}
    count = 0
    for row in rows:
        if isinstance(row, PolicytrackError):
            yield row
            continue
        count += 1
        if count > MOST_ROWS:
            what = f"the table has more than {MOST_ROWS:,} rows"
            yield MalformedInput(what, hint="split the file", place=row.locate(0))
            return
        outside = [index for index, cell in enumerate(row.cells) if index not in named and cell]
        for index in outside:
            what = f"the cell {row.cells[index][:60]!r} stands under no column name"
            hint = "name the column in the header, or quote a cell that holds the separator"
            yield MalformedInput(what, hint=hint, place=row.locate(index))
        if not outside:
            cells = row.cells[:width] + ("",) * (width - len(row.cells))
            yield Record(row.number, cells, row.locate)

"""Defines a table: a header and records of text cells, each with its place.

Every cell is text, for a spreadsheet the text that a person sees. Only the field to which a cell belongs determines how
its text is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from typing import Final

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.importing.formats import characters

MOST_ROWS: Final = 1_048_576
"""The largest number of rows in a table: the limit of spreadsheet programs."""
MOST_COLUMNS: Final = 2_048
LONGEST_CELL: Final = 32_767
"""The largest number of characters in a cell: the limit of spreadsheet programs."""
MOST_ABOVE: Final = 20
"""Rows above the header that are read for what they say of the table."""


class Digits(str):
    """A number of a spreadsheet in plain digits with a decimal point, whatever separators the sheet shows."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table: its number in the file, its cells (empty ones as ``""``), and their places by index."""

    number: int
    cells: tuple[str, ...]
    locate: Callable[[int], Place]
    unreadable: tuple[tuple[int, MalformedInput], ...] = ()
    """Cells without a readable value, such as ``#N/A``, by index, each with its error: they are ``""`` in `cells`."""

    def errors_in(self, indices: Container[int]) -> list[MalformedInput]:
        """Return the errors of the unreadable cells in these columns."""
        return [error for index, error in self.unreadable if index in indices]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header is read; `records` iterates over the rest."""

    source: str
    header: Record
    columns: dict[str, int]
    """Index of each column by name, with single spaces; of duplicate names, the first."""
    twice: dict[str, int]
    """Index of the second column of each duplicate name."""
    records: Iterator[Record | PolicytrackError]
    above: tuple[Record, ...] = ()
    """The first rows above the header, with titles and notes: at most `MOST_ABOVE`."""


def table_of(
    rows: Iterator[Record | PolicytrackError], source: str, header_row: int | tuple[int, ...] | None = None
) -> Table:
    """Return the table of a file's rows; the header is the first non-empty row, or row number `header_row`.

    With several header rows, the names in one column are joined: ``Capacity`` over ``2024`` is ``Capacity 2024``. An
    empty cell of an upper row takes the name to its left, as merged header cells do. Raises the first error before the
    header, or `MalformedInput` when there is no header.
    """
    numbers = header_row if isinstance(header_row, tuple) else (header_row,)
    above: list[Record] = []
    headers = [_row_of(rows, source, number, above) for number in numbers]
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
    return Table(source, header, columns, twice, _checked(rows, header, columns), tuple(above))


def _row_of(rows: Iterator[Record | PolicytrackError], source: str, number: int | None, above: list[Record]) -> Record:
    for row in rows:
        if isinstance(row, PolicytrackError):
            raise row
        if number is None or row.number == number:
            for _, error in row.unreadable:
                raise error
            return row
        if row.number > number:
            break
        if len(above) < MOST_ABOVE:
            above.append(row)
    if number is None:
        raise characters.nothing_inside(source)
    what = f"row {number} is empty, but it must be the header"
    raise MalformedInput(what, hint="use the number of the header row", place=Place(source, number))


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
    """Return a column name with single spaces: header cells often contain line breaks."""
    return " ".join(text.split())


def _checked(
    rows: Iterator[Record | PolicytrackError], header: Record, columns: dict[str, int]
) -> Iterator[Record | PolicytrackError]:
    """Yield the records with as many cells as the header; a cell without a column name is an error."""
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
        yield from (error for index, error in row.unreadable if index not in named)
        for index in outside:
            what = f"the cell {row.cells[index][:60]!r} has no column name"
            hint = "name the column in the header, or put a cell that contains the separator in quotes"
            yield MalformedInput(what, hint=hint, place=row.locate(index))
        if not outside:
            cells = row.cells[:width] + ("",) * (width - len(row.cells))
            yield replace(row, cells=cells)

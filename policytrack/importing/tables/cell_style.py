"""How a file writes its numbers and dates: its cells in the forms that the fields of events accept.

A file with decimal commas, dates such as 27/10/2025 or shares as fractions of one says so once, in its map or by an
option of `import`. Only columns that fill figures or dates are changed, before a map or a field sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from policytrack.errors import InvalidQuantity, MalformedInput, PolicytrackError
from policytrack.importing.formats.table import Digits, Record
from policytrack.values.date_forms import in_iso
from policytrack.values.date_words import with_fiscal_country
from policytrack.values.dates import VagueDate
from policytrack.values.numbers import DecimalMark, read_number, with_point
from policytrack.values.quantities import Capacity, Money, format_decimal

Role = Literal["number", "date", "shares"]
"""What the cells of a column are; ``shares`` are lists such as ``A [60,5 %]; B``."""

_NUMBERS: Final = (Capacity, Money, Decimal)
_DATES: Final = (VagueDate, date)
_SHARE: Final = re.compile(r"(?<![0-9.,])[0-9][0-9.,]*(?=\s*[%％])")


@dataclass(frozen=True, slots=True)
class Style:
    """How numbers and dates are written in a file, or in a column of it."""

    decimal: DecimalMark = "."
    date: str | None = None
    """A form such as ``DD/MM/YYYY``; None: as `policytrack help dates` lists."""
    fraction: bool = False
    """True for shares as fractions of one: 0.6 is 60 %."""
    fiscal_year: str | None = None
    """The country whose fiscal year ``2033-34`` and ``FY26`` are."""


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """What a column holds, and how it is written."""

    role: Role
    style: Style
    words: frozenset[str] = frozenset()
    """Cells that a map names as they are written, such as those that are empty: they stay so."""

    def plain(self, text: str) -> str:
        """The cell in a form that a field accepts. Raises `InvalidQuantity` for a number that is ambiguous."""
        if text in self.words:
            return text
        if self.role == "date":
            plain = in_iso(text, self.style.date) if self.style.date else text
            return with_fiscal_country(plain, self.style.fiscal_year) if self.style.fiscal_year else plain
        # A number of a spreadsheet has no mark of its own: its digits were written out with a point.
        mark: DecimalMark = "." if isinstance(text, Digits) else self.style.decimal
        if self.role == "shares":
            return _SHARE.sub(lambda found: with_point(found[0], mark), text)
        plain = with_point(text, mark)
        return _in_percent(plain) if self.style.fraction else plain


AS_FIELDS: Final = Style()
"""Cells that are written in the forms that the fields of events read."""


def role_of(kind: Any) -> Role | None:
    """What a column holds that fills a field of a kind; None where the text of a cell is used as it is."""
    if kind in _NUMBERS:
        return "number"
    return "date" if kind in _DATES else None


def styled(
    records: Iterator[Record | PolicytrackError], columns: Mapping[int, ColumnStyle]
) -> Iterator[Record | PolicytrackError]:
    """The records with the cells of some columns in plain form. A cell that has none is an error of its own."""
    if not any(column.style != AS_FIELDS for column in columns.values()):
        yield from records
        return
    for record in records:
        if isinstance(record, PolicytrackError):
            yield record
            continue
        cells = list(record.cells)
        for index, column in columns.items():
            if index < len(cells) and cells[index]:
                try:
                    cells[index] = column.plain(cells[index])
                except MalformedInput as error:
                    error.place = record.locate(index)
                    yield error
        yield Record(record.number, tuple(cells), record.locate)


def _in_percent(text: str) -> str:
    """A bare number as a share of one, in percent; anything else, such as ``60 %``, unchanged."""
    number = read_number(text)
    if number is None:
        return text
    if number > 1:
        hint = "the map says fraction = true: write 0.6 for 60 %, or leave fraction out"
        raise InvalidQuantity(f"{text!r} is more than 1, and the column holds fractions of one", hint=hint)
    return f"{format_decimal(number * 100)} %"

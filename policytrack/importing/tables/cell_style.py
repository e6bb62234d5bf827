"""Converts the numbers and dates of a file into the forms that event fields accept.

The map or an option of `import` declares once that a file has decimal commas, dates such as 27/10/2025, or shares as
fractions of one. Only the cells of columns that fill figures or dates are converted, before the map uses them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from policytrack.errors import InvalidQuantity, MalformedInput, PolicytrackError
from policytrack.importing.formats.table import Digits, Record
from policytrack.values.date_forms import in_iso
from policytrack.values.date_words import with_fiscal_country
from policytrack.values.dates import VagueDate
from policytrack.values.numbers import Converted, DecimalMark, read_number, with_point
from policytrack.values.quantities import Capacity, Money, format_decimal
from policytrack.values.sums import StatedSum

Role = Literal["amount", "number", "date", "shares"]
"""The content of a column: ``amount`` is capacity or money, ``shares`` are lists such as ``A [60,5 %]; B``."""

_AMOUNTS: Final = (Capacity, Money, StatedSum)
_DATES: Final = (VagueDate, date)
_SHARE: Final = re.compile(r"(?<![0-9.,])[0-9][0-9.,]*(?=\s*[%％])")


@dataclass(frozen=True, slots=True)
class Style:
    """The notation of numbers and dates in a file or a column."""

    decimal: DecimalMark = "."
    date: str | None = None
    """A form such as ``DD/MM/YYYY``; None: the forms listed by `policytrack help dates`."""
    fraction: bool = False
    """Whether shares are fractions of one: 0.6 is 60 %."""
    fiscal_year: str | None = None
    """The country of fiscal years such as ``2033-34`` and ``FY26``."""


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """The content and notation of a column."""

    role: Role
    style: Style
    words: frozenset[str] = frozenset()
    """Cell texts that the map names literally, such as its words for an empty cell; they are not converted."""

    def plain(self, text: str) -> str:
        """Return a cell in a form that a field accepts. Raises `InvalidQuantity` for an ambiguous number."""
        if text in self.words:
            return text
        if self.role == "date":
            plain = in_iso(text, self.style.date) if self.style.date else text
            return with_fiscal_country(plain, self.style.fiscal_year) if self.style.fiscal_year else plain
        # Numbers of a spreadsheet are already converted to digits with a decimal point.
        mark: DecimalMark = "." if isinstance(text, Digits) else self.style.decimal
        if self.role == "shares":
            return _SHARE.sub(lambda share: with_point(share[0], mark), text)
        plain = with_point(text, mark)
        if self.style.fraction:
            return _in_percent(plain)
        return plain if plain == text else Converted(plain, text)


AS_FIELDS: Final = Style()
"""The notation that event fields read directly."""


def role_of(kind: Any) -> Role | None:
    """Return the role of a column that fills a field of a type; None if the field uses the text unchanged."""
    if kind in _AMOUNTS:
        return "amount"
    if kind is Decimal:
        return "number"
    return "date" if kind in _DATES else None


def styled(
    records: Iterator[Record | PolicytrackError], columns: Mapping[int, ColumnStyle]
) -> Iterator[Record | PolicytrackError]:
    """Yield the records with the cells of some columns converted, and an error for each cell that cannot be."""
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
                    error.place, error.is_unread = record.locate(index), True
                    yield error
        yield replace(record, cells=tuple(cells))


def _in_percent(text: str) -> str:
    """Convert a bare number from a fraction of one to percent; return anything else, such as ``60 %``, unchanged."""
    number = read_number(text)
    if number is None:
        return text
    if number > 1:
        hint = "write 0.6 for 60 %, or remove fraction = true from the map"
        raise InvalidQuantity(f"{text!r} is more than 1, but the column holds fractions of one", hint=hint)
    return f"{format_decimal(number * 100)} %"

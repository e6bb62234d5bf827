"""Warns of numbers whose mark may be of the other kind: among 6,2 and 13,5 a 1.250 is read as 1250, and may be 1.25.

The decimal mark of a file is declared, so each number is read as it says. But where one number of a column is far above
or below all others, and with the other mark would be one of them, two hands may have written the column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from policytrack.errors import counted
from policytrack.importing.formats.table import Record
from policytrack.values.numbers import Converted
from policytrack.values.quantities import format_decimal

_ONE_MARK: Final = re.compile(r"[1-9][0-9]{0,2}[,.][0-9]{3}")
"""A number of which the mark may separate thousands or decimals."""
_LEAST: Final = 3
"""The number of other numbers that a column must have."""
_TIMES: Final = 10
"""How many times as large as the largest other number, or as small as the smallest, it must be."""
_MOST: Final = 1_000
_SHOWN: Final = 5


@dataclass(slots=True)
class _Column:
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    count: int = 0
    marked: list[tuple[int, str, Decimal]] = field(default_factory=list)

    def add(self, row: int, cell: str, value: Decimal) -> None:
        written = cell.written if isinstance(cell, Converted) else cell
        if _ONE_MARK.fullmatch(written):
            if len(self.marked) < _MOST:
                self.marked.append((row, written, value))
            return
        self.least = min(self.least, value) if self.count else value
        self.most = max(self.most, value)
        self.count += 1

    def doubtful(self) -> Iterator[tuple[int, str, Decimal, Decimal, str]]:
        """Yield row, text, value, the value with the other mark, and how the others compare."""
        if self.count < _LEAST:
            return
        for row, written, value in self.marked:
            is_whole = value == value.to_integral_value() and value >= 1_000
            other = value / 1_000 if is_whole else value * 1_000
            if self.least <= other * _TIMES and other <= self.most * _TIMES:  # like the others
                if value >= _TIMES * self.most:
                    yield row, written, value, other, f"above {format_decimal(self.most)}"
                elif value * _TIMES <= self.least:
                    yield row, written, value, other, f"below {format_decimal(self.least)}"


@dataclass(slots=True)
class GroupMarks:
    """Compares the numbers of a table's columns; its memory is bounded. `columns` are those with amounts, by index."""

    columns: Mapping[int, str]
    _of: dict[int, _Column] = field(default_factory=dict)

    def add(self, record: Record, amounts: Mapping[int, Decimal]) -> None:
        """Add a row that makes events, with its amounts by column."""
        for index, value in amounts.items():
            self._of.setdefault(index, _Column()).add(record.number, record.cells[index], value)

    def notes(self) -> Iterator[str]:
        """Yield the warnings."""
        found = [(self.columns[index], one) for index, column in self._of.items() for one in column.doubtful()]
        for name, (row, written, value, other, others) in found[:_SHOWN]:
            yield (
                f"row {row} has {written!r} in {name!r}, read as {format_decimal(value)}; no other number is {others}:"
                f" if {format_decimal(other)} is meant, undo the import and correct the cell"
            )
        if len(found) > _SHOWN:
            yield f"… and {counted(len(found) - _SHOWN, 'more number')} whose decimal mark may be another"

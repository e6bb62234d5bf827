"""Warns of rows that may be totals: figures equal to the sum of the rows above or below count twice.

Names do not tell: a total is called "Germany", "All plants" or "EU-27" as often as "Total". So amounts are compared, by
column and by the events that the rows make. Small round figures add up by chance; a row counts as a total of three
rows or more, and of two if its texts look like those of a total too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from policytrack.errors import counted
from policytrack.importing.formats.table import Record
from policytrack.values.quantities import format_decimal

_LEAST: Final = 3
_LEAST_IF_NAMED_SO: Final = 2
_LONGEST: Final = 200
"""The number of rows above that a row named like a total is compared with."""
_SHOWN: Final = 5
_MOST_KINDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Amount:
    """The amount of a row."""

    row: int
    value: Decimal
    is_named_so: bool


@dataclass(slots=True)
class _Run:
    """The rows of one kind since the last total, and the sum of all rows that are not totals."""

    above: deque[_Amount] = field(default_factory=lambda: deque(maxlen=_LONGEST))
    first: _Amount | None = None
    count: int = 0
    total: Decimal = Decimal(0)
    totals: int = 0
    overall: Decimal = Decimal(0)
    fewest_cells: int | None = None
    named_twice: int = 0

    def add(self, amount: _Amount) -> tuple[int, int, int] | None:
        """Add a row; return the row that may be a total, and the first and last of the rows that it adds up."""
        if (found := self._sums_above(amount)) is not None:
            self._start_again()
            return found
        if self.totals > 1 and amount.value == self.overall:
            self._start_again()
            return amount.row, 0, amount.row - 1
        self.above.append(amount)
        self.first = self.first or amount
        self.count += 1
        self.total += amount.value
        self.overall += amount.value
        least = _LEAST_IF_NAMED_SO if self.first.is_named_so and self.named_twice < 2 else _LEAST
        if self.count > least and self.total == 2 * self.first.value:
            found = (self.first.row, self.first.row + 1, amount.row)
            self.overall -= self.first.value
            self._start_again()
            return found
        return None

    def looks_like_a_total(self, cells: int, *, names_twice: bool) -> bool:
        """Return whether a row, unlike those before it, has an empty cell more or the same text in two cells."""
        is_shorter = self.fewest_cells is not None and cells < self.fewest_cells
        self.fewest_cells = cells if self.fewest_cells is None else min(cells, self.fewest_cells)
        self.named_twice += names_twice
        return is_shorter or (names_twice and self.named_twice == 1)

    def _sums_above(self, amount: _Amount) -> tuple[int, int, int] | None:
        if self.first is not None and self.count >= _LEAST and amount.value == self.total:
            return amount.row, self.first.row, amount.row - 1
        if amount.is_named_so:
            total = Decimal(0)
            for number, one in enumerate(reversed(self.above), start=1):
                total += one.value
                if total >= amount.value:
                    if total == amount.value and number >= _LEAST_IF_NAMED_SO:
                        return amount.row, one.row, amount.row - 1
                    break
        return None

    def _start_again(self) -> None:
        self.above.clear()
        self.first, self.count, self.total = None, 0, Decimal(0)
        self.fewest_cells, self.named_twice = None, 0
        self.totals += 1


@dataclass(slots=True)
class TotalRows:
    """Compares the amounts of a table's rows; its memory is bounded. `columns` are those with amounts, by index."""

    columns: Mapping[int, str]
    _runs: dict[tuple[Hashable, int], _Run] = field(default_factory=dict)
    _found: dict[int, str] = field(default_factory=dict)
    _count: int = 0

    def add(self, record: Record, kind: Hashable, amounts: Mapping[int, Decimal]) -> None:
        """Add a row with its amounts by column; only rows of one kind, which make the same events, are added up."""
        if not self.columns:
            return
        cells, names_twice = sum(1 for cell in record.cells if cell), _names_twice(record)
        for index, value in amounts.items():
            run = self._runs.get((kind, index))
            if run is None:
                if len(self._runs) == _MOST_KINDS:
                    return
                run = self._runs[kind, index] = _Run()
            found = run.add(_Amount(record.number, value, run.looks_like_a_total(cells, names_twice=names_twice)))
            if found is not None:
                self._note(self.columns[index], value if found[0] == record.number else None, *found)

    def _note(self, name: str, value: Decimal | None, row: int, first: int, last: int) -> None:
        self._count += row not in self._found
        if len(self._found) < _SHOWN and row not in self._found:
            rows = f"of rows {first}–{last}" if first else "of all rows above"
            figure = f" ({format_decimal(value)})" if value is not None else ""
            self._found[row] = f"row {row} may be the total {rows} in {name!r}{figure}"

    def notes(self) -> Iterator[str]:
        """Yield the warnings."""
        what = (
            "if it is, its figure counts twice: undo the import, and delete the row or name it under [[skip]] of a map"
        )
        yield from (f"{found}: {what}" for found in self._found.values())
        if (left := self._count - len(self._found)) > 0:
            yield f"… and {counted(left, 'more row')} that may be totals"


def _names_twice(record: Record) -> bool:
    """Return whether two cells of a row have the same text, as the country in the column of plants."""
    texts = [cell.casefold() for cell in record.cells if cell and not cell[0].isdigit()]
    return len(texts) != len(set(texts))

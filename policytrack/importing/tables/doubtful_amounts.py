"""Reads the amounts of rows, and warns of those in doubt: totals of other rows, numbers with another decimal mark."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from policytrack.importing.formats.table import Record
from policytrack.importing.tables.group_marks import GroupMarks
from policytrack.importing.tables.total_rows import TotalRows
from policytrack.values.numbers import read_number


class DoubtfulAmounts:
    """Compares the amounts of a table's rows; its memory is bounded. `columns` are those with amounts, by index."""

    def __init__(self, columns: Mapping[int, str]) -> None:
        self._columns = columns
        self._totals, self._marks = TotalRows(columns), GroupMarks(columns)

    def add(self, record: Record, kind: Hashable) -> None:
        """Add a row that makes events; only rows of one kind, which make the same events, are added up."""
        amounts = {index: value for index in self._columns if (value := read_number(record.cells[index]))}
        self._totals.add(record, kind, amounts)
        self._marks.add(record, amounts)

    def notes(self) -> Iterator[str]:
        """Yield the warnings."""
        yield from self._totals.notes()
        yield from self._marks.notes()

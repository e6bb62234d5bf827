"""What an import by a map did not use: rows without an event, words that no event takes, items, columns.

Counts and the first rows of each, in bounded memory however long the table is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from policytrack.errors import CellPlace, PolicytrackError, counted
from policytrack.values.ids import near_matches

SHOWN_ROWS: Final = 5
SHOWN: Final = 20
"""Lines of a kind, and names in a line."""
Key = TypeVar("Key")

_MOST: Final = 1_000
"""Different texts of a kind that are counted one by one."""


@dataclass(slots=True)
class Tally:
    """How often something was met, and the first rows of it."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        """Once more, in a row; a row that says it several times is named once."""
        self.count += 1
        if len(self.rows) < SHOWN_ROWS and (not self.rows or self.rows[-1] != row):
            self.rows.append(row)

    def __str__(self) -> str:
        """The rows for a message: ``row 3``, ``rows 3, 4, 9 …``."""
        if len(self.rows) == 1 and self.count == 1:
            return f"row {self.rows[0]}"
        return f"rows {', '.join(map(str, self.rows))}{' …' if self.count > len(self.rows) else ''}"


@dataclass(slots=True)
class _Tallies(Generic[Key]):
    """Tallies by what was met; of more than `_MOST` different ones, the rest together."""

    by_key: dict[Key, Tally] = field(default_factory=dict)
    rest: Tally = field(default_factory=Tally)

    def add(self, key: Key, row: int) -> bool:
        """Once more; true the first time."""
        known = self.by_key.get(key)
        is_new = known is None
        if known is None:
            known = self.by_key.setdefault(key, Tally()) if len(self.by_key) < _MOST else self.rest
        known.add(row)
        return is_new

    def most(self) -> list[tuple[Key, Tally]]:
        """What was met most often, in the order in which it was met."""
        chosen = sorted(self.by_key, key=lambda key: -self.by_key[key].count)[:SHOWN]
        return [(key, tally) for key, tally in self.by_key.items() if key in chosen]

    def left(self) -> int:
        """How many different ones `most` leaves out, at least."""
        return len(self.by_key) - min(len(self.by_key), SHOWN) + bool(self.rest.count)


@dataclass(slots=True)
class UnusedOfTable:
    """What was not used of one table."""

    source: str
    without_event: _Tallies[tuple[tuple[str, str], ...]] = field(default_factory=_Tallies)
    """Rows by the cells that keep them from every event."""
    words: _Tallies[tuple[str, str]] = field(default_factory=_Tallies)
    """Words of a column that events distinguish and none takes, by column."""
    known_words: dict[str, frozenset[str]] = field(default_factory=dict)
    items: _Tallies[tuple[str, str]] = field(default_factory=_Tallies)
    """Items of lists without a share, by the list's column."""
    skipped: _Tallies[str] = field(default_factory=_Tallies)
    """Rows that the map skips, by its reason."""
    columns: list[str] = field(default_factory=list)
    """Columns that nothing reads."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Ranges of merged cells over several rows: first column and row, last column and row, counted from 1."""
    notes: list[str] = field(default_factory=list)
    """What else a person should know of the table, such as hidden rows."""

    def lines(self) -> Iterator[str]:
        """Every finding as a line for a person; doubts begin with ``warning:``."""
        for note in self.notes:
            yield f"warning: {self.source}: {note}"
        for (column, word), tally in self.words.most():
            near = near_matches(word, self.known_words.get(column, ())) if word else ()
            close = f" (close: {near[0]!r})" if near else ""
            yield (
                f"warning: {self.source}: no event takes {column} {word!r} ({tally}): add it to a `when` of the"
                f" map{close}, or to [[ignore]] with a reason"
            )
        if left := self.words.left():
            yield f"warning: {self.source}: … and {counted(left, 'more word')} that no event takes"
        yield from self._items()
        yield from self._rows()
        if self.columns:
            shown = ", ".join(self.columns[:SHOWN])
            more = f" … and {len(self.columns) - SHOWN} more" if len(self.columns) > SHOWN else ""
            yield f"{self.source}: {counted(len(self.columns), 'column')} not used: {shown}{more}"

    def _items(self) -> Iterator[str]:
        for column in dict.fromkeys(column for column, _ in self.items.by_key):
            found = {item: tally for (of, item), tally in self.items.by_key.items() if of == column}
            count = sum(tally.count for tally in found.values())
            shown = ", ".join(f"{item!r} ({tally})" for item, tally in list(found.items())[:SHOWN_ROWS])
            more = f" … and {len(found) - SHOWN_ROWS} other names" if len(found) > SHOWN_ROWS else ""
            yield f"warning: {self.source}: {counted(count, 'item')} of {column} without a share: {shown}{more}"
        if self.items.rest.count:
            yield f"warning: {self.source}: … and {counted(self.items.rest.count, 'more item')} without a share"

    def _rows(self) -> Iterator[str]:
        for reason, tally in self.skipped.most():
            yield f"{self.source}: {counted(tally.count, 'row')} skipped ({tally}): {reason}"
        for cells, tally in self.without_event.most():
            because = "".join(f"; {column} {text!r}" for column, text in cells)
            yield f"{self.source}: {counted(tally.count, 'row')} made no event ({tally}){because}"
        if left := self.without_event.left():
            rest = sum(tally.count for tally in self.without_event.by_key.values()) + self.without_event.rest.count
            rest -= sum(tally.count for _, tally in self.without_event.most())
            yield f"{self.source}: {counted(rest, 'more row')} made no event, by {counted(left, 'more cell')}"


@dataclass(slots=True)
class Unused:
    """What was not used of the tables of an import."""

    tables: list[UnusedOfTable] = field(default_factory=list)

    def of(self, source: str) -> UnusedOfTable:
        """The account of a table by its name, begun when it is first met."""
        known = next((table for table in self.tables if table.source == source), None)
        if known is None:
            self.tables.append(known := UnusedOfTable(source))
        return known

    def name_merged_cells(self, findings: Iterable[PolicytrackError]) -> None:
        """Add to each error at a merged cell the cell that holds its text."""
        for finding in findings:
            place = finding.place
            table = next((one for one in self.tables if place is not None and one.source == place.source), None)
            if table is None or place is None or place.line is None or place.column is None:
                continue
            for left, top, right, bottom in table.merged:
                is_inside = left <= place.column <= right and top <= place.line <= bottom
                if is_inside and (left, top) != (place.column, place.line):
                    first = str(CellPlace("", top, left)).removeprefix("!")
                    finding.what = f"{finding.what}; the cell is merged with {first}"
                    break

    def lines(self) -> Iterator[str]:
        """Every finding as a line for a person."""
        for table in self.tables:
            yield from table.lines()

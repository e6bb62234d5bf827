"""Reports what an import with a map did not use: rows without an event, unmatched words, items, columns.

It holds counts and the first rows of each, so its memory is bounded for a table of any length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from policytrack.errors import CellPlace, PolicytrackError, counted
from policytrack.values.ids import near_matches

SHOWN_ROWS: Final = 5
SHOWN: Final = 20
"""The number of lines of a kind, and of names in a line."""
Key = TypeVar("Key")

_MOST: Final = 1_000
"""The number of different texts of a kind that are counted separately."""


@dataclass(slots=True)
class Tally:
    """The number of occurrences of something, and the first rows with it."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        """Count an occurrence in a row; a row with several is listed once."""
        self.count += 1
        if len(self.rows) < SHOWN_ROWS and (not self.rows or self.rows[-1] != row):
            self.rows.append(row)

    def __str__(self) -> str:
        """Format the rows for a message: ``row 3``, ``rows 3, 4, 9 …``."""
        if len(self.rows) == 1 and self.count == 1:
            return f"row {self.rows[0]}"
        return f"rows {', '.join(map(str, self.rows))}{' …' if self.count > len(self.rows) else ''}"


@dataclass(slots=True)
class _Tallies(Generic[Key]):
    """Tallies by key; keys beyond the first `_MOST` share one tally."""

    by_key: dict[Key, Tally] = field(default_factory=dict)
    rest: Tally = field(default_factory=Tally)

    def add(self, key: Key, row: int) -> bool:
        """Count an occurrence; return whether it is the first of its key."""
        known = self.by_key.get(key)
        is_new = known is None
        if known is None:
            known = self.by_key.setdefault(key, Tally()) if len(self.by_key) < _MOST else self.rest
        known.add(row)
        return is_new

    def most(self) -> list[tuple[Key, Tally]]:
        """Return the `SHOWN` most frequent keys, in the order of their first occurrence."""
        chosen = sorted(self.by_key, key=lambda key: -self.by_key[key].count)[:SHOWN]
        return [(key, tally) for key, tally in self.by_key.items() if key in chosen]

    def left(self) -> int:
        """Return the number of keys that `most` leaves out; a lower bound if there are more than `_MOST`."""
        return len(self.by_key) - min(len(self.by_key), SHOWN) + bool(self.rest.count)


@dataclass(slots=True)
class UnusedOfTable:
    """The unused input of one table."""

    source: str
    without_event: _Tallies[tuple[tuple[str, str], ...]] = field(default_factory=_Tallies)
    """Rows without an event, by the cells that prevent every event."""
    words: _Tallies[tuple[str, str]] = field(default_factory=_Tallies)
    """Words that match no event, by column and word."""
    known_words: dict[str, frozenset[str]] = field(default_factory=dict)
    items: _Tallies[tuple[str, str]] = field(default_factory=_Tallies)
    """List items without a share, by the list's column."""
    skipped: _Tallies[str] = field(default_factory=_Tallies)
    """Rows that the map skips, by reason."""
    columns: list[str] = field(default_factory=list)
    """Unused columns."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Ranges of merged cells over several rows: first column and row, last column and row, counted from 1."""
    notes: list[str] = field(default_factory=list)
    """Other warnings about the table, such as hidden rows."""

    def lines(self) -> Iterator[str]:
        """Yield each finding as a line; possible errors begin with ``warning:``."""
        for note in self.notes:
            yield f"warning: {self.source}: {note}"
        for (column, word), tally in self.words.most():
            near = near_matches(word, self.known_words.get(column, ())) if word else ()
            close = f" (similar: {near[0]!r})" if near else ""
            yield (
                f"warning: {self.source}: no condition names {column} {word!r} ({tally}): add it to a `when` of the"
                f" map{close}, or to [[ignore]] with a reason"
            )
        if left := self.words.left():
            yield f"warning: {self.source}: … and {counted(left, 'more word')} that no condition names"
        yield from self._items()
        yield from self._rows()
        if self.columns:
            shown = ", ".join(self.columns[:SHOWN])
            more = f" … and {len(self.columns) - SHOWN} more" if len(self.columns) > SHOWN else ""
            yield f"{self.source}: {counted(len(self.columns), 'column')} not used: {shown}{more}"

    def _items(self) -> Iterator[str]:
        for column in dict.fromkeys(column for column, _ in self.items.by_key):
            of_column = {item: tally for (of, item), tally in self.items.by_key.items() if of == column}
            count = sum(tally.count for tally in of_column.values())
            shown = ", ".join(f"{item!r} ({tally})" for item, tally in list(of_column.items())[:SHOWN_ROWS])
            more = f" … and {len(of_column) - SHOWN_ROWS} other names" if len(of_column) > SHOWN_ROWS else ""
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
            yield f"{self.source}: {counted(rest, 'more row')} made no event, because of {counted(left, 'more cell')}"


@dataclass(slots=True)
class Unused:
    """The unused input of all tables of an import."""

    tables: list[UnusedOfTable] = field(default_factory=list)

    def of(self, source: str) -> UnusedOfTable:
        """Return the unused input of a table by name; create it on first use."""
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
        """Yield each finding as a line."""
        for table in self.tables:
            yield from table.lines()

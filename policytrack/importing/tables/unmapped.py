"""Finds the words and rows that match no event of a map."""

from __future__ import annotations

from collections.abc import Iterator

from policytrack.importing.tables.map_conditions import words_of
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import EVERY_WORD, SHARE, EventPart
from policytrack.importing.tables.map_plan import Plan
from policytrack.importing.tables.row_cells import Cells
from policytrack.importing.tables.unused_input import UnusedOfTable


class Watch:
    """Compares rows with the words in a map's conditions, and counts those that match no event."""

    def __init__(self, map_: Map, plans: list[Plan], unused: UnusedOfTable) -> None:
        self.unused = unused
        self._plans = plans
        named = words_of(condition for event in map_.event for condition in event.conditions())
        for column, words in words_of(skip.when for skip in map_.skip).items():
            named.setdefault(column, set()).update(words)
        for ignored in map_.ignore:
            named.setdefault(ignored.column, set()).update(ignored.words)
        self.known = {column: frozenset(words) for column, words in named.items()}
        unused.known_words = self.known
        self._columns = [
            (column, self.known[column], _distinguishing(map_, column, plans))
            for column in dict.fromkeys(name for event in map_.event for name in _distinguished(event))
            if EVERY_WORD not in self.known[column]
        ]

    def unknown_words(self, cells: Cells, matching: set[int]) -> list[tuple[str, str]]:
        """Return the cells that prevent events and that no condition names, as pairs of column and word.

        `matching` are the numbers of the events that apply to the row. Of several cells, only those are returned that
        prevent an event by themselves; if none does, all of them.
        """
        unknown = []
        for column, known, plans in self._columns:
            word = cells.text(column)
            if word not in known and plans.isdisjoint(matching):
                unknown.append((column, word[:60], plans))
        if not unknown:
            return []
        alone = [
            (column, word)
            for column, word, plans in unknown
            if any(self._plans[number].meant(cells, leaving=column) for number in plans)
        ]
        return alone or [(column, word) for column, word, _ in unknown if len(unknown) > 1]

    def without_event(self, parts: list[Cells]) -> None:
        """Count a row to which no event applies, with up to four cells that prevent them."""
        cells = parts[0]
        because = dict.fromkeys(cell for plan in self._plans for part in parts for cell in plan.meant.failing(part))
        shown = tuple(sorted((column, text[:60]) for column, text in because))[:4]
        self.unused.without_event.add(shown, cells.record.number)


def _distinguished(event: EventPart) -> Iterator[str]:
    """Yield the columns whose words `when` names, except those of list items."""
    of_items = {*event.each.columns, SHARE} if event.each is not None else set()
    if event.when is not None:
        yield from (name for part in event.when.parts(negated=False) for name in part.columns if name not in of_items)


def _distinguishing(map_: Map, column: str, plans: list[Plan]) -> frozenset[int]:
    """Return the numbers of the events that depend on the words of a column.

    An event that only excludes words (`unless`) counts if another of the same type names words: together they cover the
    words of the column. A registration of all rows except some words does not make the other words known.
    """
    naming = [column in set(_distinguished(event)) for event in map_.event]
    types = {plan.type for plan, names in zip(plans, naming, strict=True) if names}
    return frozenset(
        plan.number
        for plan, names in zip(plans, naming, strict=True)
        if names or (plan.type in types and column in plan.meant.names)
    )

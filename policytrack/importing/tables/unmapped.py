"""Notices, while rows become events, which words and rows no event of the map takes."""

from __future__ import annotations

from collections.abc import Iterator

from policytrack.importing.tables.map_conditions import words_of
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import EVERY_WORD, SHARE, EventPart
from policytrack.importing.tables.map_plan import Plan
from policytrack.importing.tables.row_cells import Cells
from policytrack.importing.tables.unused_input import UnusedOfTable


class Watch:
    """The words that the conditions of a map know, and the account of what no event takes."""

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

    def unknown_words(self, cells: Cells, taken: set[int]) -> list[tuple[str, str]]:
        """The cells that keep a row from events, and that no condition of the map names, by their columns.

        Of several such cells those count that alone keep the row from an event; if none does, all of them.
        """
        found = []
        for column, known, plans in self._columns:
            word = cells.text(column)
            if word not in known and plans.isdisjoint(taken):
                found.append((column, word[:60], plans))
        if not found:
            return []
        alone = [
            (column, word)
            for column, word, plans in found
            if any(self._plans[number].meant(cells, leaving=column) for number in plans)
        ]
        return alone or [(column, word) for column, word, _ in found if len(found) > 1]

    def without_event(self, things: list[Cells]) -> None:
        """A row that no event takes, with the cells that keep it from them."""
        cells = things[0]
        because = dict.fromkeys(found for plan in self._plans for one in things for found in plan.meant.failing(one))
        shown = tuple(sorted((column, text[:60]) for column, text in because))[:4]
        self.unused.without_event.add(shown, cells.record.number)


def _distinguished(event: EventPart) -> Iterator[str]:
    """The columns of a row whose words must be those of `when`; not columns of the items of a list."""
    of_items = {*event.each.columns, SHARE} if event.each is not None else set()
    if event.when is not None:
        yield from (name for part in event.when.parts(negated=False) for name in part.columns if name not in of_items)


def _distinguishing(map_: Map, column: str, plans: list[Plan]) -> frozenset[int]:
    """The events that decide by the words of a column.

    One that only excludes words of it decides if it is of the same type as one that names words: such events share the
    words among them. A registration of everything but some words does not make the other words known.
    """
    naming = [column in set(_distinguished(event)) for event in map_.event]
    types = {plan.type for plan, names in zip(plans, naming, strict=True) if names}
    return frozenset(
        plan.number
        for plan, names in zip(plans, naming, strict=True)
        if names or (plan.type in types and column in plan.meant.names)
    )

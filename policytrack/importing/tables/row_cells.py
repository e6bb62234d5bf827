"""The cells of a row by the names of their columns, with the columns that a map makes; and lists in a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from policytrack.errors import InvalidQuantity, MalformedInput, Place, counted
from policytrack.importing.formats.table import Record
from policytrack.importing.tables.map_parts import ROW, SHARE, Each
from policytrack.values.quantities import format_decimal

_SHARE: Final = re.compile(
    r"(?P<name>.*?\S)\s*(?:[\[(（【]\s*(?P<inside>[0-9]+(?:\.[0-9]+)?)\s*[%％]\s*[\])）】]"
    r"|[\s:：,-]\s*(?P<behind>[0-9]+(?:\.[0-9]+)?)\s*[%％])",
    re.DOTALL,
)
_UNREAD: Final = re.compile(r"[%％]\s*[\])）】]?$")
"""How an item ends that has a share in no form that is read."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a row by the names of their columns; `extra` are those that the map made."""

    record: Record
    columns: Mapping[str, int]
    extra: Mapping[str, tuple[str, int]]

    def text(self, name: str) -> str:
        """The text of a cell; empty when the cell is."""
        made = self.extra.get(name)
        if made is not None:
            return made[0]
        index = self.columns.get(name)
        if index is None and name == ROW:
            return str(self.record.number)
        return self.record.cells[self.columns[name] if index is None else index]

    def place(self, name: str) -> Place:
        """Where the cell is."""
        return self.record.locate(self.index(name))

    def index(self, name: str) -> int:
        """The column that the cell is, or was made from."""
        made = self.extra.get(name)
        return made[1] if made is not None else self.columns.get(name, 0)

    def with_extra(self, more: Mapping[str, tuple[str, int]]) -> Cells:
        """The same row with more columns."""
        return Cells(self.record, self.columns, {**self.extra, **more})


def items_of(each: Each, cells: Cells) -> list[Cells]:
    """The row once for each item of its lists. The shares of an item that a list repeats are added up.

    Lists in several columns go in step: a blank item keeps its place. Raises `MalformedInput` for lists of unequal
    length.
    """
    lists = {name: split_items(cells.text(column), each.split) for name, column in each.columns.items()}
    for name, items in lists.items():
        for text, _ in items:
            if _UNREAD.search(text):
                what = f"the share of {text[:60]!r} cannot be read"
                hint = "write 'Name [60.5%]' or 'Name 60.5%'; with decimal commas, say decimal = \",\" in the map"
                raise InvalidQuantity(what, hint=hint, place=cells.place(each.columns[name]))
    if len(lists) == 1:
        lists = {name: [item for item in items if item[0]] for name, items in lists.items()}
    longest = max(map(_without_last_blanks, lists.values()))
    for name, items in lists.items():
        if len(items) < longest:
            what = f"{counted(len(items), 'item')} in this list, and {longest} in another list of the row"
            hint = f"they are split at {each.split!r}; a blank item keeps its place: 'A{each.split} {each.split} C'"
            raise MalformedInput(what, hint=hint, place=cells.place(each.columns[name]))
    found: dict[tuple[object, ...], tuple[str, ...]] = {}
    for number in range(longest):
        names = tuple(items[number][0] for items in lists.values())
        share = next((items[number][1] for items in lists.values() if items[number][1]), "")
        if not any(names):
            continue
        # An item without a share is not the same statement as one with a share: both are kept, and reported.
        key = (names, bool(share))
        if key in found and share:
            share = format_decimal(Decimal(found[key][-1]) + Decimal(share))
        found[key] = (*names, share)
    indices = [cells.index(column) for column in each.columns.values()]
    return [
        cells.with_extra(
            {
                SHARE: (values[-1], indices[0]),
                **{name: (text, index) for name, text, index in zip(lists, values, indices, strict=False)},
            }
        )
        for values in found.values()
    ]


def split_items(text: str, split: str) -> list[tuple[str, str]]:
    """The items of a list with their shares: ``A [60.0%]; B 40%; C`` gives ``("A", "60.0")``, ``("B", "40")`` and
    ``("C", "")``.

    A blank item is ``("", "")``.
    """
    items = []
    for part in text.split(split):
        found = _SHARE.fullmatch(part.strip())
        share = (found["inside"] or found["behind"]) if found else ""
        items.append((found["name"].rstrip(" :：,-") if found else part.strip(), share))
    return items


def _without_last_blanks(items: list[tuple[str, str]]) -> int:
    """How many items there are before the blanks at the end, which a last separator makes."""
    return max((number for number, item in enumerate(items, start=1) if item[0]), default=0)

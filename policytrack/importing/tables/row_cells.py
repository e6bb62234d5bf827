"""Gives access to the cells of a row by column name, including columns made by a map, and splits lists in a cell."""

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
"""Matches the end of an item whose share has an unknown form."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a row by column name; `extra` are columns made by the map, each with the index it came from."""

    record: Record
    columns: Mapping[str, int]
    extra: Mapping[str, tuple[str, int]]

    def text(self, name: str) -> str:
        """Return the text of a cell; empty for an empty cell."""
        made = self.extra.get(name)
        if made is not None:
            return made[0]
        index = self.columns.get(name)
        if index is None and name == ROW:
            return str(self.record.number)
        return self.record.cells[self.columns[name] if index is None else index]

    def place(self, name: str) -> Place:
        """Return the place of a cell."""
        return self.record.locate(self.index(name))

    def index(self, name: str) -> int:
        """Return the index of a column, or of the column that it was made from."""
        made = self.extra.get(name)
        return made[1] if made is not None else self.columns.get(name, 0)

    def with_extra(self, more: Mapping[str, tuple[str, int]]) -> Cells:
        """Return the same row with more columns."""
        return Cells(self.record, self.columns, {**self.extra, **more})


def items_of(each: Each, cells: Cells) -> list[Cells]:
    """Return the row once for each item of its lists. The shares of a repeated item are added up.

    Lists in several columns are read in parallel: the first item of one belongs to the first of the others, and a blank
    item keeps its position. Raises `MalformedInput` for lists of unequal length.
    """
    lists = {name: split_items(cells.text(column), each.split) for name, column in each.columns.items()}
    for name, items in lists.items():
        for text, _ in items:
            if _UNREAD.search(text):
                what = f"cannot read the share of {text[:60]!r}"
                hint = "write 'Name [60.5%]' or 'Name 60.5%'; for decimal commas, set decimal = \",\" in the map"
                raise InvalidQuantity(what, hint=hint, place=cells.place(each.columns[name]))
    if len(lists) == 1:
        lists = {name: [item for item in items if item[0]] for name, items in lists.items()}
    longest = max(map(_without_last_blanks, lists.values()))
    for name, items in lists.items():
        if len(items) < longest:
            what = f"this list has {counted(len(items), 'item')}, but another list of the row has {longest}"
            hint = f"write the same number of items, separated by {each.split!r}; leave a missing item blank:"
            hint += f" 'A{each.split} {each.split} C'"
            raise MalformedInput(what, hint=hint, place=cells.place(each.columns[name]))
    found: dict[tuple[object, ...], tuple[str, ...]] = {}
    for number in range(longest):
        names = tuple(items[number][0] for items in lists.values())
        share = next((items[number][1] for items in lists.values() if items[number][1]), "")
        if not any(names):
            continue
        # An item without a share is not added to the same item with one: both are kept, and the first is reported.
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
    """Split a list into items and shares.

    ``A [60.0%]; B 40%; C`` gives ``("A", "60.0")``, ``("B", "40")``, ``("C", "")``. A blank item is ``("", "")``.
    """
    items = []
    for part in text.split(split):
        match = _SHARE.fullmatch(part.strip())
        share = (match["inside"] or match["behind"]) if match else ""
        items.append((match["name"].rstrip(" :：,-") if match else part.strip(), share))
    return items


def _without_last_blanks(items: list[tuple[str, str]]) -> int:
    """Return the number of items without the blanks at the end, which a final separator makes."""
    return max((number for number, item in enumerate(items, start=1) if item[0]), default=0)

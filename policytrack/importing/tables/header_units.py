"""Completes a map with the units in the names of columns: ``Capacity (kt/yr)``, ``Capacity, MW``, ``Capacity in TEU``.

A publisher writes the unit of a column once, in its name. Without it, a number would be read in the unit of the
activity, and 500 kt would count as 500 t.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from policytrack.errors import InvalidQuantity, MalformedInput, shortened
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import kind_at
from policytrack.importing.formats.table import Table
from policytrack.importing.tables.field_columns import FRACTIONS
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import EventPart, Filler, is_filler
from policytrack.values.quantities import Capacity
from policytrack.values.units import CAPACITY_HINT, read_unit

_IN_BRACKETS: Final = re.compile(r".*[(\[]\s*(?:in )?([^()\[\]]+?)\s*[)\]]\s*")
_AT_THE_END: Final = re.compile(r".*(?:[,;:_–—-]| in )\s*(\S.*?)\s*")
_LAST_WORD: Final = re.compile(r".*\s(\S+)\s*")
_ABOVE: Final = re.compile(
    r"\bunits?\b|单位|単位|千吨|万吨|'000\b|\b1[, ]?000 ?t\b"
    r"|\b(?:thousand|million)s?(?: of)?(?: metric)? (?:t|tons|tonnes|units|MW|bbl)\b"
    r"|\bin (?:[kM]t|[kMG]W|TEU|bcm|bbl)\b",
    re.I,
)
"""What a row above the header may say of the unit of all numbers."""
_WORDS: Final = frozenset({"units", "vehicles"})
"""Units that are also words of a name, as in `number of units`."""


def unit_text(name: str) -> str | None:
    """Return what may be the unit in a column's name; a text in brackets need not be a known one.

    Behind a comma or as the last word it must be: the name may end with any word.
    """
    if match := _IN_BRACKETS.fullmatch(name):
        return match[1]
    for form in (_AT_THE_END, _LAST_WORD):
        if (match := form.fullmatch(name)) and _is_unit(match[1]):
            return match[1]
    return None


def is_of_fractions(name: str) -> bool:
    """Return whether a column's name says that its shares are fractions of one."""
    match = _IN_BRACKETS.fullmatch(name)
    return match is not None and match[1].casefold() in FRACTIONS


@dataclass(slots=True)
class HeaderUnits:
    """Reads the units in the names of a table's columns, for the capacities of a map."""

    map: Map
    table: Table
    errors: list[MalformedInput] = field(default_factory=list)
    """A column whose unit is ambiguous, and for which the map names none."""
    notes: list[str] = field(default_factory=list)
    """A column in another unit than the map has for it."""

    def completed(self) -> Map:
        """Return the map in which each capacity has the unit of its column, if the map names none.

        A share whose column is in fractions by its name is read as one.
        """
        events = [one.model_copy(update={"fields": self._fields(one, one.fields, ())}) for one in self.map.event]
        return self.map.model_copy(update={"event": events})

    def _fields(self, event: EventPart, fields: Any, path: tuple[str | int, ...]) -> Any:
        if is_filler(fields):
            return self._filler(event, fields, path)
        if isinstance(fields, dict):
            return {name: self._fields(event, inner, (*path, name)) for name, inner in fields.items()}
        if isinstance(fields, list):
            return [self._fields(event, inner, (*path, index)) for index, inner in enumerate(fields)]
        return fields

    def _filler(self, event: EventPart, given: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
        filler = Filler.model_validate(given)
        if filler.rows is not None:
            return {**given, "rows": self._fields(event, filler.rows, (*path, 0))}
        if filler.source_column is None:
            return given
        if str(path[-1]).endswith("_pct"):
            is_fraction = any(map(is_of_fractions, self._names(event, filler.source_column)))
            return {**given, "fraction": True} if is_fraction else given
        if kind_at(EVENT_TYPES[event.type], path) is not Capacity:
            return given
        units = {unit for name in self._names(event, filler.source_column) if (unit := self._unit(name, filler.unit))}
        return {**given, "unit": units.pop()} if filler.unit is None and len(units) == 1 else given

    def _names(self, event: EventPart, name: str) -> Iterator[str]:
        """Yield the columns behind a name of the map: those of its parts, of a list, or of a joined file."""
        name = event.each.columns.get(name, name) if event.each is not None else name
        behind = [part.columns[name] for part in self.map.parts if name in part.columns]
        behind += [joined.columns[name] for joined in self.map.join if name in joined.columns]
        yield from behind or [name]

    def _unit(self, name: str, wanted: str | None) -> str | None:
        text = unit_text(name)
        if text is None:
            if wanted is None:
                self._note_title(name)
            return None
        try:
            read_unit(text)
        except InvalidQuantity as error:
            # Another text in brackets describes the column in another way.
            if wanted is None and error.hint != CAPACITY_HINT and name in self.table.columns:
                self._refuse(name, text, error.hint)
            return None
        if wanted is not None and not _is_same(text, wanted):
            note = (
                f"the column {name!r} is in {text} by its name, and the map reads its numbers in {wanted}: if the name"
                f' is right, undo the import and write unit = "{text}"'
            )
            self.notes += [note] if note not in self.notes else []
        return text

    def _note_title(self, name: str) -> None:
        """Note a row above the header that says a unit, which nothing has for this column."""
        said = ((row.number, cell) for row in self.table.above for cell in row.cells if _ABOVE.search(cell))
        for number, cell in said:
            note = (
                f"row {number} says {shortened(cell)!r}, and neither the column {name!r} nor the map has a unit, so its"
                " numbers are read in the unit of the activity: if not, undo the import and add unit to the map"
            )
            self.notes += [note] if note not in self.notes else []

    def _refuse(self, name: str, text: str, cure: str | None) -> None:
        place = self.table.header.locate(self.table.columns[name])
        what = f"the unit {text!r} in the name of the column {name!r} is ambiguous"
        if all(error.place != place for error in self.errors):
            hint = f'write unit = "…" beside the column in the map ({cure})'
            self.errors.append(MalformedInput(what, hint=hint, place=place))


def _is_unit(text: str) -> bool:
    try:
        return read_unit(text).base not in _WORDS
    except InvalidQuantity:
        return False


def _is_same(one: str, other: str) -> bool:
    """Return whether two units give equal figures; an amount without a period is per year. One that is unknown is
    reported at its cells."""
    try:
        first, second = read_unit(one), read_unit(other)
    except InvalidQuantity:
        return True
    return first.factor == second.factor and (first.fits(second) or second.fits(first))

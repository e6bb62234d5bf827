"""Completes a map with the units in the names of columns: ``Capacity (kt/yr)``, ``Capacity, MW``, ``Capacity in TEU``.

A publisher writes the unit of a column once, in its name. Without it, a number would be read in the unit of the
activity, and 500 kt would count as 500 t.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from policytrack.errors import InvalidQuantity, MalformedInput, shortened
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import kind_at
from policytrack.importing.formats.table import Table
from policytrack.importing.tables.field_columns import FRACTIONS
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import EventPart, Filler, is_filler
from policytrack.values.quantities import Capacity, parse_capacity
from policytrack.values.units import CAPACITY_HINT, read_unit

_IN_BRACKETS: Final = re.compile(r".*[(\[（【]\s*(?:in )?([^()\[\]（）【】]+?)\s*[)\]）】]\s*")
_BEHIND_A_MARK: Final = re.compile(r".*(?:[,;:–—-]| in )\s*(\S.*?)\s*")
_MOST_WORDS: Final = 4
"""Words at the end of a name that may be a unit: ``Capacity million tonnes per annum``."""
_LIKE_A_UNIT: Final = re.compile(
    r"\b(?:[kmg]?t|tons?|tonnes?|[kmgt]wh?|[mk]?tpa|[mk]?tpd|bbls?|barrels?|lbs?|pounds?|gal|s?cf|wafers?|teu|units?)\b"
    r"|\b(?:thousands?|millions?|mio|mln)\b|\b0{3}\b|10 ?\^|×|[千万萬億亿吨噸]|トン"
    r"|\bper (?:year|annum|month|day|hour)|\bp\.?a\b|/ ?(?:yr?|a|mo|d|h|year|day|[年月日])\b",
    re.I,
)
"""What makes a text in brackets doubtful: it may be a unit, and cannot be read as one."""
_POWER: Final = re.compile(r"\b([kmgt])(wh?)\b")
_ABOVE: Final = re.compile(
    r"\bunits?\b|单位|単位|千吨|万吨|'000\b|\b1[, ]?000 ?t\b"
    r"|\b(?:thousand|million)s?(?: of)?(?: metric)? (?:t|tons|tonnes|units|MW|bbl)\b"
    r"|\bin (?:[kM]t|[kMG]W|TEU|bcm|bbl)\b",
    re.I,
)
"""What a row above the header may say of the unit of all numbers."""
_WORDS: Final = frozenset({"units", "vehicles"})
"""Units that are also words of a name, as in ``number of units``."""


def unit_text(name: str) -> str | None:
    """Return what a column's name has in the place of a unit: a text in brackets, whatever it is, or a unit behind a
    comma or at the end."""
    if match := _IN_BRACKETS.fullmatch(name):
        return _in_capitals(match[1], name)
    if (match := _BEHIND_A_MARK.fullmatch(name)) and _of_one(text := _in_capitals(match[1], name)):
        return text
    words = _in_capitals(name.replace("_", " "), name).split()
    for number in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        text = " ".join(words[-number:])
        if ((one := _of_one(text)) and not (number == 1 and one[1] in _WORDS)) or (number == 1 and _is_trap(text)):
            return text
    return None


def is_unit(text: str) -> bool:
    """Return whether a figure can have this text behind it: a unit, or a multiple of one."""
    return _of_one(text) is not None


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
        names = list(self._names(event, filler.source_column))
        units = [self._unit(name, filler.unit) for name in names]
        if filler.unit is not None or not any(units):
            return given
        if len({unit and _of_one(unit) for unit in units}) > 1:
            one, other = (names[units.index(unit)] for unit in list(dict.fromkeys(units))[:2])
            self._refuse(
                other, f"the columns {one!r} and {other!r} of the map's {filler.source_column!r} differ in unit"
            )
            return given
        return {**given, "unit": units[0]}

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
        unit = _of_one(text)
        if unit is None:
            is_doubtful = _is_trap(text) or _LIKE_A_UNIT.search(text)
            if wanted is None and is_doubtful and name in self.table.columns:
                self._refuse(name, f"{text!r} in the name of the column {name!r} is not a unit, or is ambiguous")
            return None
        if unit == (Decimal(1), "units"):
            return None  # pieces of whatever the activity counts
        if wanted is not None and _of_one(wanted) not in (None, unit):
            self._note(
                f"the column {name!r} is in {text} by its name, and the map reads its numbers in {wanted}: if the name"
                f' is right, undo the import and write unit = "{text}"'
            )
        return text

    def _note_title(self, name: str) -> None:
        """Note a row above the header that says a unit, which nothing has for this column."""
        said = ((row.number, cell) for row in self.table.above for cell in row.cells if _ABOVE.search(cell))
        for number, cell in said:
            self._note(
                f"row {number} says {shortened(cell)!r}, and neither the column {name!r} nor the map has a unit, so its"
                " numbers are read in the unit of the activity: if not, undo the import and add unit to the map"
            )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _refuse(self, name: str, what: str) -> None:
        place = self.table.header.locate(self.table.columns.get(name, 0))
        if all(error.place != place for error in self.errors):
            hint = 'write the unit beside the column in the map: unit = "kt/yr"'
            self.errors.append(MalformedInput(what, hint=hint, place=place))


def _of_one(text: str) -> tuple[Decimal, str] | None:
    """Return what the figure 1 is with this text behind it, without the period of a year and the substance, which
    sources leave out; None for a text that makes no figure with a unit or a multiple."""
    try:
        one = parse_capacity(f"1 {text}")
    except InvalidQuantity:
        return None
    if one.value is None or one.bound != "exact" or (one.unit is None and one.value == 1):
        return None
    unit = read_unit(one.unit) if one.unit else None
    return one.value, "" if unit is None else f"{unit.base}{unit.period.removesuffix('/yr')}"


def _is_trap(text: str) -> bool:
    """Return whether a text is known to be ambiguous, such as ``tons`` and ``mtpa``."""
    try:
        read_unit(text)
    except InvalidQuantity as error:
        return len(text) > 1 and error.hint != CAPACITY_HINT
    return False


def _in_capitals(text: str, name: str) -> str:
    """Return a text with the capitals of power and energy, which names in small letters lack: ``capacity_gw``."""
    if name != name.lower():
        return text
    return _POWER.sub(lambda found: found[0].upper().replace("K", "k").replace("WH", "Wh"), text)

"""Filling fields from the cells of a row: columns, templates, ids, sums."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

from pydantic import ValidationError

from policytrack.errors import InvalidId, InvalidQuantity, MalformedInput, Place
from policytrack.ids import near_matches, suggest_slug
from policytrack.journal.countries import country_code
from policytrack.journal.mapping import PLACEHOLDER, Filler, Map
from policytrack.journal.table import Record
from policytrack.journal.table_rows import with_unit
from policytrack.quantities import Capacity, format_decimal

Where = Callable[[], Place]
"""Works out where a cell is: only an error needs it."""

_SHARE: Final = re.compile(r"(?P<name>.*?)\s*[\[(]\s*(?P<share>[0-9]+(?:\.[0-9]+)?)\s*%\s*[\])]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a row by the names of their columns; `extra` are those that the map made."""

    record: Record
    columns: Mapping[str, int]
    extra: Mapping[str, tuple[str, int]]

    def text(self, name: str) -> str:
        """What the cell says; empty when nothing does."""
        made = self.extra.get(name)
        return made[0] if made is not None else self.record.cells[self.columns[name]]

    def place(self, name: str) -> Place:
        """Where the cell is."""
        return self.record.locate(self.index(name))

    def index(self, name: str) -> int:
        """The column that the cell is, or was made from."""
        made = self.extra.get(name)
        return made[1] if made is not None else self.columns[name]

    def with_extra(self, more: Mapping[str, tuple[str, int]]) -> Cells:
        """The same row with more columns."""
        return Cells(self.record, self.columns, {**self.extra, **more})


@dataclass(slots=True)
class Filling:
    """Fills fields by a map; remembers which texts were made which id, so that two things never become one."""

    map: Map
    ids: dict[str, str] = field(default_factory=dict)
    _slugs: dict[str, str] = field(default_factory=dict)

    def value(self, filler: Filler, rows: Sequence[Cells]) -> tuple[Any, str | None]:
        """What fills a field, None for nothing, and the column that it came from.

        Raises `MalformedInput` with the cell's place.
        """
        if filler.sum is not None:
            return self._sum(filler, filler.sum, rows), filler.sum
        cells = rows[0]
        if filler.column is not None:
            text: Any = self._column(filler, filler.column, cells)
            origin: str | None = filler.column
        else:
            template = filler.text or filler.id or ""
            text = self.template(template, cells, filler.empty)
            names = [name for name in PLACEHOLDER.findall(template) if name in cells.extra or name in cells.columns]
            origin = names[0] if names else None
        if text is None and filler.otherwise is not None:
            text = self.template(filler.otherwise, cells, ())
        if text is not None and filler.id is not None:
            text = self._id(text, lambda: cells.place(origin) if origin else cells.record.locate(0))
        return text, origin

    def template(self, template: str, cells: Cells, empty: Sequence[str]) -> str | None:
        """A template filled in; None when one of its cells is empty."""
        missing = False

        def fill(found: re.Match[str]) -> str:
            nonlocal missing
            text = cells.text(found[1])
            missing = missing or not text or text in empty
            return text

        filled = PLACEHOLDER.sub(fill, template)
        return None if missing or not filled else filled

    def _column(self, filler: Filler, name: str, cells: Cells) -> Any:
        text = cells.text(name)
        if not text or text in filler.empty:
            return None
        place = partial(cells.place, name)
        if filler.split is None:
            return self._one(filler, text, place)
        parts = [part.strip() for part in text.split(filler.split)]
        if filler.item is not None:
            text = parts[filler.item - 1] if len(parts) >= filler.item else ""
            return self._one(filler, text, place) if text and text not in filler.empty else None
        return [self._one(filler, part, place) for part in parts if part and part not in filler.empty] or None

    def _one(self, filler: Filler, text: str, place: Where) -> str:
        if text in filler.unknown:
            return "unknown"
        if filler.values is not None:
            table = self.map.values[filler.values]
            if text not in table:
                near = near_matches(text, table)
                hint = f"add it to [values.{filler.values}]" + (f"; close: {near[0]!r}" if near else "")
                raise MalformedInput(f"{text[:60]!r} stands for nothing", hint=hint, place=place())
            text = table[text]
        if filler.country:
            text = country_code(text, place)
        if filler.as_id:
            return self._id(text, place)
        if filler.round is not None:
            text = _rounded(text, filler.round, place)
        return with_unit(text, filler.unit)

    def _id(self, text: str, place: Where) -> str:
        if text in self._slugs:
            return self._slugs[text]
        slug = suggest_slug(text)
        if not slug:
            hint = "take a column of ids, or of names in Latin letters"
            raise InvalidId(f"{text[:60]!r} gives no id", hint=hint, place=place())
        letters = _letters(text)
        other = self.ids.setdefault(slug, letters)
        if other != letters:
            hint = "take a column of ids into the template"
            raise InvalidId(f"{text[:60]!r} and another text would have the one id {slug}", hint=hint, place=place())
        self._slugs[text] = slug
        return slug

    def _sum(self, filler: Filler, name: str, rows: Sequence[Cells]) -> str | None:
        """The cells of a column added up. What is not exact among them makes the sum a bound, never a zero."""
        total, unit, exact, found = Decimal(0), None, True, False
        for cells in rows:
            text = cells.text(name)
            if not text or text in filler.empty:
                continue
            found = True
            if text in filler.unknown:
                exact = False
                continue
            capacity = _capacity(with_unit(text, filler.unit), partial(cells.place, name))
            if capacity.unit != (unit or capacity.unit):
                what = f"{text!r} is in {capacity.unit}, and the cells before it in {unit}"
                raise InvalidQuantity(what, hint="one unit a sum", place=cells.place(name))
            unit = capacity.unit
            exact = exact and capacity.bound == "exact"
            if capacity.bound != "at_most":
                total += capacity.value or 0
        if not found:
            return None
        in_unit = f"{format_decimal(total)} {unit or ''}".strip()
        if exact:
            return in_unit
        return f">= {in_unit}" if total else "unknown"


def split_items(text: str, split: str) -> list[tuple[str, str]]:
    """The items of a list with their shares: ``A [60.0%]; B`` gives ``("A", "60.0")`` and ``("B", "")``."""
    items = []
    for part in text.split(split):
        found = _SHARE.fullmatch(part.strip())
        items.append((found["name"], found["share"]) if found else (part.strip(), ""))
    return [item for item in items if item[0]]


def _capacity(text: str, place: Where) -> Capacity:
    try:
        return Capacity.model_validate(text)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        what, hint = str(context.get("what", "it is no capacity")), str(context.get("hint", ""))
        raise InvalidQuantity(what, hint=hint, place=place()) from None


def _rounded(text: str, places: int, place: Where) -> str:
    try:
        return format(round(Decimal(text), places), "f")
    except ArithmeticError:
        raise MalformedInput(f"{text[:60]!r} is no number to round", hint="write digits", place=place()) from None


def _letters(text: str) -> str:
    """Letters and digits of any script, folded: what makes two names differ."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())

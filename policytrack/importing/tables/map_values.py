"""Filling fields from the cells of a row: columns, templates, ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from typing import Any, Final

from policytrack.errors import InvalidId, MalformedInput, Place
from policytrack.importing.tables.country_names import country_code
from policytrack.importing.tables.field_columns import with_unit
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import PLACEHOLDER, Filler
from policytrack.importing.tables.row_cells import Cells
from policytrack.values.ids import LONGEST, near_matches, suggest_slug

Where = Callable[[], Place]
"""Works out where a cell is: only an error needs it."""

_MOST_SLUGS: Final = 100_000


@dataclass(slots=True)
class Filling:
    """Fills fields by a map; remembers which texts were made which id, so that two things never become one."""

    map: Map
    _letters: dict[str, str] = field(default_factory=dict)
    """The letters of the text that each id was made of; empty when they are those of the id, which most are."""
    _slugs: dict[tuple[bool, str], str] = field(default_factory=dict)
    """The ids of the texts that were met last, with a digest and without."""

    def value(self, filler: Filler, cells: Cells) -> Any:
        """What fills a field from one row, None for nothing. Raises `MalformedInput` with the cell's place."""
        column = filler.source_column
        if column is not None:
            text: Any = self._column(filler, column, cells)
        else:
            text = self.template(filler.text or filler.id or "", cells, filler.empty)
        if text is None and filler.otherwise is not None:
            text = self.template(filler.otherwise, cells, ())
        if text is not None and filler.id is not None:
            text = self._id(filler, text, lambda: cells.place(origin_of(filler, cells) or ""))
        return text

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
                raise MalformedInput(f"no mapping for {text[:60]!r}", hint=hint, place=place())
            text = table[text]
        if filler.country:
            text = country_code(text, place)
        if filler.as_id:
            return self._id(filler, text, place)
        if filler.round is not None:
            text = _rounded(text, filler.round, place)
        return with_unit(text, filler.unit)

    def _id(self, filler: Filler, text: str, place: Where) -> str:
        """The id of a text: its Latin letters and digits; of a text that has none, a digest of its letters.

        With `hash`, a text that loses letters has the digest beside the rest. A digest stays the same in every
        edition; nothing is transliterated.
        """
        known = self._slugs.get((filler.hash, text))
        if known is not None:
            return known
        slug, letters = suggest_slug(text), _letters(text)
        is_whole = letters == slug.replace("-", "")
        if not letters:
            hint = "use a column of ids, or of names"
            raise InvalidId(f"{text[:60]!r} gives no id", hint=hint, place=place())
        if not slug or (filler.hash and not is_whole):
            digest = blake2b(letters.encode(), digest_size=6).hexdigest()
            slug = f"{slug[: LONGEST - len(digest) - 2]}-n{digest}".lstrip("-")
        kept = "" if is_whole else letters
        if self._letters.setdefault(slug, kept) != kept:
            hint = "add a column of ids to the template, or say hash = true beside it"
            raise InvalidId(f"{text[:60]!r} and another text would have the one id {slug}", hint=hint, place=place())
        if len(self._slugs) >= _MOST_SLUGS:
            self._slugs.clear()
        self._slugs[filler.hash, text] = slug
        return slug


def origin_of(filler: Filler, cells: Cells) -> str | None:
    """The column that a field comes from: of a template the first that the table or the map has."""
    if filler.source_column is not None:
        return filler.source_column
    names = PLACEHOLDER.findall(filler.text or filler.id or "")
    return next((name for name in names if name in cells.extra or name in cells.columns), None)


def _rounded(text: str, places: int, place: Where) -> str:
    try:
        return format(round(Decimal(text), places), "f")
    except ArithmeticError:
        raise MalformedInput(f"{text[:60]!r} is no number to round", hint="write digits", place=place()) from None


def _letters(text: str) -> str:
    """Letters and digits of any script, folded: what makes two names differ."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())

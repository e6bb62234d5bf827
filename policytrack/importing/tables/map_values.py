"""Computes field values from the cells of a row: columns, templates, ids."""

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
from policytrack.importing.tables.field_columns import with_unit
from policytrack.importing.tables.map_file import Map
from policytrack.importing.tables.map_parts import PLACEHOLDER, Filler
from policytrack.importing.tables.row_cells import Cells
from policytrack.values.country_names import country_code
from policytrack.values.ids import LONGEST, near_matches, suggest_slug

Where = Callable[[], Place]
"""Computes the place of a cell, which only errors need."""

_MOST_SLUGS: Final = 100_000


@dataclass(slots=True)
class Filling:
    """Computes field values with a map; refuses to derive one id from two different texts."""

    map: Map
    _letters: dict[str, str] = field(default_factory=dict)
    """The letters of the text that each id was derived from; empty (to save memory) if equal to those of the id."""
    _slugs: dict[tuple[bool, str], str] = field(default_factory=dict)
    """A cache of ids by text, with and without a digest."""

    def value(self, filler: Filler, cells: Cells) -> Any:
        """Return the value of a field in one row; None if empty. Raises `MalformedInput` with the cell's place."""
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
        """Return a template with its cells filled in; None if one of them is empty."""
        missing = False

        def fill(name: re.Match[str]) -> str:
            nonlocal missing
            text = cells.text(name[1])
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
                hint = f"add it to [values.{filler.values}]" + (f"; similar: {near[0]!r}" if near else "")
                raise MalformedInput(f"no mapping for {text[:60]!r}", hint=hint, place=place())
            text = table[text]
        if filler.country:
            text = country_code(text, place)
        if filler.as_id:
            return self._id(filler, text, place)
        if filler.round is not None:
            text = _rounded(text, filler.round, place)
        return with_unit(text, filler.unit, place)

    def _id(self, filler: Filler, text: str, place: Where) -> str:
        """Return the id of a text: its Latin letters and digits, or a digest of its letters if it has none.

        With `hash`, a text that loses letters gets the digest as a suffix. A digest is the same in every edition of a
        table. Nothing is transliterated: transliterations differ, and two names can have the same one.
        """
        known = self._slugs.get((filler.hash, text))
        if known is not None:
            return known
        slug, letters = suggest_slug(text), _letters(text)
        is_whole = letters == slug.replace("-", "")
        if not letters:
            hint = "use a column of ids or names"
            raise InvalidId(f"no id can be derived from {text[:60]!r}", hint=hint, place=place())
        if not slug or (filler.hash and not is_whole):
            digest = blake2b(letters.encode(), digest_size=6).hexdigest()
            slug = f"{slug[: LONGEST - len(digest) - 2]}-n{digest}".lstrip("-")
        kept = "" if is_whole else letters
        if self._letters.setdefault(slug, kept) != kept:
            hint = "add a column of ids to the template, or set hash = true beside it"
            raise InvalidId(f"{text[:60]!r} and another text would both get the id {slug}", hint=hint, place=place())
        if len(self._slugs) >= _MOST_SLUGS:
            self._slugs.clear()
        self._slugs[filler.hash, text] = slug
        return slug


def origin_of(filler: Filler, cells: Cells) -> str | None:
    """Return the column that a field comes from; for a template, its first existing column."""
    if filler.source_column is not None:
        return filler.source_column
    names = PLACEHOLDER.findall(filler.text or filler.id or "")
    return next((name for name in names if name in cells.extra or name in cells.columns), None)


def _rounded(text: str, places: int, place: Where) -> str:
    try:
        return format(round(Decimal(text), places), "f")
    except ArithmeticError:
        what = f"cannot round {text[:60]!r}, which is not a number"
        raise MalformedInput(what, hint="write digits, or remove round", place=place()) from None


def _letters(text: str) -> str:
    """Return the letters and digits of any script, case-folded: two names are different if these are."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())

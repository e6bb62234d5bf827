"""Defines the options of reading tables: sheet, map, decimal mark, form of dates, encoding."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from policytrack.importing.tables.cell_style import Style
from policytrack.importing.tables.unused_input import Unused
from policytrack.values.numbers import DecimalMark

if TYPE_CHECKING:
    from policytrack.importing.tables.map_file import Map


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Options of reading tables."""

    known_on: date
    """The default of `known_on` for rows without it; ``{known_on}`` in a map."""
    sheet: str | None = None
    event_type: str | None = None
    """The type of rows without a `type`, for a table whose columns are event fields."""
    map: Map | None = None
    key: tuple[str, ...] = ()
    """Columns that identify a row of a snapshot; no two rows may have the same values."""
    decimal: DecimalMark | None = None
    """The decimal mark. None: that of the map, otherwise a point for comma-separated files and JSON, and undeclared for
    others, whose numbers may have decimal commas."""
    date: str | None = None
    """The form of dates, such as ``DD/MM/YYYY``; None: that of the map, otherwise the forms that fields accept."""
    fiscal_year: str | None = None
    """The country of fiscal years such as ``2033-34``; None: that of the map."""
    encoding: str | None = None
    """The encoding of CSV; None: that of the map, otherwise UTF-8, or UTF-16 with a byte order mark."""
    unused: Unused = field(default_factory=Unused, compare=False)
    """Collects the unused rows, words and columns while tables are read."""

    @property
    def needs_table(self) -> bool:
        """Return whether a file without a known extension must be a table."""
        return self.event_type is not None or (self.map is not None and bool(self.map.event))

    def style(self, separator: str = ",") -> Style:
        """Return the notation of numbers and dates in a table whose cells are separated by `separator`."""
        part = self.map.table if self.map is not None else None
        unsaid: DecimalMark = "." if separator == "," else "unsaid"
        return Style(
            self.decimal or (part and part.decimal) or unsaid,
            self.date or (part and part.date) or None,
            fiscal_year=self.fiscal_year or (part and part.fiscal_year) or None,
        )

"""Options of tables: sheet, map, decimal mark, form of dates, encoding."""

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
    """How tables are read."""

    known_on: date
    """Day on which rows were known that do not say; a map writes it as ``{known_on}``."""
    sheet: str | None = None
    event_type: str | None = None
    """Type of rows that do not say, when the columns are the fields of events."""
    map: Map | None = None
    key: tuple[str, ...] = ()
    """Columns that name a row of a snapshot: no two rows have the same."""
    decimal: DecimalMark | None = None
    """The decimal mark of the files; None: the map's, else a point, but unsaid where no comma separates the cells."""
    date: str | None = None
    """The form of dates, such as ``DD/MM/YYYY``; None: the map's, else those that the fields read."""
    fiscal_year: str | None = None
    """The country whose fiscal year ``2033-34`` is; None: the map's."""
    encoding: str | None = None
    """Of CSV; None: the map's, else UTF-8, and UTF-16 where its mark is."""
    unused: Unused = field(default_factory=Unused, compare=False)
    """Filled while tables are read: what was not used of them."""

    @property
    def needs_table(self) -> bool:
        """Whether any file that is not known otherwise must be a table."""
        return self.event_type is not None or (self.map is not None and bool(self.map.event))

    def style(self, separator: str = ",") -> Style:
        """How numbers and dates are written in a table; between its cells stands `separator`."""
        part = self.map.table if self.map is not None else None
        unsaid: DecimalMark = "." if separator == "," else "unsaid"
        return Style(
            self.decimal or (part and part.decimal) or unsaid,
            self.date or (part and part.date) or None,
            fiscal_year=self.fiscal_year or (part and part.fiscal_year) or None,
        )

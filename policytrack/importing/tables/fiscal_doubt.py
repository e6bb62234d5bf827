"""Warns of a column whose dates may all be fiscal years: ``2005-06`` is a month, or the year from 2005 to 2006."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from policytrack.errors import PolicytrackError
from policytrack.importing.formats.table import Record
from policytrack.importing.tables.cell_style import ColumnStyle

_MONTH: Final = re.compile(r"([0-9]{4})[-–/]([0-9]{2})")
_LEAST: Final = 2
"""Different values from which on a column is doubtful: of months, one in twelve looks like a fiscal year."""
_SHOWN: Final = 3


def warned_of_fiscal_years(
    records: Iterator[Record | PolicytrackError],
    columns: Mapping[int, ColumnStyle],
    names: Mapping[int, str],
    notes: list[str],
) -> Iterator[Record | PolicytrackError]:
    """Yield the records; at the end, note each column whose dates are all months that may be fiscal years.

    `columns` are the columns with a notation, `names` the names of all columns, by index. A column with a declared form
    of dates or fiscal year is not in doubt.
    """
    in_doubt = (i for i, one in columns.items() if one.role == "date" and not (one.style.date or one.style.fiscal_year))
    seen: dict[int, dict[str, None]] = {index: {} for index in in_doubt}
    for record in records:
        if seen and isinstance(record, Record):
            for index in list(seen):
                text = record.cells[index] if index < len(record.cells) else ""
                if text and not _may_be_fiscal(text):
                    del seen[index]
                elif text and len(seen[index]) <= _SHOWN:
                    seen[index][text] = None
        yield record
    for index, values in seen.items():
        if len(values) >= _LEAST:
            shown = ", ".join(list(values)[:_SHOWN]) + (" …" if len(values) > _SHOWN else "")
            notes.append(
                f"every date in {names[index]!r} was read as a month but may be a fiscal year ({shown}): if it is,"
                " undo the import and use --fiscal-year COUNTRY"
            )


def _may_be_fiscal(text: str) -> bool:
    month = _MONTH.fullmatch(text)
    return month is not None and int(month[2]) == (int(month[1]) + 1) % 100

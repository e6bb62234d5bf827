"""Makes the options of an import from plain values, for the command line and the Python API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policytrack.errors import InvalidDate, UsageError
from policytrack.local_day import today

if TYPE_CHECKING:
    from policytrack.importing.tables.table_options import TableOptions
    from policytrack.ledger import Ledger


def registered(ledger: Ledger, *, notes: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return what the ledger registers today, as rows of the query `registered`."""
    from policytrack.questions import ask
    from policytrack.readmodel.coordinates import Coordinates

    with ledger.ask(Coordinates(as_of=today(), known_at=today()), notes=notes) as session:
        rows: list[dict[str, Any]] = ask(session, "registered").to_pylist()
    return rows


def table_options(
    files: Sequence[str],
    *,
    map_file: Path | None = None,
    format_: str = "auto",
    sheet: str | None = None,
    event_type: str | None = None,
    known_on: date | None = None,
    key: tuple[str, ...] = (),
    decimal: str | None = None,
    date_form: str | None = None,
    fiscal_year: str | None = None,
    encoding: str | None = None,
) -> TableOptions:
    """Return the options of tables. Those given here take precedence over those of the map.

    Raises `UsageError` for an invalid value, or when the files are not tables, and what `load_map` raises.
    """
    from policytrack.importing.tables.map_file import load_map
    from policytrack.importing.tables.table_options import TableOptions

    map_ = load_map(map_file) if map_file is not None else None
    given = {"--decimal": decimal, "--date-form": date_form, "--encoding": encoding, "--fiscal-year": fiscal_year}
    named = [option for option, value in given.items() if value is not None]
    # With a map, JSON files are tables too.
    lines = [file for file in files if file.endswith((".yaml", ".yml", ".jsonl", ".ndjson")) and map_ is None]
    if named and (lines or format_ in ("yaml", "jsonl")):
        file = lines[0] if lines else files[0]
        raise UsageError(
            f"{named[0]} does not apply to {file}: not a table", hint="import tables in a separate command"
        )
    style = _style(decimal, date_form, fiscal_year, encoding)
    type_ = (event_type or "").replace("-", "_") or None
    known = known_on or (map_.known_on if map_ else None) or today()
    return TableOptions(known, sheet, type_, map_, key, **style)


def _style(decimal: str | None, date_form: str | None, fiscal_year: str | None, encoding: str | None) -> dict[str, Any]:
    """Return decimal mark, date format, encoding and fiscal year, as `TableOptions` has them."""
    from policytrack.importing.formats.encodings import encoding_of
    from policytrack.values.date_forms import date_form as checked_form
    from policytrack.values.date_words import FISCAL_YEARS, fiscal_country

    if date_form is not None:
        try:
            checked_form(date_form)
        except InvalidDate as error:
            raise UsageError(error.what, hint=error.hint) from None
    country = fiscal_country(fiscal_year) if fiscal_year is not None else None
    if country is None and fiscal_year is not None:
        known = ", ".join(filter(None, map(fiscal_country, FISCAL_YEARS)))
        raise UsageError(
            f"the fiscal year of {fiscal_year[:40]!r} is unknown",
            hint=f"write the months, 2026-04/2027-03, or one of {known}",
        )
    found = encoding_of(encoding) if encoding is not None else None
    return {"decimal": decimal, "date": date_form, "encoding": found, "fiscal_year": country}

"""Shapes an answer for its reader: chosen columns, and figures in another unit of the same dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import InvalidQuantity, UsageError
from policytrack.output.answer import Answer
from policytrack.values.units import read_unit

if TYPE_CHECKING:
    import pyarrow as pa

NOT_IN_THE_UNIT: Final = ("investment_amount", "ratio", "tolerance_pct")
"""Decimal columns of rows with a unit that are money or a ratio; so are those that end in `_pct`."""
_PLACES: Final = Decimal("0.000001")


def with_columns(answer: Answer, names: Sequence[str]) -> Answer:
    """Return the answer with these columns, in this order. Raises `UsageError` for one that it does not have."""
    existing = answer.table.column_names
    if missing := next((name for name in names if name not in existing), None):
        raise UsageError(f"the answer has no column {missing!r}", hint=f"use one of: {', '.join(existing)}")
    return replace(answer, table=answer.table.select(list(dict.fromkeys(names))), shown=())


def in_unit(answer: Answer, text: str) -> tuple[Answer, list[str]]:
    """Return the answer with its figures in a unit, and the units of the rows that have another dimension.

    A unit without a period or substance has those of the row: ``GWh`` for MWh/yr is GWh/yr. Figures that do not end are
    rounded to 6 decimals. Raises `UsageError` if the answer has no unit, or no row of this dimension.
    """
    table = answer.table
    if "unit" not in table.column_names:
        raise UsageError("--unit does not apply: the answer has no column 'unit'", hint="leave out --unit")
    try:
        read_unit(text)
    except InvalidQuantity as error:
        raise UsageError(f"--unit: {error.what}", hint=error.hint) from error
    units = {unit: _conversion(unit, text) for unit in table["unit"].unique().to_pylist() if unit}
    fitting = {unit: found for unit, found in units.items() if found is not None}
    if units and not fitting:
        raise UsageError(
            f"--unit {text}: no figure has its dimension", hint=f"the figures are in {', '.join(sorted(units))}"
        )
    rows = [_converted(row, fitting) for row in table.to_pylist()]
    return replace(answer, table=_table(rows, table)), sorted(units.keys() - fitting.keys())


def is_in_the_unit(name: str) -> bool:
    """Return whether a Decimal column of rows with a unit is a figure in that unit."""
    return name not in NOT_IN_THE_UNIT and not name.endswith("_pct")


def _conversion(unit: str, text: str) -> tuple[Decimal, str] | None:
    """Return the divisor of figures in `unit` and the name of the wanted unit; None for another dimension."""
    own, wanted = read_unit(unit), read_unit(text)
    if wanted.substance and wanted.substance != own.substance:
        return None
    if own.base != wanted.base or wanted.period not in ("", own.period):
        return None
    named = text.strip()
    if own.substance and not wanted.substance:
        head, slash, period = named.partition("/")
        named = f"{head.rstrip()} {own.substance}{slash}{period}"
    return wanted.factor / own.factor, named if "/" in named else named + own.period


def _converted(row: dict[str, Any], fitting: dict[str, tuple[Decimal, str]]) -> dict[str, Any]:
    if (found := fitting.get(row["unit"])) is None:
        return row
    divisor, name = found
    figures = {
        column: (value / divisor).quantize(_PLACES, ROUND_HALF_UP)
        for column, value in row.items()
        if isinstance(value, Decimal) and is_in_the_unit(column)
    }
    return {**row, **figures, "unit": name}


def _table(rows: list[dict[str, Any]], before: pa.Table) -> pa.Table:
    """Return the rows with the columns of the table before; figures have 6 decimals."""
    import pyarrow as pa

    wide = pa.decimal128(38, 6)
    fields = [
        field.with_type(wide) if pa.types.is_decimal(field.type) and is_in_the_unit(field.name) else field
        for field in before.schema
    ]
    return pa.Table.from_pylist(rows, pa.schema(fields))

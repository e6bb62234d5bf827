"""Answers a request on a session: for the command line, the Python API and all that is built on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policytrack.questions.ask import ask, check_filters
from policytrack.questions.evidence import well_attested

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.questions.requests import Request
    from policytrack.readmodel.session import Session


@dataclass(frozen=True, slots=True)
class Answered:
    """The rows of an answer, how many others have too little evidence, and the id used for each name in the filters."""

    table: pa.Table
    hidden: int
    ids: dict[str, str]


def answered(session: Session, request: Request) -> Answered:
    """Return the answer to a request. Raises what `check_filters` and the query raise."""
    filters = check_filters(session, request.filters)
    ids = _ids(request.filters, filters)
    if request.question == "diff_stat":
        return Answered(change_totals(ask(session, "diff", filters)), 0, ids)
    table = ask(session, request.question, filters)
    if not request.evidence:
        return Answered(table, 0, ids)
    kept = well_attested(session, request.question, table, request.evidence)
    return Answered(kept, table.num_rows - kept.num_rows, ids)


def _ids(named: Mapping[str, Any], identified: Mapping[str, Any]) -> dict[str, str]:
    """Return the id used for each filter value that is a name."""
    return {
        name: id_
        for kind, ids in identified.items()
        if isinstance(ids, list)
        for name, id_ in zip(named[kind], ids, strict=True)
        if name != id_
    }


def change_totals(table: pa.Table) -> pa.Table:
    """Return one row per figure of a `diff`: `happened`, `learned` and their sum `change`.

    A figure whose changes cancel out has no row.
    """
    import pyarrow as pa

    cells: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in table.to_pylist():
        key = (row["country_code"], row["activity_id"], row["figure"])
        zero = {"happened": Decimal(0), "learned": Decimal(0)}
        cell = cells.setdefault(key, dict(zip(("country_code", "activity_id", "figure"), key, strict=True)) | zero)
        cell[row["cause"]] += row["change"]
        cell["unit"] = row["unit"]
    rows = [
        {**cell, "change": cell["happened"] + cell["learned"]}
        for cell in cells.values()
        if cell["happened"] or cell["learned"]
    ]
    text, figure = pa.string(), table.schema.field("change").type
    columns = [(name, text) for name in ("country_code", "activity_id", "figure")]
    columns += [("happened", figure), ("learned", figure), ("unit", text), ("change", figure)]
    return pa.Table.from_pylist(rows, pa.schema(columns))

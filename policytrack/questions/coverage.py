"""Says which part of published totals the recorded facilities cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policytrack.questions.ask import ask

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

_MOST: Final = 3
"""Totals that the line names. `sql "FROM national_coverage"` has all."""


def coverage_line(session: Session, table: pa.Table) -> str:
    """Return the line on the published totals for rows of national capacity, and on what their figures leave out."""
    covered = _covered(session, table)
    if table["installed_low"].to_pylist() == table["installed_high"].to_pylist():
        return covered
    return f"{covered} · operating and net leave out what is not exact; installed has both ends"


def _covered(session: Session, table: pa.Table) -> str:
    rows = [f"{row['country_code']} {row['activity_id']}" for row in table.to_pylist()]
    if not rows:
        return ""
    totals = ask(session, "coverage", {"rows": rows})["line"].to_pylist()
    if not totals:
        return "no published total recorded: a floor, not the nation"
    more = f"; {len(totals) - _MOST} more in the view national_coverage" if len(totals) > _MOST else ""
    rest = len(rows) - len(totals)
    floor = f"; no published total for {rest} of {len(rows)} rows: a floor, not the nation" if rest else ""
    return f"recorded facilities cover: {'; '.join(totals[:_MOST])}{more}{floor}"

"""Showing only what is attested well enough: which rows of an answer are shown, never what is added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policytrack.questions.ask import ask

if TYPE_CHECKING:
    import pyarrow as pa

    from policytrack.readmodel.session import Session

ROWS: Final = {
    "log": ("event", ("position",)),
    "pending": ("project", ("project_id",)),
    "capacity_by_facility": ("facility", ("facility_id", "activity_id")),
    "swaps": ("swap", ("swap_id",)),
}
"""Questions whose rows rest on events of their own: the kind of row, as in `sql/attested_*.sql`, and its id columns."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The bar: every event behind a row has so many independent sources and, if asked for, is verified."""

    min_sources: int = 0
    verified: bool = False

    def __bool__(self) -> bool:
        return self.min_sources > 0 or self.verified

    def __str__(self) -> str:
        words = [f"--min-sources {self.min_sources}"] if self.min_sources else []
        return " ".join([*words, "--verified"] if self.verified else words)


def well_attested(session: Session, question: str, table: pa.Table, evidence: Evidence) -> pa.Table:
    """The rows of an answer to a question of `ROWS` that reach the bar."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, columns = ROWS[question]
    bar = {"row_kind": kind, "min_sources": evidence.min_sources, "verified": evidence.verified}
    kept = ask(session, "supported", bar)["id"].combine_chunks()
    ids = pc.binary_join_element_wise(*(table[name].cast(pa.string()) for name in columns), "/")
    return table.filter(pc.is_in(ids, value_set=kept))


def left_out(count: int, of: int, evidence: Evidence) -> str:
    """Return the note on rows that are not shown: `count` of `of`."""
    return f"{count} of {of} rows not shown ({evidence}); figures and totals are unchanged"

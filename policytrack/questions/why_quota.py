"""Why a quota of a year is what it is: the notices that make it, and those that do not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound, UsageError
from policytrack.questions.ask import ask, check_filters
from policytrack.questions.explanation import Explanation, counted
from policytrack.questions.explanation_sources import with_citations

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

_CELL: Final = ("jurisdiction", "stage", "activity_id")


@dataclass(frozen=True, slots=True)
class QuotaQuestion:
    """Which quota: of a year or of one of its notices, of a holder or the nation, all else as far as it is needed."""

    year: int
    holder: str | None = None
    batch: str | None = None
    stage: tuple[str, ...] = ()
    material: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    perimeter: str = "reported"


def explain_quota(session: Session, asked: QuotaQuestion) -> Explanation:
    """Explain what `quotas --by year` shows of one holder, or `--by holder` of one notice.

    Raises `NotFound` when no such quota is recorded, `UsageError` when several are meant, and `IntegrityTrouble` if the
    events do not add up to the figure, which would be a mistake in policytrack.
    """
    given = {"firm": [asked.holder] if asked.holder else [], "activity": list(asked.activity)}
    filters: dict[str, Any] = {
        **check_filters(session, given),
        "year": [asked.year],
        "stage": list(asked.stage),
        "material": list(asked.material),
        "country": list(asked.country),
        "perimeter": asked.perimeter,
    }
    holder = filters["firm"][0] if filters["firm"] else None
    shown = _shown(session, asked, filters, holder)
    cell = {name: shown[name] for name in _CELL}
    of_cell = {
        **filters,
        "of_jurisdiction": cell["jurisdiction"],
        "activity_id": cell["activity_id"],
        "of_stage": cell["stage"],
        "of_year": asked.year,
        "batch": asked.batch,
        "holder": holder,
    }
    schema, leaves, others = counted(ask(session, "why_quota", of_cell))
    batch = {"batch": asked.batch} if asked.batch else {}
    subject = {"holder_id": holder or "nation", **cell, "year": str(asked.year), **batch}
    return with_citations(
        session, Explanation("quota", subject, shown["unit"], shown["amount"], leaves, others, schema).checked()
    )


def _shown(session: Session, asked: QuotaQuestion, filters: dict[str, Any], holder: str | None) -> dict[str, Any]:
    """The one row of `quotas` that is meant."""
    found = [
        row
        for row in ask(session, "quotas_by_holder" if asked.batch else "quotas_by_year", filters).to_pylist()
        if row["holder_id"] == holder and (not asked.batch or row["batch"] == asked.batch)
    ]
    if not found:
        raise NotFound(
            f"no quota of {holder or 'the nation'} is recorded for {asked.year} that matches, at these coordinates",
            hint=f"`policytrack quotas --year {asked.year}` lists what there is; --holder names a firm",
        )
    if len(found) > 1:
        several = "; ".join(" ".join(row[name] for name in _CELL) for row in found)
        raise UsageError(f"several quotas are meant: {several}", hint="give --stage, --country or --activity")
    row: dict[str, Any] = found[0]
    return row

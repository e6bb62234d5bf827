"""Why a field of a project is as `project` shows it: the events that set it, and those that do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound
from policytrack.output.pretty import pretty
from policytrack.questions.ask import ask, check_filters
from policytrack.questions.explanation import Explanation, counted
from policytrack.questions.explanation_sources import with_citations

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

SUMS: Final = (
    "capacity_planned",
    "capacity_completed",
    "capacity_remaining",
    "retiring",
    "net",
    "owed",
    "investment_amount",
)
"""Fields that are figures: their events add up to them exactly."""
STATED: Final = ("due", "first_due", "approved_latest", "authority", "replacement", "products")
"""Fields that one event states."""
FIELDS: Final = ("status", *SUMS, *STATED, "slip_days", "swap_verdict")
"""The columns of `project` that can be explained."""


def explain_project(session: Session, project_id: str, field: str) -> Explanation:
    """Explain one field of a project.

    Raises `NotFound` when no such project is registered or nothing was known of it, and `IntegrityTrouble` if the
    events do not make the field what the view shows, which would be a mistake in policytrack.
    """
    check_filters(session, {"project": [project_id]})
    # The verdict on its swaps takes most of the time of a project, and few fields need it.
    view = "project" if field == "swap_verdict" else "project_row"
    rows = ask(session, view, {"id": project_id}).to_pylist()
    if not rows:
        raise NotFound(
            f"nothing is known of project {project_id!r} at these coordinates",
            hint=f"`policytrack log --project {project_id}` lists its events",
        )
    project, is_sum = rows[0], field in SUMS
    unit = project["investment_currency" if field == "investment_amount" else "unit"] if is_sum else None
    schema, leaves, others = counted(ask(session, "why_project", {"id": project_id, "field": field}))
    found = Explanation(
        field,
        {"project_id": project_id},
        unit,
        project[field],
        leaves,
        others,
        schema,
        is_sum,
        given_reason=_ends(project, field),
    ).checked()
    stated = [leaf["value"] for leaf in leaves]
    if field in STATED and stated != _as_stated(found.reported):
        raise found.contradicted(f"its events state {stated}")
    return with_citations(session, found)


def _ends(project: dict[str, Any], field: str) -> str | None:
    """What is known of a figure that is not exact; None if nothing bounds it."""
    low, high = project.get(f"{field}_low"), project.get(f"{field}_high")
    if not low and high is None:
        return None
    if high is None:
        return f"at least {pretty(low)}"
    return f"between {pretty(low)} and {pretty(high)}" if low else f"at most {pretty(high)}"


def _as_stated(value: Any) -> list[str]:
    """A value of the view as its leaves state it."""
    if value is None:
        return []
    return [", ".join(value) if isinstance(value, list) else str(value)]

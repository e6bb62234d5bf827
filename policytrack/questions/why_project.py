"""Why a project is as `project` shows it: the events that make a field what it is, and those that do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import NotFound
from policytrack.questions.ask import ask, check_filters
from policytrack.questions.explained import Explained

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
"""Fields that are figures: what their events add is the figure, exactly."""
STATED: Final = ("due", "first_due", "approved_latest", "authority", "replacement", "products")
"""Fields that are what one event states."""
FIELDS: Final = ("status", *SUMS, *STATED, "slip_days", "swap_verdict")
"""The columns of `project` that can be explained."""


def explain_project(session: Session, project_id: str, field: str) -> Explained:
    """Explain one field of a project.

    Raises `NotFound` when no such project is registered, or nothing was known of it, and `IntegrityTrouble` if the
    events do not make the field what the view shows, which would be a mistake of ours.
    """
    check_filters(session, {"project": [project_id]})
    shown = ask(session, "project", {"id": project_id}).to_pylist()
    if not shown:
        raise NotFound(
            f"nothing is known of project {project_id!r} at these coordinates",
            hint=f"`policytrack log --project {project_id}` lists its events",
        )
    rows = ask(session, "why_project", {"id": project_id, "field": field}).to_pylist()
    leaves, others = ([row for row in rows if row["counts"] is counts] for counts in (True, False))
    unit = (
        shown[0]["investment_currency"] if field == "investment_amount" else shown[0]["unit"] if field in SUMS else None
    )
    found = Explained(field, {"project_id": project_id}, shown[0][field], unit, field in SUMS, leaves, others).checked()
    return found.stating(_as_stated(found.reported)) if field in STATED else found


def _as_stated(value: Any) -> str | None:
    """A value of the view as the leaves give it."""
    if isinstance(value, list):
        return ", ".join(value)
    return None if value is None else str(value)

"""Why a national figure is what it is: the events and rules that make it, which add up to it exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from policytrack.errors import NotFound
from policytrack.questions.ask import ask, narrowed
from policytrack.questions.explanation import Explanation
from policytrack.questions.explanation_sources import with_citations

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

_SPEAKING: Final = {
    "installed": (
        "facility",
        ("capacity_stated", "capacity_retired", "project_completed", "facility_merged", "facility_split"),
    ),
    "idle": (
        "facility",
        (
            "capacity_stated",
            "capacity_idled",
            "capacity_restarted",
            "capacity_retired",
            "facility_merged",
            "facility_split",
        ),
    ),
    "planned": ("facility", ("retirement_announced", "retirement_withdrawn", "capacity_retired")),
    "project": (
        "project",
        (
            "project_announced",
            "project_approved",
            "scope_revised",
            "project_completed",
            "project_cancelled",
            "project_moved",
        ),
    ),
    "swap": (
        "swap",
        ("capacity_swap_announced", "capacity_swap_amended", "capacity_swap_revoked", "capacity_retired"),
    ),
    "replacement": ("project", ("project_approved", "project_completed")),
}
"""For a part of a figure, the kind of thing that it is of, and the types of event that speak of it."""
_PARTS: Final = {
    "installed": ("installed",),
    "idle": ("idle",),
    "operating": ("installed", "idle"),
    "owed_retirement": ("swap", "replacement"),
    "net": ("installed", "idle", "swap", "replacement"),
    "pending_gross": ("project",),
    "pending_retiring": ("swap", "project"),
    "pending_net": ("project", "swap"),
    "planned_retirement": ("planned",),
}
"""The parts of each figure."""
_NARROWED: Final = {
    **dict.fromkeys(("installed", "idle", "planned"), ("facilities",)),
    **dict.fromkeys(("project", "swap", "replacement"), ("projects", "swaps")),
}
"""For a part of a figure, the kinds of thing that its folds are narrowed to."""
FIGURES: Final = tuple(_PARTS)
"""The national figures that can be explained."""


def explain(
    session: Session, figure: str, country_code: str, activity_id: str, *, most: int | None = None
) -> Explanation:
    """Explain one national figure; with `most`, only by that many things, those that add most to it.

    Raises `NotFound` when there is none for the country and activity, and `IntegrityTrouble` if the leaves do not add
    up to it, which would be a mistake in policytrack.
    """
    cell = {"country_code": country_code, "activity_id": activity_id}
    # The ends of inexact figures and the plans to retire take most of the national table: only some figures need them.
    rows = ask(session, "national_sum", cell).to_pylist() if figure != "planned_retirement" else []
    rows = rows or ask(session, "national_figure", cell).to_pylist()
    if not rows:
        raise NotFound(
            f"there is no {activity_id} of {country_code} at these coordinates",
            hint="`policytrack capacity` lists what there is",
        )
    speaking = sorted(
        {(kind, type_) for kind, types in (_SPEAKING[part] for part in _PARTS[figure]) for type_ in types}
    )
    here = {"country": [country_code], "activity": [activity_id]}
    kinds = tuple(dict.fromkeys(kind for part in _PARTS[figure] for kind in _NARROWED[part]))
    asked_kinds = sorted({kind for kind, _ in speaking})
    is_exact = "facility" not in asked_kinds or not ask(session, "national_unknowns", cell)["unknown_count"][0].as_py()
    asked = {"asked_kinds": asked_kinds, "is_asked_exact": str(is_exact)}
    with narrowed(session, here, kinds), session.narrowed(asked):
        table = ask(session, "why", {**cell, "figure": figure})
    whole = Explanation(figure, cell, rows[0]["unit"], rows[0][figure], table.to_pylist(), [], table.schema).checked()
    found = whole if most is None else whole.shortened(most)
    things = sorted({leaf["thing"] for leaf in found.leaves})
    about = here if found.rest is None else {**here, **_ids_of(things)}
    with narrowed(session, about, kinds), session.narrowed(asked):
        others = ask(
            session,
            "why_not",
            {
                **cell,
                "figure": figure,
                "things": things,
                "is_shortened": found.rest is not None,
                "positions": [leaf["position"] for leaf in whole.leaves if leaf["position"] is not None],
                "kinds": [kind for kind, _ in speaking],
                "types": [type_ for _, type_ in speaking],
            },
        ).to_pylist()
    return with_citations(session, replace(found, not_counted=others))


def _ids_of(things: list[str]) -> dict[str, list[str]]:
    """Return the filter of these things, if they are of one kind that folds are narrowed to."""
    kinds = {thing.partition(":")[0] for thing in things}
    ids = [thing.partition(":")[2] for thing in things]
    return {kind: ids for kind in kinds if len(kinds) == 1 and kind in ("facility", "project")}

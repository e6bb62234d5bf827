"""Why a figure is what it is: down to the events and sources that make it, which add up to it exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import IntegrityTrouble, NotFound
from policytrack.questions.ask import ask

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

FIGURES: Final = (
    "installed",
    "idle",
    "operating",
    "owed_retirement",
    "net",
    "pending_gross",
    "pending_retiring",
    "pending_net",
)
"""The national figures that can be explained."""
_SPEAKING: Final = {
    "installed": ("capacity_stated", "capacity_retired", "project_completed"),
    "idle": ("capacity_stated", "capacity_idled", "capacity_restarted", "capacity_retired"),
    "project": ("project_announced", "project_approved", "scope_revised", "project_completed", "project_cancelled"),
    "swap": ("capacity_swap_announced", "capacity_swap_amended", "capacity_swap_revoked", "capacity_retired"),
    "replacement": ("project_approved", "project_completed"),
}
"""The types of event that speak of a part of a figure."""
_PARTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "installed": {"facility": ("installed",)},
    "idle": {"facility": ("idle",)},
    "operating": {"facility": ("installed", "idle")},
    "owed_retirement": {"swap": ("swap",), "project": ("replacement",)},
    "net": {"facility": ("installed", "idle"), "swap": ("swap",), "project": ("replacement",)},
    "pending_gross": {"project": ("project",)},
    "pending_retiring": {"swap": ("swap",), "project": ("project",)},
    "pending_net": {"project": ("project",), "swap": ("swap",)},
}
"""What each figure is made of, by kind of thing."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure with the rows that make it, and the events about the same things that do not count."""

    figure: str
    country_code: str
    activity_id: str
    unit: str
    reported: Decimal
    leaves: list[dict[str, Any]]
    not_counted: list[dict[str, Any]]

    @property
    def total(self) -> Decimal:
        """The sum of the leaves."""
        return sum((leaf["amount"] for leaf in self.leaves), Decimal(0))

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain values, for JSON."""
        return {
            "figure": self.figure,
            "country_code": self.country_code,
            "activity_id": self.activity_id,
            "unit": self.unit,
            "reported": self.reported,
            "sum_of_leaves": self.total,
            "leaves": self.leaves,
            "not_counted": self.not_counted,
        }


def explain(session: Session, figure: str, country_code: str, activity_id: str) -> Explanation:
    """Explain one national figure.

    Raises `NotFound` when the record has none for the country and activity, and `IntegrityTrouble` if the leaves do
    not add up to it, which would be a mistake of ours.
    """
    cell = {"country_code": country_code, "activity_id": activity_id}
    rows = ask(session, "national_figure", cell).to_pylist()
    if not rows:
        raise NotFound(
            f"there is no {activity_id} of {country_code} at these coordinates",
            hint="`policytrack capacity` lists what there is",
        )
    leaves = ask(session, "why", {**cell, "figure": figure}).to_pylist()
    speaking = sorted(
        {(kind, type_) for kind, parts in _PARTS[figure].items() for part in parts for type_ in _SPEAKING[part]}
    )
    others = ask(
        session,
        "why_not",
        {
            **cell,
            "figure": figure,
            "things": sorted({leaf["thing"] for leaf in leaves}),
            "positions": [leaf["position"] for leaf in leaves if leaf["position"] is not None],
            "kinds": [kind for kind, _ in speaking],
            "types": [type_ for _, type_ in speaking],
        },
    ).to_pylist()
    found = Explanation(figure, country_code, activity_id, rows[0]["unit"], rows[0][figure], leaves, others)
    if found.total != found.reported:
        raise IntegrityTrouble(
            f"the leaves add up to {found.total}, the figure is {found.reported}",
            hint="please report this: it is a mistake in policytrack",
        )
    return found

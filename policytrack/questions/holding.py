"""Why a firm holds what it holds: path by path, down to the events about shares, control and capacity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from policytrack.errors import IntegrityTrouble, NotFound
from policytrack.questions.ask import ask, identify

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

BASES: Final = ("operated", "controlled", "attributable")
STATUSES: Final = ("operating", "pending")
_CHANGES: Final = {
    "operating": ("capacity_stated", "capacity_idled", "capacity_restarted", "capacity_retired", "project_completed"),
    "pending": ("project_announced", "project_approved", "scope_revised", "project_completed", "project_cancelled"),
}
"""The event types that capacity of a status is made of."""
_EVENT: Final = ("position", "type", "effective", "known_on", "summary", "assertion", "sources", "reason")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExplainedHolding:
    """What a firm holds, and the leaves that add up to it: each a chain of shares to a facility or project.

    A leaf has a `path` of ids (none for what chains in cycles add, and for what rounding leaves), the `thing`, its
    whole `capacity`, the `share_pct` and the `amount`; `shares` and `terms` are the events behind it, of which those
    with a `reason` and no amount do not count. `reported` and `total` are None where the chains do not converge;
    `reason` says so.
    """

    firm_id: str
    activity_id: str
    basis: str
    status: str
    unit: str
    reported: Decimal | None
    reason: str | None
    leaves: list[Row]

    @property
    def total(self) -> Decimal | None:
        """The sum of the leaves."""
        if self.reported is None:
            return None
        return sum((leaf["amount"] for leaf in self.leaves), Decimal(0))

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain values, for JSON."""
        return {
            "figure": "holdings",
            "firm_id": self.firm_id,
            "activity_id": self.activity_id,
            "basis": self.basis,
            "status": self.status,
            "unit": self.unit,
            "reported": self.reported,
            "reason": self.reason,
            "sum_of_leaves": self.total,
            "leaves": self.leaves,
        }


def explain_holding(session: Session, firm: str, activity_id: str, basis: str, status: str) -> ExplainedHolding:
    """Explain what a firm, given by id or name, holds of an activity.

    Raises `NotFound` when there is no such firm or activity or nothing is held, and `IntegrityTrouble` if the leaves
    differ from the figure by more than rounding, which would be a mistake of ours.
    """
    firm_id, activity_id = identify(session, "firm", firm), identify(session, "activity", activity_id)
    asked = {"holder": firm_id, "thing_activity": activity_id, "on_basis": basis, "in_status": status}
    rows = ask(session, "holding_figure", asked).to_pylist()
    if not rows:
        raise NotFound(
            f"{firm_id} holds no {activity_id} ({status}) at these coordinates",
            hint=f"`policytrack holdings {firm_id}` lists what it holds",
        )
    session.narrow_to(firm_id)
    leaves = ask(session, "holding_leaf", asked).to_pylist()
    figure = rows[0]
    found = ExplainedHolding(
        firm_id, activity_id, basis, status, figure["unit"], figure["capacity"], figure["reason"],
        [_leaf(leaf) for leaf in leaves],
    )  # fmt: skip
    _add_shares(session, found.leaves, leaves, basis)
    _add_capacity(session, found.leaves, asked)
    if (total := found.total) is not None and found.reported is not None and total != found.reported:
        rest = found.reported - total
        if abs(rest) > Decimal("0.001") * (len(leaves) + 1):
            raise IntegrityTrouble(
                f"the leaves add up to {total}, the figure is {found.reported}",
                hint="please report this: it is a mistake in policytrack",
            )
        found.leaves.append(_leaf({"amount": rest, "reason": "each line is rounded to three places"}))
    return found


def _leaf(row: Row) -> Row:
    is_cyclic = "path" in row and row["path"] is None
    reason = row.get("reason") or ("what chains in cycles add" if is_cyclic else None)
    named = ("path", "thing", "capacity", "share_pct", "amount")
    return {**{name: row.get(name) for name in named}, "reason": reason, "shares": [], "terms": []}


def _add_shares(session: Session, leaves: list[Row], rows: list[Row], basis: str) -> None:
    """Put the events about the shares that each leaf rests on with it; for control also those that speak of control."""
    pairs = sorted({_pair(pair) for row in rows for pair in row["pairs"]})
    if not pairs:
        return
    owners, kinds, owned = (list(column) for column in zip(*pairs, strict=True))
    given = {"owner_ids": owners, "owned_kinds": kinds, "owned_ids": owned}
    events = ask(session, "holding_ground", given).to_pylist()
    for leaf, row in zip(leaves, rows, strict=True):
        resting = {_pair(pair) for pair in row["pairs"]}
        leaf["shares"] = [
            {"owner_id": event["owner_id"], "owned_id": event["owned_id"], **_event(event)}
            for event in events
            if _pair(event) in resting and (basis == "controlled" or not event["type"].startswith("control_"))
        ]


def _pair(row: Row) -> tuple[str, str, str]:
    return row["owner_id"], row["owned_kind"], row["owned_id"]


def _add_capacity(session: Session, leaves: list[Row], asked: dict[str, str]) -> None:
    """Put the events that the capacity of each leaf's facility or project is made of with it."""
    things = sorted({leaf["thing"] for leaf in leaves})
    given = {**asked, "things": things, "types": list(_CHANGES[asked["in_status"]])}
    terms = ask(session, "holding_capacity", given).to_pylist()
    for leaf in leaves:
        leaf["terms"] = [
            {"amount": event["amount"], **_event(event)} for event in terms if event["thing"] == leaf["thing"]
        ]


def _event(row: Row) -> Row:
    return {name: row.get(name) for name in _EVENT}

"""Why a firm holds what it holds: chains of shares, with the events about shares, control and capacity behind them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from policytrack.errors import NotFound
from policytrack.questions.ask import ask, identify
from policytrack.questions.explanation import Explanation, Row
from policytrack.questions.explanation_sources import with_citations

if TYPE_CHECKING:
    from policytrack.readmodel.session import Session

BASES: Final = ("operated", "controlled", "attributable")
STATUSES: Final = ("operating", "pending")
_CHANGES: Final = {
    "operating": (
        "capacity_stated",
        "capacity_idled",
        "capacity_restarted",
        "capacity_retired",
        "project_completed",
        "facility_merged",
        "facility_split",
    ),
    "pending": ("project_announced", "project_approved", "scope_revised", "project_completed", "project_cancelled"),
}
"""The event types that capacity of a status is made of."""
_ROUNDED: Final = Decimal("0.001")
"""By how much one leaf may differ from its share of the figure: each is rounded to three places."""


def explain_holding(session: Session, firm: str, activity_id: str, basis: str, status: str) -> Explanation:
    """Explain what a firm, given by id or name, holds of an activity.

    Raises `NotFound` when there is no such firm or activity or nothing is held, and `IntegrityTrouble` if the leaves
    differ from the figure by more than rounding, which would be a mistake in policytrack.
    """
    firm_id, activity_id = identify(session, "firm", firm), identify(session, "activity", activity_id)
    asked = {"holder": firm_id, "thing_activity": activity_id, "on_basis": basis, "in_status": status}
    figures = ask(session, "holding_figure", asked).to_pylist()
    if not figures:
        raise NotFound(
            f"{firm_id} holds no {activity_id} ({status}) at these coordinates",
            hint=f"`policytrack holdings {firm_id}` lists what it holds",
        )
    session.narrow_to(firm_id)
    table = ask(session, "holding_leaf", asked)
    leaves = table.to_pylist()
    _add_shares(session, leaves, basis)
    _add_capacity(session, leaves, asked)
    found = Explanation(
        "holdings", {"firm_id": firm_id, "activity_id": activity_id}, figures[0]["unit"], figures[0]["capacity"],
        leaves, [], table.drop_columns("pairs").schema, choices={"basis": basis, "status": status},
        given_reason=figures[0]["reason"],
    )  # fmt: skip
    rest = Decimal(0) if found.total is None else found.reported - found.total
    if abs(rest) > _ROUNDED * (len(leaves) + 1):
        raise found.contradicted(f"the leaves add up to {found.total}")
    if rest:
        nothing = dict.fromkeys(found.schema.names)
        reason = "each line is rounded to three places"
        leaves.append({**nothing, "amount": rest, "reason": reason, "shares": [], "terms": []})
    return with_citations(session, found)


def _add_shares(session: Session, leaves: list[Row], basis: str) -> None:
    """Put the events about the shares that each leaf rests on with it; for control also those that speak of control."""
    rests_on = [{_pair(pair) for pair in leaf.pop("pairs")} for leaf in leaves]
    pairs = sorted(set().union(*rests_on))
    named = ("owner_ids", "owned_kinds", "owned_ids")
    given = dict(zip(named, map(list, zip(*pairs, strict=True)), strict=True)) if pairs else {}
    events: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for event in ask(session, "holding_ground", given).to_pylist() if pairs else ():
        if basis == "controlled" or not event["type"].startswith("control_"):
            events[_pair(event)].append(event)
    for leaf, rests in zip(leaves, rests_on, strict=True):
        # The events are in the order of the pairs, and so are those of a leaf.
        leaf["shares"] = [_without(event, "owned_kind") for pair in sorted(rests) for event in events.get(pair, ())]


def _pair(row: Row) -> tuple[str, str, str]:
    return row["owner_id"], row["owned_kind"], row["owned_id"]


def _add_capacity(session: Session, leaves: list[Row], asked: dict[str, str]) -> None:
    """Put the events that the capacity of each leaf's facility or project is made of with it."""
    things = sorted({leaf["thing"] for leaf in leaves})
    given = {**asked, "things": things, "types": list(_CHANGES[asked["in_status"]])}
    terms: dict[str, list[Row]] = defaultdict(list)
    for event in ask(session, "holding_capacity", given).to_pylist():
        terms[event["thing"]].append(event)
    for leaf in leaves:
        leaf["terms"] = [_without(event, "thing") for event in terms.get(leaf["thing"], ())]


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}

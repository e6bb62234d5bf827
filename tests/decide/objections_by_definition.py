"""What the checks object to, by their definition: every event looks at all the others, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from policytrack.decide.events_in_force import EventInForce, SwapRecord, SwapTerms, exact, in_force, total
from policytrack.decide.governing_rules import governing
from policytrack.decide.state import Known, RecordedEvent
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.envelope import Event
from policytrack.events.projects import ProjectCancelled, ProjectCompleted, ProjectResumed, ProjectSuspended
from policytrack.events.registry import ProjectMoved
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced

Found = tuple[str, tuple[object, ...]]
"""A check and the figures that its message states."""


def by_definition(recorded: RecordedEvent, record: SwapRecord, known: Known) -> Iterator[Found]:
    """The checks of sums that an event trips; the checks of a single swap's terms are left out."""
    event = recorded.event
    if recorded.superseded_by is not None:
        return
    if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended):
        terms = record.swaps.get(event.swap_id)
        if terms is not None and not terms.is_revoked and terms.drawn_by.event is event:
            yield from _draws(terms, record, known)
    elif isinstance(event, ProjectCompleted):
        steps = [one for one in in_force(known) if getattr(one.event, "project_id", None) == event.project_id]
        yield from _completion(recorded, [one for one in steps if not hasattr(one.event, "swap_id")])
    elif isinstance(event, CapacityRetired):
        standings = [one for one in in_force(known) if _adds_to(one, event, known)]
        if any(isinstance(one.event, CapacityStated) and one.event.unit_id for one in standings):
            if event.unit_id is None:
                return  # the plant is the sum over its units
            standings = [one for one in standings if one.event.unit_id == event.unit_id]  # type: ignore[attr-defined]
        yield from _retirement(recorded, event, standings)


def _adds_to(one: EventInForce, retired: CapacityRetired, known: Known) -> bool:
    """Whether an event changes the capacity of which another retires a part."""
    event: Event = one.event
    if isinstance(event, ProjectCompleted):
        project = known.registrations["project", event.project_id].event
        moves = [move for move in in_force(known, (ProjectMoved,)) if move.event.project_id == event.project_id]  # type: ignore[attr-defined]
        places = [project, *(move.event for move in moves if move.day <= one.day)]
        event = project.model_copy(update={"facility_id": places[-1].facility_id})  # type: ignore[attr-defined]
    elif not isinstance(event, CapacityStated | CapacityRetired):
        return False
    return (event.facility_id, event.activity_id) == (retired.facility_id, retired.activity_id)  # type: ignore[attr-defined]


def _draws(terms: SwapTerms, record: SwapRecord, known: Known) -> Iterator[Found]:
    no_split = [rule for rule in governing(terms, record, known) if rule.kind == "no_split"]
    for lot_id in dict.fromkeys(leg.lot_id for leg in terms.legs if leg.lot_id):
        lot = record.lots.get(lot_id)
        held = exact(lot.capacity) if lot is not None else None
        if lot is None or held is None:
            continue
        of_all = {swap_id: _drawn(swap_id, other, lot_id, record) for swap_id, other in record.swaps.items()}
        earlier = [other for other in record.swaps.values() if _position(other) < _position(terms)]
        before = sum((of_all[other.swap.swap_id] for other in earlier), Decimal(0))
        mine = of_all[terms.swap.swap_id]
        if before + mine > held:
            yield "lot_overdrawn", (lot_id, held, max(held - before, Decimal(0)), mine)
        if no_split and mine < held:
            yield "lot_split", (no_split[0].rule_id, lot_id, held)
        last = lot.expires_on and lot.expires_on.latest
        if last and last < terms.announced.day:
            yield "lot_expired", (lot_id, last)


def _drawn(swap_id: str, terms: SwapTerms, lot_id: str, record: SwapRecord) -> Decimal:
    if terms.is_revoked:
        return Decimal(0)
    drawn = total(leg.capacity for leg in terms.legs if leg.lot_id == lot_id)
    back = [
        one
        for returned in record.returns.values()
        for one in returned
        if (one.lot_id, one.swap_id) == (lot_id, swap_id)
    ]
    return max(drawn - total(one.capacity for one in back), Decimal(0))


def _completion(recorded: RecordedEvent, steps: list[EventInForce]) -> Iterator[Found]:
    plans = [one.event for one in steps if not isinstance(one.event, ProjectCompleted)]
    stated = [capacity for plan in plans if (capacity := getattr(plan, "capacity", None)) is not None]
    planned = exact(stated[-1]) if stated else None
    phases = [one for one in steps if isinstance(one.event, ProjectCompleted)]
    completed = total(one.event.capacity for one in phases if one.recorded.position <= recorded.position)  # type: ignore[attr-defined]
    if planned is not None and completed > planned:
        yield "completion_beyond_plan", (completed, planned)
    own = next(one for one in steps if one.recorded is recorded)
    words = [one for one in steps if isinstance(one.event, ProjectCancelled | ProjectSuspended | ProjectResumed)]
    said = [one for one in words if one < own]
    if said and isinstance(said[-1].event, ProjectCancelled):
        yield "completion_of_cancelled", (said[-1].day,)


def _retirement(recorded: RecordedEvent, event: CapacityRetired, standings: list[EventInForce]) -> Iterator[Found]:
    installed: Decimal | None = None
    before = [one for one in standings if one < next(own for own in standings if own.recorded is recorded)]
    statements = [number for number, one in enumerate(before) if isinstance(one.event, CapacityStated)]
    for one in before[statements[-1] if statements else 0 :]:
        value = exact(one.event.capacity)  # type: ignore[attr-defined]
        if value is None:
            return
        if isinstance(one.event, CapacityStated):
            installed = value
        elif isinstance(one.event, ProjectCompleted):
            installed = (installed or Decimal(0)) + value
        elif installed is not None:
            installed -= value
    retired = exact(event.capacity)
    if installed is not None and retired is not None and retired > installed:
        yield "retirement_beyond_installed", (installed, retired)


def _position(terms: SwapTerms) -> int:
    return terms.drawn_by.recorded.position

"""What the checks object to, by their definition: every event looks at all the others, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from policytrack.decide.events_in_force import EventInForce, SwapRecord, SwapTerms, exact, in_force, total
from policytrack.decide.governing_rules import governing
from policytrack.decide.state import Known, RecordedEvent
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.envelope import Event
from policytrack.events.projects import ProjectCancelled, ProjectCompleted, ProjectResumed, ProjectSuspended
from policytrack.events.registry import ProjectMoved
from policytrack.events.succession import FacilityMerged, FacilitySplit
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
        yield from _retirement(recorded, event.facility_id, event.activity_id, {event.unit_id}, known)
    elif isinstance(event, FacilityMerged | FacilitySplit):
        for activity_id in {line.activity_id for _, line in event.handovers()}:
            units = {line.unit_id for _, line in event.handovers() if line.activity_id == activity_id}
            yield from _retirement(recorded, event.facility_id, activity_id, units, known)


def _adds_to(one: EventInForce, facility_id: str, activity_id: str, known: Known) -> bool:
    """Whether an event changes the capacity of a facility in an activity."""
    event: Event = one.event
    if isinstance(event, FacilityMerged | FacilitySplit):
        return any(
            facility_id in (event.facility_id, to) and line.activity_id == activity_id for to, line in event.handovers()
        )
    if isinstance(event, ProjectCompleted):
        project = known.registrations["project", event.project_id].event
        moves = [move for move in in_force(known, (ProjectMoved,)) if move.event.project_id == event.project_id]  # type: ignore[attr-defined]
        places = [project, *(move.event for move in moves if move.day <= one.day)]
        event = project.model_copy(update={"facility_id": places[-1].facility_id})  # type: ignore[attr-defined]
    elif not isinstance(event, CapacityStated | CapacityRetired):
        return False
    return (event.facility_id, event.activity_id) == (facility_id, activity_id)  # type: ignore[attr-defined]


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


def _retirement(
    recorded: RecordedEvent, facility_id: str, activity_id: str, units: set[str | None], known: Known
) -> Iterator[Found]:
    """What an event takes from a facility beyond what is installed: by unit where one is stated, else in all."""
    standings = [one for one in in_force(known) if _adds_to(one, facility_id, activity_id, known)]
    is_by_unit = any(isinstance(one.event, CapacityStated) and one.event.unit_id for one in standings)
    for unit in sorted(units - {None}) if is_by_unit else [None]:  # type: ignore[type-var]

        def of_it(one: EventInForce, unit: str | None = unit) -> list[Decimal | None]:
            """The changes of an event at the facility, in order: those of the unit, or all."""
            event: Any = one.event
            if not isinstance(event, FacilityMerged | FacilitySplit):
                return [exact(event.capacity)] if unit in (None, event.unit_id) else []
            lines = [(to, line) for to, line in event.handovers() if line.activity_id == activity_id]
            if event.facility_id == facility_id:
                return [exact(line.capacity) for _, line in lines if unit in (None, line.unit_id)]
            return [exact(line.capacity) for to, line in lines if to == facility_id and unit is None]

        changes = [(one, change) for one in standings for change in of_it(one)]
        before = [(one, change) for one, change in changes if one < _own(standings, recorded)]
        statements = [number for number, (one, _) in enumerate(before) if isinstance(one.event, CapacityStated)]
        installed: Decimal | None = None
        since = before[statements[-1] if statements else 0 :]
        if None in [change for _, change in since]:
            continue
        for one, change in since:
            assert change is not None
            if isinstance(one.event, CapacityStated):
                installed = change
            elif isinstance(one.event, ProjectCompleted) or _receives(one.event, facility_id):
                installed = (installed or Decimal(0)) + change
            elif installed is not None:
                installed -= change
        taken = [change for one, change in changes if one.recorded is recorded]
        if installed is None or not taken or None in taken:
            continue
        in_all = sum((change for change in taken if change is not None), Decimal(0))
        if in_all > installed:
            yield "retirement_beyond_installed", (installed, in_all)


def _own(standings: list[EventInForce], recorded: RecordedEvent) -> EventInForce:
    return next(one for one in standings if one.recorded is recorded)


def _receives(event: Event, facility_id: str) -> bool:
    return isinstance(event, FacilityMerged | FacilitySplit) and event.facility_id != facility_id


def _position(terms: SwapTerms) -> int:
    return terms.drawn_by.recorded.position

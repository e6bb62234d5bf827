"""Collects the swaps, lots and rules in force from the events that a decision has read.

This is not an as-of state. A draw counts as soon as it is recorded, whatever its date: otherwise two users could both
draw the remainder of a lot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from policytrack.decide.state import Known, RecordedEvent
from policytrack.events.credit_lots import CreditLotRecognised, CreditLotReturned
from policytrack.events.envelope import Event
from policytrack.events.meta import EventRetracted
from policytrack.events.policy import RuleEnacted, RuleRepealed, RuleSuspended
from policytrack.events.registry import FacilityMoved, ProjectMoved
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced, CapacitySwapRevoked, SwapLeg
from policytrack.values.quantities import Capacity, Ratio

OF_SWAPS: Final = (
    CapacitySwapAnnounced,
    CapacitySwapAmended,
    CapacitySwapRevoked,
    CreditLotRecognised,
    CreditLotReturned,
    RuleEnacted,
    RuleSuspended,
    RuleRepealed,
    FacilityMoved,
    ProjectMoved,
)
"""Event types that the swap checks use, besides registrations."""


class EventInForce(NamedTuple):
    """An event in force; sorts in the order of events.

    Events are ordered by the day on which they count, then known_on, then position. The correction of an error takes
    known_on and position (`order`) from its target; a revision has its own.
    """

    day: date
    known_on: date
    order: int
    recorded: RecordedEvent

    @property
    def event(self) -> Event:
        """Return the event itself."""
        return self.recorded.event


@dataclass(slots=True)
class SwapTerms:
    """The current terms of a swap: the latest value of each term, and the legs of the latest event that lists any."""

    announced: EventInForce
    build: Capacity
    ratio: Ratio | None
    rule_id: str | None
    legs: tuple[SwapLeg, ...]
    drawn_by: EventInForce
    """The event that the current legs come from."""
    is_revoked: bool = False

    @property
    def swap(self) -> CapacitySwapAnnounced:
        """Return the announcement of the swap."""
        assert isinstance(self.announced.event, CapacitySwapAnnounced)  # noqa: S101 # narrows for the type checker
        return self.announced.event


@dataclass
class SwapRecord:
    """Swaps, lots and rules in force by id; lists are in the order of events."""

    swaps: dict[str, SwapTerms] = field(default_factory=dict)
    lots: dict[str, CreditLotRecognised] = field(default_factory=dict)
    returns: dict[tuple[str, str | None], list[CreditLotReturned]] = field(default_factory=lambda: defaultdict(list))
    """Returns to a lot, by lot and swap."""
    rules: dict[str, RuleEnacted] = field(default_factory=dict)
    endings: dict[str, list[EventInForce]] = field(default_factory=lambda: defaultdict(list))
    """Suspensions and repeals, by rule."""
    moves: dict[str, list[EventInForce]] = field(default_factory=lambda: defaultdict(list))
    """Moves to another facility, by project."""
    facility_moves: dict[str, list[EventInForce]] = field(default_factory=lambda: defaultdict(list))
    """Moves to another region, by facility."""

    def draws(self, lot_id: str) -> Iterator[tuple[SwapTerms, Decimal]]:
        """Yield each swap that draws the lot and is not revoked, with the capacity drawn less the capacity returned."""
        for swap_id in self._drawing[lot_id]:
            terms = self.swaps[swap_id]
            drawn = total(leg.capacity for leg in terms.legs if leg.lot_id == lot_id)
            if drawn and not terms.is_revoked:
                gone_back = total(one.capacity for one in self.returns[lot_id, swap_id])
                yield terms, max(drawn - gone_back, Decimal(0))

    @cached_property
    def _drawing(self) -> dict[str, list[str]]:
        """Return the ids of the swaps that draw each lot."""
        swaps_by_lot: dict[str, list[str]] = defaultdict(list)
        for swap_id, terms in self.swaps.items():
            for lot_id in dict.fromkeys(leg.lot_id for leg in terms.legs if leg.lot_id):
                swaps_by_lot[lot_id].append(swap_id)
        return swaps_by_lot


def swap_record(known: Known) -> SwapRecord:
    """Collect the swaps, lots and rules in force from the events that a decision has read."""
    collected = SwapRecord()
    for one in in_force(known, OF_SWAPS):
        event = one.event
        if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended | CapacitySwapRevoked):
            _apply_swap_event(collected, one)
        elif isinstance(event, CreditLotRecognised):
            collected.lots[event.lot_id] = event
        elif isinstance(event, CreditLotReturned):
            collected.returns[event.lot_id, event.swap_id].append(event)
        elif isinstance(event, RuleEnacted):
            collected.rules[event.rule_id] = event
        elif isinstance(event, RuleSuspended | RuleRepealed):
            collected.endings[event.rule_id].append(one)
        elif isinstance(event, ProjectMoved):
            collected.moves[event.project_id].append(one)
        elif isinstance(event, FacilityMoved):
            collected.facility_moves[event.facility_id].append(one)
    return collected


def exact(capacity: Capacity | None) -> Decimal | None:
    """Return the figure of a capacity; None when it is a bound, unknown or withheld."""
    return capacity.value if capacity is not None and capacity.bound == "exact" else None


def total(capacities: Iterable[Capacity]) -> Decimal:
    """Add up the exact capacities; the others count as zero."""
    return sum((exact(capacity) or Decimal(0) for capacity in capacities), Decimal(0))


def day_of(event: Event) -> date:
    """Return the day on which an event counts: its latest possible day, but not after its known_on."""
    latest = event.effective.latest
    return event.known_on if latest is None else min(latest, event.known_on)


def first_day_of(event: Event) -> date:
    """Return the first day on which an event may have happened; `date.min` when its start is open."""
    return min(event.effective.earliest or date.min, day_of(event))


def in_force(known: Known, types: tuple[type[Event], ...] = (Event,)) -> list[EventInForce]:
    """Return the events of these types that are neither superseded nor retractions, in the order of events."""
    return sorted(
        _event_in_force(recorded, known)
        for recorded in known.events.values()
        if isinstance(recorded.event, types)
        and recorded.superseded_by is None
        and not isinstance(recorded.event, EventRetracted)
    )


def _event_in_force(recorded: RecordedEvent, known: Known) -> EventInForce:
    # Follow a chain of error corrections to the event that was corrected first: the correction takes its place.
    placed = recorded
    while (superseded := placed.event.supersedes) is not None and superseded.because == "error":
        if superseded.event_id not in known.events:
            break
        placed = known.events[superseded.event_id]
    return EventInForce(day_of(recorded.event), placed.event.known_on, placed.position, recorded)


def _apply_swap_event(collected: SwapRecord, one: EventInForce) -> None:
    event = one.event
    if isinstance(event, CapacitySwapAnnounced):
        collected.swaps[event.swap_id] = SwapTerms(
            one, event.build_capacity, event.ratio, event.rule_id, event.legs, one
        )
        return
    terms = collected.swaps.get(getattr(event, "swap_id", ""))
    if terms is None:
        return
    if isinstance(event, CapacitySwapRevoked):
        terms.is_revoked = True
    elif isinstance(event, CapacitySwapAmended):
        terms.build = event.build_capacity or terms.build
        terms.ratio = terms.ratio if event.ratio is None else event.ratio
        terms.rule_id = event.rule_id or terms.rule_id
        if event.legs:
            terms.legs, terms.drawn_by = event.legs, one

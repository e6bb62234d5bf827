"""The events of a boundary that are in force, gathered for the checks of swaps: swaps, lots and rules.

Nothing is folded at a date here: a draw counts from the day it is recorded, whenever it took place, so that two
people can never both draw the last of a lot.
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
)
"""The types of events that the checks of swaps depend on, besides registrations."""


class Standing(NamedTuple):
    """An event in force, and its place in the order of events.

    Events are ordered by the day on which they count, then by the day they were known, then by position. The correction
    of an error has the last two of what it corrects; a revision has its own.
    """

    day: date
    known_on: date
    order: int
    recorded: RecordedEvent

    @property
    def event(self) -> Event:
        """The event."""
        return self.recorded.event


@dataclass(slots=True)
class Terms:
    """A swap as it stands: each term is the last stated, legs those of the last statement that gives any."""

    announced: Standing
    build: Capacity
    ratio: Ratio | None
    rule_id: str | None
    legs: tuple[SwapLeg, ...]
    drawn_by: Standing
    """The event whose legs stand."""
    is_revoked: bool = False

    @property
    def swap(self) -> CapacitySwapAnnounced:
        """The announcement."""
        assert isinstance(self.announced.event, CapacitySwapAnnounced)  # noqa: S101 # narrows for the type checker
        return self.announced.event


@dataclass
class Chronicle:
    """What is in force, by kind; lists are in the order of events."""

    swaps: dict[str, Terms] = field(default_factory=dict)
    lots: dict[str, CreditLotRecognised] = field(default_factory=dict)
    returns: dict[tuple[str, str | None], list[CreditLotReturned]] = field(default_factory=lambda: defaultdict(list))
    """What was given back, by lot and swap."""
    rules: dict[str, RuleEnacted] = field(default_factory=dict)
    endings: dict[str, list[Standing]] = field(default_factory=lambda: defaultdict(list))

    def draws(self, lot_id: str) -> Iterator[tuple[Terms, Decimal]]:
        """Each standing swap that draws the lot, and how much it keeps of it."""
        for swap_id in self._drawing[lot_id]:
            terms = self.swaps[swap_id]
            drawn = total(leg.capacity for leg in terms.legs if leg.lot_id == lot_id)
            if drawn and not terms.is_revoked:
                gone_back = total(one.capacity for one in self.returns[lot_id, swap_id])
                yield terms, max(drawn - gone_back, Decimal(0))

    @cached_property
    def _drawing(self) -> dict[str, list[str]]:
        """The swaps that name a lot, by lot."""
        found: dict[str, list[str]] = defaultdict(list)
        for swap_id, terms in self.swaps.items():
            for lot_id in dict.fromkeys(leg.lot_id for leg in terms.legs if leg.lot_id):
                found[lot_id].append(swap_id)
        return found


def chronicle(known: Known) -> Chronicle:
    """Gathers the swaps, lots and rules in force of the events that a decision knows."""
    found = Chronicle()
    for standing in in_force(known, OF_SWAPS):
        event = standing.event
        if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended | CapacitySwapRevoked):
            _take_swap(found, standing)
        elif isinstance(event, CreditLotRecognised):
            found.lots[event.lot_id] = event
        elif isinstance(event, CreditLotReturned):
            found.returns[event.lot_id, event.swap_id].append(event)
        elif isinstance(event, RuleEnacted):
            found.rules[event.rule_id] = event
        elif isinstance(event, RuleSuspended | RuleRepealed):
            found.endings[event.rule_id].append(standing)
    return found


def exact(capacity: Capacity | None) -> Decimal | None:
    """The figure of a capacity; None when it is bounded, unknown or withheld."""
    return capacity.value if capacity is not None and capacity.bound == "exact" else None


def total(capacities: Iterable[Capacity]) -> Decimal:
    """The sum of those that are exact."""
    return sum((exact(capacity) or Decimal(0) for capacity in capacities), Decimal(0))


def day_of(event: Event) -> date:
    """The day on which an event counts as having happened: the latest it may have, by the day it was known."""
    latest = event.effective.latest
    return event.known_on if latest is None else min(latest, event.known_on)


def first_day_of(event: Event) -> date:
    """The first day on which an event may have happened."""
    return min(event.effective.earliest or date.min, day_of(event))


def in_force(known: Known, types: tuple[type[Event], ...] = (Event,)) -> list[Standing]:
    """The events in force, of these types, in the order of events."""
    return sorted(
        _standing(recorded, known)
        for recorded in known.events.values()
        if isinstance(recorded.event, types)
        and recorded.superseded_by is None
        and not isinstance(recorded.event, EventRetracted)
    )


def _standing(recorded: RecordedEvent, known: Known) -> Standing:
    placed = recorded
    while (superseded := placed.event.supersedes) is not None and superseded.because == "error":
        if superseded.event_id not in known.events:
            break
        placed = known.events[superseded.event_id]
    return Standing(day_of(recorded.event), placed.event.known_on, placed.position, recorded)


def _take_swap(found: Chronicle, standing: Standing) -> None:
    event = standing.event
    if isinstance(event, CapacitySwapAnnounced):
        found.swaps[event.swap_id] = Terms(
            standing, event.build_capacity, event.ratio, event.rule_id, event.legs, standing
        )
        return
    terms = found.swaps.get(getattr(event, "swap_id", ""))
    if terms is None:
        return
    if isinstance(event, CapacitySwapRevoked):
        terms.is_revoked = True
    elif isinstance(event, CapacitySwapAmended):
        terms.build = event.build_capacity or terms.build
        terms.ratio = terms.ratio if event.ratio is None else event.ratio
        terms.rule_id = event.rule_id or terms.rule_id
        if event.legs:
            terms.legs, terms.drawn_by = event.legs, standing

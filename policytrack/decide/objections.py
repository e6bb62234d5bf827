"""Finds objections to an event: failed checks that refuse it unless it acknowledges them with a reason.

The SQL file of the same name in `projections/checks/` runs each check again over the whole ledger, at any date.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import accumulate
from typing import Final

from policytrack.decide.capacity_checks import Objection, shown_figure
from policytrack.decide.events_in_force import EventInForce, SwapRecord, SwapTerms, exact, total
from policytrack.decide.governing_rules import governing, required_ratio
from policytrack.decide.state import Known, RecordedEvent
from policytrack.errors import counted
from policytrack.events.capacity import CapacityRetired
from policytrack.events.content import REPEATED
from policytrack.events.envelope import Event
from policytrack.events.policy import RuleEnacted
from policytrack.events.projects import ProjectCompleted
from policytrack.events.registry import FirmMerged
from policytrack.events.succession import FacilityMerged, FacilitySplit
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced
from policytrack.values.quantities import format_decimal

NONE: Final = Decimal(0)
_MOST_NAMED: Final = 5
"""The number of events that a message names; thousands of swaps may draw one lot."""


CHECKS: Final = (
    "lot_overdrawn",
    "legs_below_required",
    "ratio_below_rule",
    "swap_in_moratorium",
    "lot_split",
    "lot_expired",
    "completion_beyond_plan",
    "completion_of_cancelled",
    "retirement_beyond_installed",
)
"""Names of the checks that refuse an event unless it acknowledges them."""

DOUBTS: Final = (
    "due_implausible",
    "magnitude_implausible",
    "named_like_total",
    "names_alike",
    "reported_twice",
    "shares_like_fractions",
    "shares_rounded_above_100",
    "stake_legs_unbalanced",
    "statements_disagree",
    "units_do_not_add_up",
    "year_implausible",
)
"""Names of the checks that only warn when an event is recorded; files in `projections/checks/` implement them."""

ACKNOWLEDGED: Final = (*CHECKS, REPEATED, *DOUBTS)
"""Names of the checks that an event may acknowledge."""

OBJECTED_TO: Final = (
    CapacitySwapAnnounced,
    CapacitySwapAmended,
    ProjectCompleted,
    CapacityRetired,
    FacilityMerged,
    FacilitySplit,
    FirmMerged,
)
"""The event types that any check examines, and mergers, which must not form a circle."""


class Objections:
    """Runs the swap checks. The draws of a lot are summed once and used for all swaps that draw it."""

    def __init__(self, record: SwapRecord, known: Known) -> None:
        self._record, self._known = record, known
        self._draws: dict[str, _Draws] = {}

    def to(self, recorded: RecordedEvent) -> Iterator[Objection]:
        """Yield the objections to a swap event, which must be among the known events."""
        event = recorded.event
        if recorded.superseded_by is not None:
            return  # a later event of the same transaction corrects or retracts it
        if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended):
            terms = self._record.swaps.get(event.swap_id)
            if terms is not None and not terms.is_revoked:
                rules = list(governing(terms, self._record, self._known))
                yield from _against_terms(event, terms, rules)
                yield from self._against_draws(event, terms, rules)

    def _against_draws(self, event: Event, terms: SwapTerms, rules: list[RuleEnacted]) -> Iterator[Objection]:
        if terms.drawn_by.event is not event:
            return  # the legs come from another event, which gets the objection
        no_split = next((rule.rule_id for rule in rules if rule.kind == "no_split"), None)
        for lot_id in dict.fromkeys(leg.lot_id for leg in terms.legs if leg.lot_id):
            lot = self._record.lots.get(lot_id)
            held = None if lot is None else exact(lot.capacity)
            if lot is None or held is None:
                continue  # an inexact lot cannot be overdrawn for certain
            if lot_id not in self._draws:
                self._draws[lot_id] = _Draws(self._record.draws(lot_id))
            draws = self._draws[lot_id]
            mine, before = draws.by(terms), draws.before(terms)
            if before + mine > held:
                by = draws.drawn_by_before(terms)
                yield Objection(
                    "lot_overdrawn",
                    f"cannot draw {shown_figure(mine)} from lot {lot_id}: it holds {shown_figure(held)}"
                    + (f", of which {by} drew {shown_figure(before)}" if by else "")
                    + f", and {shown_figure(max(held - before, NONE))} is left",
                    "legs",
                )
            if no_split is not None and mine < held:
                yield Objection(
                    "lot_split",
                    f"rule {no_split} forbids splitting a lot: draw all {shown_figure(held)} of lot {lot_id}",
                    "legs",
                )
            last = lot.expires_on and lot.expires_on.latest
            if last and last < terms.announced.day:
                yield Objection("lot_expired", f"lot {lot_id} expired after {last}", "legs")


class _Draws:
    """The draws of a lot in the order of recording, with the sum drawn before each."""

    def __init__(self, draws: Iterable[tuple[SwapTerms, Decimal]]) -> None:
        self._draws = sorted(draws, key=lambda draw: _position(draw[0].drawn_by))
        self._before = list(accumulate((drawn for _, drawn in self._draws), initial=NONE))
        self._place = {terms.swap.swap_id: place for place, (terms, _) in enumerate(self._draws)}

    def by(self, terms: SwapTerms) -> Decimal:
        """Return the capacity that a swap draws from the lot."""
        place = self._place.get(terms.swap.swap_id)
        return NONE if place is None else self._draws[place][1]

    def before(self, terms: SwapTerms) -> Decimal:
        """Return the capacity drawn before a swap's draw."""
        return self._before[self._number_before(terms)]

    def drawn_by_before(self, terms: SwapTerms) -> str:
        """Format the events that drew before a swap's draw: the number of earlier ones, then the last by name."""
        number = self._number_before(terms)
        named = (
            one.drawn_by.recorded.name + f" ({one.swap.swap_id})" for one, _ in self._draws[:number][-_MOST_NAMED:]
        )
        others = f"{counted(number - _MOST_NAMED, 'earlier event')}, " if number > _MOST_NAMED else ""
        return others + ", ".join(named)

    def _number_before(self, terms: SwapTerms) -> int:
        place = self._place.get(terms.swap.swap_id)
        position = _position(terms.drawn_by)
        return (
            bisect_left(self._draws, position, key=lambda draw: _position(draw[0].drawn_by)) if place is None else place
        )


def _against_terms(event: Event, terms: SwapTerms, rules: list[RuleEnacted]) -> Iterator[Objection]:
    minimum = required_ratio(terms, rules)
    ratio = terms.ratio if terms.ratio is not None else minimum.ratio if minimum else None
    build = exact(terms.build)
    if (required := _product(build, ratio)) is not None and terms.legs:
        offered = total(leg.capacity for leg in terms.legs)
        # An inexact leg counts as zero in the sum, so the sum proves nothing unless all legs are exact.
        if offered < required and all(exact(leg.capacity) is not None for leg in terms.legs):
            yield Objection(
                "legs_below_required",
                f"the legs add up to {shown_figure(offered)}; the swap requires {shown_figure(required)}"
                f" ({shown_figure(build)} at {format_decimal(ratio or NONE)} : 1)",
                "legs",
            )
    stated = getattr(event, "ratio", None)
    # `least`, not `ratio`: whether an exception of the rule applies cannot be known here.
    if stated is not None and minimum is not None and stated < minimum.least:
        yield Objection(
            "ratio_below_rule",
            f"the ratio {format_decimal(stated)} is below the minimum {format_decimal(minimum.ratio)} of rule"
            f" {minimum.rule_id}",
            "ratio",
        )
    if isinstance(event, CapacitySwapAnnounced):
        for rule in rules:
            if rule.kind == "moratorium":
                yield Objection(
                    "swap_in_moratorium",
                    f"moratorium {rule.rule_id} is in force on {terms.announced.day}",
                    "effective",
                )


def _position(one: EventInForce) -> int:
    return one.recorded.position


def _product(capacity: Decimal | None, ratio: Decimal | None) -> Decimal | None:
    return None if capacity is None or ratio is None else (capacity * ratio).quantize(Decimal("0.001"))

"""Objections: what is refused unless it is acknowledged, with the name of the check and a reason.

Each is asked again of the whole record, at any date, by the file of the same name in `projections/checks/`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import accumulate
from typing import Final

from policytrack.decide.capacity_checks import Objection, shown_figure
from policytrack.decide.events_in_force import Chronicle, Standing, Terms, exact, total
from policytrack.decide.governing_rules import asked_of, governing
from policytrack.decide.state import Known, RecordedEvent
from policytrack.errors import counted
from policytrack.events.capacity import CapacityRetired
from policytrack.events.content import REPEATED
from policytrack.events.envelope import Event
from policytrack.events.policy import RuleEnacted
from policytrack.events.projects import ProjectCompleted
from policytrack.events.registry import FirmMerged
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced
from policytrack.values.quantities import format_decimal

NONE: Final = Decimal(0)
_MOST_NAMED: Final = 5
"""Events that a message names: of a lot that thousands of swaps draw, nobody reads them all."""


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
"""The checks that refuse an event unless it acknowledges them."""

DOUBTS: Final = (
    "due_implausible",
    "names_alike",
    "reported_twice",
    "shares_like_fractions",
    "shares_rounded_above_100",
    "stake_legs_unbalanced",
    "statements_disagree",
    "year_implausible",
)
"""The checks that warn at recording and refuse nothing: those of `projections/checks/` that are asked at recording."""

ACKNOWLEDGED: Final = (*CHECKS, REPEATED, *DOUBTS)
"""The checks that may be acknowledged."""

OBJECTED_TO: Final = (CapacitySwapAnnounced, CapacitySwapAmended, ProjectCompleted, CapacityRetired, FirmMerged)
"""The types of events that any of them looks at, and mergers, which must not make a circle."""


class Objections:
    """The checks of swaps. What is drawn of a lot is a running sum, worked out once for all its draws."""

    def __init__(self, record: Chronicle, known: Known) -> None:
        self._record, self._known = record, known
        self._draws: dict[str, _Draws] = {}

    def to(self, recorded: RecordedEvent) -> Iterator[Objection]:
        """What the record, with the event in it, has against the event."""
        event = recorded.event
        if recorded.superseded_by is not None:
            return  # corrected or retracted by what is recorded together with it
        if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended):
            terms = self._record.swaps.get(event.swap_id)
            if terms is not None and not terms.is_revoked:
                rules = list(governing(terms, self._record, self._known))
                yield from _against_terms(event, terms, rules)
                yield from self._against_draws(event, terms, rules)

    def _against_draws(self, event: Event, terms: Terms, rules: list[RuleEnacted]) -> Iterator[Objection]:
        if terms.drawn_by.event is not event:
            return
        no_split = next((rule.rule_id for rule in rules if rule.kind == "no_split"), None)
        for lot_id in dict.fromkeys(leg.lot_id for leg in terms.legs if leg.lot_id):
            lot = self._record.lots.get(lot_id)
            held = None if lot is None else exact(lot.capacity)
            if lot is None or held is None:
                continue
            if lot_id not in self._draws:
                self._draws[lot_id] = _Draws(self._record.draws(lot_id))
            draws = self._draws[lot_id]
            mine, before = draws.by(terms), draws.before(terms)
            if before + mine > held:
                by = draws.drawn_by_before(terms)
                yield Objection(
                    "lot_overdrawn",
                    f"lot {lot_id} holds {shown_figure(held)}"
                    + (f", of which {shown_figure(before)} is drawn by {by}" if by else "")
                    + f"; {shown_figure(max(held - before, NONE))} is left, not {shown_figure(mine)}",
                    "legs",
                )
            if no_split is not None and mine < held:
                yield Objection(
                    "lot_split",
                    f"rule {no_split} lets lot {lot_id} of {shown_figure(held)} be drawn only as a whole",
                    "legs",
                )
            last = lot.expires_on and lot.expires_on.latest
            if last and last < terms.announced.day:
                yield Objection("lot_expired", f"lot {lot_id} could be drawn until {last}", "legs")


class _Draws:
    """The draws of a lot in the order in which they were recorded, with what was drawn before each."""

    def __init__(self, draws: Iterable[tuple[Terms, Decimal]]) -> None:
        self._draws = sorted(draws, key=lambda draw: _position(draw[0].drawn_by))
        self._before = list(accumulate((drawn for _, drawn in self._draws), initial=NONE))
        self._place = {terms.swap.swap_id: place for place, (terms, _) in enumerate(self._draws)}

    def by(self, terms: Terms) -> Decimal:
        """What a swap draws of the lot."""
        place = self._place.get(terms.swap.swap_id)
        return NONE if place is None else self._draws[place][1]

    def before(self, terms: Terms) -> Decimal:
        """What was drawn before a swap drew."""
        return self._before[self._number_before(terms)]

    def drawn_by_before(self, terms: Terms) -> str:
        """The events that drew before a swap did, the last ones by name."""
        number = self._number_before(terms)
        named = (
            one.drawn_by.recorded.name + f" ({one.swap.swap_id})" for one, _ in self._draws[:number][-_MOST_NAMED:]
        )
        others = f"{counted(number - _MOST_NAMED, 'earlier event')}, " if number > _MOST_NAMED else ""
        return others + ", ".join(named)

    def _number_before(self, terms: Terms) -> int:
        place = self._place.get(terms.swap.swap_id)
        position = _position(terms.drawn_by)
        return (
            bisect_left(self._draws, position, key=lambda draw: _position(draw[0].drawn_by)) if place is None else place
        )


def _against_terms(event: Event, terms: Terms, rules: list[RuleEnacted]) -> Iterator[Objection]:
    asked = asked_of(terms, rules)
    ratio = terms.ratio if terms.ratio is not None else asked.ratio if asked else None
    build = exact(terms.build)
    if (required := _product(build, ratio)) is not None and terms.legs:
        offered = total(leg.capacity for leg in terms.legs)
        if offered < required and all(exact(leg.capacity) is not None for leg in terms.legs):
            yield Objection(
                "legs_below_required",
                f"the legs add up to {shown_figure(offered)}, and {shown_figure(required)} is required"
                f" ({shown_figure(build)} at {format_decimal(ratio or NONE)} : 1)",
                "legs",
            )
    stated = getattr(event, "ratio", None)
    if stated is not None and asked is not None and stated < asked.least:
        yield Objection(
            "ratio_below_rule",
            f"the ratio {format_decimal(stated)} is below {format_decimal(asked.ratio)} of rule {asked.rule_id}",
            "ratio",
        )
    if isinstance(event, CapacitySwapAnnounced):
        for rule in rules:
            if rule.kind == "moratorium":
                yield Objection(
                    "swap_in_moratorium", f"on {terms.announced.day} moratorium {rule.rule_id} stands", "effective"
                )


def _position(one: Standing) -> int:
    return one.recorded.position


def _product(capacity: Decimal | None, ratio: Decimal | None) -> Decimal | None:
    return None if capacity is None or ratio is None else (capacity * ratio).quantize(Decimal("0.001"))

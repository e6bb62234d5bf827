"""Objections: what is refused unless it is acknowledged, with the name of the check and a reason.

Each is asked again of the whole record, at any date, by the file of the same name in `projections/checks/`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import accumulate
from typing import Final, NamedTuple

from policytrack.decide.chronicle import Chronicle, Standing, Terms, exact, total
from policytrack.decide.known import Known, RecordedEvent
from policytrack.decide.rules import asked_of, governing
from policytrack.errors import counted
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.content import REPEATED
from policytrack.events.envelope import Event
from policytrack.events.policy import RuleEnacted
from policytrack.events.projects import ProjectCancelled, ProjectCompleted, ProjectResumed, ProjectSuspended
from policytrack.events.registry import FirmMerged
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced
from policytrack.quantities import Capacity, format_decimal

NONE: Final = Decimal(0)
_MOST_NAMED: Final = 5
"""Events that a message names: of a lot that thousands of swaps draw, nobody reads them all."""


class Objection(NamedTuple):
    """A check that an event trips, and what it says."""

    check: str
    message: str


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
    """What the record holds against the events in it. Each figure is a running sum over one project, one facility or
    one lot, worked out once for all the events that it is about."""

    def __init__(self, record: Chronicle, known: Known) -> None:
        self._record, self._known = record, known
        self._projects: dict[str, _Project] = {}
        self._installed: dict[tuple[str, str], dict[int, Decimal | None]] = {}
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
        elif isinstance(event, ProjectCompleted):
            yield from self._against_completion(recorded, event)
        elif isinstance(event, CapacityRetired):
            yield from self._against_retirement(recorded, event)

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
                    f"lot {lot_id} holds {_figure(held)}"
                    + (f", of which {_figure(before)} is drawn by {by}" if by else "")
                    + f"; {_figure(max(held - before, NONE))} is left, not {_figure(mine)}",
                )
            if no_split is not None and mine < held:
                yield Objection(
                    "lot_split", f"rule {no_split} lets lot {lot_id} of {_figure(held)} be drawn only as a whole"
                )
            last = lot.expires_on and lot.expires_on.latest
            if last and last < terms.announced.day:
                yield Objection("lot_expired", f"lot {lot_id} could be drawn until {last}")

    def _against_completion(self, recorded: RecordedEvent, event: ProjectCompleted) -> Iterator[Objection]:
        if event.project_id not in self._projects:
            self._projects[event.project_id] = _Project(self._record.steps[event.project_id])
        project = self._projects[event.project_id]
        completed = project.completed[recorded.position]
        if project.planned is not None and completed > project.planned:
            yield Objection(
                "completion_beyond_plan",
                f"{_figure(completed)} would be commissioned of {event.project_id}; {_figure(project.planned)} is"
                " planned",
            )
        last = project.last_word_before(recorded)
        if last is not None and isinstance(last.event, ProjectCancelled):
            yield Objection(
                "completion_of_cancelled", f"{event.project_id} was cancelled on {last.day} by {last.recorded.name}"
            )

    def _against_retirement(self, recorded: RecordedEvent, event: CapacityRetired) -> Iterator[Objection]:
        place = event.facility_id, event.activity_id
        if place not in self._installed:
            self._installed[place] = _installed_before_each(self._record.capacity[place])
        # None: not exact, or nothing stated and nothing built. What stood there is unknown then, not zero.
        installed, retired = self._installed[place][recorded.position], exact(event.capacity)
        if installed is not None and retired is not None and retired > installed:
            yield Objection(
                "retirement_beyond_installed",
                f"{_figure(installed)} of {event.activity_id} is installed at {event.facility_id} by then,"
                f" not {_figure(retired)}",
            )


class _Project:
    """The life of a project: what was planned last, what was completed by each event, and whether it goes on."""

    def __init__(self, steps: list[Standing]) -> None:
        completions = [one for one in steps if isinstance(one.event, ProjectCompleted)]
        plans = (one.event for one in steps if not isinstance(one.event, ProjectCompleted))
        stated = [plan.capacity for plan in plans if getattr(plan, "capacity", None) is not None]  # type: ignore[attr-defined] # as asked
        self.planned = exact(stated[-1]) if stated else None
        self.completed: dict[int, Decimal] = {}
        """By the position of a completion: the sum of all recorded up to it."""
        completed = NONE
        for one in sorted(completions, key=_position):
            completed += exact(_capacity(one)) or NONE
            self.completed[one.recorded.position] = completed
        self._words = [
            one for one in steps if isinstance(one.event, ProjectCancelled | ProjectSuspended | ProjectResumed)
        ]
        self._completions = {_position(one): one for one in completions}

    def last_word_before(self, completion: RecordedEvent) -> Standing | None:
        """Return the last cancellation, suspension or resumption before a completion, in the order of events."""
        number = bisect_left(self._words, self._completions[completion.position])
        return self._words[number - 1] if number else None


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


def _installed_before_each(standings: list[Standing]) -> dict[int, Decimal | None]:
    """By the position of a retirement: what was installed before it; None where that is not known."""
    found: dict[int, Decimal | None] = {}
    installed: Decimal | None = None
    is_exact = True
    for one in standings:
        value = exact(_capacity(one))
        if isinstance(one.event, CapacityRetired):
            found[one.recorded.position] = installed if is_exact else None
        # A statement begins anew; what moves after one that is not exact leaves it not exact.
        is_exact = value is not None and (is_exact or isinstance(one.event, CapacityStated))
        if value is None:
            continue
        if isinstance(one.event, CapacityStated):
            installed = value
        elif isinstance(one.event, ProjectCompleted):
            installed = (installed or NONE) + value
        elif installed is not None:
            installed -= value
    return found


def _against_terms(event: Event, terms: Terms, rules: list[RuleEnacted]) -> Iterator[Objection]:
    asked = asked_of(terms, rules)
    ratio = terms.ratio if terms.ratio is not None else asked.ratio if asked else None
    build = exact(terms.build)
    if (required := _product(build, ratio)) is not None and terms.legs:
        offered = total(leg.capacity for leg in terms.legs)
        if offered < required and all(exact(leg.capacity) is not None for leg in terms.legs):
            yield Objection(
                "legs_below_required",
                f"the legs add up to {_figure(offered)}, and {_figure(required)} is required"
                f" ({_figure(build)} at {format_decimal(ratio or NONE)} : 1)",
            )
    stated = getattr(event, "ratio", None)
    if stated is not None and asked is not None and stated < asked.least:
        yield Objection(
            "ratio_below_rule",
            f"the ratio {format_decimal(stated)} is below {format_decimal(asked.ratio)} of rule {asked.rule_id}",
        )
    if isinstance(event, CapacitySwapAnnounced):
        for rule in rules:
            if rule.kind == "moratorium":
                yield Objection("swap_in_moratorium", f"on {terms.announced.day} moratorium {rule.rule_id} stands")


def _capacity(one: Standing) -> Capacity:
    capacity: Capacity = one.event.capacity  # type: ignore[attr-defined] # only events with a capacity are asked
    return capacity


def _position(one: Standing) -> int:
    return one.recorded.position


def _product(capacity: Decimal | None, ratio: Decimal | None) -> Decimal | None:
    return None if capacity is None or ratio is None else (capacity * ratio).quantize(Decimal("0.001"))


def _figure(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value.normalize():,f}"

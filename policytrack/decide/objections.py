"""Objections: what is refused unless it is acknowledged, with the name of the check and a reason.

Each is asked again of the whole record, at any date, by the file of the same name in `projections/checks/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from policytrack.decide.chronicle import Chronicle, Standing, Terms, exact, total
from policytrack.decide.known import Known, RecordedEvent
from policytrack.decide.rules import asked_of, governing
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.envelope import Event
from policytrack.events.projects import ProjectCancelled, ProjectCompleted, ProjectResumed, ProjectSuspended
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced
from policytrack.quantities import Capacity, format_decimal

NONE: Final = Decimal(0)


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
"""The checks that may be acknowledged."""

OBJECTED_TO: Final = (CapacitySwapAnnounced, CapacitySwapAmended, ProjectCompleted, CapacityRetired)
"""The types of events that any of them looks at."""


def objections(recorded: RecordedEvent, record: Chronicle, known: Known) -> Iterator[Objection]:
    """What the record, with the event in it, has against the event."""
    event = recorded.event
    if recorded.superseded_by is not None:
        return  # corrected or retracted by what is recorded together with it
    if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended):
        terms = record.swaps.get(event.swap_id)
        if terms is not None and not terms.is_revoked:
            yield from _against_terms(event, terms, record, known)
            yield from _against_draws(event, terms, record, known)
    elif isinstance(event, ProjectCompleted):
        yield from _against_completion(recorded, event, record)
    elif isinstance(event, CapacityRetired):
        yield from _against_retirement(recorded, event, record)


def _against_terms(event: Event, terms: Terms, record: Chronicle, known: Known) -> Iterator[Objection]:
    asked = asked_of(terms, record, known)
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
        for rule in governing(terms, record, known):
            if rule.kind == "moratorium":
                yield Objection("swap_in_moratorium", f"on {terms.announced.day} moratorium {rule.rule_id} stands")


def _against_draws(event: Event, terms: Terms, record: Chronicle, known: Known) -> Iterator[Objection]:
    if terms.drawn_by.event is not event:
        return
    no_split = next((rule.rule_id for rule in governing(terms, record, known) if rule.kind == "no_split"), None)
    for lot_id in dict.fromkeys(leg.lot_id for leg in terms.legs if leg.lot_id):
        lot = record.lots.get(lot_id)
        held = None if lot is None else exact(lot.capacity)
        if lot is None or held is None:
            continue
        draws = [(other, kept) for other, kept in record.draws(lot_id) if other is not terms]
        earlier = [(o, kept) for o, kept in draws if o.drawn_by.recorded.position < terms.drawn_by.recorded.position]
        mine = sum((kept for other, kept in record.draws(lot_id) if other is terms), NONE)
        before = sum((kept for _, kept in earlier), NONE)
        if before + mine > held:
            by = ", ".join(f"{other.drawn_by.recorded.name} ({other.swap.swap_id})" for other, _ in earlier)
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


def _against_completion(recorded: RecordedEvent, event: ProjectCompleted, record: Chronicle) -> Iterator[Objection]:
    steps = record.steps[event.project_id]
    plans = [one.event for one in steps if not isinstance(one.event, ProjectCompleted)]
    stated = [plan.capacity for plan in plans if getattr(plan, "capacity", None) is not None]  # type: ignore[attr-defined] # as asked
    planned = exact(stated[-1]) if stated else None
    completed = total(_capacity(one) for one in steps if _is_completion_by(one, recorded))
    if planned is not None and completed > planned:
        yield Objection(
            "completion_beyond_plan",
            f"{_figure(completed)} would be commissioned of {event.project_id}; {_figure(planned)} is planned",
        )
    words = [one for one in steps if isinstance(one.event, ProjectCancelled | ProjectSuspended | ProjectResumed)]
    said = [one for one in words if one.day <= _place(steps, recorded).day]
    if said and isinstance(said[-1].event, ProjectCancelled):
        yield Objection(
            "completion_of_cancelled",
            f"{event.project_id} was cancelled on {said[-1].day} by {said[-1].recorded.name}",
        )


def _against_retirement(recorded: RecordedEvent, event: CapacityRetired, record: Chronicle) -> Iterator[Objection]:
    terms = record.capacity[event.facility_id, event.activity_id]
    until = _place(terms, recorded)
    installed: Decimal | None = None
    for one in terms:
        if one >= until:
            break
        value = exact(_capacity(one))
        if value is None:
            return  # not exact: nobody can say what is installed
        if isinstance(one.event, CapacityStated):
            installed = value
        elif isinstance(one.event, ProjectCompleted):
            installed = (installed or NONE) + value
        elif installed is not None:
            installed -= value
    # Nothing stated and nothing built: what stood there is unknown, not zero.
    retired = exact(event.capacity)
    if installed is not None and retired is not None and retired > installed:
        yield Objection(
            "retirement_beyond_installed",
            f"{_figure(installed)} of {event.activity_id} is installed at {event.facility_id} by then,"
            f" not {_figure(retired)}",
        )


def _is_completion_by(one: Standing, recorded: RecordedEvent) -> bool:
    """Whether it is a completion that was recorded before the event, or the event itself."""
    return isinstance(one.event, ProjectCompleted) and one.recorded.position <= recorded.position


def _capacity(one: Standing) -> Capacity:
    capacity: Capacity = one.event.capacity  # type: ignore[attr-defined] # only events with a capacity are asked
    return capacity


def _place(standings: list[Standing], recorded: RecordedEvent) -> Standing:
    return next(one for one in standings if one.recorded is recorded)


def _product(capacity: Decimal | None, ratio: Decimal | None) -> Decimal | None:
    return None if capacity is None or ratio is None else (capacity * ratio).quantize(Decimal("0.001"))


def _figure(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value.normalize():,f}"

"""One plant, one project, one swap: its events walked through in order, one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from policytrack.events import Event
from policytrack.events import capacity as of_capacity
from policytrack.events import projects as of_projects
from policytrack.events.swaps import CapacitySwapAnnounced
from policytrack.values.quantities import Capacity

ZERO: Final = Decimal(0)
STEPS: Final = ("announced", "approved", "construction", "built", "trial")
STEP_OF: Final[dict[type[Event], str]] = {
    of_projects.ProjectAnnounced: "announced",
    of_projects.ProjectApproved: "approved",
    of_projects.ConstructionStarted: "construction",
    of_projects.ConstructionCompleted: "built",
    of_projects.TrialProductionStarted: "trial",
    of_projects.ProjectCompleted: "completed",
    of_projects.ProjectSuspended: "suspended",
    of_projects.ProjectResumed: "resumed",
    of_projects.ProjectCancelled: "cancelled",
}


def exact(capacity: Capacity | None) -> Decimal | None:
    """The figure when it is exact."""
    return capacity.value if capacity is not None and capacity.bound == "exact" else None


def bounds(capacity: Capacity) -> tuple[Decimal, Decimal | None]:
    """At least and at most so much; None when nothing bounds it above."""
    low = capacity.value if capacity.bound in ("exact", "at_least", "more_than") else ZERO
    high = capacity.value if capacity.bound in ("exact", "at_most") else capacity.at_most
    return low or ZERO, high


def rounded(figure: Decimal) -> Decimal:
    """To three places, halves away from zero."""
    return figure.quantize(Decimal("0.001"), ROUND_HALF_UP)


def positive(figure: Decimal) -> Decimal:
    """The figure, or zero when it is below."""
    return max(figure, ZERO)


@dataclass(frozen=True)
class Happening:
    """An event that counts: its day, and its place among those of that day (known on, position)."""

    event: Any
    day: date
    place: tuple[date, int]

    @property
    def when(self) -> tuple[date, tuple[date, int]]:
        return self.day, self.place


@dataclass(frozen=True)
class Handover:
    """One line of a merger or split, at one of the two plants: less there (-1) or more (1)."""

    facility_id: str
    activity_id: str
    unit_id: str | None
    capacity: Capacity
    idle: Capacity | None
    sign: int


@dataclass
class Plant:
    """The capacity of one facility and activity."""

    installed: Decimal | None = ZERO
    idle: Decimal | None = ZERO
    low: Decimal | None = ZERO
    high: Decimal | None = ZERO
    counted: Decimal = ZERO
    """What a nation counts of it as installed: the exact parts, as far as they are surely there."""
    counted_idle: Decimal = ZERO
    unknowns: int = 0
    last_stated: date | None = None

    @property
    def operating(self) -> Decimal | None:
        return None if self.installed is None or self.idle is None else self.installed - self.idle


@dataclass
class Scheme:
    """Where one project stands."""

    status: str = ""
    planned: Decimal | None = None
    completed: Decimal = ZERO
    is_completed_exact: bool = True
    remaining: Decimal | None = None
    low: Decimal = ZERO
    """What is still to come is at least this."""
    high: Decimal | None = ZERO
    """At most this; None when nothing bounds it."""
    is_pending: bool = False
    replacement: str | None = None
    first_due: Any = None
    due: Any = None
    investment: Any = None
    owed: Decimal | None = ZERO
    retiring: Decimal | None = ZERO
    verdict: str | None = None


@dataclass
class Exchange:
    """One swap."""

    project_id: str
    required: Decimal | None
    named: Decimal
    undisclosed: Decimal | None
    retired: Decimal
    owed: Decimal | None
    verdict: str


@dataclass
class Closing:
    """A part of a plan to retire capacity: what remains of it, at least and at most, and its last day."""

    low: Decimal
    high: Decimal | None
    due: date | None


def in_all(parts: Sequence[Closing]) -> tuple[Decimal, Decimal | None]:
    """What is planned to go, at least and at most."""
    highs = [part.high for part in parts]
    known = [high for high in highs if high is not None]
    return sum((part.low for part in parts), ZERO), sum(known, ZERO) if len(known) == len(highs) else None


@dataclass
class Account:
    """The figures of a country or region in one activity."""

    figures: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    facilities: int = 0
    projects: int = 0
    unknowns: int = 0
    low: Decimal | None = ZERO
    high: Decimal | None = ZERO
    gross_low: Decimal = ZERO
    gross_high: Decimal | None = ZERO
    closing: list[Closing] = field(default_factory=list)


def added(total: Decimal | None, bound: Decimal | None) -> Decimal | None:
    """The sum of two bounds; None when one of them is open."""
    return None if total is None or bound is None else total + bound


def counting(happenings: Sequence[Happening]) -> list[tuple[Happening, bool, bool]]:
    """Each event of a plant, with whether it counts as installed and whether as idle: the units by themselves where one is
    stated, and all that names none together. A unit is there from its first statement or completion."""
    by_unit = any(isinstance(one.event, of_capacity.CapacityStated) and one.event.unit_id for one in happenings)
    stated: dict[str, int] = {}
    idle_stated: dict[str, int] = {}
    parts: list[str | None] = []
    there = set()
    for number, one in enumerate(happenings):
        event, unit = one.event, one.event.unit_id
        is_statement = isinstance(event, of_capacity.CapacityStated)
        if unit and isinstance(event, of_capacity.CapacityStated | of_projects.ProjectCompleted):
            there.add(unit)
        part = unit if by_unit and unit else ""
        is_left_out = by_unit and (unit not in there if unit else is_statement)
        parts.append(None if is_left_out else part)
        if is_statement and parts[-1] is not None:
            stated[part] = number
            if event.idle_share_pct is not None:
                idle_stated[part] = number
    if by_unit:  # what names no unit counts until every unit was stated after it
        stated[""] = idle_stated[""] = min(stated.values())
    counted = []
    for number, (one, part) in enumerate(zip(happenings, parts, strict=True)):
        if part is None:
            continue
        is_statement = isinstance(one.event, of_capacity.CapacityStated)
        at, idle_at = stated.get(part, -1), idle_stated.get(part, -1)
        counted.append(
            (
                one,
                number == at if is_statement else number > at,
                number == idle_at if is_statement else number > idle_at,
            )
        )
    return counted


def fold_plant(happenings: Sequence[Happening]) -> Plant:
    """Add up what counts at a plant."""
    plant, standing, idling = Plant(), ZERO, ZERO
    unknown: dict[str, set[int]] = {"installed": set(), "idle": set()}
    for number, (one, is_installed, is_idle) in enumerate(counting(happenings)):
        event = one.event
        figure, (low, high) = exact(event.capacity), bounds(event.capacity)
        installed = idle = 0
        if isinstance(event, of_capacity.CapacityStated):
            if is_installed or is_idle:
                plant.last_stated = max(plant.last_stated or one.day, one.day)
            installed = 1
            if is_idle:
                idling += rounded((figure or ZERO) * event.idle_share_pct / 100)
                if figure is None:
                    unknown["idle"].add(number)
        elif isinstance(event, of_projects.ProjectCompleted):
            installed = 1
        elif isinstance(event, Handover):
            installed = event.sign
            if event.idle is not None and is_idle:
                idling += event.sign * (exact(event.idle) or ZERO)
                if exact(event.idle) is None:
                    unknown["idle"].add(number)
        elif isinstance(event, of_capacity.CapacityIdled):
            idle = 1
        elif isinstance(event, of_capacity.CapacityRestarted):
            idle = -1
        else:
            installed, idle = -1, -1 if event.was_idle else 0
        installed, idle = installed * is_installed, idle * is_idle
        standing += installed * (figure or ZERO)
        idling += idle * (figure or ZERO)
        if installed:
            signed = (low, high) if installed > 0 else (None if high is None else -high, -low)
            plant.low, plant.high = added(plant.low, signed[0]), added(plant.high, signed[1])
        if figure is None:
            unknown["installed"] |= {number} if installed else set()
            unknown["idle"] |= {number} if idle else set()
    plant.unknowns = len(unknown["installed"] | unknown["idle"])
    plant.installed = None if unknown["installed"] else standing
    if plant.installed is None:
        plant.low = positive(plant.low or ZERO)
        plant.high = None if plant.high is None else positive(plant.high)
    plant.counted = standing if plant.installed is not None else positive(min(standing, plant.low or ZERO))
    plant.counted_idle = positive(min(idling, plant.counted))
    plant.idle = None if unknown["idle"] else positive(idling if plant.high is None else min(idling, plant.high))
    return plant


def fold_closure(happenings: Sequence[Happening]) -> list[Closing]:
    """Walk through what is planned to go at a plant and what went; the parts that are still planned."""
    parts: list[Closing] = []
    for one in happenings:
        event = one.event
        if isinstance(event, of_capacity.RetirementWithdrawn):
            parts = []
        elif isinstance(event, of_capacity.RetirementAnnounced):
            stated = event.phases or (event,)
            parts = [Closing(*bounds(part.capacity), part.due and (part.due.latest or date.max)) for part in stated]
            parts.sort(key=lambda part: (part.due is None, part.due or date.max))
        else:
            low, high = bounds(event.capacity)
            for part in parts:  # at most `high` of what went went from here, and `low` of it surely
                before = part.low, part.high
                part.low = ZERO if high is None else positive(part.low - high)
                high = None if high is None else positive(high - before[0])
                if before[1] is None:
                    low = ZERO  # this part may have taken all of it
                else:
                    part.high, low = positive(before[1] - low), positive(low - before[1])
    return parts


def fold_project(happenings: Sequence[Happening]) -> Scheme:
    """Walk through the life of a project."""
    scheme = Scheme()
    states_plan = is_final = hidden = False
    completions, furthest, last_word = 0, 0, ""
    planned: tuple[Decimal, Decimal | None] = ZERO, None
    built: tuple[Decimal, Decimal | None] = ZERO, ZERO
    for one in happenings:
        event = one.event
        step = STEP_OF.get(type(event))
        last_word = step or last_word
        if step in STEPS:
            furthest = max(furthest, STEPS.index(step))
        if isinstance(event, of_projects.ProjectCompleted):
            completions += 1
            low, high = bounds(event.capacity)
            built = built[0] + low, added(built[1], high)
            scheme.completed += exact(event.capacity) or ZERO
            hidden = hidden or exact(event.capacity) is None
            scheme.is_completed_exact = not hidden
            is_final = is_final or event.is_final
            continue
        if getattr(event, "capacity", None) is not None:
            states_plan, scheme.planned, planned = True, exact(event.capacity), bounds(event.capacity)
        scheme.investment = getattr(event, "investment", None) or scheme.investment
        if (due := getattr(event, "due", None)) is not None:
            scheme.due, scheme.first_due = due, scheme.first_due or due
        if isinstance(event, of_projects.ProjectApproved):
            scheme.replacement = event.replacement
    if is_final or (completions and not states_plan):
        scheme.remaining = ZERO
    elif scheme.planned is not None and not hidden:
        scheme.remaining = positive(scheme.planned - scheme.completed)
    if scheme.remaining is not None:
        scheme.low = scheme.high = scheme.remaining
    else:
        scheme.low = ZERO if built[1] is None else positive(planned[0] - built[1])
        scheme.high = None if planned[1] is None else positive(planned[1] - built[0])
    scheme.is_pending = last_word != "cancelled" and scheme.remaining != 0
    if last_word == "cancelled" and not completions and furthest >= STEPS.index("built"):
        scheme.status = "built_not_commissioned"
    elif last_word in ("suspended", "cancelled"):
        scheme.status = last_word
    elif completions and scheme.remaining == 0:
        scheme.status = "completed"
    else:
        scheme.status = STEPS[max(furthest, 2) if completions else furthest]
    return scheme


def fold_swap(swap: CapacitySwapAnnounced, retired: Decimal, completed: Decimal, *, is_exact: bool) -> Exchange:
    """What a swap requires, names and owes, given what is retired for it and completed by it."""
    build, ratio = exact(swap.build_capacity), swap.ratio
    required = None if build is None or ratio is None else rounded(build * ratio)
    legs = [leg for leg in swap.legs if not leg.undisclosed]
    named = max(retired, sum((exact(leg.capacity) or ZERO for leg in legs), ZERO))
    amounts = [exact(leg.capacity) for leg in swap.legs]
    is_inexact = not amounts or None in amounts
    total = max(retired, sum((amount or ZERO for amount in amounts), ZERO))
    if required is None:
        verdict = "unverified"
    elif named >= required:
        verdict = "pass"
    else:
        verdict = "unverified" if is_inexact or total >= required else "fail"
    return Exchange(
        swap.project_id,
        required,
        named,
        None if required is None else positive(required - named),
        retired,
        None if ratio is None or not is_exact else rounded(positive(completed * ratio - retired)),
        verdict,
    )

"""Checks completions, retirements and handovers against running sums over each project and each facility's capacity.

Each event is packed into 38 bytes, which limits the memory of a large import.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from policytrack.decide.events_in_force import day_of, exact, in_force
from policytrack.decide.state import Known
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.envelope import Event
from policytrack.events.projects import ProjectCancelled, ProjectCompleted, ProjectResumed, ProjectSuspended
from policytrack.events.registry import ProjectMoved, ProjectRegistered
from policytrack.events.succession import FacilityMerged, FacilitySplit

STATED, RETIRED, PLANNED, COMPLETED, CANCELLED, WENT_ON, MOVED, MERGED, SPLIT, RECEIVED = range(10)
_LEAVES: Final = {RETIRED, MERGED, SPLIT}
"""The kinds of steps that take from what is installed."""
# The fields of `_Placed`, without padding: day, known_on, order, position, kind, is_exact, thousandths, unit.
_PACKED: Final = struct.Struct("<iiqqb?qi")


class Objection(NamedTuple):
    """A failed check of an event: the name of the check, the message, and the field of the event."""

    check: str
    message: str
    field: str


class Step(NamedTuple):
    """The part of an event that the checks use.

    `subject` is a project id, or a facility and an activity (see `at`). Days are ordinals (`date.toordinal`). `figure`
    is in thousandths of the activity's unit, None when it is not exact.
    """

    subject: str
    kind: int
    day: int
    known_on: int
    figure: int | None
    unit: str | None = None
    """The unit of the plant that the capacity is of, if it is one; of a move, the facility it leads to."""


class _Placed(NamedTuple):
    """A step that sorts in the order of events: by day, then known_on, then position.

    The correction of an error takes known_on and position (`order`) from its target.
    """

    day: int
    known_on: int
    order: int
    position: int
    kind: int
    is_exact: bool
    thousandths: int
    unit: int
    """The number of the unit of the plant, or of the facility that a project moves to; 0 if it names none."""

    @property
    def figure(self) -> Decimal | None:
        """Return the figure in the activity's unit; None when it is not exact."""
        return Decimal(self.thousandths).scaleb(-3) if self.is_exact else None


def capacity_steps(event: Event) -> tuple[Step, ...]:
    """Return the steps of an event; none when the checks of completions, retirements and handovers do not use it."""
    fields = vars(event)  # getattr of a missing attribute is slow: pydantic formats an error message
    kind = _kind_of(type(event))
    if kind is None:
        if fields.get("capacity") is None or fields.get("project_id") is None:
            return ()
        kind = PLANNED
    if isinstance(event, FacilityMerged | FacilitySplit):
        return tuple(_handed_over(event, kind))
    is_of_facility = kind in (STATED, RETIRED)
    subject = at(fields["facility_id"], fields["activity_id"]) if is_of_facility else fields["project_id"]
    value = exact(fields.get("capacity"))
    figure = None if value is None else int(value.scaleb(3))
    unit = fields["facility_id"] if kind == MOVED else fields.get("unit_id")
    return (Step(subject, kind, day_of(event).toordinal(), event.known_on.toordinal(), figure, unit),)


def _handed_over(event: FacilityMerged | FacilitySplit, kind: int) -> Iterator[Step]:
    """Yield what leaves the facility, by activity and unit, and what each other facility receives."""
    days = day_of(event).toordinal(), event.known_on.toordinal()
    given: dict[tuple[str, str | None], int | None] = {}
    for facility_id, one in event.handovers():
        value = exact(one.capacity)
        figure = None if value is None else int(value.scaleb(3))
        before = given.get((one.activity_id, one.unit_id), 0)
        given[one.activity_id, one.unit_id] = None if before is None or figure is None else before + figure
        yield Step(at(facility_id, one.activity_id), RECEIVED, *days, figure)
    for (activity_id, unit_id), figure in given.items():
        yield Step(at(event.facility_id, activity_id), kind, *days, figure, unit_id)


def at(facility_id: str, activity_id: str) -> str:
    """Return the subject of a facility's capacity of one activity."""
    return f"{facility_id} {activity_id}"


def shown_figure(value: Decimal | None) -> str:
    """Format a figure for a message: with thousands separators, without trailing zeros."""
    return "unknown" if value is None else f"{value.normalize():,f}"


_KINDS: Final[Mapping[type[Event], int]] = {
    CapacityStated: STATED,
    CapacityRetired: RETIRED,
    ProjectCompleted: COMPLETED,
    ProjectCancelled: CANCELLED,
    ProjectSuspended: WENT_ON,
    ProjectResumed: WENT_ON,
    ProjectMoved: MOVED,
    FacilityMerged: MERGED,
    FacilitySplit: SPLIT,
}


def _in_all(steps: list[_Placed]) -> list[_Placed]:
    """Add up the units that one event hands over, for a plant whose capacity is not stated by unit."""
    summed: list[_Placed] = []
    for one in steps:
        if summed and one.position == summed[-1].position and one.kind in _LEAVES:
            before = summed.pop()
            one = before._replace(
                is_exact=before.is_exact and one.is_exact, thousandths=before.thousandths + one.thousandths
            )
        summed.append(one)
    return summed


_TAKING: Final = {
    RETIRED: ("retire", "capacity"),
    MERGED: ("hand over", "capacities"),
    SPLIT: ("hand over", "parts"),
}
"""For each kind of step that takes from what is installed, the verb of a message and the field of the event."""


@cache
def _kind_of(event_type: type[Event]) -> int | None:
    """Return the kind of the steps of an event type; None when it depends on the fields of the event.

    Cached, because `isinstance` of a pydantic model is a call of Python code.
    """
    return next((kind for one, kind in _KINDS.items() if issubclass(event_type, one)), None)


def checks_of(known: Known) -> CapacityChecks:
    """Build the checks from all events that a decision has read."""
    checks = CapacityChecks(max((one.position for one in known.events.values() if not one.is_new), default=0))
    for one in in_force(known):
        for step in capacity_steps(one.event):
            checks.add(one.recorded.position, step, (one.known_on.toordinal(), one.order))
    registered = (recorded.event for recorded in known.registrations.values())
    for event in (*known.promised.values(), *registered):
        if isinstance(event, ProjectRegistered):
            checks.place(event.project_id, event.facility_id, event.activity_id)
    return checks


class CapacityChecks:
    """Collects steps of recorded and new events, and reports the new ones that fail a check.

    `before` is the last position of the ledger: steps at later positions are new.
    """

    def __init__(self, before: int) -> None:
        self._before = before
        self._steps: dict[str, bytearray] = defaultdict(bytearray)
        self._superseded: set[int] = set()
        self._places: dict[str, str] = {}
        self._moved_to: dict[str, set[str]] = defaultdict(set)
        """Facilities by project: those that its moves name."""
        self._units: dict[str | None, int] = {None: 0}
        self.projects: dict[str, None] = {}
        """Ids of projects with new completions, in order (a dict keeps the order of insertion)."""
        self.capacities: dict[str, None] = {}
        """Subjects (facility and activity) that new retirements and handovers take from."""

    def add(self, position: int, step: Step, placed: tuple[int, int] | None = None) -> None:
        """Add the step of an event; for the correction of an error, `placed` is its target's known_on and position."""
        known_on, order = placed or (step.known_on, position)
        is_exact, figure = step.figure is not None, step.figure or 0
        unit = self._units.setdefault(step.unit, len(self._units))
        packed = _PACKED.pack(step.day, known_on, order, position, step.kind, is_exact, figure, unit)
        self._steps[step.subject] += packed
        if step.kind == MOVED and step.unit is not None:
            self._moved_to[step.subject].add(step.unit)
        if position > self._before:
            if step.kind == COMPLETED:
                self.projects[step.subject] = None
            elif step.kind in _LEAVES:
                self.capacities[step.subject] = None

    def place(self, project_id: str, facility_id: str, activity_id: str) -> None:
        """Set the facility and activity to whose capacity a project's completions are added before its first move."""
        self._places[project_id] = at(facility_id, activity_id)

    def place_recorded(self, project_id: str, facility_id: str, activity_id: str) -> None:
        """Set the same from a recorded registration, unless a new event registers the project."""
        self._places.setdefault(project_id, at(facility_id, activity_id))

    def supersede(self, position: int) -> None:
        """Ignore the step at a position: its event is corrected or retracted."""
        self._superseded.add(position)

    def projects_at_retirements(self) -> list[str]:
        """Return the ids of the projects whose completions may add to a capacity that new events take from."""
        facilities = set(self.facilities())
        moved = (id_ for id_, places in self._moved_to.items() if not facilities.isdisjoint(places))
        placed = (id_ for id_, place in self._places.items() if place in self.capacities)
        return list(dict.fromkeys((*placed, *moved)))

    def facilities(self) -> list[str]:
        """Return the ids of the facilities with new retirements or handovers."""
        return list(dict.fromkeys(subject.partition(" ")[0] for subject in self.capacities))

    def objections(self) -> Iterator[tuple[int, Objection]]:
        """Yield the objections to new events, each with the position of its event."""
        completions: dict[str, bytearray] = defaultdict(bytearray)
        names = {number: name for name, number in self._units.items()}
        for project_id in dict.fromkeys((*self.projects, *self.projects_at_retirements())):
            steps = self._in_force(self._steps[project_id])
            if project_id in self.projects:
                yield from self._of_project(project_id, steps)
            if (registered := self._places.get(project_id)) is None:
                continue
            moves = [one for one in steps if one.kind == MOVED]
            for one in steps:
                if one.kind == COMPLETED:
                    # On the day of a move the project is at the new place, whichever of the two was known first.
                    here = next((names[move.unit] for move in reversed(moves) if move.day <= one.day), None)
                    place = registered if here is None else at(here, registered.partition(" ")[2])
                    if place in self.capacities:
                        completions[place] += _PACKED.pack(*one)
        for subject in self.capacities:
            yield from self._of_plant(subject, self._in_force(self._steps[subject] + completions[subject]))

    def _in_force(self, packed: bytearray) -> list[_Placed]:
        steps = map(_Placed._make, _PACKED.iter_unpack(packed))
        return sorted(step for step in steps if step.position not in self._superseded)

    def _of_project(self, project_id: str, steps: list[_Placed]) -> Iterator[tuple[int, Objection]]:
        """Check that the completions do not exceed the latest plan, and that none follows a cancellation."""
        plans = [one for one in steps if one.kind == PLANNED]
        planned = plans[-1].figure if plans else None
        changes = [one for one in steps if one.kind in {CANCELLED, WENT_ON}]
        completed = Decimal(0)
        # In the order of recording, not of days: the event that exceeds the plan is the one recorded last, also when it
        # reports an earlier phase.
        for one in sorted((one for one in steps if one.kind == COMPLETED), key=lambda one: one.position):
            completed += one.figure or Decimal(0)
            if one.position <= self._before:
                continue
            if planned is not None and completed > planned:
                yield (
                    one.position,
                    Objection(
                        "completion_beyond_plan",
                        f"the completions of {project_id} would add up to {shown_figure(completed)};"
                        f" the plan is {shown_figure(planned)}",
                        "capacity",
                    ),
                )
            # The last suspension, resumption or cancellation before the completion decides.
            number = bisect_left(changes, one)
            if number and changes[number - 1].kind == CANCELLED:
                last = changes[number - 1]
                message = f"{project_id} was cancelled on {date.fromordinal(last.day)} by {self._name(last.position)}"
                yield one.position, Objection("completion_of_cancelled", message, "effective")

    def _of_plant(self, subject: str, steps: list[_Placed]) -> Iterator[tuple[int, Objection]]:
        """Check what leaves a plant: by unit where the capacity of a unit is stated, otherwise all together.

        Where units are stated, a retirement that names none is not refused: the check of the same name reports it.
        """
        if not any(one.kind == STATED and one.unit for one in steps):
            yield from self._of_capacity(subject, "", _in_all(steps))
            return
        names = {number: name for name, number in self._units.items()}
        for unit in sorted({one.unit for one in steps} - {0}):
            of_unit = [one for one in steps if one.unit == unit]
            yield from self._of_capacity(subject, f", unit {names[unit]},", of_unit)

    def _of_capacity(self, subject: str, unit: str, steps: list[_Placed]) -> Iterator[tuple[int, Objection]]:
        """Check that each retirement, and each handover, is at most the capacity installed before it.

        Installed capacity is unknown (None), not zero, until something is stated or completed; an unknown or inexact
        capacity is not checked.
        """
        facility_id, _, activity_id = subject.partition(" ")
        installed: Decimal | None = None
        is_exact = True
        for one in steps:
            figure = one.figure
            is_new = one.kind in _LEAVES and one.position > self._before
            if is_new and is_exact and installed is not None and figure is not None and figure > installed:
                verb, field = _TAKING[one.kind]
                message = (
                    f"cannot {verb} {shown_figure(figure)} of {activity_id}{unit} at {facility_id}: only"
                    f" {shown_figure(installed)} is installed on that day"
                )
                yield one.position, Objection("retirement_beyond_installed", message, field)
            # A statement replaces the sum. A completion or retirement on top of an inexact sum leaves it inexact.
            is_exact = figure is not None and (is_exact or one.kind == STATED)
            if figure is None:
                continue
            if one.kind == STATED:
                installed = figure
            elif one.kind in (COMPLETED, RECEIVED):
                installed = (installed or Decimal(0)) + figure
            elif installed is not None:
                installed -= figure

    def _name(self, position: int) -> str:
        return f"e{position}" if position <= self._before else "another event recorded together with it"

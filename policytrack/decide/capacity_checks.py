"""The checks of completions and retirements: running sums over the life of a project and of a facility's capacity.

Each event that they depend on is a few numbers here, so that an import of any size is checked in little memory.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from policytrack.decide.events_in_force import day_of, exact, in_force
from policytrack.decide.state import Known
from policytrack.events.capacity import CapacityRetired, CapacityStated
from policytrack.events.envelope import Event
from policytrack.events.projects import ProjectCancelled, ProjectCompleted, ProjectResumed, ProjectSuspended
from policytrack.events.registry import ProjectRegistered

STATED, RETIRED, PLANNED, COMPLETED, CANCELLED, WENT_ON = range(6)
_PACKED: Final = struct.Struct("<iiqqb?q")


class Objection(NamedTuple):
    """A check that an event trips, what it says, and the field of the event that it is about."""

    check: str
    message: str
    field: str


class Step(NamedTuple):
    """What the checks need of an event: its subject (a project, or a facility and an activity), what it does, the day
    on which it counts and that on which it was known (as numbers), and its figure in thousandths, if that is exact."""

    subject: str
    kind: int
    day: int
    known_on: int
    figure: int | None


class _Placed(NamedTuple):
    """A step in the order of events: by day, then by the day it was known, then by position. The correction of an error
    has the last two of what it corrects."""

    day: int
    known_on: int
    order: int
    position: int
    kind: int
    is_exact: bool
    thousandths: int

    @property
    def figure(self) -> Decimal | None:
        """The figure, if it is exact."""
        return Decimal(self.thousandths).scaleb(-3) if self.is_exact else None


def step_of(event: Event) -> Step | None:
    """The step that an event is; None when no check of completions or retirements depends on it."""
    kind = _kind_of(event)
    if kind is None:
        return None
    is_of_facility = isinstance(event, CapacityStated | CapacityRetired)
    subject = at(event.facility_id, event.activity_id) if is_of_facility else event.project_id  # type: ignore[attr-defined] # all others have this
    value = exact(getattr(event, "capacity", None))
    figure = None if value is None else int(value.scaleb(3))
    return Step(subject, kind, day_of(event).toordinal(), event.known_on.toordinal(), figure)


def at(facility_id: str, activity_id: str) -> str:
    """The subject of the capacity of a facility."""
    return f"{facility_id} {activity_id}"


def shown_figure(value: Decimal | None) -> str:
    """A figure as a message shows it."""
    return "unknown" if value is None else f"{value.normalize():,f}"


def _kind_of(event: Event) -> int | None:
    if isinstance(event, CapacityStated):
        return STATED
    if isinstance(event, CapacityRetired):
        return RETIRED
    if isinstance(event, ProjectCompleted):
        return COMPLETED
    if isinstance(event, ProjectCancelled):
        return CANCELLED
    if isinstance(event, ProjectSuspended | ProjectResumed):
        return WENT_ON
    has_plan = getattr(event, "capacity", None) is not None and getattr(event, "project_id", None) is not None
    return PLANNED if has_plan else None


def checks_of(known: Known) -> CapacityChecks:
    """The checks of all that a decision knows."""
    checks = CapacityChecks(max((one.position for one in known.events.values() if not one.is_new), default=0))
    for one in in_force(known):
        if (step := step_of(one.event)) is not None:
            checks.add(one.recorded.position, step, (one.known_on.toordinal(), one.order))
    registered = (recorded.event for recorded in known.registrations.values())
    for event in (*known.promised.values(), *registered):
        if isinstance(event, ProjectRegistered):
            checks.place(event.project_id, event.facility_id, event.activity_id)
    return checks


class CapacityChecks:
    """The steps that are known, of the record and of what is being recorded; `before` is the last position of the
    record."""

    def __init__(self, before: int) -> None:
        self._before = before
        self._steps: dict[str, bytearray] = defaultdict(bytearray)
        self._superseded: set[int] = set()
        self._places: dict[str, str] = {}
        self.projects: dict[str, None] = {}
        """Projects with new completions."""
        self.capacities: dict[str, None] = {}
        """Facilities, each with an activity, with new retirements."""

    def add(self, position: int, step: Step, placed: tuple[int, int] | None = None) -> None:
        """Adds the step of an event; `placed` are known_on and position of what it corrects, for an error."""
        known_on, order = placed or (step.known_on, position)
        is_exact, figure = step.figure is not None, step.figure or 0
        self._steps[step.subject] += _PACKED.pack(step.day, known_on, order, position, step.kind, is_exact, figure)
        if position > self._before:
            if step.kind == COMPLETED:
                self.projects[step.subject] = None
            elif step.kind == RETIRED:
                self.capacities[step.subject] = None

    def place(self, project_id: str, facility_id: str, activity_id: str) -> None:
        """Says whose capacity the completions of a project add to."""
        self._places[project_id] = at(facility_id, activity_id)

    def place_recorded(self, project_id: str, facility_id: str, activity_id: str) -> None:
        """The same by the record, unless the project is registered by what is being recorded."""
        self._places.setdefault(project_id, at(facility_id, activity_id))

    def supersede(self, position: int) -> None:
        """The event at a position is corrected or retracted."""
        self._superseded.add(position)

    def projects_at_retirements(self) -> list[str]:
        """The projects that add to the capacities with new retirements."""
        return [project_id for project_id, place in self._places.items() if place in self.capacities]

    def facilities(self) -> list[str]:
        """The facilities with new retirements."""
        return list(dict.fromkeys(subject.partition(" ")[0] for subject in self.capacities))

    def objections(self) -> Iterator[tuple[int, Objection]]:
        """Yields what there is against new events, each with the position of its event."""
        completions: dict[str, bytearray] = defaultdict(bytearray)
        for project_id in dict.fromkeys((*self.projects, *self.projects_at_retirements())):
            steps = self._in_force(self._steps[project_id])
            if project_id in self.projects:
                yield from self._of_project(project_id, steps)
            if (place := self._places.get(project_id)) in self.capacities:
                for one in steps:
                    if one.kind == COMPLETED:
                        completions[str(place)] += _PACKED.pack(*one)
        for subject in self.capacities:
            yield from self._of_capacity(subject, self._in_force(self._steps[subject] + completions[subject]))

    def _in_force(self, packed: bytearray) -> list[_Placed]:
        steps = map(_Placed._make, _PACKED.iter_unpack(packed))
        return sorted(step for step in steps if step.position not in self._superseded)

    def _of_project(self, project_id: str, steps: list[_Placed]) -> Iterator[tuple[int, Objection]]:
        """The sum of the completions recorded up to each is held against the plan stated last; and a project that was
        cancelled is not completed."""
        plans = [one for one in steps if one.kind == PLANNED]
        planned = plans[-1].figure if plans else None
        words = [one for one in steps if one.kind in {CANCELLED, WENT_ON}]
        completed = Decimal(0)
        for one in sorted((one for one in steps if one.kind == COMPLETED), key=lambda one: one.position):
            completed += one.figure or Decimal(0)
            if one.position <= self._before:
                continue
            if planned is not None and completed > planned:
                yield (
                    one.position,
                    Objection(
                        "completion_beyond_plan",
                        f"{shown_figure(completed)} would be commissioned of {project_id}; {shown_figure(planned)} is"
                        " planned",
                        "capacity",
                    ),
                )
            number = bisect_left(words, one)
            if number and words[number - 1].kind == CANCELLED:
                last = words[number - 1]
                said = f"{project_id} was cancelled on {date.fromordinal(last.day)} by {self._name(last.position)}"
                yield one.position, Objection("completion_of_cancelled", said, "effective")

    def _of_capacity(self, subject: str, steps: list[_Placed]) -> Iterator[tuple[int, Objection]]:
        """What was installed before each retirement; unknown, not zero, where nothing is stated and nothing built."""
        facility_id, _, activity_id = subject.partition(" ")
        installed: Decimal | None = None
        is_exact = True
        for one in steps:
            figure = one.figure
            is_new = one.kind == RETIRED and one.position > self._before
            if is_new and is_exact and installed is not None and figure is not None and figure > installed:
                by_then = f"{shown_figure(installed)} of {activity_id} is installed at {facility_id} by then"
                said = f"{by_then}, not {shown_figure(figure)}"
                yield one.position, Objection("retirement_beyond_installed", said, "capacity")
            # A statement begins anew; what moves after one that is not exact leaves it not exact.
            is_exact = figure is not None and (is_exact or one.kind == STATED)
            if figure is None:
                continue
            if one.kind == STATED:
                installed = figure
            elif one.kind == COMPLETED:
                installed = (installed or Decimal(0)) + figure
            elif installed is not None:
                installed -= figure

    def _name(self, position: int) -> str:
        return f"e{position}" if position <= self._before else "another event recorded together with it"

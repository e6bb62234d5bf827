"""Runs the checks of an import after all its events are decided, because rows come in any order.

Memory holds 34 bytes for each event that the completion and retirement checks use, and the events without sources and
notes for the swap checks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Final
from uuid import UUID

import orjson

from policytrack.decide import Boundary, Known, boundary_beyond
from policytrack.decide.boundary import COMPLETES_SOMEWHERE
from policytrack.decide.capacity_checks import CapacityChecks, Objection, Step, capacity_steps
from policytrack.decide.decisions import needs_acknowledgement, unknown_acknowledgement
from policytrack.decide.events_in_force import OF_SWAPS, swap_record
from policytrack.decide.impossible import circle_of, mergers
from policytrack.decide.objections import Objections
from policytrack.decide.state import RecordedEvent, RegionSets, superseded_id
from policytrack.errors import PolicytrackError
from policytrack.events import EVENT_TYPES, Event
from policytrack.events.meta import EventRetracted
from policytrack.events.registry import FacilityRegistered, FirmMerged, ProjectMoved, ProjectRegistered
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced
from policytrack.importing.bulk.fast_path import Draft

Read = Callable[[Iterable[Boundary]], Iterator[tuple[int, Event, list[str]]]]
"""Reads the recorded events of boundaries, with positions and tags."""
NewDrafts = Callable[[Container[str]], Iterator[tuple[int, Draft]]]
"""Iterates over the new drafts of some types, with positions."""

_CHECKED_WHOLE: Final = frozenset({CapacitySwapAnnounced.TOPIC, CapacitySwapAmended.TOPIC, FirmMerged.TOPIC})
"""Event types whose checks need other events in full, not only their steps."""
_WHOLE: Final = frozenset(event_type.TOPIC for event_type in (*OF_SWAPS, FirmMerged, EventRetracted))
"""Event types that these checks read in full."""
_ACKNOWLEDGES: Final = '"acknowledged":[{'


class PendingChecks:
    """Collects the parts of new events that the checks need; `before` is the last position before the import."""

    def __init__(self, before: int, units: Mapping[str, str], region_sets: RegionSets, read: Read) -> None:
        self._before, self._units, self._region_sets, self._read = before, units, region_sets, read
        self._capacity = CapacityChecks(before)
        self._are_whole_wanted = False
        self._acknowledged: dict[int, list[str]] = {}
        self._placed: dict[int, tuple[int, int]] = {}
        """For each error correction, by position: known_on and position of the first event in its chain of targets."""

    def take(
        self, position: int, draft: Draft, event: Event | None = None, target: RecordedEvent | None = None
    ) -> None:
        """Add a new event; `event` and `target` are given if it supersedes another."""
        if target is not None:
            self._capacity.supersede(target.position)
            if event is not None and event.supersedes is not None and event.supersedes.because == "error":
                self._placed[position] = self._place_of(target)
        for step in draft.steps:
            self._capacity.add(position, Step(*step), self._placed.get(position))
        if draft.type == ProjectRegistered.TOPIC and draft.project_id is not None and draft.activity_id is not None:
            facility_id = next(id_ for kind, id_ in draft.refers if kind == "facility")
            self._capacity.place(draft.project_id, facility_id, draft.activity_id)
        self._are_whole_wanted = self._are_whole_wanted or draft.type in _CHECKED_WHOLE
        if _ACKNOWLEDGES in draft.data:
            self._acknowledged[position] = [one["check"] for one in orjson.loads(draft.data)["acknowledged"]]

    def refusals(self, new_drafts: NewDrafts) -> dict[int, list[PolicytrackError]]:
        """Run the checks; return the errors of new events by position."""
        objections_at: dict[int, list[Objection]] = defaultdict(list)
        self._learn_capacity()
        for position, objection in self._capacity.objections():
            objections_at[position].append(objection)
        refused: dict[int, list[PolicytrackError]] = defaultdict(list)
        if self._are_whole_wanted:
            known = self._whole(new_drafts)
            swaps, into = Objections(swap_record(known), known), mergers(known)
            for recorded in known.events.values():
                if recorded.is_new:
                    objections_at[recorded.position] += swaps.to(recorded)
                    if isinstance(recorded.event, FirmMerged) and (circle := circle_of(recorded.event, into)):
                        refused[recorded.position].append(circle)
        for position, checks in self._acknowledged.items():
            if (unknown := unknown_acknowledgement(checks)) is not None:
                refused[position].append(unknown)
        for position, objections in objections_at.items():
            if (refusal := needs_acknowledgement(objections, self._acknowledged.get(position, ()))) is not None:
                refused[position].append(refusal)
        return refused

    def _place_of(self, target: RecordedEvent) -> tuple[int, int]:
        """Return known_on and position of an event; for an error correction, those of the first event in its chain."""
        position, event = target.position, target.event
        while (placed := self._placed.get(position)) is None:
            if event.supersedes is None or event.supersedes.because != "error":
                return event.known_on.toordinal(), position
            earlier = event.supersedes.event_id
            chain = self._read([Boundary((), f"event:{earlier}")])
            position, event = next((n, one) for n, one, _ in chain if one.event_id == earlier)
        return placed

    def _learn_capacity(self) -> None:
        """Add the recorded steps of the projects and facilities that new events change."""
        checks = self._capacity
        if not self._before or not (checks.projects or checks.capacities):
            return
        subjects = [*(f"project:{id_}" for id_ in checks.projects), *(f"facility:{id_}" for id_ in checks.facilities())]
        seen: dict[UUID, int] = {}
        self._learn((Boundary((), subject) for subject in subjects), seen)
        of_projects = (*COMPLETES_SOMEWHERE, EventRetracted)
        others = (id_ for id_ in checks.projects_at_retirements() if id_ not in checks.projects)
        self._learn((Boundary(of_projects, f"project:{id_}") for id_ in others), seen)

    def _learn(self, boundary: Iterable[Boundary], seen: dict[UUID, int]) -> None:
        """Add recorded events to the checks; `seen` maps their ids to positions."""
        places: dict[str, ProjectRegistered] = {}
        known_on: dict[int, int] = {}
        for position, event, _ in self._read(list(boundary)):
            if position > self._before or event.event_id in seen:
                continue
            seen[event.event_id] = position
            known_on[position] = event.known_on.toordinal()
            target = seen.get(superseded_id(event) or event.event_id, position)
            if target != position:
                self._capacity.supersede(target)
                if event.supersedes is not None and event.supersedes.because == "error":
                    self._placed[position] = self._placed.get(target, (known_on[target], target))
            if isinstance(event, ProjectRegistered):
                places[event.project_id] = event
            for step in capacity_steps(event):
                self._capacity.add(position, step, self._placed.get(position))
        for event in places.values():
            self._capacity.place_recorded(event.project_id, event.facility_id, event.activity_id)

    def _whole(self, new_drafts: NewDrafts) -> Known:
        """Return the events that the swap and merger checks need, from the import and from the ledger."""
        new = {position: _slim(draft) for position, draft in new_drafts(_WHOLE)}
        new |= self._places_of_swaps(new, new_drafts)
        events = [event for event in new.values() if event.TOPIC in _CHECKED_WHOLE]
        wanted: dict[Boundary, None] = {}
        while True:
            known = Known(dict(self._units), region_sets=self._region_sets)
            for position, event, tags in self._read(wanted):
                if position <= self._before:
                    known.learn(position, event, tags)
            for position, event in sorted(new.items()):
                known.learn(position, event, [], is_new=True)
            more = [part for part in boundary_beyond(events, known) if part not in wanted]
            if not more or not self._before:
                return known
            wanted |= dict.fromkeys(more)

    def _places_of_swaps(self, new: Mapping[int, Event], new_drafts: NewDrafts) -> dict[int, Event]:
        """Return the new registrations of the swaps' projects, and of the facilities where those are at any time."""
        wanted = {("project", event.project_id) for event in new.values() if isinstance(event, CapacitySwapAnnounced)}
        registrations: dict[int, Event] = {}
        moved = [event for event in new.values() if isinstance(event, ProjectMoved)]
        wanted |= {("facility", event.facility_id) for event in moved if ("project", event.project_id) in wanted}
        for event_type in (ProjectRegistered, FacilityRegistered):
            for position, draft in new_drafts((event_type.TOPIC,)):
                if not wanted.isdisjoint(draft.registers):
                    registrations[position] = event = _slim(draft)
                    if isinstance(event, ProjectRegistered):
                        wanted.add(("facility", event.facility_id))
        return registrations


def _slim(draft: Draft) -> Event:
    """Return the event of a draft without sources and note, which no check uses."""
    fields = orjson.loads(draft.data)
    event = EVENT_TYPES[draft.type].model_validate({**fields, "sources": [], "note": None})
    return event.with_cached(draft.statement_key)

"""Computes the consistency boundary of a decision: the tags of all recorded events that it depends on.

If another process appends an event that matches the boundary between reading and appending, the decision is repeated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from policytrack.decide.dependents import ids_at_stake, tags_of_dependents
from policytrack.decide.impossible import mergers
from policytrack.decide.objections import OBJECTED_TO
from policytrack.decide.renewal import original_of, renewed
from policytrack.decide.state import Known, superseded_id
from policytrack.events.activities import ActivityRegistered
from policytrack.events.capacity import CapacityRetired
from policytrack.events.catalogue import EVENT_TYPES
from policytrack.events.envelope import Event, Registers, marks_of, registration_tag
from policytrack.events.meta import ClaimRecorded, EventRetracted
from policytrack.events.policy import RuleEnacted
from policytrack.events.projects import ProjectCompleted
from policytrack.events.registry import FacilityMoved, FacilityRegistered, FirmMerged, ProjectMoved, ProjectRegistered
from policytrack.events.succession import FacilityMerged, FacilitySplit
from policytrack.events.swaps import CapacitySwapAmended, CapacitySwapAnnounced

COMPLETES_SOMEWHERE: Final = (ProjectRegistered, ProjectMoved, ProjectCompleted)
"""The events that say what a project completed, and where."""


class Boundary(NamedTuple):
    """Matches events that carry the tag and have one of the types; an empty tuple of types matches every type."""

    types: tuple[type[Event], ...]
    tag: str


def _registering() -> Iterator[tuple[str, type[Event]]]:
    for event_type in EVENT_TYPES.values():
        for mark in marks_of(event_type).values():
            if isinstance(mark, Registers):
                yield mark.kind, event_type


_OF_EVENTS: Final = ("event:", "content:")
"""Prefixes of the tags that identify one event; all other tags identify a firm, a facility, a project and so on."""

REGISTERED_BY: Final[dict[str, type[Event]]] = dict(_registering())
"""The event type that registers each kind of id."""


def boundary_of(events: Iterable[Event]) -> list[Boundary]:
    """Return the boundaries that must be read before these events can be decided.

    A correction or retraction carries the tags of its target (see `tags_of`), so one tag finds both.
    """
    wanted: dict[Boundary, None] = {}
    for event in events:
        wanted[Boundary((), f"event:{event.event_id}")] = None
        for tag in event.content_tags():
            wanted[Boundary((), tag)] = None
        if (target := superseded_id(event)) is not None:
            wanted[Boundary((), f"event:{target}")] = None
        if isinstance(event, ClaimRecorded):
            wanted[Boundary((), f"event:{event.target}")] = None
        for kind, id_, _ in event.ids():
            if (registering := REGISTERED_BY.get(kind)) is not None:
                # Only whether the id is registered matters, so the other events of a busy firm are not read.
                wanted[Boundary((registering, EventRetracted), registration_tag(kind, id_))] = None
    return list(wanted)


def boundary_beyond(events: Sequence[Event], known: Known) -> list[Boundary]:
    """Return further boundaries to read, given the events read so far.

    The caller repeats this until nothing new is returned. A swap leads to its lots, and those to the other swaps that
    draw them. A retracted event leads to its later copies, and a retracted registration to its dependents.
    """
    known.imported = frozenset(event.event_id for event in events)
    current = [renewed(event, known) for event in events]
    wanted = dict.fromkeys(boundary_of(now for now, event in zip(current, events, strict=True) if now is not event))
    ids = ids_at_stake(current, known)
    wanted |= dict.fromkeys(Boundary((), tag) for tag in tags_of_dependents(ids, known))
    wanted |= dict.fromkeys(_registrations_around(current, known))
    names = _named_by(known)
    retired_at: dict[str, None] = {}
    into = mergers(known)
    for event in (event for event in events if isinstance(event, OBJECTED_TO)):
        if isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended):
            wanted |= dict.fromkeys(_about_swap(event, known, names))
        elif isinstance(event, ProjectCompleted):
            wanted[Boundary((), f"project:{event.project_id}")] = None
        elif isinstance(event, CapacityRetired | FacilityMerged | FacilitySplit):
            retired_at[event.facility_id] = None
        elif isinstance(event, FirmMerged):
            wanted |= dict.fromkeys(_mergers_after(event, into))
    for facility_id in retired_at:
        wanted[Boundary((), f"facility:{facility_id}")] = None
        for project_id in names.projects[facility_id]:
            wanted[Boundary((*COMPLETES_SOMEWHERE, EventRetracted), f"project:{project_id}")] = None
    if any(isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended) for event in events):
        # Any known rule may govern the swap, and any known swap may draw the same lots: read the whole history of each.
        wanted |= dict.fromkeys(Boundary((), f"rule:{rule_id}") for rule_id in names.rules)
        wanted |= dict.fromkeys(Boundary((), f"swap:{swap_id}") for swap_id in names.lots)
    return list(wanted)


def _registrations_around(events: Iterable[Event], known: Known) -> Iterator[Boundary]:
    """Yield the boundaries of the activities of the events, and of what their projects and activities are part of."""
    for event in events:
        wanted: set[str] = set()
        if isinstance(event, ProjectRegistered):
            for project_id in known.projects_around(event):
                yield Boundary((ProjectRegistered, EventRetracted), registration_tag("project", project_id))
        if isinstance(event, ActivityRegistered):
            wanted = set(known.wholes_of(event))
        elif (activity_id := known.activity_of(event)) is not None:
            wanted = {activity_id}
        for activity_id in sorted(wanted):
            yield Boundary((ActivityRegistered, EventRetracted), registration_tag("activity", activity_id))


def _mergers_after(event: FirmMerged, into: Mapping[str, str]) -> Iterator[Boundary]:
    """Yield the boundaries of the later mergers of the absorbing firm, following the chain of mergers to its end."""
    firm_id: str | None = event.into_firm_id
    seen: set[str] = set()
    while firm_id is not None and firm_id not in seen:
        yield Boundary((FirmMerged, EventRetracted), f"firm:{firm_id}")
        seen.add(firm_id)
        firm_id = into.get(firm_id)


@dataclass(slots=True)
class _Names:
    """Ids that occur in the events read so far."""

    projects: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Ids of the projects that were at a facility at any time, by facility."""
    facilities: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """Ids of the facilities where a project was at any time, by project."""
    rules: dict[str, None] = field(default_factory=dict)
    lots: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ids of the lots that a swap draws, by swap."""


def _named_by(known: Known) -> _Names:
    names = _Names()
    for recorded in known.events.values():
        event = recorded.event
        if isinstance(event, ProjectRegistered | ProjectMoved):
            names.projects[event.facility_id].append(event.project_id)
            names.facilities[event.project_id][event.facility_id] = None
        elif isinstance(event, RuleEnacted):
            names.rules[event.rule_id] = None
        elif isinstance(event, CapacitySwapAnnounced | CapacitySwapAmended):
            names.lots[event.swap_id] |= {leg.lot_id for leg in event.legs if leg.lot_id}
    return names


def _about_swap(event: CapacitySwapAnnounced | CapacitySwapAmended, known: Known, names: _Names) -> Iterator[Boundary]:
    yield Boundary((), f"swap:{event.swap_id}")
    announced = known.registration("swap", event.swap_id)
    swap = announced if isinstance(announced, CapacitySwapAnnounced) else event
    if isinstance(swap, CapacitySwapAnnounced):
        yield Boundary((RuleEnacted, EventRetracted), f"activity:{swap.activity_id}")
        yield Boundary((ProjectRegistered, ProjectMoved, EventRetracted), f"project:{swap.project_id}")
        for facility_id in names.facilities[swap.project_id]:
            yield Boundary((FacilityRegistered, FacilityMoved, EventRetracted), f"facility:{facility_id}")
    lots = {leg.lot_id for leg in event.legs if leg.lot_id} | names.lots.get(event.swap_id, set())
    yield from (Boundary((), f"lot:{lot_id}") for lot_id in sorted(lots))
    if swap.rule_id or event.rule_id:
        yield Boundary((), f"rule:{event.rule_id or swap.rule_id}")


def tags_of(event: Event, known: Known) -> list[str]:
    """Return the sorted tags under which an event is appended; its target must be in `known`.

    Besides its own tags an event inherits:

    * a correction and a retraction: all tags of the target. A query for the event then finds them, and so do an import
      of the same content, and a query for a subject that the correction no longer names.
    * a claim: all tags of its target except `event:` and `content:`. It is found with the firm, facility or project.
    * a copy recorded after a retraction: the `event:` tags of the original, whose id files still use.
    """
    inherited: set[str] = set()
    written = known.renewed_from.get(event.event_id)
    original = known.events.get(written) if written is not None else original_of(event, known)
    if original is not None:
        inherited |= {tag for tag in original.tags if tag.startswith("event:")}
    if (target := superseded_id(event)) is not None:
        inherited |= set(known.events[target].tags)
    if isinstance(event, ClaimRecorded):
        inherited |= {tag for tag in known.events[event.target].tags if not tag.startswith(_OF_EVENTS)}
    return sorted(inherited.union(event.tags()))

"""Records events: reads the relevant events, decides, and appends if no conflicting event was appended meanwhile.

Every append is conditional on the events that the decision depends on (its consistency boundary). If another process
has appended such an event, the boundary is read and decided again, at most `ATTEMPTS` times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem, DCBSequencedEvent
from eventsourcing.dcb.application import DCBApplication
from eventsourcing.dcb.domain import Selector, Slice, Tagged
from eventsourcing.persistence import IntegrityError

from policytrack.decide import AlreadyRecorded, Known, boundary_beyond, boundary_of, decide_all
from policytrack.decide.boundary import REGISTERED_BY
from policytrack.decide.state import RecordedEvent, RegionSets, superseded_id
from policytrack.decide.undoing import Undoing, resting_on, tags_to_undo, undo
from policytrack.errors import Busy, LocateField, Place, PolicytrackError, RejectedImport, StorageTrouble, UnknownId
from policytrack.events import Event
from policytrack.events.measures import UnitRegistered
from policytrack.events.registry import FirmAliasRegistered, FirmRenamed
from policytrack.importing.bulk.garbage_collector import without_collection
from policytrack.importing.bulk.record import Drafts, Import, Imported, Progress
from policytrack.store.clock import ClockJump, clock_doubt
from policytrack.values.ids import near_matches
from policytrack.values.own_units import OwnUnit, using_own_units

if TYPE_CHECKING:
    from policytrack.store.store import Store
    from policytrack.store.writing import LedgerRecorder

ATTEMPTS = 20
"""Attempts to decide and append before `Busy` is raised. Each conflict means that another process made progress."""

_NAMING: dict[str, tuple[type[Event], ...]] = {"firm": (FirmRenamed, FirmAliasRegistered)}
"""Event types that give names to a kind of thing, besides its registration."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of recording an event: its ledger position, and whether it is new there."""

    event: Event
    position: int
    is_new: bool
    is_again: bool = False
    """Recorded under a new id, since the event with its id was retracted."""


class RecordEvents(Slice[Any]):
    """The decision to record some events together or none of them, as a slice of the `eventsourcing` library."""

    def __init__(
        self,
        events: Sequence[Event],
        units: Mapping[str, str],
        region_sets: RegionSets,
        places: Mapping[UUID, Place] | None = None,
        *,
        renews: bool = True,
    ) -> None:
        self.events, self.places = events, places
        self.known = Known(dict(units), region_sets=region_sets, renews=renews)
        self.outcomes: list[AlreadyRecorded | None] = []
        self.refusals: list[tuple[Event, PolicytrackError]] = []
        self._boundary = dict.fromkeys(boundary_of(events))

    def consistency_boundary(self) -> list[Selector]:
        """Return the selectors of the events that the decision depends on."""
        return [
            Selector(types=list(part.types), tags=[part.tag])  # type: ignore[arg-type] # our events have a TOPIC too
            for part in self._boundary
        ]

    def wants_more(self) -> bool:
        """Return whether the events read so far add others to the boundary: a swap leads to its lots, for instance."""
        more = [part for part in boundary_beyond(self.events, self.known) if part not in self._boundary]
        self._boundary |= dict.fromkeys(more)
        return bool(more)

    def forget(self) -> None:
        """Forget the events read so far, before a larger boundary is read in the order of positions."""
        self.known = Known(self.known.units, region_sets=self.known.region_sets, renews=self.known.renews)

    def learn(self, position: int, event: Event, tags: list[str]) -> None:
        """Add an event of the boundary to the state."""
        self.known.learn(position, event, tags)

    def execute(self) -> None:
        """Decide. New events are collected for appending only if none is refused; refusals are in `refusals`."""
        head = self.last_known_position or 0
        self.outcomes = decide_all(
            self.events,
            self.known,
            head,
            lambda event, refusal: self.refusals.append((event, refusal)),
            self.places,
        )
        if self.refusals:
            return
        for event, outcome in zip(self.decided(), self.outcomes, strict=True):
            if outcome is None:
                self.new_decisions.append(Tagged(self.known.events[event.event_id].tags, event))

    def decided(self) -> list[Event]:
        """Return the events as they are recorded: one that was retracted before has a new id."""
        return [self.known.renewals.get(event.event_id, event) for event in self.events]


class PolicyTrack(DCBApplication):
    """The event-sourced application of one event store."""

    env = {  # noqa: RUF012 # the library declares it as a mapping of the instance
        "MAPPER_TOPIC": "policytrack.store.mapper:EventMapper",
        "CREATE_TABLE": "no",
    }

    def __init__(self, store: Store, units: Mapping[str, str], region_sets: RegionSets | None = None) -> None:
        super().__init__({**self.env, **store.settings_of_application()})
        self.units = units
        self.region_sets = region_sets or {}
        self._decoded: dict[int, tuple[Event, list[str]]] = {}
        """Recorded events of a transaction to undo, by position: its decision needs each of them again."""

    def record(
        self,
        events: Sequence[Event],
        *,
        dry_run: bool = False,
        places: Mapping[UUID, LocateField] | None = None,
        renews: bool = True,
    ) -> list[Outcome]:
        """Record the events in one transaction; with `dry_run`, only decide. Returns an outcome per event, in order.

        An event that was retracted before is recorded under a new id, and references to it in `events` follow. Without
        `renews`, ids mean the stored events, as in a command that names one. `places` locate each event in the input,
        for messages.

        Raises the refusal itself for a single event without a place, else `RejectedImport` with all refusals; `Busy`
        after `ATTEMPTS` conflicts; `StorageTrouble` when the disk fails, with a message that says whether the events
        are stored.
        """
        for _ in range(ATTEMPTS):
            decision = self.decide(events, places=places, renews=renews)
            if dry_run or not decision.new_decisions:
                return _outcomes(decision, 0)
            if (outcomes := self.append(decision)) is not None:
                return outcomes
        raise too_busy()

    def decide(
        self, events: Sequence[Event], *, places: Mapping[UUID, LocateField] | None = None, renews: bool = True
    ) -> RecordEvents:
        """Read the events that the decision depends on, and decide; nothing is written. Parameters and errors are those
        of `record`.
        """
        with without_collection():
            return self._decide(events, places, renews=renews)

    def append(self, decision: RecordEvents) -> list[Outcome] | None:
        """Append the new events of a decision; return None if an event on which it depends was recorded since.

        The event store checks that under its write lock, so any time may pass between decision and append. Raises
        `StorageTrouble` when the disk fails, with a message that says whether the events are stored.
        """
        new = [tagged.decision for tagged in decision.new_decisions]  # a copy: `save` empties the list
        try:
            with without_collection():
                last = self.repository.save(decision)
        except IntegrityError:
            return None
        except StorageTrouble as trouble:
            raise self._with_outcome(trouble, new[0].event_id) from trouble
        # Other processes may have appended unrelated events since the head was read: shift the positions.
        return _outcomes(decision, last - len(new) - (decision.last_known_position or 0))

    def recorded_since(self, decision: RecordEvents) -> list[RecordedEvent]:
        """Return the events that the decision depends on and that were recorded after it."""
        after = decision.last_known_position
        newer = []
        for sequenced in self.recorder.read(_query(decision.consistency_boundary()), after=after):
            stored = self.mapper.to_domain_event(sequenced.event)
            newer.append(RecordedEvent(sequenced.position, stored.decision, stored.tags))
        return newer

    def append_decided(self, decision: RecordEvents) -> None:
        """Append the new events of a decision made on another event store, of which this one is a copy."""
        self.recorder.append([self.mapper.to_dcb_event(tagged) for tagged in decision.new_decisions])

    def record_drafts(
        self,
        drafts: Drafts,
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        known_by: date | None = None,
        allow_later: bool = False,
    ) -> Imported:
        """Record the drafts of an import in one transaction, as `record` does, in bounded memory.

        With `dry_run`, the transaction is rolled back at its end, after the same checks. Events with a `known_on` after
        `known_by` are refused, or with `allow_later` only counted. Raises `RejectedImport` with every refusal, and what
        `record` raises.
        """
        recorder = cast("LedgerRecorder", self.recorder)
        imported = Imported(drafts.count)
        try:
            with without_collection(), recorder.writing(dry_run=dry_run) as writing:
                importing = Import(writing, drafts, self.units, self.region_sets, self._suggest, imported)
                importing.run(progress=progress, known_by=known_by, allow_later=allow_later)
        except StorageTrouble as trouble:
            if imported.first_id is None:
                raise
            raise self._with_outcome(trouble, imported.first_id) from trouble
        return imported

    def own_units(self) -> AbstractContextManager[None]:
        """Return a context in which quantities may be written in the units that the ledger registers."""
        return using_own_units(self.registered_units)

    def registered_units(self) -> list[OwnUnit]:
        """Return the units that the ledger registers and that are neither corrected nor retracted."""
        current: dict[UUID, UnitRegistered] = {}
        for event in self._read([Selector(tags=list(UnitRegistered.TAGS))]):
            if (target := superseded_id(event)) is not None:
                current.pop(target, None)
            if isinstance(event, UnitRegistered):
                current[event.event_id] = event
        return [unit for event in current.values() for unit in event.own_units()]

    def clock_doubt(self) -> str | None:
        """Return why this computer's clock is probably wrong, or None. See `store.clock.clock_doubt`."""
        return cast("LedgerRecorder", self.recorder).clock_doubt()

    def warnings(self) -> list[str]:
        """Return the warnings of the last recording: the clock jumped, or the anchor could not be written."""
        warnings = []
        # `getattr`, since recorders of the library, which tests use, lack these attributes.
        jump: ClockJump | None = getattr(self.recorder, "clock_warning", None)
        anchor: str | None = getattr(self.recorder, "anchor_warning", None)
        if jump is not None and jump.is_backwards:
            warnings.append(f"{jump}; new events get that event's time until the clock has caught up")
        elif jump is not None and clock_doubt(jump.last, jump.now) is None:  # else the user has confirmed it
            warnings.append(f"{jump}; if there was no such pause in recording, set the clock before you record more")
        if anchor is not None:
            warnings.append(f"the events are stored, but {anchor}")
        return warnings

    def position(self, event_id: UUID) -> int | None:
        """Return the ledger position of an event; None for an unknown id."""
        recorded = self._recorded(event_id)
        return recorded[0] if recorded else None

    def known_on(self, event_id: UUID) -> date | None:
        """Return the `known_on` of a recorded event; None for an unknown id."""
        recorded = self._recorded(event_id)
        return recorded[1].known_on if recorded else None

    def resting_on(self, event_ids: Iterable[UUID]) -> list[RecordedEvent]:
        """Return the events in force that depend on these, directly or through others, in the order of positions.

        An event depends on another if it refers to an id that the other registers. The given events are not included.
        """
        self._decoded.clear()
        targets = set(event_ids)
        undone, _ = self._with_dependents(set(targets), cascade=True, restores=False)
        return [one for one in undone if one.event.event_id not in targets]

    def undoing(self, first: int, last: int, reason: str, *, cascade: bool = False) -> Undoing:
        """Return the events that undo the transaction at these positions; nothing is recorded.

        `later` of the result has the events of other transactions that depend on it; with `cascade` they are undone
        too.
        """
        self._decoded.clear()
        with without_collection():
            for sequenced in self.recorder.read(after=first - 1, limit=last - first + 1):
                self._decoded[sequenced.position] = self._decode(sequenced)
            undone = {event.event_id for event, _ in self._decoded.values()}
            _, known = self._with_dependents(undone, cascade=cascade)
            undoing = undo(undone, known, reason, uuid4)
            undoing.later = resting_on(undone, known)
        return undoing

    def _with_dependents(
        self, undone: set[UUID], *, cascade: bool, restores: bool = True
    ) -> tuple[list[RecordedEvent], Known]:
        """Return the recorded events with these ids, with `cascade` also their dependents, and the state to undo them.

        `undone` grows by the dependents. `restores` says whether what these events superseded comes back. Reads by tag
        until nothing new is found: a dependent may register an id to which others refer.
        """
        decoded = self._decoded
        tags: set[str] = set()
        known = Known(dict(self.units))
        while True:
            if wanted := tags_to_undo(undone, known, restores=restores) - tags:
                for sequenced in self.recorder.read(_query([Selector(tags=[tag]) for tag in sorted(wanted)])):
                    if sequenced.position not in decoded:
                        decoded[sequenced.position] = self._decode(sequenced)
                tags |= wanted
                known = Known(dict(self.units))
                for position in sorted(decoded):
                    known.learn(position, *decoded[position])
            elif cascade and (more := resting_on(undone, known, restores=restores)):
                undone |= {one.event.event_id for one in more}
            else:
                return sorted((known.events[one] for one in undone), key=lambda one: one.position), known

    def _recorded(self, event_id: UUID) -> tuple[int, Event] | None:
        """Return position and event of an id. Events that supersede it have its tag too, and are skipped."""
        for sequenced in self.recorder.read(_query([Selector(tags=[f"event:{event_id}"])])):
            event: Event = self.mapper.to_domain_event(sequenced.event).decision
            if event.event_id == event_id:
                return sequenced.position, event
        return None

    def _decide(
        self, events: Sequence[Event], places: Mapping[UUID, LocateField] | None, *, renews: bool = True
    ) -> RecordEvents:
        where = {event_id: locate(None) for event_id, locate in (places or {}).items()}
        decision = RecordEvents(events, self.units, self.region_sets, where, renews=renews)
        self._read_boundary(decision)
        while decision.wants_more():
            decision.forget()
            self._read_boundary(decision)
        decision.execute()
        if decision.refusals:
            for event, refusal in decision.refusals:
                self._suggest(refusal, decision.known)
                locate = (places or {}).get(event.event_id)
                refusal.place = refusal.place or (locate(refusal.field) if locate is not None else None)
            if len(events) == 1 and places is None:
                raise decision.refusals[0][1]
            raise RejectedImport([refusal for _, refusal in decision.refusals], len(events))
        return decision

    def _decode(self, sequenced: DCBSequencedEvent) -> tuple[Event, list[str]]:
        stored = self.mapper.to_domain_event(sequenced.event)
        return stored.decision, stored.tags

    def _read_boundary(self, decision: RecordEvents) -> None:
        response = self.recorder.read(_query(decision.consistency_boundary()))
        for sequenced in response:
            decoded = self._decoded.get(sequenced.position) or self._decode(sequenced)
            decision.learn(sequenced.position, *decoded)
        decision.last_known_position = response.head

    def _suggest(self, refusal: PolicytrackError, known: Known) -> None:
        """Add near matches to the hint of an unknown id. They are listed, never chosen for the user."""
        if not isinstance(refusal, UnknownId) or refusal.wanted is None:
            return
        kind, wanted = refusal.wanted
        names: dict[str, str] = {}
        ids = {id_ for of_kind, id_ in known.promised.keys() | known.registrations.keys() if of_kind == kind}
        if kind == "activity":
            ids |= known.units.keys()
        if (registering := REGISTERED_BY.get(kind)) is not None:
            naming = [registering, *_NAMING.get(kind, ())]
            for event in self._read([Selector(types=naming)]):  # type: ignore[arg-type] # our events have a TOPIC too
                id_ = getattr(event, f"{kind}_id")
                ids.add(id_)
                names |= dict.fromkeys(_names_in(event), id_)
        names |= {id_: id_ for id_ in ids}
        refusal.candidates = tuple(dict.fromkeys(names[match] for match in near_matches(wanted, names)))
        if refusal.candidates:
            close = ", ".join(refusal.candidates)
            refusal.hint = f"similar: {close}; nothing was chosen for you. Or {refusal.hint}"

    def _read(self, selectors: Sequence[Selector]) -> Iterable[Event]:
        for sequenced in self.recorder.read(_query(selectors)):
            yield self.mapper.to_domain_event(sequenced.event).decision

    def _with_outcome(self, trouble: StorageTrouble, event_id: UUID) -> StorageTrouble:
        """Add to an error whether the events are stored, by reading one back: a database may fail after the commit."""
        try:
            tag = f"event:{event_id}"
            position = cast("LedgerRecorder", self.recorder).positions_of_tags([tag]).get(tag)
            outcome = "it is not stored" if position is None else f"it is stored as e{position}"
        except PolicytrackError:
            outcome = "whether it is stored is unknown: run the same command again, it records no event twice"
        return StorageTrouble(f"{trouble.what}; {outcome}", hint=trouble.hint)


def too_busy() -> Busy:
    """Return the error for a decision that was made again `ATTEMPTS` times."""
    return Busy(
        f"other processes recorded related events during each of {ATTEMPTS} attempts; nothing was written",
        hint="run the command again",
    )


def _names_in(event: Event) -> list[str]:
    """Return the names that an event gives to its subject, in all languages."""
    others = getattr(event, "names", ())
    return [name for name in (getattr(event, "name", None), *(other.name for other in others)) if name]


def _query(selectors: Sequence[Selector]) -> DCBQuery:
    return DCBQuery(
        [
            DCBQueryItem(types=[event_type.TOPIC for event_type in selector.types], tags=list(selector.tags))  # type: ignore[attr-defined] # as above
            for selector in selectors
        ]
    )


def _outcomes(decision: RecordEvents, shift: int) -> list[Outcome]:
    """Return the outcome of each event. Positions after the decision's head are provisional and shifted by `shift`."""
    head = decision.last_known_position or 0
    outcomes = []
    for given, event, already in zip(decision.events, decision.decided(), decision.outcomes, strict=True):
        position = decision.known.events[event.event_id].position if already is None else already.position
        is_again = already is None and event.event_id != given.event_id
        outcomes.append(Outcome(event, position + (shift if position > head else 0), already is None, is_again))
    return outcomes

"""Recording: reads the boundary, lets the decision speak, appends under the condition that nothing came between.

Every append is conditional. A conflict means that somebody recorded something the decision depends on: the boundary
is read and the decision made again, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from eventsourcing.dcb.application import DCBApplication
from eventsourcing.dcb.domain import Selector, Slice, Tagged
from eventsourcing.persistence import IntegrityError

from policytrack.decide import AlreadyRecorded, Known, boundary_beyond, boundary_of, decide_all
from policytrack.decide.boundary import REGISTERED_BY
from policytrack.decide.state import RecordedEvent, RegionSets
from policytrack.decide.undoing import Undoing, resting_on, tags_to_undo, undo
from policytrack.errors import Busy, LocateField, Place, PolicytrackError, RejectedImport, StorageTrouble, UnknownId
from policytrack.events import Event
from policytrack.events.registry import FirmAliasRegistered, FirmRenamed
from policytrack.importing.bulk.garbage_collector import without_collection
from policytrack.importing.bulk.record import Drafts, Import, Imported, Progress
from policytrack.store.clock import ClockJump
from policytrack.values.ids import near_matches

if TYPE_CHECKING:
    from policytrack.store.recorder import SQLiteDCBRecorder

ATTEMPTS = 20
"""How often a decision is made again after a conflict, before we say that the ledger is busy."""

_NAMING: dict[str, tuple[type[Event], ...]] = {"firm": (FirmRenamed, FirmAliasRegistered)}
"""What gives names to things beside their registration."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event: its ledger position, and whether it is new there."""

    event: Event
    position: int
    is_new: bool
    is_again: bool = False
    """Recorded under a new id, since the event with its id was retracted."""


class RecordEvents(Slice[Any]):
    """The slice that records some events together, or none of them."""

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
        """The events that the decision depends on."""
        return [
            Selector(types=list(part.types), tags=[part.tag])  # type: ignore[arg-type] # our events have a TOPIC too
            for part in self._boundary
        ]

    def wants_more(self) -> bool:
        """Whether what has been learned shows that the decision depends on more than was read."""
        more = [part for part in boundary_beyond(self.events, self.known) if part not in self._boundary]
        self._boundary |= dict.fromkeys(more)
        return bool(more)

    def forget(self) -> None:
        """Start again from an empty record, before the boundary is read anew."""
        self.known = Known(self.known.units, region_sets=self.known.region_sets, renews=self.known.renews)

    def learn(self, position: int, event: Event, tags: list[str]) -> None:
        """Take an event of the boundary into account."""
        self.known.learn(position, event, tags)

    def execute(self) -> None:
        """Decide. New events are collected only if none is refused."""
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
        """The events as they are recorded: what was retracted before has a new id."""
        return [self.known.renewals.get(event.event_id, event) for event in self.events]


class PolicyTrack(DCBApplication):
    """The event-sourced application over one event store."""

    env = {  # noqa: RUF012 # the library declares it as a mapping of the instance
        "PERSISTENCE_MODULE": "policytrack.store.factory",
        "MAPPER_TOPIC": "policytrack.store.mapper:EventMapper",
        "CREATE_TABLE": "no",
    }

    def __init__(self, store: Path, units: Mapping[str, str], region_sets: RegionSets | None = None) -> None:
        super().__init__({**self.env, "SQLITE_DBNAME": str(store)})
        self.units = units
        self.region_sets = region_sets or {}

    def record(
        self,
        events: Sequence[Event],
        *,
        dry_run: bool = False,
        places: Mapping[UUID, LocateField] | None = None,
        renews: bool = True,
    ) -> list[Outcome]:
        """Record the events together; with `dry_run`, only decide. `places` says where in the input each is written.

        What was retracted is recorded under a new id, and what speaks of it speaks of the new event; without `renews`,
        ids mean the very events, as in a command that names one.

        Raises the refusal of a single event given without a place, `RejectedImport` with every refusal otherwise,
        `Busy` when others keep recording what the decision depends on, and `StorageTrouble` when the disk refuses,
        saying whether the events are stored.
        """
        for _ in range(ATTEMPTS):
            with without_collection():
                decision = self._decide(events, places, renews=renews)
            if dry_run or not decision.new_decisions:
                return _outcomes(decision, 0)
            new = [tagged.decision for tagged in decision.new_decisions]  # saving takes them out
            try:
                with without_collection():
                    last = self.repository.save(decision)
            except IntegrityError:
                continue
            except StorageTrouble as trouble:
                raise self._with_outcome(trouble, new[0].event_id) from trouble
            # Others may have recorded what this decision does not depend on since the head was read.
            return _outcomes(decision, last - len(new) - (decision.last_known_position or 0))
        raise Busy(
            f"others recorded related events {ATTEMPTS} times while this was being decided; nothing was written",
            hint="try again",
        )

    def record_drafts(
        self,
        drafts: Drafts,
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        known_by: date | None = None,
        allow_later: bool = False,
    ) -> Imported:
        """Records what was read from files, as `record` does, in memory that hardly grows with them.

        With `dry_run`, the transaction is rolled back at its end. Events known only after `known_by`
        are refused, or with `allow_later` counted. Raises `RejectedImport` with every refusal, and what
        `record` raises.
        """
        recorder = cast("SQLiteDCBRecorder", self.recorder)
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

    def clock_doubt(self) -> str | None:
        """Why this computer's clock is probably wrong; None when nothing says so. See `store.clock.clock_doubt`."""
        return cast("SQLiteDCBRecorder", self.recorder).clock_doubt()

    def warnings(self) -> list[str]:
        """What the last recording found odd and did all the same: a clock that runs behind, an anchor not written."""
        found = []
        # The recorders of the library have no such words; ours do, whatever they store in.
        jump: ClockJump | None = getattr(self.recorder, "clock_warning", None)
        anchor: str | None = getattr(self.recorder, "anchor_warning", None)
        if jump is not None and jump.is_backwards:
            found.append(f"{jump}; events are stamped with the instant of that one until the clock has caught up")
        if anchor is not None:
            found.append(f"the events are stored, but {anchor}")
        return found

    def position(self, event_id: UUID) -> int | None:
        """The ledger position of an event; None when there is no such event."""
        recorded = self._recorded(event_id)
        return recorded[0] if recorded else None

    def known_on(self, event_id: UUID) -> date | None:
        """The day on which a recorded event was known; None when there is no such event."""
        recorded = self._recorded(event_id)
        return recorded[1].known_on if recorded else None

    def resting_on(self, event_ids: Iterable[UUID]) -> list[RecordedEvent]:
        """The events in force that name what these events register, and those that name what they register, and so on.

        In the order of their positions; without the events themselves.
        """
        targets = set(event_ids)
        undone, _ = self._with_dependents(set(targets), cascade=True)
        return [one for one in undone if one.event.event_id not in targets]

    def undoing(self, first: int, last: int, reason: str, *, cascade: bool = False) -> Undoing:
        """What undoes the transaction at these positions.

        `later` holds the events of other transactions that rest on it; with `cascade` they are undone as well.
        """
        read = self.recorder.read(after=first - 1, limit=last - first + 1)
        undone = {self.mapper.to_domain_event(one.event).decision.event_id for one in read}
        _, known = self._with_dependents(undone, cascade=cascade)
        found = undo(undone, known, reason, uuid4)
        found.later = resting_on(undone, known)
        return found

    def _with_dependents(self, undone: set[UUID], *, cascade: bool) -> tuple[list[RecordedEvent], Known]:
        """Add to the events, with `cascade`, what rests on them; and all that has to be known to undo them."""
        decoded: dict[int, tuple[Event, list[str]]] = {}
        tags: set[str] = set()
        known = Known(dict(self.units))
        while True:
            if wanted := tags_to_undo(undone, known) - tags:
                for sequenced in self.recorder.read(_query([Selector(tags=[tag]) for tag in sorted(wanted)])):
                    if sequenced.position not in decoded:
                        stored = self.mapper.to_domain_event(sequenced.event)
                        decoded[sequenced.position] = stored.decision, stored.tags
                tags |= wanted
                known = Known(dict(self.units))
                for position in sorted(decoded):
                    known.learn(position, *decoded[position])
            elif cascade and (more := resting_on(undone, known)):
                undone |= {one.event.event_id for one in more}
            else:
                return sorted((known.events[one] for one in undone), key=lambda one: one.position), known

    def _recorded(self, event_id: UUID) -> tuple[int, Event] | None:
        """Position and event of an id; events that supersede it carry its tag too, and are passed over."""
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

    def _read_boundary(self, decision: RecordEvents) -> None:
        response = self.recorder.read(_query(decision.consistency_boundary()))
        for sequenced in response:
            stored = self.mapper.to_domain_event(sequenced.event)
            decision.learn(sequenced.position, stored.decision, stored.tags)
        decision.last_known_position = response.head

    def _suggest(self, refusal: PolicytrackError, known: Known) -> None:
        """Add near matches to an unknown id. They are shown, never chosen."""
        if not isinstance(refusal, UnknownId) or refusal.wanted is None:
            return
        kind, wanted = refusal.wanted
        names: dict[str, str] = {}
        if kind == "activity":
            ids: set[str] = set(known.units)
        else:
            ids = {id_ for of_kind, id_ in known.promised.keys() | known.registrations.keys() if of_kind == kind}
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
            refusal.hint = f"close: {close}; nothing was chosen for you. Or {refusal.hint}"

    def _read(self, selectors: Sequence[Selector]) -> Iterable[Event]:
        for sequenced in self.recorder.read(_query(selectors)):
            yield self.mapper.to_domain_event(sequenced.event).decision

    def _with_outcome(self, trouble: StorageTrouble, event_id: UUID) -> StorageTrouble:
        """Read the store back for one of the events: an error is not the same as nothing having happened."""
        try:
            position = self.position(event_id)
            outcome = "it is not stored" if position is None else f"it is stored as e{position}"
        except PolicytrackError:
            outcome = "whether it is stored is unknown: run the same command again, it is never recorded twice"
        return StorageTrouble(f"{trouble.what}; {outcome}", hint=trouble.hint)


def _names_in(event: Event) -> list[str]:
    """The names that an event gives to what it is about."""
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
    """What became of each event; provisional positions are shifted to where the events went."""
    head = decision.last_known_position or 0
    outcomes = []
    for given, event, already in zip(decision.events, decision.decided(), decision.outcomes, strict=True):
        position = decision.known.events[event.event_id].position if already is None else already.position
        is_again = already is None and event.event_id != given.event_id
        outcomes.append(Outcome(event, position + (shift if position > head else 0), already is None, is_again))
    return outcomes

"""Records an import of any size: decides every draft and appends the new events in one transaction, all or none.

Drafts on the fast path (`policytrack.importing.bulk.fast_path`) are appended without a full decision. Memory holds only
the events that a later decision may need: duplicates, and events that refer to others or that others refer to.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from policytrack.decide import AlreadyRecorded, Boundary, Known, decide, tags_of
from policytrack.decide.boundary import REGISTERED_BY
from policytrack.decide.contradiction import STATING, Account, Statement, contradiction, key_of_account, statements
from policytrack.decide.dependents import ids_at_stake, refuse_stranding, tags_of_dependents
from policytrack.decide.renewal import id_to_record, renewed
from policytrack.decide.repetition import id_of_repetition, note_said, refuse_repetitions
from policytrack.decide.state import RegionSets, superseded_id
from policytrack.errors import Place, PolicytrackError, Refused, RejectedImport
from policytrack.events import EVENT_TYPES, Event
from policytrack.events.activities import ActivityRegistered
from policytrack.events.content import REPEATED, TAG
from policytrack.events.custom_fields import FieldDeclared
from policytrack.events.envelope import Registers, registration_tag, words_key
from policytrack.events.meta import EventRetracted
from policytrack.importing.bulk.fast_path import (
    Draft,
    Id,
    Registered,
    RegisteredIds,
    Registration,
    draft_of,
    json_list,
    key_of_id,
    key_of_statement,
)
from policytrack.importing.bulk.pending_checks import PendingChecks
from policytrack.store.mapper import EventMapper
from policytrack.store.writing import StoredForm, Writing

Progress = Callable[[int, int], None]
Suggest = Callable[[PolicytrackError, Known], None]
_MOST_SUGGESTIONS: Final = 50
"""The number of refusals for which similar ids are searched: each search goes through all ids."""
_MOST_CONTRADICTIONS: Final = 50
"""The number of contradictions reported; in a table that repeats every row, the first ones are enough."""
_SHOWN: Final = 5


FUTURE_HINT: Final = "check the year; if the day is right, use --yes"


def future_words(known_on: str, today: str) -> str:
    """Return the message for an event whose known_on is after today."""
    return f"known_on {known_on} is after today ({today}): until that day the event counts in no figure"


class Drafts(Protocol):
    """The validated drafts, to iterate over repeatedly; see `policytrack.importing.bulk.spool.Spool`."""

    count: int
    max_errors: int | None
    keys: array[int]
    accounts: array[int]
    about: Counter[str]
    registrations: list[Registration]

    def parts(self) -> Iterator[tuple[str, list[Draft]]]:
        """Yield the drafts in order, in parts, with the name of their file."""

    def place(self, source: str, draft: Draft, field: str | None = None) -> Place:
        """Return the place of a draft, or of one of its fields by dotted path."""


@dataclass(slots=True)
class Imported:
    """The result of an import: the number of events read and recorded, their positions, and the known duplicates."""

    count: int
    new: int = 0
    first: int = 0
    last: int = 0
    first_id: UUID | None = None
    """The id of the first new event."""
    already: list[int] = field(default_factory=list)
    """Positions of the first few events that the ledger already had."""
    later: int = 0
    """The number of new events whose known_on is after today."""
    again: list[int] = field(default_factory=list)
    """Positions of events recorded under new ids, because the events with their ids were retracted."""
    types: set[str] = field(default_factory=set)
    """The types of the new events."""
    is_new: bytearray = field(default_factory=bytearray)
    """For each draft, whether it was recorded."""


class Import:
    """The decisions of one import, within a write transaction."""

    def __init__(
        self,
        writing: Writing,
        drafts: Drafts,
        units: Mapping[str, str],
        region_sets: RegionSets,
        suggest: Suggest,
        imported: Imported,
    ) -> None:
        self._writing, self._drafts, self._suggest, self._imported = writing, drafts, suggest, imported
        self._registered = RegisteredIds(units)
        self._known = Known(dict(units))
        self._mapper = EventMapper()
        self._repeated = _repeated(drafts.keys)
        self._suspect: set[int] = set()
        """Keys of duplicates and of events that others refer to. A hash collision only costs one full decision."""
        self._of_record = set(self._repeated)
        """Keys of drafts whose id or content the ledger, or another draft, has."""
        self._places: dict[UUID, Place] = {}
        self._rows_of: Counter[str] = Counter()
        """For derived ids that several equal rows share, the number of these rows so far."""
        self._wanted: set[str] = set(drafts.about)
        self._to_come = drafts.about.copy()  # counted down; a preview records the same drafts again
        self._named: set[Id] = set()
        self._recorded_at = array("q")
        self._refusals: list[PolicytrackError] = []
        self._refused: set[str] = set()
        self._position = writing.before
        self._checks = PendingChecks(
            writing.before, units, region_sets, lambda boundary: self._events(_items(boundary))
        )

    def run(self, *, progress: Progress | None, known_by: date | None = None, allow_later: bool = False) -> None:
        """Decide every draft and append the new events. Raises `RejectedImport` with every refusal.

        An event whose known_on is after `known_by` is refused, or with `allow_later` counted in `Imported.later`.
        """
        last_day = known_by.isoformat() if known_by is not None else "9999"
        if self._writing.before:
            self._look_up_events()
        self._question_ids()
        if self._writing.before:
            self._learn_record()
        self._known.imported = self._ids_of_retractions()
        self._promise()
        self._suspect |= self._of_record | {_key_of(tag) for tag in self._wanted if tag.startswith("event:")}
        imported = self._imported
        n = 0
        for source, drafts in self._drafts.parts():
            new: list[StoredForm] = []
            for draft in drafts:
                stored = self._decide(n, draft, source)
                if draft.about:
                    self._to_come.subtract(draft.about)
                    self._forget(draft.about)
                n += 1
                imported.is_new.append(stored is not None)
                if stored is not None:
                    if draft.known_on > last_day:
                        imported.later += 1
                        if not allow_later and len(self._refusals) < _MOST_SUGGESTIONS:
                            self._refusals.append(self._from_the_future(draft, source, last_day))
                    imported.first_id = imported.first_id or UUID(draft.event_id)
                    imported.types.add(draft.type)
                    new.append(stored)
            if not self._refusals:
                self._writing.add(new)
            if progress is not None:
                progress(n, self._drafts.count)
            if self._drafts.max_errors is not None and len(self._refusals) >= self._drafts.max_errors:
                raise RejectedImport(self._refusals, self._drafts.count)
        refuse_repetitions(self._known, self._refuse)
        self._refuse_contradictions()
        self._refuse_stranding()
        self._refuse_objections()
        if self._refusals:
            raise RejectedImport(self._refusals, self._drafts.count)
        imported.first, imported.last = self._writing.before + 1, self._position
        imported.new = self._position - self._writing.before

    def _from_the_future(self, draft: Draft, source: str, last_day: str) -> Refused:
        place = self._drafts.place(source, draft, "known_on")
        return Refused(future_words(draft.known_on, last_day), hint=FUTURE_HINT, place=place)

    def _decide(self, n: int, draft: Draft, source: str) -> StoredForm | None:
        """Return the stored form to append for a draft; None when it is refused or already recorded."""
        if self._recorded_at and (recorded_at := self._recorded_at[n]):
            self._note_already(recorded_at)
            return None
        is_alone = self._is_alone(n, draft)
        if is_alone and self._registered.accepts(draft):
            self._position += 1
            self._checks.take(self._position, draft)
            return draft.type, draft.data, draft.tags
        place = self._drafts.place(source, draft)
        event_as_written = self._event_of(n, draft)
        event = event_as_written if is_alone else renewed(event_as_written, self._known)
        try:
            outcome = decide(event, self._known)
        except PolicytrackError as refusal:
            if len(self._refusals) < _MOST_SUGGESTIONS:
                self._suggest(refusal, self._known)
            refusal.place = self._drafts.place(source, draft, refusal.field)
            self._refusals.append(refusal)
            self._refused.add(draft.event_id)
            return None
        if not is_alone:
            note_said(event, self._known, place, is_new=outcome is None)
            self._places[event.event_id] = place
        if isinstance(outcome, AlreadyRecorded):
            self._note_already(outcome.position)
            return None
        self._position += 1
        tags = tags_of(event, self._known)
        if event is not event_as_written:
            draft = draft_of(event, draft.line, draft.column, draft.where)
            if event.event_id != event_as_written.event_id:
                self._imported.again.append(self._position)
        target_id = superseded_id(event)
        self._checks.take(self._position, draft, event, self._known.events[target_id] if target_id else None)
        if not is_alone or draft.registers:
            self._known.learn(self._position, event, tags, is_new=True)
            self._forget((f"event:{event.event_id}",))
        return draft.type, draft.data, json_list(tags)

    def _event_of(self, n: int, draft: Draft) -> Event:
        """Return the event of a draft; equal rows without an id each get their own."""
        event = EVENT_TYPES[draft.type].model_validate_json(draft.data).with_cached(draft.statement_key, draft.data)
        if draft.has_own_id or self._drafts.keys[2 * n] not in self._repeated:
            return event
        self._rows_of[draft.event_id] += 1
        number = self._rows_of[draft.event_id]
        return event if number == 1 else event.model_copy(update={"event_id": id_of_repetition(event.event_id, number)})

    def _refuse(self, event: Event, refusal: PolicytrackError) -> None:
        refusal.place = self._places[event.event_id]
        self._refusals.append(refusal)

    def _refuse_stranding(self) -> None:
        """Refuse retractions of registrations that have dependents in the ledger or in the import."""
        newer = [one.superseded_by for one in self._known.events.values() if one.event.ids(Registers)]
        events = [one.event for one in newer if one is not None and one.is_new]
        ids = ids_at_stake(events, self._known)
        tags: set[str] = set()
        while ids:
            known = Known(dict(self._known.units))
            for position, event, tags_of_event in self._events([DCBQueryItem(types=[], tags=[tag]) for tag in tags]):
                known.learn(position, event, tags_of_event)
            for number, event in enumerate(self._new_events_about(ids), self._position):
                if event.event_id not in known.events:
                    known.learn(number, event, event.tags(), is_new=True)
            further = ids_at_stake(events, known) - ids  # the projects of an activity, for instance
            ids |= further
            more = set(tags_of_dependents(ids, known)) - tags
            if not more and not further:
                refuse_stranding(events, known, self._refuse)
                return
            tags |= more

    def _new_events_about(self, ids: set[Id]) -> Iterator[Event]:
        """Yield the events of the import that register or name one of the ids, or refer to other events."""
        for _, drafts in self._drafts.parts():
            for draft in drafts:
                if draft.event_id in self._refused:
                    continue
                if draft.about or not ids.isdisjoint(draft.refers) or not ids.isdisjoint(draft.registers):
                    event = EVENT_TYPES[draft.type].model_validate_json(draft.data)
                    yield self._known.renewals.get(event.event_id, event)

    def _refuse_contradictions(self) -> None:
        """Refuse rows of one source that state different figures for one thing on one day."""
        contradicted = _contradicted(self._drafts.accounts)
        if not contradicted:
            return
        first: dict[Account, tuple[Statement, Place]] = {}
        refused = 0
        for source, drafts in self._drafts.parts():
            for draft in drafts:
                if draft.has_own_id or draft.type not in STATING or draft.event_id in self._refused:
                    continue
                if refused == _MOST_CONTRADICTIONS:
                    return
                event = EVENT_TYPES[draft.type].model_validate_json(draft.data)
                place = self._drafts.place(source, draft)
                for statement in statements(event):
                    if key_of_account(statement.account) not in contradicted:
                        continue
                    other, other_place = first.setdefault(statement.account, (statement, place))
                    if other.figure != statement.figure:
                        refusal = contradiction(statement, other, other_place)
                        refusal.place = place
                        self._refusals.append(refusal)
                        refused += 1

    def _forget(self, event_tags: Iterable[str]) -> None:
        """Remove those of these events of the import from memory that no later draft can depend on."""
        for tag in event_tags:
            recorded = self._known.events.get(UUID(tag.removeprefix("event:"))) if not self._to_come[tag] else None
            if recorded is None or not recorded.is_new or recorded.event.ids(Registers):
                continue
            event = recorded.event
            keys = {key_of_id(event.event_id), key_of_statement(event.statement_key())}
            if not keys & self._of_record:
                self._known.forget(event.event_id)

    def _is_alone(self, n: int, draft: Draft) -> bool:
        """Return whether no other event has the draft's id or content, and neither refers to the other."""
        keys = self._drafts.keys
        return not draft.about and keys[2 * n] not in self._suspect and keys[2 * n + 1] not in self._suspect

    def _note_already(self, position: int) -> None:
        if len(self._imported.already) < _SHOWN:
            self._imported.already.append(position)

    def _look_up_events(self) -> None:
        """Find the drafts that the ledger already has in exactly this form, and note the others it has in part.

        A draft with equal tags has the same id and content, so it needs no decision. For a draft of which the ledger
        has only the id or only the content, the recorded events must be read.
        """
        has_older_tags = self._writing.has_older_tags()
        for _, drafts in self._drafts.parts():
            tags = [_own_tags(draft, has_older_tags=has_older_tags) for draft in drafts]
            positions = self._writing.first_positions(tag for own in tags for tag in own)
            by_id = [own[0] for own in tags if own[0] in positions]
            retracted = self._writing.retracted(by_id)
            stored = self._writing.tags_at({positions[tag] for tag in by_id})
            for draft, own in zip(drafts, tags, strict=True):
                self._named.update(draft.refers)
                position = positions.get(own[0], 0)
                is_same = position and own[0] not in retracted and stored[position] in _stored_tags(draft, own)
                keys = {key_of_id(UUID(draft.event_id)), key_of_statement(draft.statement_key)}
                if is_same and not keys & self._repeated:
                    self._recorded_at.append(position)
                    continue
                self._recorded_at.append(0)
                if known := positions.keys() & set(own):
                    self._wanted |= known
                    self._of_record |= keys

    def _question_ids(self) -> None:
        """Send ids to the full decision that are registered twice, or by an event that another refers to."""
        seen: set[Id] = set()
        for registration in self._drafts.registrations:
            id_ = (registration.kind, registration.id)
            keys = {key_of_id(UUID(registration.event_id)), key_of_statement(registration.statement_key)}
            is_referred_to = f"event:{registration.event_id}" in self._wanted or keys & self._of_record
            if id_ in seen or registration.is_about_another or is_referred_to:
                self._registered.in_question.add(id_)
            seen.add(id_)
        self._named |= seen

    def _ids_of_retractions(self) -> frozenset[UUID]:
        """Return the ids of recorded retractions that the import contains too."""
        events = self._known.events.values()
        retractions = {key_of_id(one.event.event_id): one.event.event_id for one in events if one.is_retraction}
        if not retractions:
            return frozenset()
        return frozenset(retractions[key] for key in self._drafts.keys[::2] if key in retractions)

    def _learn_record(self) -> None:
        """Read the recorded events that the decisions need, and the registrations of the ids that drafts name."""
        wanted = [DCBQueryItem(types=[], tags=[tag]) for tag in self._wanted]
        for _, event, _ in self._events(wanted):
            self._registered.in_question.update((kind, id_) for kind, id_, _ in event.ids(Registers))
        here = {(one.kind, one.id): one.event_id for one in self._drafts.registrations}
        named = self._named
        while named:
            wholes: set[Id] = set()
            for _, event, tags in self._events(_registering(named)):
                if isinstance(event, EventRetracted):
                    ids = {(kind, id_) for kind, _, id_ in (tag.partition(":") for tag in tags)}
                    self._registered.in_question |= ids
                for kind, name, _ in event.ids(Registers):
                    id_ = (kind, name)
                    is_other = here.get(id_, str(event.event_id)) != str(event.event_id)
                    if is_other or id_ in self._registered.registered:
                        self._registered.in_question.add(id_)
                    self._registered.registered[id_] = made = _registered(event)
                    if made.phase_of is not None:
                        wholes.add(("project", made.phase_of))
            named = wholes - self._named
            self._named |= named
        for position, event, tags in self._events(wanted + _registering(self._registered.in_question)):
            self._known.learn(position, event, tags)

    def _promise(self) -> None:
        """Count ids that the import registers as registered: a reference may come before its registration."""
        registered = self._registered.registered
        for id_ in self._registered.in_question:
            registered.pop(id_, None)
        for registration in self._drafts.registrations:
            if id_to_record(UUID(registration.event_id), self._known) not in self._known.events:
                registered[registration.kind, registration.id] = Registered(
                    registration.activity_id,
                    registration.unit,
                    registration.part_of,
                    registration.country,
                    registration.declaration,
                    registration.phase_of,
                )
        self._known.promised = registered  # type: ignore[assignment] # decisions read only what `Registered` has

    def _refuse_objections(self) -> None:
        """Refuse the events that fail a check, as `decide_all` does."""
        refused = self._checks.refusals(
            lambda types: ((position, draft) for position, _, draft in self._new_drafts(types))
        )
        if refused:
            for position, source, draft in self._new_drafts():
                for refusal in refused.get(position, ()):
                    refusal.place = self._drafts.place(source, draft, refusal.field)
                    self._refusals.append(refusal)

    def _new_drafts(self, types: Container[str] | None = None) -> Iterator[tuple[int, str, Draft]]:
        """Yield the drafts of the new events (of some types), with positions and files."""
        position, flags = self._writing.before, iter(self._imported.is_new)
        for source, drafts in self._drafts.parts():
            for draft in drafts:
                if next(flags):
                    position += 1
                    if types is not None and draft.type not in types:
                        continue
                    again = self._known.renewals.get(UUID(draft.event_id)) if self._known.renewals else None
                    yield (
                        position,
                        source,
                        draft if again is None else draft_of(again, draft.line, draft.column, draft.where),
                    )

    def _events(self, items: list[DCBQueryItem]) -> Iterator[tuple[int, Event, list[str]]]:
        if items:
            for sequenced in self._writing.events(DCBQuery(items)):
                stored = self._mapper.to_domain_event(sequenced.event)
                yield sequenced.position, stored.decision, stored.tags


def _registered(event: Event) -> Registered:
    if isinstance(event, ActivityRegistered):
        return Registered(None, event.unit, event.part_of)
    if isinstance(event, FieldDeclared):
        return Registered(None, declaration=event.declaration)
    return Registered(
        getattr(event, "activity_id", None),
        country=getattr(event, "country", None),
        phase_of=getattr(event, "phase_of", None),
    )


def _own_tags(draft: Draft, *, has_older_tags: bool) -> tuple[str, ...]:
    """Return the tags of a draft's id and content; for a ledger with tags of the first version, also that tag."""
    own = (f"event:{draft.event_id}", f"{TAG}{draft.statement_key}")
    if not has_older_tags or f'"check":"{REPEATED}"' in draft.data:
        return own
    is_registration = EVENT_TYPES[draft.type].IS_REGISTRATION
    return (*own, f"content:{words_key(draft.data, is_registration=is_registration)}")


def _stored_tags(draft: Draft, own: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags with which the draft would be stored, and those of an older version."""
    return (draft.tags, *(draft.tags.replace(own[1], words) for words in own[2:]))


def _key_of(tag: str) -> int:
    """Return the 64-bit key of the event that a tag names."""
    return key_of_id(UUID(tag.removeprefix("event:")))


def _items(boundary: Iterable[Boundary]) -> list[DCBQueryItem]:
    return [DCBQueryItem(types=[one.TOPIC for one in part.types], tags=[part.tag]) for part in boundary]


def _registering(ids: set[Id]) -> list[DCBQueryItem]:
    """Return the query for the registrations of ids, and the retractions of those."""
    return [
        DCBQueryItem(types=[REGISTERED_BY[kind].TOPIC, EventRetracted.TOPIC], tags=[registration_tag(kind, id_)])
        for kind, id_ in ids
        if kind in REGISTERED_BY
    ]


def _contradicted(accounts: array[int]) -> set[int]:
    """Return the keys of the accounts for which different figures are stated."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not accounts:
        return set()
    pairs = pa.Array.from_buffers(pa.uint64(), len(accounts), [None, pa.py_buffer(accounts)])
    columns = {"account": pairs[::2], "figure": pairs[1::2]}
    grouped = pa.table(columns).group_by("account").aggregate([("figure", "min"), ("figure", "max")])
    differs = pc.not_equal(grouped["figure_min"], grouped["figure_max"])
    return set(grouped["account"].filter(differs).to_pylist())


def _repeated(keys: array[int]) -> set[int]:
    """Return the keys that occur more than once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ordered = pa.Array.from_buffers(pa.uint64(), len(keys), [None, pa.py_buffer(keys)]).sort()
    following = ordered.slice(1)
    is_equal = pc.equal(following, ordered.slice(0, max(0, len(ordered) - 1)))
    return set(pc.unique(following.filter(is_equal)).to_pylist())

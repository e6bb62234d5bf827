"""Decides whether an event is new, already recorded, or refused.

An event is refused when it contradicts the ledger's structure (unknown ids, a correction of a retracted event). An
implausible event is recorded, and the checks in `projections/checks/` report it, because history arrives late and in
any order.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from policytrack.decide.boundary import REGISTERED_BY, tags_of
from policytrack.decide.capacity_checks import Objection, checks_of
from policytrack.decide.claims import trouble_with
from policytrack.decide.dependents import capacities_in, refuse_stranding
from policytrack.decide.events_in_force import swap_record
from policytrack.decide.fields import HAVING_FIELDS, faults
from policytrack.decide.impossible import circle_of, mergers
from policytrack.decide.objections import ACKNOWLEDGED, OBJECTED_TO, Objections
from policytrack.decide.renewal import renewed
from policytrack.decide.repetition import is_repetition, note_said, refuse_repetitions
from policytrack.decide.state import Known, RecordedEvent, superseded_id
from policytrack.errors import (
    AlreadyRegistered,
    AlreadySuperseded,
    InvalidId,
    InvalidQuantity,
    MalformedInput,
    NeedsAcknowledgement,
    Place,
    PolicytrackError,
    Refused,
    UnknownId,
    field_name,
    steps_of,
)
from policytrack.events.activities import ActivityRegistered
from policytrack.events.custom_fields import FieldDeclared
from policytrack.events.envelope import Event, Refers, Registers
from policytrack.events.measures import UnitRegistered
from policytrack.events.meta import ClaimRecorded, EventRetracted
from policytrack.events.registry import FacilityMoved, FirmMerged, ProjectRegistered
from policytrack.events.succession import FacilityMerged, FacilitySplit
from policytrack.values.ids import numbered_thing
from policytrack.values.quantities import Capacity
from policytrack.values.unit_symbols import meaning_of_symbol


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """The ledger already has the event, or the same statement by the same sources: nothing is recorded."""

    position: int


def decide(event: Event, known: Known) -> AlreadyRecorded | None:
    """Return None when the event may be recorded, `AlreadyRecorded` when the ledger has it.

    Raises `Refused` or one of its subclasses, `UnknownId`, or `InvalidQuantity` when a unit does not fit the activity.
    """
    if (already := _already_recorded(event, known)) is not None:
        return already
    try:
        _check_superseding(event, known)
    except PolicytrackError as refusal:
        raise _in_field("target" if isinstance(event, EventRetracted) else "supersedes.event_id", refusal) from None
    if isinstance(event, ClaimRecorded):
        _check_claim(event, known)
    _check_registrations(event, known)
    _check_references(event, known)
    _check_units(event, known)
    if isinstance(event, ActivityRegistered):
        _check_activity(event, known)
    if isinstance(event, FacilityMoved):
        _check_move(event, known)
    if isinstance(event, FacilityMerged | FacilitySplit):
        _check_succession(event, known)
    if isinstance(event, HAVING_FIELDS):
        _check_fields(event, known)
    if isinstance(event, ProjectRegistered):
        _check_phase(event, known)
    return None


def decide_all(
    events: Sequence[Event],
    known: Known,
    head: int,
    refuse: Callable[[Event, PolicytrackError], None],
    places: Mapping[UUID, Place] | None = None,
) -> list[AlreadyRecorded | None]:
    """Decide events that are recorded in one transaction, in order; return one outcome for each accepted event.

    `head` is the last position of the ledger. `places` are the places of the events in the input. `refuse` receives
    each refused event with its error; the remaining events are still decided, so that one run reports all errors.
    """
    known.imported = frozenset(event.event_id for event in events)
    for event in events:
        known.promise(renewed(event, known))
    outcomes: list[AlreadyRecorded | None] = []
    new: list[Event] = []
    written: dict[UUID, Event] = {}
    position = head
    for event_as_written in events:
        event = renewed(event_as_written, known)
        written[event.event_id] = event_as_written
        try:
            outcome = decide(event, known)
        except PolicytrackError as refusal:
            refuse(event_as_written, refusal)
            continue
        if outcome is None:
            position += 1
            known.learn(position, event, tags_of(event, known), is_new=True)
            new.append(event)
        note_said(event, known, (places or {}).get(event_as_written.event_id), is_new=outcome is None)
        outcomes.append(outcome)

    def refuse_written(event: Event, refusal: PolicytrackError) -> None:
        refuse(written[event.event_id], refusal)

    refuse_repetitions(known, refuse_written)
    refuse_stranding(new, known, refuse_written)
    refuse_objections(new, known, refuse_written)
    return outcomes


def refuse_objections(events: Sequence[Event], known: Known, refuse: Callable[[Event, PolicytrackError], None]) -> None:
    """Refuse the events that fail a check and do not acknowledge it.

    Call this after `known` has learned all events of the transaction: they come in any order, and a later row may
    resolve the objection to an earlier one.
    """
    for event in events:
        if (unknown := unknown_acknowledgement([one.check for one in event.acknowledged])) is not None:
            refuse(event, unknown)
    into = mergers(known)
    for event in events:
        if isinstance(event, FirmMerged) and (circle := circle_of(event, into)) is not None:
            refuse(event, circle)
    checked = [event for event in events if isinstance(event, OBJECTED_TO) and not isinstance(event, FirmMerged)]
    if not checked:
        return
    of_swaps = Objections(swap_record(known), known)
    of_capacity: dict[int, list[Objection]] = {}
    for position, objection in checks_of(known).objections():
        of_capacity.setdefault(position, []).append(objection)
    for event in checked:
        recorded = known.events[event.event_id]
        objections = (*of_swaps.to(recorded), *of_capacity.get(recorded.position, ()))
        if (refusal := needs_acknowledgement(objections, {one.check for one in event.acknowledged})) is not None:
            refuse(event, refusal)


def unknown_acknowledgement(checks: Sequence[str]) -> MalformedInput | None:
    """Return the error of an event that acknowledges an unknown check; None when all checks exist."""
    number = next((number for number, check in enumerate(checks) if check not in ACKNOWLEDGED), None)
    if number is None:
        return None
    hint = f"use one of {', '.join(ACKNOWLEDGED)}"
    refusal = MalformedInput(f"cannot acknowledge {checks[number]!r}: no check has this name", hint=hint)
    refusal.field = f"acknowledged.{number}.check"
    return refusal


def needs_acknowledgement(objections: Iterable[Objection], acknowledged: Container[str]) -> NeedsAcknowledgement | None:
    """Return the error of an event for the objections that it does not acknowledge; None when it acknowledges all."""
    remaining = [one for one in objections if one.check not in acknowledged]
    if not remaining:
        return None
    names = " and ".join(dict.fromkeys(one.check for one in remaining))
    refusal = NeedsAcknowledgement(
        "; ".join(f"{one.check}: {one.message}" for one in remaining),
        checks=tuple(dict.fromkeys(one.check for one in remaining)),
        hint=f"correct the event, or acknowledge {names} with a reason: `--acknowledge {remaining[0].check}"
        ' "reason"`; in a file, `acknowledged: [{check: …, reason: …}]`',
    )
    refusal.field = remaining[0].field
    return refusal


def _already_recorded(event: Event, known: Known) -> AlreadyRecorded | None:
    if (same_id := known.events.get(event.event_id)) is not None:
        if same_id.event.statement_key() == event.statement_key():
            return AlreadyRecorded(same_id.position)
        conflict = Refused(
            f"event id {event.event_id} already belongs to {same_id.name}, whose content differs",
            hint="leave event_id out to record a new event, or use `supersedes` to correct the recorded one",
        )
        raise _in_field("event_id", conflict)
    # A retracted statement may be recorded again, which restores it. A corrected statement may not: it would count
    # beside its own correction. `saying` returns the corrected one, and none that was retracted.
    recorded = known.saying(event.statement_key())
    if recorded is None or is_repetition(event, known):
        return None
    if recorded.event.content_key() != event.content_key():
        _check_units(event, known)  # statement_key omits the unit, so 5 kt and 5 MW of one activity have the same key
    return AlreadyRecorded(recorded.position)


def _check_superseding(event: Event, known: Known) -> None:
    target_id = superseded_id(event)
    if target_id is None:
        return
    if isinstance(event, EventRetracted) and event.supersedes is not None:
        raise Refused(
            "a retraction cannot have `supersedes`: it names its event in `target`",
            hint="leave `supersedes` out; to replace the target, record a correction",
        )
    verb = "retract" if isinstance(event, EventRetracted) else "correct"
    target = known.events.get(target_id)
    if target is None:
        raise UnknownId(
            f"cannot {verb} event {target_id}: no event has this id",
            hint="run `policytrack log` to list the events with their ids",
        )
    if isinstance(target.event, EventRetracted):
        raise Refused(
            f"cannot {verb} {target.name}: it is a retraction, and retractions are final",
            hint="to restore the retracted event, record it again",
        )
    if target.superseded_by is not None and not _may_supersede_again(event, target):
        done = "retracted" if target.is_retracted else "corrected"
        raise AlreadySuperseded(
            f"{target.name} is already {done} by {target.superseded_by.name}",
            # `is_gone`: the newest correction is retracted too, so there is no newer event to name.
            hint="record the event again to restore it" if target.is_gone else f"{verb} {target.newest.name} instead",
        )
    if not isinstance(event, EventRetracted):
        _check_correction(event, target)


def _may_supersede_again(event: Event, target: RecordedEvent) -> bool:
    """Return whether the target's corrections are all retracted, and the event is a correction or an error retraction.

    A retracted revision leaves its target valid for the time before the revision. That value may still be wrong, so a
    new correction or a retraction as an error is allowed; a second revision by retraction is not.
    """
    is_error = not isinstance(event, EventRetracted) or event.because == "error"
    return target.is_gone and not target.is_retracted and is_error


def _check_correction(event: Event, target: RecordedEvent) -> None:
    if event.TOPIC != target.event.TOPIC:
        raise Refused(
            f"a {event.TOPIC} cannot correct {target.name}, which is a {target.event.TOPIC}",
            hint=f"correct it with a {target.event.TOPIC}, or retract it and record the {event.TOPIC}",
        )
    # A unit's other spellings may be corrected: no recorded event depends on them.
    count = 1 if isinstance(event, UnitRegistered) else None
    if event.ids(Registers)[:count] != target.event.ids(Registers)[:count]:
        raise Refused(
            f"a correction cannot change the id that {target.name} registered",
            hint="retract the registration, then register the other id",
        )


def _check_claim(claim: ClaimRecorded, known: Known) -> None:
    target = known.events.get(claim.target)
    if target is None:
        unknown = UnknownId(
            f"a claim cannot target {claim.target}: no event has this id",
            hint="run `policytrack log` to list the events with their ids",
        )
        raise _in_field("target", unknown)
    if isinstance(target.event, ClaimRecorded):
        claimed = Refused(
            f"a claim cannot target {target.name}: it is a claim",
            hint=f"record a claim about the target of {target.name}, or correct or retract {target.name}",
        )
        raise _in_field("target", claimed)
    for number, one in enumerate(claim.differing):
        if (trouble := trouble_with(target.event, one.field, one.value, target.name)) is not None:
            raise _in_field(f"differing.{number}", trouble)


def _check_registrations(event: Event, known: Known) -> None:
    corrected = superseded_id(event)
    for kind, id_, field in event.ids(Registers):
        holder = known.registrations.get((kind, id_))
        if kind == "unit" and (meaning := meaning_of_symbol(id_)) is not None:
            hint = "use the unit that policytrack has (`policytrack help units`), or choose another symbol"
            raise _in_field(field, AlreadyRegistered(f"cannot register the unit {id_!r}: {meaning}", hint=hint))
        if holder is None and (thing := numbered_thing(id_)):
            # Commands such as `show e15` take an id or a position, so an id must not look like a position.
            hint = f"choose another id, such as {kind.replace('_', '-')}-{id_}"
            raise _in_field(field, InvalidId(f"{kind} id {id_!r} has the form of {thing}", hint=hint))
        if holder is not None and holder.event.event_id != corrected:
            hint = "choose another id" + ("" if holder.is_new else f", or correct {holder.name}")
            what = f"{kind} {id_!r} is already registered by {holder.name}{_other_unit(event, holder.event)}"
            raise _in_field(field, AlreadyRegistered(what, hint=hint))
        if holder is None and kind == "activity" and id_ in known.units:
            hint = f"use it as it is, in {known.units[id_]}, or choose another id (`policytrack help activities`)"
            raise _in_field(field, AlreadyRegistered(f"activity {id_!r} is built in", hint=hint))


def _other_unit(event: Event, holder: Event) -> str:
    """Return what a message adds about two registrations of an activity, a unit or a field that differ in meaning."""
    if isinstance(event, UnitRegistered) and isinstance(holder, UnitRegistered):
        return "" if event.measure == holder.measure else f" as {holder.measure}, not {event.measure}"
    if isinstance(event, FieldDeclared) and isinstance(holder, FieldDeclared):
        is_same = event.declaration == holder.declaration
        return "" if is_same else f" as {holder.declaration}, not as {event.declaration}"
    if not (isinstance(event, ActivityRegistered) and isinstance(holder, ActivityRegistered)):
        return ""
    return f" in {holder.unit}, not in {event.unit}" if event.unit != holder.unit else ""


def _check_references(event: Event, known: Known) -> None:
    for kind, id_, field in event.ids(Refers):
        if not known.is_registered(kind, id_):
            unknown = UnknownId(
                f"{event.TOPIC}.fields.{id_}: no field {id_!r} is declared"
                if kind == "field"
                else f"{field_name(event.TOPIC, steps_of(field))}: no {kind} {id_!r}",
                hint=f"record a {REGISTERED_BY[kind].TOPIC} event first"
                if kind != "activity"
                else "run `policytrack sql 'FROM activity'` to list the activities, or record an activity_registered"
                " event first",
                wanted=(kind, id_),
            )
            raise _in_field(field, unknown)


def _check_units(event: Event, known: Known) -> None:
    if isinstance(event, FacilityMerged | FacilitySplit):
        name = "capacities" if isinstance(event, FacilityMerged) else "parts"
        for number, (_, one) in enumerate(event.handovers()):
            _check_unit(capacities_in(one, f"{name}.{number}."), one.activity_id, known)
    else:
        _check_unit(capacities_in(event), known.activity_of(event), known)


def _check_unit(capacities: Iterable[tuple[str, Capacity]], activity_id: str | None, known: Known) -> None:
    unit = known.unit_of(activity_id) if activity_id else None
    if unit is None:
        return
    for field, capacity in capacities:
        try:
            capacity.in_unit_of(unit)
        except InvalidQuantity as error:
            raise _in_field(field, error) from None


def _check_activity(event: ActivityRegistered, known: Known) -> None:
    if event.part_of is None:
        return
    unit = known.unit_of(event.part_of)
    if unit != event.unit:
        other_unit = Refused(
            f"{event.activity_id} has the unit {event.unit}, and {event.part_of} has {unit}: a part has the unit of"
            " the whole",
            hint=f"leave part_of out, or register {event.activity_id} in {unit}",
        )
        raise _in_field("part_of", other_unit)
    if event.activity_id in known.wholes_of(event):
        circle = Refused(
            f"{event.part_of} is itself a part of {event.activity_id}", hint="leave part_of out of one of the two"
        )
        raise _in_field("part_of", circle)


def _check_fields(event: Event, known: Known) -> None:
    for number, value, what, hint in faults(event, known.declaration):
        fault = MalformedInput(f"{event.TOPIC}.fields.{value.field_id}: {what}", hint=hint)
        raise _in_field(f"fields.{number}.value", fault)


def _check_move(event: FacilityMoved, known: Known) -> None:
    registered = known.registration("facility", event.facility_id)
    country = getattr(registered, "country", None)
    # US-PR is a region, and PR a country.
    if country is not None and country not in event.region.split("-"):
        abroad = Refused(
            f"{event.facility_id} is in {country}, and {event.region} is a region of another country",
            hint="a facility does not change its country: retire its capacity, and register one at the new place",
        )
        raise _in_field("region", abroad)


def _check_succession(event: FacilityMerged | FacilitySplit, known: Known) -> None:
    country = getattr(known.registration("facility", event.facility_id), "country", None)
    if isinstance(event, FacilityMerged):
        others = [("into_facility_id", event.into_facility_id)]
    else:
        others = [(f"parts.{number}.facility_id", one.facility_id) for number, one in enumerate(event.parts)]
    for field, facility_id in others:
        there = getattr(known.registration("facility", facility_id), "country", None)
        if country is not None and there is not None and country != there:
            abroad = Refused(
                f"{event.facility_id} is in {country}, and {facility_id} is in {there}",
                hint="capacity stays in its country: retire it, and state what is installed at the other facility",
            )
            raise _in_field(field, abroad)


def _check_phase(event: ProjectRegistered, known: Known) -> None:
    if event.project_id in (wholes := known.projects_around(event)):
        chain = " of ".join((event.project_id, *wholes[: wholes.index(event.project_id) + 1]))
        circle = Refused(f"the phases would make a circle: {chain}", hint="leave phase_of out of one of them")
        raise _in_field("phase_of", circle)


def _in_field(field: str, error: PolicytrackError) -> PolicytrackError:
    """Set the dotted path of the field that the error is about; return the error."""
    error.field = field
    return error

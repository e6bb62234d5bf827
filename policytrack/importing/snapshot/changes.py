"""Compares a tracker's whole table with the ledger, and yields the events by which they differ.

The functions are pure: they yield the fields of events after which the ledger, as known on the table's day, agrees with
the table. A dated fact counts from its date: another figure or date revises the event of the previous edition, and an
event that no longer follows from a row is retracted, both as a revision. An undated change lies between the day on
which the subject was last reported and the table's day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from policytrack.events import Event
from policytrack.events.envelope import Registers
from policytrack.importing.snapshot.capacities import NO_LONGER, OF_FACILITY, Capacities
from policytrack.importing.snapshot.edition import Absent, Edition, as_fields
from policytrack.importing.snapshot.matching import gives_date, pairing, same_figures, same_time
from policytrack.importing.snapshot.projects import STEPS, project_changes
from policytrack.importing.snapshot.state import Current, Fields, Pair, Plan, State

PLANNED: Final = ("retirement_announced", "retirement_withdrawn")
STAKES: Final = ("stake_stated", "joint_venture_formed")
_DISTINGUISHING: Final = (
    "kind", "country", "region", "measure", "jurisdiction", "year", "batch", "stage", "material", "instrument", "name",
)  # fmt: skip


CHANGES: Final = {
    "firm": {"name": "firm_renamed"},
    "facility": {"name": "facility_renamed", "operator_id": "facility_transferred", "region": "facility_moved"},
    "project": {"name": "project_renamed", "firm_id": "project_transferred", "facility_id": "project_moved"},
}
"""By kind: the fields of a registration that change in time, each with the event that changes it."""


class Comparison:
    """Compares a table with the ledger; `listed` is the table's state, `events` are the events that the map made."""

    def __init__(self, known: State, listed: State, events: Iterable[Event], day: date, *, absent: Absent) -> None:
        self.edition = Edition(known, listed, list(events), day, absent)
        self._known, self._listed, self._day = known, listed, day
        self._capacities = Capacities(self.edition)
        self._changed: dict[Pair, list[Current]] = {}
        """Renamings and transfers in force, by type and id."""
        for one in known.current:
            if (named := _changes_of(one.event)) is not None:
                self._changed.setdefault(named, []).append(one)
        self._changing = {named for event in self.edition.events if (named := _changes_of(event)) is not None}
        planned = {plan.facility_id for plan in known.projects.values() if self._counts(plan)}
        gone = self._absent("facility")
        self.absent_facilities = [id_ for id_ in gone if self._has_capacity(id_) or id_ in planned]
        self.absent_units = [f"{facility} {unit}" for facility, _, unit in self._capacities.absent_units]
        self.absent_projects = [id_ for id_ in self._absent("project") if self._counts(known.projects.get(id_))]

    def changes(self) -> Iterator[Fields]:
        """Yield the events by which the table differs; `corrections` yields the differences that remain after them."""
        steps: dict[str, list[Event]] = {}
        shares: dict[str, list[Event]] = {}
        others: dict[Any, list[Event]] = {}
        closing: dict[Pair, Event] = {}
        for event in self.edition.events:
            registering = next(iter(event.ids(Registers)), None)
            if registering is not None and event.IS_REGISTRATION:
                yield from self._registration(event, registering[:2])
            elif event.TOPIC in STEPS.values():
                steps.setdefault(getattr(event, "project_id", ""), []).append(event)
            elif event.TOPIC == "retirement_announced":
                closing[event.facility_id, event.activity_id] = event  # type: ignore[attr-defined] # of this type
            elif event.TOPIC in STAKES:
                shares.setdefault(_owned(event), []).append(event)
            elif event.TOPIC not in OF_FACILITY:
                others.setdefault(_role(event), []).append(event)
        current: dict[Any, list[Current]] = {}
        for one in self._known.current:
            current.setdefault(_role(one.event), []).append(one)
        for owned, stated in shares.items():
            yield from self._stakes(owned, stated, current)
        for role, events in others.items():
            yield from self._others(events, current.get(role, []))
        known_steps: dict[str, list[Current]] = {}
        for one in self._known.current:
            if one.event.TOPIC in STEPS.values():
                known_steps.setdefault(getattr(one.event, "project_id", ""), []).append(one)
        for project_id, events in steps.items():
            yield from project_changes(self.edition, project_id, events, known_steps.get(project_id, []))
        yield from self._planned_retirements(closing)
        yield from self._capacities.changes()
        if self.edition.absent == "retired":
            yield from self._ended()
        elif self.edition.absent == "retracted":
            yield from self._never_existed()
            yield from self._capacities.never_existed()

    def corrections(self, after: State) -> Iterator[Fields]:
        """Yield statements for capacities that still differ from the table after the changes; `after` is that state."""
        yield from self._capacities.corrections(after)

    def _absent(self, kind: str) -> list[str]:
        """Return the ids that this tracker has named earlier and that its table no longer lists."""
        return sorted(
            id_
            for of_kind, id_ in self._known.registered
            if of_kind == kind
            and (kind, id_) not in self._listed.registered
            and f"{kind}:{id_}" in self._known.of_source
        )

    def _has_capacity(self, facility_id: str) -> bool:
        figures = (figure for key, figure in self._known.capacity.items() if key[0] == facility_id)
        return any(figure.installed or figure.unknown_count for figure in figures)

    def _counts(self, plan: Plan | None) -> bool:
        """Return whether a project is pending, or its capacity is still installed."""
        if plan is None or plan.status == "cancelled":
            return False
        if plan.status == "completed" or plan.planned == plan.completed:
            return plan.completed > 0 and self._has_capacity(plan.facility_id)
        return True

    def _registration(self, event: Event, key: Pair) -> Iterator[Fields]:
        fields = as_fields(event)
        if key not in self._known.registered:
            yield fields
            return
        event_id, before = self._known.registered[key]
        now = {name: value for name, value in self._listed.registered[key][1].items() if value not in (None, [])}
        if "fields" in now and before.get("fields"):  # custom fields that the table does not have stay
            values = {one["field_id"]: one for one in (*before["fields"], *now["fields"])}
            fields["fields"] = now["fields"] = [values[id_] for id_ in sorted(values)]
        for changing in CHANGES.get(key[0], {}):
            # A facility moves within its country. Another country means that the registration was wrong.
            if changing == "region" and now.get("country", before["country"]) != before["country"]:
                continue
            if before.get(changing) is not None and changing in now:
                # A new name, operator or place is an event with a date, not a revision: the old one stays valid before.
                yield from self._changed_since(key, changing, before[changing], now[changing])
                fields[changing] = now[changing] = before[changing]
        if any(before.get(name) != value for name, value in now.items()):
            kept = {name: value for name, value in before.items() if value not in (None, [])}
            yield {**kept, **fields, "supersedes": {"event_id": event_id, "because": "revision"}}

    def _changed_since(self, key: Pair, name: str, registered: str, listed: str) -> Iterator[Fields]:
        """Yield the renaming or the transfer since the last edition."""
        kind, id_ = key
        if listed == self._known.now.get((kind, id_, name), registered):
            return
        event_type = CHANGES[kind][name]
        changes = [one for one in self._changed.get((event_type, id_), []) if getattr(one.event, name)]
        last_said = next((getattr(one.event, name) for one in reversed(changes) if one.is_of_source), registered)
        if listed == last_said and changes:
            self.edition.leave(changes[-1], f"the table says {listed}, as before")
        elif (event_type, id_) not in self._changing:
            effective = self.edition.between(f"{kind}:{id_}")
            yield {"type": event_type, f"{kind}_id": id_, name: listed, "effective": effective}

    def _stakes(self, owned: str, stated: list[Event], current: dict[Any, list[Current]]) -> Iterator[Fields]:
        before, now = self._known.stakes.get(owned, {}), self._listed.stakes.get(owned, {})
        subject = f"firm:{owned}" if owned in self._known.stakes else None
        for event in stated:
            mine = [one for one in current.get(_role(event), []) if one.is_of_source]
            dated = [one for one in mine if one.event.effective.edtf == event.effective.edtf]
            pair = (getattr(event, "owner_id", ""), getattr(event, "kind", ""))
            if gives_date(event, self._day) and dated:
                if not any(same_figures(event, one.event) for one in dated):
                    yield from self.edition.revised(event, dated[-1])
            elif gives_date(event, self._day) and mine and same_figures(event, mine[-1].event):
                yield from self.edition.revised(event, mine[-1])
            elif before != now and (event.TOPIC == "joint_venture_formed" or before.get(pair) != now.get(pair)):
                yield self.edition.dated(event, subject)
        if any(event.TOPIC == "joint_venture_formed" for event in stated):
            return
        for owner, kind in before.keys() - now.keys():
            if {f"firm:{owned}", f"firm:{owner}"} <= self._known.of_source and before[owner, kind]:
                fields = {"type": "stake_stated", "owned_id": owned, "owner_id": owner, "kind": kind, "stake_pct": "0"}
                yield {**fields, "effective": self.edition.between(f"firm:{owned}")}

    def _planned_retirements(self, listed: dict[Pair, Event]) -> Iterator[Fields]:
        """Yield the plans to retire capacity that are new or changed, and the end of those that the table leaves blank.

        A table without any plan may have no such column: then nothing ends.
        """
        latest: dict[Pair, Current] = {}
        for one in self._known.current:
            if one.event.TOPIC in PLANNED:
                latest[one.event.facility_id, one.event.activity_id] = one  # type: ignore[attr-defined] # both have these
        for key, event in listed.items():
            last = latest.get(key)
            if last is None or last.event.TOPIC != event.TOPIC or not same_figures(event, last.event):
                yield self.edition.dated(event, f"facility:{key[0]}")
        for (facility_id, activity_id), one in latest.items():
            is_blank = (facility_id, activity_id) not in listed and ("facility", facility_id) in self._listed.registered
            if listed and is_blank and one.is_of_source and one.event.TOPIC == "retirement_announced":
                yield {
                    "type": "retirement_withdrawn", "facility_id": facility_id, "activity_id": activity_id,
                    "reason": NO_LONGER, "effective": self.edition.between(f"facility:{facility_id}"),
                }  # fmt: skip

    def _others(self, events: list[Event], current: list[Current]) -> Iterator[Fields]:
        """Yield the changes of other event types.

        Equal events are already in force. An event with the same date, or that registers an id, is revised; any other
        one is new.
        """
        pairs = pairing(events, current, self._day, by_order=bool(events[0].ids(Registers)))
        for event, one in pairs.changed:
            if event.ids(Registers) or (
                same_time(event, one.event, self._day, one.first_known) and gives_date(event, self._day)
            ):
                yield from self.edition.revised(event, one)
            else:
                yield self.edition.dated(event, next((tag for tag in event.tags() if tag.startswith("firm:")), None))
        yield from map(as_fields, pairs.new)

    def _ended(self) -> Iterator[Fields]:
        """Yield the cancellation of absent projects and the retirement of absent capacity."""
        for project_id in self.absent_projects:
            plan = self._known.projects[project_id]
            effective = self.edition.between(f"project:{project_id}")
            ended = {"project_id": project_id, "reason": NO_LONGER, "effective": effective}
            if plan.status == "completed" or plan.planned == plan.completed:
                continue
            if (
                plan.facility_id in self.absent_facilities
                or ("facility", plan.facility_id) not in self._listed.registered
            ):
                yield {"type": "project_cancelled", **ended}
            else:
                # Its facility is still listed. The project may have been built or merged with another; the table does
                # not say, so only its remaining capacity ends.
                yield {"type": "scope_revised", "capacity": plan.completed, **ended}
        yield from self._capacities.ended(self.absent_facilities)

    def _never_existed(self) -> Iterator[Fields]:
        """Retract the source's statements about absent things, and their registrations if nothing else uses them."""
        gone = {f"{kind}:{id_}" for kind in ("facility", "project") for id_ in self._absent(kind)}
        of_gone = [one for one in self._known.current if gone & set(one.event.tags())]
        statements = [one for one in of_gone if not one.event.IS_REGISTRATION]
        for one in statements:
            yield from self.edition.retracted(one, "the table lists no such thing any more")
        kept = {tag for one in statements if not one.is_of_source for tag in one.event.tags()}
        registrations = [one for one in of_gone if one.event.IS_REGISTRATION]
        # Retract a project before its facility, which still has a dependent otherwise.
        for one in sorted(registrations, key=lambda one: one.event.TOPIC, reverse=True):
            own = {f"{kind}:{id_}" for kind, id_, _ in one.event.ids(Registers)}
            if one.is_of_source and own <= gone and not own & kept:
                yield from self.edition.retracted(one, "the table lists no such thing any more")
            else:
                kept |= set(one.event.tags())


def _changes_of(event: Event) -> Pair | None:
    """Return the type and the id of a renaming or transfer; None for other events."""
    kind = next((kind for kind, changes in CHANGES.items() if event.TOPIC in changes.values()), None)
    return None if kind is None else (event.TOPIC, str(getattr(event, f"{kind}_id")))


def _owned(event: Event) -> str:
    return str(getattr(event, "owned_id", None) or getattr(event, "venture_id", ""))


def _role(event: Event) -> Any:
    """Return the key of an event's subject: its type, its ids, and other fields that distinguish subjects."""
    return event.TOPIC, tuple(sorted(event.ids())), tuple(getattr(event, name, None) for name in _DISTINGUISHING)

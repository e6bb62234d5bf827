"""A tracker's whole table against what is known: the events by which the two differ.

The table was recorded by itself, and both were asked the same questions at the day of the table. Nothing here reads or
writes; what comes out are the fields of events that make what is known equal to what the table lists. A change of which
the table does not say when it happened lies between the day on which the thing was last heard of and that of the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from policytrack.events import Event
from policytrack.events.envelope import Registers
from policytrack.journal.snapshot_state import Fields, Figure, Pair, Plan, State

STEPS: Final = {
    "announced": "project_announced",
    "approved": "project_approved",
    "construction": "construction_started",
    "trial": "trial_production_started",
    "completed": "project_completed",
    "suspended": "project_suspended",
    "resumed": "project_resumed",
    "cancelled": "project_cancelled",
    "rescheduled": "schedule_revised",
    "rescoped": "scope_revised",
}
"""Event types by the names of steps in `projections/facts/project_step.sql`."""
_LADDER: Final = ("announced", "approved", "construction", "trial", "completed")
_OVERLAYS: Final = ("suspended", "cancelled")
_OF_FACILITY: Final = ("capacity_stated", "capacity_idled", "capacity_restarted", "capacity_retired")
_NO_LONGER: Final = "the tracker no longer lists it"


class Comparison:
    """A table against what is known. `listed` is the table's state, `events` are the events that the map made of it."""

    def __init__(self, known: State, listed: State, events: Iterable[Event], day: date, *, retire_absent: bool) -> None:
        self.known, self.listed, self.day, self._retires = known, listed, day, retire_absent
        self._events = list(events)
        planned = {plan.facility_id for plan in known.projects.values() if self._counts(plan)}
        absent = self._absent("facility")
        self.absent_facilities = [id_ for id_ in absent if self._has_capacity(id_) or id_ in planned]
        self.absent_projects = [id_ for id_ in self._absent("project") if self._counts(known.projects.get(id_))]
        self._listed_at: dict[Pair, list[str]] = {}
        for id_, now in listed.projects.items():
            self._listed_at.setdefault((now.facility_id, now.activity_id), []).append(id_)
        self._unlisted: dict[Pair, Decimal] = {}
        for id_ in self._absent("project"):
            if (plan := known.projects.get(id_)) is not None and plan.completed:
                key = plan.facility_id, plan.activity_id
                self._unlisted[key] = self._unlisted.get(key, Decimal(0)) + plan.completed

    def _absent(self, kind: str) -> list[str]:
        """What this tracker has named and its table lists no longer."""
        return sorted(
            id_
            for of_kind, id_ in self.known.registered
            if of_kind == kind and (kind, id_) not in self.listed.registered and f"{kind}:{id_}" in self.known.of_source
        )

    def _has_capacity(self, facility_id: str) -> bool:
        figures = (figure for key, figure in self.known.capacity.items() if key[0] == facility_id)
        return any(figure.installed or figure.unknown_count for figure in figures)

    def _counts(self, plan: Plan | None) -> bool:
        """Whether a project is still to come, or stands in what is installed."""
        if plan is None or plan.status == "cancelled":
            return False
        if plan.status == "completed" or plan.planned == plan.completed:
            return plan.completed > 0 and self._has_capacity(plan.facility_id)
        return True

    def changes(self) -> Iterator[Fields]:
        """The events by which the table differs, but for what only the sum of them shows (see `corrections`)."""
        steps: dict[str, list[Event]] = {}
        shares: dict[str, list[Event]] = {}
        for event in self._events:
            registering = next(iter(event.ids(Registers)), None)
            if registering is not None and event.IS_REGISTRATION:
                yield from self._registration(event, registering[:2])
            elif event.TOPIC in STEPS.values():
                steps.setdefault(getattr(event, "project_id", ""), []).append(event)
            elif event.TOPIC in {"stake_stated", "joint_venture_formed"}:
                owned = getattr(event, "owned_id", None) or getattr(event, "venture_id", "")
                shares.setdefault(str(owned), []).append(event)
            elif event.TOPIC not in _OF_FACILITY:
                yield as_fields(event)
        for owned, stated in shares.items():
            yield from self._stakes(owned, stated)
        for project_id, taken in steps.items():
            yield from self._project(project_id, taken)
        yield from self._capacities()
        if self._retires:
            yield from self._gone()

    def corrections(self, after: State) -> Iterator[Fields]:
        """Statements of the capacities that are still others than the table's once the changes are recorded."""
        for key in self._listed_capacities():
            target, reached = self._target(key), after.capacity.get(key, Figure())
            if target.installed != reached.installed or (target.unknown_count and not reached.unknown_count):
                yield self._of_facility("capacity_stated", key, self._stated(key, target.installed))
            elif target.idle > reached.idle:
                yield self._of_facility("capacity_idled", key, target.idle - reached.idle)
            elif target.idle < reached.idle:
                yield self._of_facility("capacity_restarted", key, reached.idle - target.idle)

    def _registration(self, event: Event, key: Pair) -> Iterator[Fields]:
        fields = as_fields(event)
        if key not in self.known.registered:
            yield fields
            return
        event_id, before = self.known.registered[key]
        now = self.listed.registered[key][1]
        said = {name: value for name, value in now.items() if value not in (None, [])}
        if any(before.get(name) != value for name, value in said.items()):
            kept = {name: value for name, value in before.items() if value not in (None, [])}
            yield {**kept, **fields, "supersedes": {"event_id": event_id, "because": "revision"}}

    def _stakes(self, owned: str, stated: list[Event]) -> Iterator[Fields]:
        before, now = self.known.stakes.get(owned, {}), self.listed.stakes.get(owned, {})
        if before == now:
            return
        subject = f"firm:{owned}" if owned in self.known.stakes else None
        for event in stated:
            pair = (getattr(event, "owner_id", ""), getattr(event, "kind", ""))
            if event.TOPIC == "joint_venture_formed" or before.get(pair) != now.get(pair):
                yield self._dated(event, subject)
        if any(event.TOPIC == "joint_venture_formed" for event in stated):
            return
        for owner, kind in before.keys() - now.keys():
            if {f"firm:{owned}", f"firm:{owner}"} <= self.known.of_source:
                fields = {"type": "stake_stated", "owned_id": owned, "owner_id": owner, "kind": kind, "stake_pct": "0"}
                yield {**fields, "effective": self._between(f"firm:{owned}")}

    def _project(self, project_id: str, taken: list[Event]) -> Iterator[Fields]:
        subject = f"project:{project_id}"
        before, now = self.known.projects.get(project_id), self.listed.projects[project_id]
        if before is None:
            yield from map(as_fields, taken)
            return
        there = {STEPS[step] for step, _ in before.steps}
        new = [event for event in taken if event.TOPIC not in there]
        yield from self._taken_back(before, now)
        if before.status in _OVERLAYS and now.status not in _OVERLAYS:
            yield {"type": "project_resumed", "project_id": project_id, "effective": self._between(subject)}
        if now.status in _OVERLAYS and now.status != before.status:
            new += [event for event in taken if STEPS[now.status] == event.TOPIC and event not in new]
        yield from (self._dated(event, subject) for event in new)
        plan = next(
            (event for event in taken if getattr(event, "capacity", None) and STEPS["completed"] != event.TOPIC), None
        )
        if plan is not None and plan not in new and before.planned != now.planned:
            revised = {"type": "scope_revised", "project_id": project_id, "capacity": as_fields(plan)["capacity"]}
            yield {**revised, "effective": self._between(subject)}
        if now.due is not None and now.due != before.due and not any(getattr(event, "due", None) for event in new):
            yield {
                "type": "schedule_revised",
                "project_id": project_id,
                "due": now.due,
                "effective": self._between(subject),
            }
        yield from self._completion(before, now, taken)

    def _taken_back(self, before: Plan, now: Plan) -> Iterator[Fields]:
        """Retractions of the steps that the tracker no longer says were taken."""
        reached = max((_LADDER.index(step) for step, _ in now.steps if step in _LADDER), default=len(_LADDER))
        for step, event_id in before.steps:
            if step in _LADDER and _LADDER.index(step) > reached:
                reason = "the tracker says that it has not come so far"
                yield {"type": "event_retracted", "target": event_id, "because": "revision", "reason": reason}

    def _completion(self, before: Plan, now: Plan, taken: list[Event]) -> Iterator[Fields]:
        """The completion with another figure, where both say that it was completed."""
        standing = [event_id for step, event_id in before.steps if step == "completed"]
        stated = [event for event in taken if STEPS["completed"] == event.TOPIC]
        if len(standing) == len(stated) == 1 and before.completed != now.completed:
            yield {**as_fields(stated[0]), "supersedes": {"event_id": standing[0], "because": "revision"}}

    def _listed_capacities(self) -> list[Pair]:
        """The capacities of facilities that the table lists, on either side."""
        both = dict.fromkeys((*self.known.capacity, *self.listed.capacity))
        return [key for key in both if ("facility", key[0]) in self.listed.registered]

    def _target(self, key: Pair) -> Figure:
        """What the table says of a capacity, with what it no longer lists and is not told to have ended."""
        now, before = self.listed.capacity.get(key, Figure()), self.known.capacity.get(key, Figure())
        carried = Decimal(0) if self._retires else self._unlisted.get(key, Decimal(0))
        carried -= min(carried, max(Decimal(0), before.retired - now.retired))
        idle = max(now.idle, min(before.idle, now.idle + carried))
        return Figure(now.installed + carried, idle, now.retired, now.unknown_count)

    def _capacities(self) -> Iterator[Fields]:
        stated: dict[Pair, list[Event]] = {}
        for event in self._events:
            if event.TOPIC in _OF_FACILITY:
                stated.setdefault((getattr(event, "facility_id", ""), getattr(event, "activity_id", "")), []).append(
                    event
                )
        for key in dict.fromkeys((*stated, *self._listed_capacities())):
            before, target = self.known.capacity.get(key), self._target(key)
            if before is None:
                yield from map(as_fields, stated.get(key, ()))
                continue
            gone = max(Decimal(0), target.retired - before.retired)
            if not before.unknown_count and gone > before.installed + self._completed_since(key):
                # More is gone than was known to stand there: the table says so first, and then takes it off again.
                yield self._of_facility("capacity_stated", key, target.installed + gone)
            was_idle = min(gone, max(Decimal(0), before.idle - target.idle))
            yield from self._retired(key, gone, was_idle)
            change = target.idle - (before.idle - was_idle)
            if change:
                kind = "capacity_idled" if change > 0 else "capacity_restarted"
                yield self._of_facility(kind, key, abs(change))

    def _completed_since(self, key: Pair) -> Decimal:
        """What the table has completed of a capacity beyond what was known to be."""
        since = Decimal(0)
        for id_ in self._listed_at.get(key, ()):
            before = self.known.projects.get(id_)
            since += max(Decimal(0), self.listed.projects[id_].completed - (before.completed if before else 0))
        return since

    def _retired(self, key: Pair, gone: Decimal, was_idle: Decimal, reason: str | None = None) -> Iterator[Fields]:
        for part, idle in ((gone - was_idle, False), (was_idle, True)):
            if part:
                fields = self._of_facility("capacity_retired", key, part)
                yield {**fields, "was_idle": idle, **({"reason": reason} if reason else {})}

    def _gone(self) -> Iterator[Fields]:
        """The end of what the table no longer lists."""
        for facility_id in self.absent_facilities:
            for key, figure in self.known.capacity.items():
                if key[0] == facility_id:
                    yield from self._retired(key, figure.installed, figure.idle, _NO_LONGER)
        for project_id in self.absent_projects:
            plan = self.known.projects[project_id]
            ended = {
                "project_id": project_id,
                "reason": _NO_LONGER,
                "effective": self._between(f"project:{project_id}"),
            }
            if plan.status == "completed" or plan.planned == plan.completed:
                continue
            if (
                plan.facility_id in self.absent_facilities
                or ("facility", plan.facility_id) not in self.listed.registered
            ):
                yield {"type": "project_cancelled", **ended}
            else:
                # Its plant is still there: whether it was built, or put together with another, the table does not say.
                yield {"type": "scope_revised", "capacity": plan.completed, **ended}
        for key, completed in self._unlisted.items():
            before, target = self.known.capacity.get(key, Figure()), self._target(key)
            left = before.installed - max(Decimal(0), target.retired - before.retired) - target.installed
            if key[0] not in self.absent_facilities and left > 0:
                yield from self._retired(key, min(completed, left), Decimal(0), _NO_LONGER)

    def _stated(self, key: Pair, installed: Decimal) -> Any:
        """What the table states of a capacity, in its own words where one statement says it all."""
        words = [event for event in self._events if event.TOPIC == "capacity_stated" and _key(event) == key]
        others = [event for event in self._events if event.TOPIC != "capacity_stated" and _key(event) == key]
        alone = len(words) == 1 and not others and key not in self._unlisted
        return as_fields(words[0])["capacity"] if alone else installed

    def _of_facility(self, kind: str, key: Pair, capacity: Any) -> Fields:
        facility_id, activity_id = key
        fields = {"type": kind, "facility_id": facility_id, "activity_id": activity_id, "capacity": capacity}
        return {**fields, "effective": self._between(f"facility:{facility_id}")}

    def _dated(self, event: Event, subject: str | None) -> Fields:
        """An event of the table; one that says only that it had happened by its day has happened since the last."""
        fields = as_fields(event)
        if subject is not None and event.effective.earliest is None:
            fields["effective"] = self._between(subject)
        return fields

    def _between(self, subject: str) -> str:
        since = self.known.since.get(subject)
        return self.day.isoformat() if since is None or since >= self.day else f"{since}/{self.day}"


def _key(event: Event) -> Pair:
    return getattr(event, "facility_id", ""), getattr(event, "activity_id", "")


def as_fields(event: Event) -> Fields:
    """An event as the fields of one that is yet to be recorded: without an id."""
    fields: Fields = json.loads(event.to_json())
    fields.pop("event_id")
    return fields

"""Compares the capacities that a table states, idles and retires with those in the ledger.

Dated events of the table are compared one by one. Undated ones are compared as figures on the table's day: by how much
idle and retired capacity has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from policytrack.events import Event
from policytrack.importing.snapshot.edition import Edition, as_fields
from policytrack.importing.snapshot.matching import (
    day_of,
    gives_date,
    is_by_then,
    pairing,
    same_figures,
    same_time,
)
from policytrack.importing.snapshot.state import Capacity as Place
from policytrack.importing.snapshot.state import Current, Fields, Figure, State
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity

OF_FACILITY: Final = ("capacity_stated", "capacity_idled", "capacity_restarted", "capacity_retired")
NO_LONGER: Final = "the tracker no longer lists it"
_NONE: Final = Decimal(0)
_Thing = TypeVar("_Thing")


class Capacities:
    """The capacities of the facilities that an edition lists."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        keys = (*edition.known.capacity, *edition.listed.capacity)
        self._by_unit = {(facility_id, activity_id) for facility_id, activity_id, unit_id in keys if unit_id}
        """The plants whose capacity is stated by unit: of others, a unit that an event names makes no difference."""
        self._events = self._by_capacity(edition.events, lambda event: event)
        self._current = self._by_capacity(edition.known.current, lambda one: one.event)
        self._listed_at: dict[Place, list[str]] = defaultdict(list)
        for id_, now in edition.listed.projects.items():
            self._listed_at[now.facility_id, now.activity_id, ""].append(id_)
        self._absent_at: dict[Place, list[Decimal]] = defaultdict(list)
        for id_, plan in edition.known.projects.items():
            if ("project", id_) not in edition.listed.registered and f"project:{id_}" in edition.known.of_source:
                self._absent_at[plan.facility_id, plan.activity_id, ""].append(plan.completed)
        self._gone_with_absent: dict[Place, Decimal] = {}
        self._restated: dict[Place, Decimal] = defaultdict(Decimal)
        """The increase in the completed capacity that the table states for known projects."""
        for id_, now in edition.listed.projects.items():
            before = edition.known.projects.get(id_)
            if before is not None and before.completed and now.completed:
                self._restated[now.facility_id, now.activity_id, ""] += now.completed - before.completed

        own = {key for key, current in self._current.items() if any(one.is_of_source for one in current)}
        known, listed = edition.known.capacity, edition.listed
        self.absent_units = [
            key
            for key, figure in known.items()
            if key[2]
            and key in own
            and key not in listed.capacity
            and key not in self._events
            and ("facility", key[0]) in listed.registered
            and (figure.installed or figure.unknown_count)
        ]
        """The units that this tracker stated earlier and that its table no longer lists, though it lists the plant."""

    def never_existed(self) -> Iterator[Fields]:
        """Yield retractions of what the source stated of units that its table no longer lists."""
        for key in self.absent_units:
            for one in self._current[key]:
                yield from self._edition.retracted(one, "the table lists no such unit any more")

    def _by_capacity(self, things: Iterable[_Thing], event_of: Callable[[_Thing], Event]) -> dict[Place, list[_Thing]]:
        """Group capacity events by facility, activity and unit."""
        groups: dict[Place, list[_Thing]] = {}
        for thing in things:
            event = event_of(thing)
            if event.TOPIC in OF_FACILITY:
                groups.setdefault(self._key(event), []).append(thing)
        return groups

    def _key(self, event: Event) -> Place:
        plant = getattr(event, "facility_id", ""), getattr(event, "activity_id", "")
        unit_id = getattr(event, "unit_id", None) if plant in self._by_unit else None
        return (*plant, unit_id or "")

    def changes(self) -> Iterator[Fields]:
        """Yield the events by which the table differs; `corrections` yields the remaining differences."""
        for key in dict.fromkeys((*self._events, *self._listed())):
            events, current = self._events.get(key, []), self._current.get(key, [])
            if key not in self._edition.known.capacity and not current:
                yield from map(as_fields, events)
            else:
                yield from self._of(key, events, current)

    def corrections(self, after: State) -> Iterator[Fields]:
        """Yield statements for capacities that still differ from the table after the changes; `after` is that state."""
        kept = self._left_alone()
        for key in self._listed():
            target, reached = self.target(key), after.capacity.get(key, Figure())
            differs = target.installed != reached.installed or (target.unknown_count and not reached.unknown_count)
            if key in kept or (not differs and target.idle == reached.idle):
                continue
            stated = [event for event in self._events.get(key, []) if event.TOPIC == "capacity_stated"]
            others = [one for one in self._current.get(key, []) if not one.is_of_source]
            if differs and others and stated and all(gives_date(event, self._edition.day) for event in stated):
                for one in others:
                    self._edition.leave(one, f"the table adds up to {target.installed:f} on {self._edition.day}")
            elif differs:
                yield self._of_facility("capacity_stated", key, self._stated(key, target.installed))
            elif target.idle < reached.idle and reached.stopped > reached.installed:
                # More is idle than is installed: withdraw the latest idlings.
                idled = [one for one in self._current.get(key, []) if one.event.TOPIC == "capacity_idled"]
                idled = [one for one in idled if one.position not in self._edition.superseded]
                yield from self._withdrawn(idled, reached.stopped - target.idle)
            elif target.idle > reached.idle:
                yield self._of_facility("capacity_idled", key, target.idle - min(reached.stopped, reached.idle))
            else:
                yield self._of_facility("capacity_restarted", key, reached.stopped - target.idle)

    def target(self, key: Place) -> Figure:
        """Return the figure that the table implies, including absent projects that are left as they are."""
        known, listed = self._edition.known, self._edition.listed
        now, before = listed.capacity.get(key, Figure()), known.capacity.get(key, Figure())
        carried = self._completed_of_absent(key)
        gone = self._gone_with_absent.get(key, max(_NONE, before.retired - now.retired))
        carried -= min(carried, gone)
        idle = max(now.idle, min(before.idle, now.idle + carried))
        return Figure(now.installed + carried, idle, now.retired, now.unknown_count)

    def ended(self, facility_ids: Iterable[str]) -> Iterator[Fields]:
        """Yield retirements of all capacity at absent facilities, and of absent units and projects at listed ones."""
        absent = set(facility_ids)
        for key in self.absent_units:
            yield from self._retired(
                key, (figure := self._edition.known.capacity[key]).installed, figure.idle, NO_LONGER
            )
        for key, figure in self._edition.known.capacity.items():
            if key[0] in absent:
                yield from self._retired(key, figure.installed, figure.idle, NO_LONGER)
        for key, completed in self._absent_at.items():
            if key[0] not in absent:
                before, target = self._edition.known.capacity.get(key, Figure()), self.target(key)
                left = before.installed - max(_NONE, target.retired - before.retired) - target.installed
                if left > 0:
                    yield from self._retired(key, min(sum(completed, _NONE), left), _NONE, NO_LONGER)

    def _listed(self) -> list[Place]:
        """Return the capacities of listed facilities that the table or its source has stated."""
        own = [key for key, current in self._current.items() if any(one.is_of_source for one in current)]
        projects = self._edition.known.projects.items()
        own += [
            (at.facility_id, at.activity_id, "")
            for id_, at in projects
            if f"project:{id_}" in self._edition.known.of_source
        ]
        both = dict.fromkeys((*self._edition.known.capacity, *self._edition.listed.capacity))
        spoken = {*own, *self._edition.listed.capacity, *self._events}
        registered = self._edition.listed.registered
        return [
            key for key in both if key in spoken and ("facility", key[0]) in registered and key not in self.absent_units
        ]

    def _left_alone(self) -> set[Place]:
        keys = set()
        for one, _ in self._edition.left.values():
            at = self._edition.known.projects.get(getattr(one.event, "project_id", ""))
            keys.add(self._key(one.event) if at is None else (at.facility_id, at.activity_id, ""))
        return keys

    def _completed_of_absent(self, key: Place) -> Decimal:
        return _NONE if self._edition.absent != "left" else sum(self._absent_at.get(key, ()), _NONE)

    def _of(self, key: Place, events: Sequence[Event], current: Sequence[Current]) -> Iterator[Fields]:
        stated = list(self._statements(key, _of_type(events, "capacity_stated"), current))
        yield from (fields for fields, _ in stated)
        days = {day for _, day in stated}
        yield from self._retirements(key, _of_type(events, "capacity_retired"), current, days)
        for kind in ("capacity_idled", "capacity_restarted"):
            yield from self._idled(_of_type(events, kind), [one for one in current if kind == one.event.TOPIC], days)

    def _statements(self, key: Place, events: list[Event], current: Sequence[Current]) -> Iterator[tuple[Fields, date]]:
        """Yield statements that are new or revise those in force, with the days from which they count."""
        edition, day = self._edition, self._edition.day
        mine, others = _split(current, "capacity_stated")
        if not events:
            if not self._events.get(key) and not any(
                edition.listed.projects[id_].completed for id_ in self._listed_at[key]
            ):
                for one in mine:
                    if not is_by_then(one.event, one.first_known):
                        yield from ((fields, day) for fields in edition.retracted(one, "the table no longer states it"))
            return
        pairs = pairing(events, mine, day)
        for event, one in pairs.changed:
            if gives_date(event, day) or not is_by_then(one.event, one.first_known):
                self._restated[key] += (_exact(event) or _NONE) - (_exact(one.event) or _NONE)
                yield from ((fields, self._counts_from(fields)) for fields in edition.revised(event, one))
        for event in pairs.new:
            is_known = any(
                same_figures(event, one.event) and same_time(event, one.event, day, one.first_known) for one in others
            )
            if gives_date(event, day) and not is_known:
                yield as_fields(event), day_of(event)
        dated = [event for event in events if gives_date(event, day)]
        for one in pairs.gone:
            if is_by_then(one.event, one.first_known) and not dated:
                continue  # an earlier undated figure, which stays valid for the time before
            if not is_by_then(one.event, one.first_known) and day_of(one.event) < max(map(day_of, events)):
                edition.unlisted.append(one)
            else:
                yield from ((fields, day) for fields in edition.retracted(one, "the table no longer states it"))

    def _retirements(
        self, key: Place, events: list[Event], current: Sequence[Current], days: set[date]
    ) -> Iterator[Fields]:
        edition, day = self._edition, self._edition.day
        mine, others = _split(current, "capacity_retired")
        pairs = pairing(events, mine, day, by_order=False)
        gone_with_absent = self._of_absent(key, pairs.gone)
        dated = [event for event in pairs.new if gives_date(event, day)]
        undated = [event for event in pairs.new if not gives_date(event, day)]
        while dated and pairs.gone:
            pairs.changed.append((dated.pop(0), pairs.gone.pop(0)))
        if len(undated) == len(pairs.gone) == 1 and self._is_restated(key, undated[0], pairs.gone[0]):
            pairs.changed.append((undated.pop(), pairs.gone.pop()))
        # Record an equal retirement again after a new statement for its day: the statement would otherwise replace it.
        pairs.changed += [(event, one) for event, one in pairs.same if day_of(one.event) in days]
        grown = _total(undated) - _total(one.event for one in pairs.gone)
        if grown < 0 and not events and self._edition.absent == "left":
            more = min(-grown, max(_NONE, self._completed_of_absent(key) - gone_with_absent))
            gone_with_absent, grown = gone_with_absent + more, grown + more
        self._gone_with_absent[key] = gone_with_absent
        before, target = edition.known.capacity.get(key, Figure()), self.target(key)
        was_idle = max(_NONE, before.idle - target.idle)
        for event, one in pairs.changed:
            yield from edition.revised(event, one)
        for event in dated:
            alike = [one for one in others if same_figures(event, one.event)]
            if alike:
                if not same_time(event, alike[0].event, day, alike[0].first_known):
                    edition.leave(alike[0], f"the table says {event.effective}")
                continue
            amount = _exact(event)
            if not getattr(event, "was_idle", False) and amount is not None and 0 < amount <= was_idle:
                was_idle -= amount
                yield {**as_fields(event), "was_idle": True}
            else:
                yield as_fields(event)
        if grown > 0:
            yield from self._more_retired(key, max(_NONE, grown - _total(one.event for one in others)), was_idle)
        else:
            yield from self._withdrawn(pairs.gone, -grown)
        for event in undated:
            if _exact(event) is None and not any(_exact(one.event) is None for one in pairs.gone):
                yield edition.dated(event, f"facility:{key[0]}")

    def _counts_from(self, fields: Fields) -> date:
        return VagueDate.model_validate(fields["effective"]).latest_by(self._edition.day)

    def _of_absent(self, key: Place, gone: list[Current]) -> Decimal:
        """Remove the retirements of units that the table no longer lists from `gone`; return their sum."""
        removed = _NONE
        for completed in self._absent_at.get(key, ()) if self._edition.absent == "left" else ():
            for one in gone:
                if completed and _exact(one.event) == completed:
                    gone.remove(one)
                    removed += completed
                    break
        return removed

    def _is_restated(self, key: Place, event: Event, old: Current) -> bool:
        """Return whether a retirement differs only by a date that the table dropped, or by a restated figure."""
        new_figure, figure = _exact(event), _exact(old.event)
        if not is_by_then(old.event, old.first_known):
            return True
        change = self._restated.get(key)
        return bool(change) and new_figure is not None and figure is not None and new_figure - figure == change

    def _more_retired(self, key: Place, gone: Decimal, was_idle: Decimal) -> Iterator[Fields]:
        """Yield the retirement of capacity that the table counts as retired since the last edition."""
        before, target = self._edition.known.capacity.get(key), self.target(key)
        if before is None or not gone:
            return
        if not before.unknown_count and gone > before.installed + self._completed_since(key):
            # More was retired than the ledger has installed: state the larger capacity first.
            yield self._of_facility("capacity_stated", key, target.installed + gone)
        yield from self._retired(key, gone, min(gone, was_idle))

    def _withdrawn(self, gone: Sequence[Current], excess: Decimal) -> Iterator[Fields]:
        """Retract the last retirements until `excess` is withdrawn; revise one of them if only a part is."""
        for one in reversed(gone):
            amount = _exact(one.event)
            if amount is None or not excess:
                continue
            if amount <= excess:
                yield from self._edition.retracted(one, "the table no longer says so")
            elif one.is_of_source and one.superseded_by is None:
                capacity = {"value": str(amount - excess), "unit": _capacity(one.event).unit}
                supersedes = {"event_id": str(one.event.event_id), "because": "revision"}
                fields = {**as_fields(one.event), "capacity": capacity, "supersedes": supersedes}
                self._edition.superseded.add(one.position)
                yield {**fields, "known_on": self._edition.day.isoformat()}
            excess -= min(amount, excess)

    def _idled(self, events: list[Event], current: Sequence[Current], days: set[date]) -> Iterator[Fields]:
        """Yield dated idlings and restarts; undated ones are compared as figures."""
        edition, day = self._edition, self._edition.day
        dated = [event for event in events if gives_date(event, day)]
        pairs = pairing(dated, [one for one in current if one.is_of_source], day, by_order=False)
        repeated = [(event, one) for event, one in pairs.same if day_of(one.event) in days]
        for event, one in (*pairs.changed, *repeated):
            yield from edition.revised(event, one)
        for event in pairs.new:
            if not any(same_figures(event, one.event) for one in current if not one.is_of_source):
                yield as_fields(event)

    def _completed_since(self, key: Place) -> Decimal:
        """Return the capacity that the table counts as completed beyond the known completions."""
        since = _NONE
        for id_ in self._listed_at.get(key, ()):
            before = self._edition.known.projects.get(id_)
            since += max(_NONE, self._edition.listed.projects[id_].completed - (before.completed if before else 0))
        return since

    def _retired(self, key: Place, gone: Decimal, was_idle: Decimal, reason: str | None = None) -> Iterator[Fields]:
        for part, idle in ((gone - was_idle, False), (was_idle, True)):
            if part:
                fields = self._of_facility("capacity_retired", key, part)
                yield {**fields, "was_idle": idle, **({"reason": reason} if reason else {})}

    def _stated(self, key: Place, installed: Decimal) -> Any:
        """Return the capacity to state: the table's own statement if it is the only one, otherwise the figure."""
        events = self._events.get(key, [])
        alone = len(events) == 1 and events[0].TOPIC == "capacity_stated" and not self._absent_at.get(key)
        return as_fields(events[0])["capacity"] if alone else installed

    def _of_facility(self, kind: str, key: Place, capacity: Any) -> Fields:
        facility_id, activity_id, unit_id = key
        fields = {"type": kind, "facility_id": facility_id, "activity_id": activity_id, "capacity": capacity}
        fields |= {"unit_id": unit_id} if unit_id else {}
        return {**fields, "effective": self._edition.between(f"facility:{facility_id}")}


def _of_type(events: Iterable[Event], kind: str) -> list[Event]:
    return [event for event in events if kind == event.TOPIC]


def _split(current: Iterable[Current], kind: str) -> tuple[list[Current], list[Current]]:
    """Return the events of a type by the table's source, and those of other sources."""
    of_type = [one for one in current if kind == one.event.TOPIC]
    return [one for one in of_type if one.is_of_source], [one for one in of_type if not one.is_of_source]


def _capacity(event: Event) -> Capacity:
    capacity: Capacity = event.capacity  # type: ignore[attr-defined] # all events of this module have one
    return capacity


def _exact(event: Event) -> Decimal | None:
    capacity = _capacity(event)
    return capacity.value if capacity.bound == "exact" else None


def _total(events: Iterable[Event]) -> Decimal:
    return sum((_exact(event) or _NONE for event in events), _NONE)

"""Compares the steps of projects in a table with those in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from policytrack.events import Event
from policytrack.importing.snapshot.edition import Edition, as_fields, last_day
from policytrack.importing.snapshot.matching import Pairing, day_of, gives_date, is_by_then, pairing, same_time
from policytrack.importing.snapshot.state import Current, Fields, Plan

STEPS: Final = {
    "announced": "project_announced",
    "approved": "project_approved",
    "construction": "construction_started",
    "built": "construction_completed",
    "trial": "trial_production_started",
    "completed": "project_completed",
    "suspended": "project_suspended",
    "resumed": "project_resumed",
    "cancelled": "project_cancelled",
    "rescheduled": "schedule_revised",
    "rescoped": "scope_revised",
}
"""Event types by the names of steps in `projections/facts/project_step.sql`."""
_LADDER: Final = ("announced", "approved", "construction", "built", "trial", "completed")
_OVERLAYS: Final = ("suspended", "cancelled")
_COMPLETED: Final = STEPS["completed"]


def project_changes(
    edition: Edition, project_id: str, events: Sequence[Event], current: Sequence[Current]
) -> Iterator[Fields]:
    """Yield the events by which a table's project differs from the ledger; `current` are its steps in force."""
    before, now = edition.known.projects.get(project_id), edition.listed.projects.get(project_id)
    if before is None or now is None:
        if before is None:
            yield from map(as_fields, events)
        return
    yield from _Project(edition, project_id, before, now, events, current).changes()


class _Project:
    """A project that is in the table and in the ledger."""

    def __init__(
        self, edition: Edition, project_id: str, before: Plan, now: Plan, events: Sequence[Event],
        current: Sequence[Current],
    ) -> None:  # fmt: skip
        self._edition, self._id, self._before, self._now = edition, project_id, before, now
        self._events, self._current = events, current
        self._subject = f"project:{project_id}"
        completed = [event for event in events if event.TOPIC == _COMPLETED]
        self._mine = [one for one in current if one.event.TOPIC == _COMPLETED and one.is_of_source]
        self._others = [one for one in current if one.event.TOPIC == _COMPLETED and not one.is_of_source]
        self._completions = pairing(completed, self._mine, edition.day) if completed else Pairing()

    def changes(self) -> Iterator[Fields]:
        """Yield the events, in an order in which each may be recorded."""
        new = self._new_steps()
        yield from self._taken_back()
        yield from self._resumed()
        yield from (self._edition.dated(event, self._subject) for event in new)
        yield from self._redated(new)
        yield from self._plan(new)
        yield from self._completed()

    def _new_steps(self) -> list[Event]:
        """Return the table's steps that no event in force states."""
        known = {STEPS[step] for step, _ in self._before.steps}
        new = [event for event in self._events if event.TOPIC not in known and event.TOPIC != _COMPLETED]
        status = self._now.status
        if status in _OVERLAYS and status != self._before.status:
            new += [event for event in self._events if STEPS[status] == event.TOPIC and event not in new]
        return new

    def _taken_back(self) -> Iterator[Fields]:
        """Retract the steps beyond the status that the table gives."""
        steps = [step for step, _ in self._now.steps]
        reached = max(
            (_LADDER.index(step) for step in steps if step in _LADDER), default=len(_LADDER) if not steps else 0
        )
        beyond = {STEPS[step] for step in _LADDER[reached + 1 :]}
        if "completed" not in steps and steps:
            beyond.add(_COMPLETED)
        for one in self._current:
            if one.event.TOPIC in beyond:
                yield from self._edition.retracted(one, "the tracker says that it has not come so far")

    def _resumed(self) -> Iterator[Fields]:
        """End a suspension or cancellation that the table no longer has."""
        if self._before.status not in _OVERLAYS or self._now.status in _OVERLAYS:
            return
        stopped = [one for one in self._current if STEPS[self._before.status] == one.event.TOPIC]
        day, until = last_day(stopped), self._first_completion()
        if until is not None and day is not None and until <= day:
            # The project was completed before it was stopped, so the stop was wrong.
            for one in stopped:
                yield from self._edition.retracted(one, f"the tracker says that it was completed by {until}")
            return
        yield {
            "type": "project_resumed",
            "project_id": self._id,
            "effective": self._edition.between(self._subject, until),
        }

    def _first_completion(self) -> date | None:
        """Return the first day of a dated completion that is new or revised; None if there is none."""
        recorded = [*self._completions.new, *(event for event, _ in self._completions.changed)]
        return min((day_of(event) for event in recorded if gives_date(event, self._edition.day)), default=None)

    def _redated(self, new: Sequence[Event]) -> Iterator[Fields]:
        """Revise the dates of steps; `_plan` revises the plan that they state."""
        for event in self._events:
            mine = [one for one in self._current if one.event.TOPIC == event.TOPIC]
            if event in new or event.TOPIC == _COMPLETED or len(mine) != 1:
                continue
            if not same_time(event, mine[0].event, self._edition.day, mine[0].first_known):
                said = as_fields(mine[0].event)
                kept = {name: said[name] for name in ("capacity", "due", "products", "investment") if name in said}
                yield from self._edition.revised(event, mine[0], **kept)

    def _plan(self, new: Sequence[Event]) -> Iterator[Fields]:
        """Yield revisions of scope and schedule, before the completions that depend on them."""
        plan = next((one for one in self._events if one.TOPIC != _COMPLETED and getattr(one, "capacity", None)), None)
        before, now = self._before, self._now
        if plan is not None:
            if plan not in new and before.planned != now.planned:
                yield self._scope(as_fields(plan)["capacity"])
        elif before.planned is not None and now.completed and not self._is_left():
            is_less = now.status == "completed" and not any(getattr(one, "is_final", False) for one in self._events)
            if now.completed > before.planned or (now.completed < before.planned and is_less):
                yield self._scope(now.completed)
        if now.due is not None and now.due != before.due and not any(getattr(event, "due", None) for event in new):
            effective = self._edition.between(self._subject)
            yield {"type": "schedule_revised", "project_id": self._id, "due": now.due, "effective": effective}

    def _scope(self, capacity: object) -> Fields:
        """Return a revision of the scope, dated by the completion that it is for, but not before the plan."""
        until = self._first_completion()
        stated = last_day([one for one in self._current if one.event.TOPIC != _COMPLETED and _plans(one.event)])
        if until is not None and stated is not None:
            until = max(until, stated)
        effective = self._edition.between(self._subject, until)
        return {"type": "scope_revised", "project_id": self._id, "capacity": capacity, "effective": effective}

    def _is_left(self) -> bool:
        """Return whether other sources state the completion, and the table has another figure."""
        return bool(self._others) and self._before.completed != self._now.completed

    def _completed(self) -> Iterator[Fields]:
        """Yield completions that are new or changed, and retract those that the table no longer has."""
        edition = self._edition
        if self._others and (self._completions.new or self._is_left()):
            for one in self._others:
                event = next(iter(self._completions.new), None)
                if self._is_left() or (event is not None and not _agree(event, one, edition.day)):
                    edition.leave(one, f"the table says {self._now.completed.normalize():f} completed by {edition.day}")
            return
        for event, one in self._completions.changed:
            yield from edition.revised(event, one)
        for event in self._completions.new:
            yield edition.dated(event, self._subject)
        for one in self._completions.gone:
            yield from edition.retracted(one, "the table no longer says so")


def _plans(event: Event) -> bool:
    return getattr(event, "capacity", None) is not None


def _agree(event: Event, other: Current, day: date) -> bool:
    """Return whether the date of another source is compatible with the table's date."""
    if not gives_date(event, day):
        return True
    earliest, is_open = event.effective.earliest, is_by_then(other.event, other.first_known)
    return (earliest is None or day_of(other.event) >= earliest or is_open) and day_of(other.event) <= day_of(event)

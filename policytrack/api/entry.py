"""Records events for a client that shows a form: preview first, then save what was previewed.

The client sends the same fields, the same id of the event and the `Preview.mark` again to save it. Nothing is stored in
between, so a form may stay open for days, and two browsers do not disturb each other.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

from policytrack.api.preview import Effect, effect_of
from policytrack.api.recording import stored_event
from policytrack.api.written import NOT_KEPT, Change, changes_between
from policytrack.errors import Busy, NeedsAcknowledgement, NotFound, Place, PolicytrackError, UsageError, findings_of
from policytrack.events import Event
from policytrack.events.meta import EventRetracted
from policytrack.importing.bulk.record import future_words
from policytrack.importing.event_row import Row
from policytrack.importing.validate import validate

if TYPE_CHECKING:
    from policytrack.application import PolicyTrack, RecordEvents
    from policytrack.decide.state import RecordedEvent
    from policytrack.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a form: the dotted path of the field (empty: the event as a whole), what, and what to do.

    `checks` are those that refuse the event unless it acknowledges them.
    """

    field: str
    what: str
    hint: str
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form would record, or why it cannot.

    `mark` names the event and the last event of the ledger that the decision has read; `save` wants it back. `already`
    is the position of the event if it is recorded. `changes` are those of a correction. `dependents` are the events
    that a retraction with cascade retracts too.
    """

    findings: list[Finding] = field(default_factory=list)
    event: Event | None = None
    mark: str = ""
    already: int | None = None
    effect: Effect | None = None
    warnings: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    dependents: list[RecordedEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Saved:
    """An event that is stored, at a position; it is not new if it was stored before, for instance by a double click."""

    position: int
    event: Event
    is_new: bool
    warnings: tuple[str, ...] = ()


class Changed(Busy):
    """What a form would record has changed since its preview: the user must see the effect again."""


class Entry:
    """Previews and saves events in a ledger, from any thread, one at a time.

    `ledger` must be used by nothing else: it has one connection to the event store. `user` is the `recorded_by` of each
    event; empty if the form has that field.
    """

    def __init__(self, ledger: Ledger, today: Callable[[], date], notes: Callable[[str], None], user: str = "") -> None:
        self._ledger, self.today, self.notes, self.user = ledger, today, notes, user
        self._lock = threading.Lock()

    def stored(self, name: str) -> tuple[int, dict[str, Any]]:
        """Return position and stored fields of an event, by `e14`, `14` or its event id. Raises `NotFound`."""
        with self._lock:
            return stored_event(self._ledger, name)

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        """Return the ledger while no other thread uses it."""
        with self._lock:
            yield self._ledger

    def preview(self, fields: Mapping[str, Any], event_id: UUID, *, cascade: bool = False) -> Preview:
        """Validate the fields of an event and decide; return the findings, or the effect on the figures.

        Values are text, as a person writes them. `fields` contains `type`. The event gets another id if the form was
        recorded before with other values. With `cascade`, a retraction also retracts the events that depend on its
        target, as `policytrack retract --cascade` does.
        """
        with self._lock, self._writing() as application:
            try:
                event = self._event(application, fields, event_id)
                warnings = []
                if known := self._other_stored(application, event):
                    event = event.model_copy(update={"event_id": uuid4()})
                    warnings.append(f"this form is recorded as e{known}; recording it again adds another event")
                changes = self._changes(event, is_known_on_given=bool(fields.get("known_on")))
                dependents = _dependents(application, event) if cascade else []
                together, decision = self._decided(application, fields, event, dependents)
            except PolicytrackError as error:
                return Preview(_findings(error, str(fields["type"])))
            if not decision.new_decisions:
                return Preview(event=event, already=_last_position(decision))
            warnings += self._warnings(event)
            effect = effect_of(self._ledger, lambda copy: copy.record_decided(decision), self.today(), notes=self.notes)
            mark = _mark(together, decision.last_known_position or 0)
            return Preview([], event, mark, None, effect, warnings, changes, dependents)

    def save(self, fields: Mapping[str, Any], event_id: UUID, mark: str, *, cascade: bool = False) -> Saved:
        """Record an event that was previewed, in one transaction with those of `cascade`. It is stored once.

        Raises `Changed` if the event is not the one of the mark, or if an event on which it depends was recorded since,
        and what `PolicyTrack.record` raises. Nothing is stored then.
        """
        with self._lock:
            with self._writing() as application:
                event = self._event(application, fields, event_id)
                dependents = _dependents(application, event) if cascade else []
                together, decision = self._decided(application, fields, event, dependents)
                if not decision.new_decisions:
                    return Saved(_last_position(decision), event, is_new=False)
                seen, _, _ = mark.partition(".")
                head = decision.last_known_position or 0
                if not seen.isdecimal() or len(seen) > len(str(head)) or mark != _mark(together, int(seen)):
                    raise Changed("this is not the event of the preview", hint="check the effect, then record it")
                # The decision of the preview was made at the position of the mark.
                decision.last_known_position = int(seen)
                if newer := application.recorded_since(decision):
                    raise _recorded_meanwhile(newer)
                decision.last_known_position = head
                outcomes = application.append(decision)
                if outcomes is None:
                    raise _recorded_meanwhile(application.recorded_since(decision))
                self._ledger.warnings += application.warnings()
            return Saved(outcomes[-1].position, event, is_new=True, warnings=tuple(self._ledger.warnings))

    @contextmanager
    def _writing(self) -> Iterator[PolicyTrack]:
        with self._ledger.application() as application, application.own_units():
            yield application

    def _event(self, application: PolicyTrack, fields: Mapping[str, Any], event_id: UUID) -> Event:
        given = {name: value for name, value in fields.items() if name != "event_id"}
        if self.user:
            given["recorded_by"] = self.user
        if given.get("target"):
            given["target"] = self._id_of(str(given["target"]))

        def locate(path: tuple[str | int, ...]) -> Place:
            return Place(".".join(map(str, path)))

        row = Row(given, locate(()), locate)
        return validate(row, today=self.today(), known_on_of=application.known_on, new_id=lambda _: event_id)

    def _decided(
        self, application: PolicyTrack, fields: Mapping[str, Any], event: Event, dependents: list[RecordedEvent]
    ) -> tuple[list[Event], RecordEvents]:
        """Return the event, after the retractions of its dependents, and the decision about all of them.

        The latest comes first: an event cannot be retracted while one that depends on it is in force. The ids follow
        from that of the event, so that a second save records nothing more.
        """
        targets = [str(one.event.event_id) for one in reversed(dependents)]
        retractions = [
            self._event(application, {**fields, "target": target}, uuid5(event.event_id, target)) for target in targets
        ]
        together = [*retractions, event]
        return together, application.decide(together, renews=False)

    def _other_stored(self, application: PolicyTrack, event: Event) -> int | None:
        """Return the position of a stored event with the id of this one and other content: the form was sent before."""
        position = application.position(event.event_id)
        if position is None or self._ledger.events_at([position])[position].content_key() == event.content_key():
            return None
        return position

    def _id_of(self, name: str) -> str:
        try:
            return str(stored_event(self._ledger, name)[1]["event_id"])
        except NotFound as error:
            error.field = "target"
            raise

    def _changes(self, event: Event, *, is_known_on_given: bool) -> list[Change]:
        """Return the changes of a correction, and the values that a retraction withdraws; none of another event.

        Raises `UsageError` for a correction without changes.
        """
        if isinstance(event, EventRetracted):
            _, withdrawn = stored_event(self._ledger, str(event.target))
            own = {name: value for name, value in withdrawn.items() if name not in Event.model_fields and value}
            return changes_between(own, {})
        if event.supersedes is None:
            return []
        position, before = stored_event(self._ledger, str(event.supersedes.event_id))
        changes = changes_between(before, json.loads(event.to_json()))
        # A revision gets today as `known_on` by default: alone, that is not a change.
        if not {one.field for one in changes} - (set() if is_known_on_given else {"known_on"}):
            raise UsageError(f"no change: e{position} already has these values", hint="change a field")
        return changes

    def _warnings(self, event: Event) -> list[str]:
        warnings = [] if self._ledger.clock_doubt is None else [self._ledger.clock_doubt]
        if event.known_on > self.today():
            warnings.append(future_words(event.known_on.isoformat(), self.today().isoformat()))
        return warnings


def correctable(position: int, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with which the correction of a stored event starts. Raises `UsageError` for a retraction."""
    if stored["type"] == "event_retracted":
        raise UsageError(
            f"cannot correct e{position}: it is a retraction, and retractions are final",
            hint="to restore the retracted event, record it again",
        )
    return {name: value for name, value in stored.items() if name not in NOT_KEPT}


def _dependents(application: PolicyTrack, event: Event) -> list[RecordedEvent]:
    return application.resting_on([event.target]) if isinstance(event, EventRetracted) else []


def _last_position(decision: RecordEvents) -> int:
    """Return the position of the last event of a decision whose events are all recorded."""
    return next(outcome.position for outcome in reversed(decision.outcomes) if outcome is not None)


def _mark(events: Sequence[Event], position: int) -> str:
    return f"{position}.{sha256(''.join(event.to_json() for event in events).encode()).hexdigest()}"


def _findings(error: PolicytrackError, topic: str) -> list[Finding]:
    found = []
    for one in findings_of(error):
        path = one.field or (one.place.source if one.place else "")
        as_written = re.sub(r"\.([0-9]+)", lambda number: f"[{int(number[1]) + 1}]", path)  # items count from 1
        what = one.what.removeprefix(f"{topic}.").removeprefix(as_written).removeprefix(":").strip()
        is_missing = what == "is missing"
        checks = one.checks if isinstance(one, NeedsAcknowledgement) else ()
        hint = one.hint.replace("add --cascade", "choose cascade")  # a form has no flags
        found.append(Finding(path, "required" if is_missing else what, "" if is_missing else hint, checks))
    return found


def _recorded_meanwhile(events: list[RecordedEvent]) -> Changed:
    named = ", ".join(f"{one.name} {one.event.TOPIC}" for one in events[:5])
    more = f" and {len(events) - 5} more" if len(events) > 5 else ""
    return Changed(
        f"recorded since the preview, and relevant here: {named}{more}", hint="check the effect, then record it"
    )

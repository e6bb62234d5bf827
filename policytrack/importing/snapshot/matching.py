"""Matches the events of a table with events in the ledger: equal, changed in figure or date, new, or gone.

A table gives the date of a fact, or only shows that it happened by the table's day. Only the fields that a table fills
are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from policytrack.events import Event
from policytrack.importing.snapshot.state import Current
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity

_ENVELOPE: Final = frozenset(
    {"event_id", "type", "schema_version", "effective", "known_on", "sources", "supersedes", "acknowledged",
     "recorded_by", "note"}
)  # fmt: skip


@dataclass(slots=True)
class Pairing:
    """A table's events of one kind and subject, paired with those in force."""

    same: list[tuple[Event, Current]] = field(default_factory=list)
    changed: list[tuple[Event, Current]] = field(default_factory=list)
    new: list[Event] = field(default_factory=list)
    gone: list[Current] = field(default_factory=list)
    """Events in force that the table no longer has."""


def pairing(events: Iterable[Event], current: Iterable[Current], day: date, *, by_order: bool = True) -> Pairing:
    """Pair the events of a table with those in force; `day` is the day of the table.

    Equal events are paired first, then events with the same date, then with the same figures; with `by_order`, the rest
    in the order of dates.
    """
    result = Pairing(new=sorted(events, key=day_of), gone=sorted(current, key=lambda one: day_of(one.event)))
    rules: list[Callable[[Event, Current], bool]] = [
        lambda new, old: same_figures(new, old.event) and same_time(new, old.event, day, old.first_known),
        lambda new, old: gives_date(new, day) and same_time(new, old.event, day, old.first_known),
        lambda new, old: same_figures(new, old.event),
    ]
    if by_order:
        rules.append(lambda new, old: True)
    for rule in rules:
        pairs = result.same if rule is rules[0] else result.changed
        for event in list(result.new):
            for one in result.gone:
                if rule(event, one):
                    pairs.append((event, one))
                    result.new.remove(event)
                    result.gone.remove(one)
                    break
    return result


def said(event: Event) -> tuple[str, ...]:
    """Return the names of the event's own fields whose values differ from their defaults."""
    filled, fields = sorted(event.model_fields_set - _ENVELOPE), type(event).model_fields
    return tuple(name for name in filled if getattr(event, name) != fields[name].default)


def same_figures(new: Event, old: Event) -> bool:
    """Return whether the older event has the same values in all fields that the table fills, except the date."""
    return all(_plain(getattr(new, name)) == _plain(getattr(old, name)) for name in said(new))


def same_time(new: Event, old: Event, day: date, first_known: date) -> bool:
    """Return whether the date in a table, or its absence, agrees with that of an older event.

    `day` is the day of the table, `first_known` the day on which the older event was first known.
    """
    if new.effective.edtf == old.effective.edtf:
        return True
    if not gives_date(new, day):
        return is_by_then(old, first_known)
    if new.effective.earliest is None:
        # "By 1992" is less precise than "by 1990", and does not contradict it.
        return old.effective.earliest is None and day_of(old) <= day_of(new)
    is_open = is_by_then(new, new.known_on) and is_by_then(old, first_known)
    return new.effective.earliest == old.effective.earliest and is_open


def gives_date(event: Event, day: date) -> bool:
    """Return whether a table's event has a date, not only the information that it happened by the table's day."""
    latest = event.effective.latest
    return event.effective.earliest is not None or (latest is not None and latest < day)


def is_by_then(event: Event, first_known: date) -> bool:
    """Return whether an event is only known to have happened by the day on which it was first known."""
    effective = event.effective
    latest = effective.latest
    return effective.earliest != latest and (latest is None or latest >= first_known)


def day_of(event: Event) -> date:
    """Return the day from which an event counts: its latest possible day."""
    return event.effective.latest_by(event.known_on)


def time_of_revision(new: Event, old: Current, day: date) -> str:
    """Return the EDTF date of a revision: the table's date, or if it gives none, by the day first known."""
    if same_time(new, old.event, day, old.first_known):
        return old.event.effective.edtf
    earliest = new.effective.earliest
    if gives_date(new, day) and not is_by_then(new, new.known_on):
        return new.effective.edtf
    first = min(day_of(old.event), old.first_known) if is_by_then(old.event, old.first_known) else old.first_known
    if earliest is None:
        return f"../{first}"
    return f"{earliest}/{first}" if earliest < first else new.effective.edtf


def _plain(value: Any) -> Any:
    """Return a value without its spelling: "2,000 t/yr" is 2000."""
    if isinstance(value, Capacity):
        return value.value, value.bound, value.at_most
    if isinstance(value, VagueDate):
        return value.edtf
    if isinstance(value, BaseModel):
        return {name: _plain(one) for name, one in value if name != "written"}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value

"""Which event of the ledger a table's event is: the same statement, the same with another figure or date, or none.

A table says when something happened, or only that it had happened by its day. What it leaves blank it does not say:
only the fields that it fills are compared.
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
    """A table's events of one kind and subject, and those in force."""

    same: list[tuple[Event, Current]] = field(default_factory=list)
    changed: list[tuple[Event, Current]] = field(default_factory=list)
    new: list[Event] = field(default_factory=list)
    gone: list[Current] = field(default_factory=list)
    """In force, and not in the table."""


def pairing(events: Iterable[Event], current: Iterable[Current], day: date, *, by_order: bool = True) -> Pairing:
    """Pair the events of a table of the day with those in force: what is equal first, then what has the same date, then
    what has the same figures; then, with `by_order`, what is left in the order of the dates."""
    found = Pairing(new=sorted(events, key=day_of), gone=sorted(current, key=lambda one: day_of(one.event)))
    rules: list[Callable[[Event, Current], bool]] = [
        lambda new, old: same_figures(new, old.event) and same_time(new, old.event, day, old.first_known),
        lambda new, old: gives_date(new, day) and same_time(new, old.event, day, old.first_known),
        lambda new, old: same_figures(new, old.event),
    ]
    if by_order:
        rules.append(lambda new, old: True)
    for rule in rules:
        pairs = found.same if rule is rules[0] else found.changed
        for event in list(found.new):
            for one in found.gone:
                if rule(event, one):
                    pairs.append((event, one))
                    found.new.remove(event)
                    found.gone.remove(one)
                    break
    return found


def said(event: Event) -> tuple[str, ...]:
    """The fields of the event's own that were filled with something else than what holds without them."""
    given, fields = sorted(event.model_fields_set - _ENVELOPE), type(event).model_fields
    return tuple(name for name in given if getattr(event, name) != fields[name].default)


def same_figures(new: Event, old: Event) -> bool:
    """Whether the older event says all that the table's event says, but for the date."""
    return all(_plain(getattr(new, name)) == _plain(getattr(old, name)) for name in said(new))


def same_time(new: Event, old: Event, day: date, first_known: date) -> bool:
    """Whether the date that a table of the day gives, or its silence, agrees with that of an older event, which was
    first known on a day."""
    if new.effective.edtf == old.effective.edtf:
        return True
    if not gives_date(new, day):
        return is_by_then(old, first_known)
    if new.effective.earliest is None:
        # "By 1992" is less than "by 1990", and takes nothing back.
        return old.effective.earliest is None and day_of(old) <= day_of(new)
    is_open = is_by_then(new, new.known_on) and is_by_then(old, first_known)
    return new.effective.earliest == old.effective.earliest and is_open


def gives_date(event: Event, day: date) -> bool:
    """Whether an event of a table of the day says more of its date than that it had happened by that day."""
    latest = event.effective.latest
    return event.effective.earliest is not None or (latest is not None and latest < day)


def is_by_then(event: Event, first_known: date) -> bool:
    """Whether an event had happened by the day on which it was first known, and no source gives the day itself."""
    effective = event.effective
    latest = effective.latest
    return effective.earliest != latest and (latest is None or latest >= first_known)


def day_of(event: Event) -> date:
    """The day from which an event counts: the last that it may have happened on."""
    return event.effective.latest_by(event.known_on)


def time_of_revision(new: Event, old: Current, day: date) -> str:
    """The date of a revision: as the table gives it. What had happened by the day of the table had happened by the day
    on which it was first known."""
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
    """A value without its spelling: "2,000 t/yr" is 2000."""
    if isinstance(value, Capacity):
        return value.value, value.bound
    if isinstance(value, VagueDate):
        return value.edtf
    if isinstance(value, BaseModel):
        return {name: _plain(one) for name, one in value if name != "written"}
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value

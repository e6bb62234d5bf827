"""Registers facilities, projects and activities that rows describe beside the events that name them.

A row of any event may describe the things that it names: ``facility.country`` is the country of the facility of its
``facility_id``. The first row that describes a thing registers it, before the event of the row. Nothing is guessed: a
description without a required field is refused, and an id without a description must be registered by another row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policytrack.errors import MalformedInput, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.events.activities import ActivityRegistered
from policytrack.events.envelope import Event, Registers
from policytrack.events.fields import fields_of
from policytrack.events.registry import FacilityRegistered, ProjectRegistered
from policytrack.importing.event_row import Row

DESCRIBED: Final[dict[str, type[Event]]] = {
    "activity": ActivityRegistered,
    "facility": FacilityRegistered,
    "project": ProjectRegistered,
}
"""The kinds of things that a row may describe, in the order of registration, each with the event that registers it."""
_SHARED: Final[tuple[str, ...]] = ("known_on", "sources")
_ENVELOPE: Final = frozenset(Event.model_fields) - {"sources"}


@dataclass(slots=True)
class ThingRegistrar:
    """Takes the descriptions of things out of rows, and inserts the registrations of those that are not registered."""

    known: dict[str, set[str]] = field(default_factory=dict)
    """Ids that the ledger or an earlier row registers, by kind."""
    new: dict[str, str] = field(default_factory=dict)
    """The kind and name of each newly registered thing, by kind and id."""
    _refused: set[tuple[str, str]] = field(default_factory=set)

    def know(self, kind: str, id_: str) -> None:
        """Add a registered id."""
        self.known.setdefault(kind, set()).add(id_)

    def prepare(self, items: Iterable[Row | PolicytrackError]) -> Iterator[Row | PolicytrackError]:
        """Yield the rows without descriptions, each after the registrations that it needs."""
        for item in items:
            event_type = EVENT_TYPES.get(str(item.fields.get("type"))) if isinstance(item, Row) else None
            if not isinstance(item, Row) or event_type is None:
                yield item
                continue
            described = {kind: item.fields.pop(kind) for kind in DESCRIBED if _is_description(item, kind, event_type)}
            for kind, description in described.items():
                yield from self._registered(kind, description, described, item)
            for name, field_ in fields_of(event_type).items():
                if isinstance(field_.mark, Registers) and isinstance(item.fields.get(name), str):
                    self.know(field_.mark.kind, item.fields[name])
            yield item

    def _registered(
        self, kind: str, description: dict[str, Any], described: Mapping[str, dict[str, Any]], row: Row
    ) -> Iterator[Row | MalformedInput]:
        """Yield the registration of a described thing, or why there can be none; nothing for a registered one."""
        of_project = described.get("project", {})
        id_name = f"{kind}_id"
        stated = row.fields.get(id_name) or of_project.get(id_name)
        id_ = stated if isinstance(stated, str) else None
        if id_ in self.known.get(kind, ()) or (kind, str(id_)) in self._refused:
            return
        fields: dict[str, Any] = {**description, id_name: id_}
        if kind == "project":
            fields |= {name: row.fields[name] for name in ("facility_id", "activity_id") if name in row.fields}
            fields |= {name: description[name] for name in ("facility_id", "activity_id") if name in description}
        required = [name for name, one in fields_of(DESCRIBED[kind]).items() if one.required and not fields.get(name)]
        if required:
            self._refused.add((kind, str(id_)))
            what = f"{kind} {id_!r} is not registered, and the row does not give its {' and '.join(required)}"
            if id_ is None:
                what = f"the row describes a {kind}, and has no {id_name}"
            missing = id_name if id_ is None else f"{kind}.{required[0]}"
            hint = f"add {missing}, or register the {kind} first"
            yield MalformedInput(what, hint=hint, place=row.locate((kind,) if id_ is None else (id_name,)))
            fields["type"] = DESCRIBED[kind].TOPIC
            yield Row(fields, row.place, row.locate, is_broken=True)
            return
        self.know(kind, str(id_))
        self.new[f"{kind} {id_}"] = str(fields["name"])
        shared = {name: row.fields[name] for name in _SHARED if name in row.fields}
        registration: dict[str, Any] = {**shared, **fields, "type": DESCRIBED[kind].TOPIC}
        yield Row(
            registration,
            row.place,
            lambda path: row.locate((kind, *path)) if path[:1] and path[0] in description else row.locate((id_name,)),
        )

    def lines(self, most: int) -> Iterator[str]:
        """Yield which things are registered, at most so many."""
        for thing, name in list(self.new.items())[:most]:
            yield f"{thing} is registered: {name}"
        if len(self.new) > most:
            yield f"… and {len(self.new) - most} more"


def described_field(path: tuple[str | int, ...]) -> tuple[type[Event], tuple[str | int, ...]] | None:
    """Return the event that registers what a path such as ``facility.country`` describes, and the field there.

    None: the path describes no thing.
    """
    event_type = DESCRIBED.get(str(path[0])) if len(path) > 1 else None
    if event_type is None or str(path[1]) not in fields_of(event_type) or path[1] in _ENVELOPE:
        return None
    return event_type, path[1:]


def _is_description(row: Row, kind: str, event_type: type[Event]) -> bool:
    return kind not in fields_of(event_type) and isinstance(row.fields.get(kind), dict)

"""Plain events: those of a large import of which it can be seen at once that they are new and may be recorded.

An event is plain when nothing else in the record or in the import carries its id or says the same, when it speaks of
no other event, and when the ids that it names stand without question. Everything else goes through `decide`, which
alone refuses; so the plain way may only ever say too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from policytrack.decide.boundary import REGISTERED_BY
from policytrack.decide.capacity_checks import step_of
from policytrack.events.envelope import Event, Refers, Registers
from policytrack.values.ids import names_an_event

Id = tuple[str, str]
"""The kind of an id, and the id."""

_UNIT: Final = re.compile('"unit":"([^"]*)"')


class Draft(NamedTuple):
    """An event that is to be recorded: its stored form, and what a decision asks of it. Texts and numbers only, so
    that it passes between processes as it is."""

    event_id: str
    has_own_id: bool
    """Whether the file gives the id; else it is made of what the event says."""
    statement_key: str
    type: str
    data: str
    tags: str
    """As a JSON list, as they are stored."""
    known_on: str
    registers: tuple[Id, ...]
    refers: tuple[Id, ...]
    """What must be registered."""
    about: tuple[str, ...]
    """Tags of the other events that it speaks of, and on which the decision depends."""
    units: tuple[str, ...]
    activity_id: str | None
    project_id: str | None
    line: int
    column: int
    step: tuple[Any, ...] | None
    """What the checks of completions and retirements need of it: a `Step`."""
    where: Any
    """What tells the places of its fields; only the reader of the file understands it."""


def json_list(tags: Iterable[str]) -> str:
    """Tags as the store keeps them."""
    return orjson.dumps(list(tags)).decode()


def key_of_id(event_id: UUID) -> int:
    """A number of 64 bits for an event id: two ids hardly ever have the same."""
    return event_id.int & 0xFFFF_FFFF_FFFF_FFFF


def key_of_statement(statement_key: str) -> int:
    """The same for what an event says."""
    return int(statement_key[:16], 16)


class Registration(NamedTuple):
    """What an event brings into the record, with what tells whether that is all there is to it."""

    kind: str
    id: str
    event_id: str
    statement_key: str
    activity_id: str | None
    is_about_another: bool


class Registered(NamedTuple):
    """An id that stands, with the activity if it is that of a project."""

    activity_id: str | None


def draft_of(event: Event, line: int = 0, column: int = 0, where: Any = "", *, has_own_id: bool = True) -> Draft:
    """The draft of an event at a place of a file."""
    event_id, tags, data = str(event.event_id), event.tags(), event.to_json()
    own = f"event:{event_id}"
    fields = event.__dict__  # an attribute that an event does not have costs more to ask for than all the rest
    registers: list[Id] = []
    refers: list[Id] = []
    for mark, (kind, id_, _) in event.marked():
        if isinstance(mark, Registers):
            registers.append((kind, id_))
        elif isinstance(mark, Refers) and (kind == "activity" or kind in REGISTERED_BY):
            refers.append((kind, id_))
    return Draft(
        event_id,
        has_own_id,
        event.statement_key(),
        event.TOPIC,
        data,
        json_list(tags),
        event.known_on.isoformat(),
        tuple(registers),
        tuple(refers),
        tuple([tag for tag in tags if tag.startswith("event:") and tag != own]),
        tuple(set(_UNIT.findall(data))) if '"unit":"' in data else (),
        fields.get("activity_id"),
        fields.get("project_id"),
        line,
        column,
        tuple(step) if (step := step_of(event)) is not None else None,
        where,
    )


@dataclass(slots=True)
class Standing:
    """What is known of the ids that plain events name: `units` of the activities, and what is `registered` once, here
    or in the record, and not spoken of again. All other ids are in question."""

    units: Mapping[str, str]
    registered: dict[Id, Registered] = field(default_factory=dict)
    in_question: set[Id] = field(default_factory=set)

    def accepts(self, draft: Draft) -> bool:
        """Whether a draft that speaks of no other event, and of which there is no second, may be recorded."""
        for id_ in draft.registers:
            if id_ in self.in_question or names_an_event(id_[1]):
                return False
        for id_ in draft.refers:
            if id_[0] == "activity":
                if id_[1] not in self.units:
                    return False
            elif id_ in self.in_question or id_ not in self.registered:
                return False
        return not draft.units or draft.units == (self._unit_of(draft),)

    def _unit_of(self, draft: Draft) -> str | None:
        activity = draft.activity_id
        if activity is None and draft.project_id is not None:
            project = self.registered.get(("project", draft.project_id))
            activity = project.activity_id if project else None
        return self.units.get(activity) if activity else None

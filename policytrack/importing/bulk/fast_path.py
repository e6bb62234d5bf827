"""Selects the events of a large import that can be recorded without a full decision (the fast path).

An event takes the fast path when

* no other event in the ledger or in the import has its id or its content,
* it refers to no other event, and
* every id that it names is registered exactly once.

All other events go through `decide`, and only `decide` refuses. The fast path may therefore be too strict, never too
lenient: it can cost time, not correctness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from policytrack.decide.boundary import REGISTERED_BY
from policytrack.decide.capacity_checks import capacity_steps
from policytrack.events.custom_fields import FieldDeclared
from policytrack.events.envelope import Event, Refers, Registers
from policytrack.events.registry import FacilityMoved, ProjectRegistered
from policytrack.events.succession import FacilityMerged, FacilitySplit
from policytrack.values.field_values import Declaration
from policytrack.values.ids import numbered_thing

Id = tuple[str, str]
"""The kind of an id, and the id."""

_OF_ONE_COUNTRY: Final = {FacilityMoved.TOPIC, FacilityMerged.TOPIC, FacilitySplit.TOPIC}
"""Event types of which a decision compares the countries of facilities."""
_UNIT: Final = re.compile('"unit":"([^"]*)"')


class Draft(NamedTuple):
    """An event to be recorded: its stored form, and the parts of it that a decision needs.

    All fields are strings and numbers, so that worker processes can send a draft cheaply.
    """

    event_id: str
    has_own_id: bool
    """Whether the file gives the id; if not, the id is derived from the content."""
    statement_key: str
    type: str
    data: str
    tags: str
    """A JSON list, as stored."""
    known_on: str
    registers: tuple[Id, ...]
    refers: tuple[Id, ...]
    """Ids that must be registered."""
    about: tuple[str, ...]
    """`event:` tags of the other events that it refers to."""
    units: tuple[str, ...]
    activity_id: str | None
    project_id: str | None
    country: str | None
    line: int
    column: int
    steps: tuple[tuple[Any, ...], ...]
    """The fields of each `Step`, for the checks of completions, retirements and handovers."""
    where: Any
    """The places of its fields, in a form that only the reader of the file understands."""


def json_list(tags: Iterable[str]) -> str:
    """Format tags as the event store stores them."""
    return orjson.dumps(list(tags)).decode()


def key_of_id(event_id: UUID) -> int:
    """Return the lower 64 bits of an event id. A collision only sends an event through the full decision."""
    return event_id.int & 0xFFFF_FFFF_FFFF_FFFF


def key_of_statement(statement_key: str) -> int:
    """Return the first 64 bits of a statement key. A collision only sends an event through the full decision."""
    return int(statement_key[:16], 16)


class Registration(NamedTuple):
    """An id that an event registers, with the event's id and content, to detect a second registration."""

    kind: str
    id: str
    event_id: str
    statement_key: str
    activity_id: str | None
    is_about_another: bool
    unit: str | None = None
    part_of: str | None = None
    country: str | None = None
    declaration: Declaration | None = None
    phase_of: str | None = None


class Registered(NamedTuple):
    """A registered id.

    `activity_id` is set for a project, lot and swap, `unit` and `part_of` for an activity, `country` for a facility,
    `phase_of` for a project, `declaration` for a custom field.
    """

    activity_id: str | None
    unit: str | None = None
    part_of: str | None = None
    country: str | None = None
    declaration: Declaration | None = None
    phase_of: str | None = None


def registrations_of(draft: Draft) -> Iterator[Registration]:
    """Yield the registrations that a draft makes."""
    for kind, id_ in draft.registers:
        made = Registration(kind, id_, draft.event_id, draft.statement_key, None, bool(draft.about))
        if kind in ("project", "lot", "swap"):
            made = made._replace(
                activity_id=draft.activity_id, phase_of=_whole_of(draft) if kind == "project" else None
            )
        elif kind == "facility":
            made = made._replace(country=draft.country)
        elif kind == "activity":
            whole = next((name for of_kind, name in draft.refers if of_kind == "activity"), None)
            made = made._replace(unit=draft.units[0], part_of=whole)
        elif kind == "field":
            made = made._replace(declaration=FieldDeclared.model_validate_json(draft.data).declaration)
        yield made


def _whole_of(registration: Draft) -> str | None:
    """Return the project that a registered project is a phase of."""
    return next((id_ for kind, id_ in registration.refers if kind == "project"), None)


def draft_of(event: Event, line: int = 0, column: int = 0, where: Any = "", *, has_own_id: bool = True) -> Draft:
    """Return the draft of an event read from a line and column of a file."""
    event_id, tags, data = str(event.event_id), event.tags(), event.to_json()
    own = f"event:{event_id}"
    fields = event.__dict__  # getattr of a missing attribute is slow: pydantic raises and catches AttributeError
    registers: list[Id] = []
    refers: list[Id] = []
    for mark, (kind, id_, _) in event.marked():
        if type(mark) is Registers:
            registers.append((kind, id_))
        elif type(mark) is Refers and kind in REGISTERED_BY:
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
        fields.get("country"),
        line,
        column,
        tuple(map(tuple, capacity_steps(event))),
        where,
    )


@dataclass(slots=True)
class RegisteredIds:
    """The ids that fast-path events may name.

    `units` is the unit of each built-in activity. `registered` holds ids registered exactly once, in the ledger or in
    the import, and not corrected or retracted. Ids `in_question` need the full decision.
    """

    units: Mapping[str, str]
    registered: dict[Id, Registered] = field(default_factory=dict)
    in_question: set[Id] = field(default_factory=set)

    def accepts(self, draft: Draft) -> bool:
        """Return whether a draft may be recorded; it must refer to no other event and be unique."""
        if draft.type in _OF_ONE_COUNTRY or (draft.type == ProjectRegistered.TOPIC and _whole_of(draft)):
            return False
        for id_ in draft.registers:
            if id_ in self.in_question or numbered_thing(id_[1]) or id_[0] in ("activity", "unit", "field"):
                return False
        for id_ in draft.refers:
            if id_ in self.in_question or id_[0] == "field":  # `decide` checks the value of a custom field
                return False
            if id_ not in self.registered and (id_[0] != "activity" or id_[1] not in self.units):
                return False
        return not draft.units or draft.units == (self._unit_of(draft),)

    def _unit_of(self, draft: Draft) -> str | None:
        activity = draft.activity_id
        if activity is None and draft.project_id is not None:
            project = self.registered.get(("project", draft.project_id))
            activity = project.activity_id if project else None
        if activity is None:
            return None
        registered = self.registered.get(("activity", activity))
        return registered.unit if registered else self.units.get(activity)

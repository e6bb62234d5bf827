"""Defines the fields of every event: valid date, known date, sources, and the event that it supersedes.

An event states what has happened by its `known_on` day. Events are frozen, refuse unknown fields, and are validated
when they are written and when they are read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from policytrack.events.content import REPEATED, TAG, statement_key
from policytrack.values.choices import Assertion, Because
from policytrack.values.dates import VagueDate
from policytrack.values.ids import Slug

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""Free text: not empty, without control characters that hide or reorder what is read."""

SourceClass = Literal["regulator", "filing", "company", "state-media", "trade-press", "aggregator", "analyst"]
EffectiveDefault = Literal["by_known_on", "known_on"]
"""``by_known_on``: any day up to the known date. ``known_on``: the known date itself."""

# Control characters other than tab and line ends, and bidirectional overrides.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_NOT_CONTENT = ("event_id", "known_on", "recorded_by", "note", "acknowledged")
_NOT_REGISTERED = (*_NOT_CONTENT, "effective")


def _hides(text: object) -> bool:
    return isinstance(text, str) and _HIDDEN.search(text) is not None


def _are_printable(values: Iterable[Any]) -> bool:
    """Return whether all texts among the values, and in lists among them, are printable."""
    for value in values:
        kind = type(value)
        if kind is str:
            if not value.isprintable():
                return False
        elif kind is list or kind is tuple:
            for text in value:
                if type(text) is str and not text.isprintable():
                    return False
    return True


@dataclass(frozen=True, slots=True)
class Registers:
    """Marks a field that registers a new id of this kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class Refers:
    """Marks a field that names a registered id of this kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class Item:
    """Marks a list, with the name of one item for flags."""

    name: str


@dataclass(frozen=True, slots=True)
class Groups:
    """Marks an id that groups several events and is not registered by any event."""

    kind: str


def registration_tag(kind: str, id_: str) -> str:
    """Return the tag by which the registration of an id is found, with its corrections and retraction.

    Every capacity of an activity has the tag ``activity:ID``, and every value of a field ``field:ID``. A query for it
    would go through all of them, so that registrations of activities and fields have a tag of their own.
    """
    return f"{kind}-registration:{id_}" if kind in ("activity", "field") else f"{kind}:{id_}"


Mark = Registers | Refers | Groups
MarkKind = type[Registers] | type[Refers] | type[Groups] | UnionType

FirmId = Annotated[Slug, Refers("firm")]
FacilityId = Annotated[Slug, Refers("facility")]
ProjectId = Annotated[Slug, Refers("project")]
ActivityId = Annotated[Slug, Refers("activity")]
SwapId = Annotated[Slug, Refers("swap")]
LotId = Annotated[Slug, Refers("lot")]
RuleId = Annotated[Slug, Refers("rule")]


class Part(BaseModel):
    """A part of an event: frozen, and no field beyond those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _no_hidden_characters(cls, data: Any) -> Any:
        if isinstance(data, dict):
            # Fast path: printable text contains no hidden characters.
            if _are_printable(data.values()):
                return data
            for name, value in data.items():
                if any(map(_hides, value if isinstance(value, list | tuple) else (value,))):
                    raise PydanticCustomError(
                        "hidden_character",
                        "{field} contains a control character or a mark that reverses the reading order",
                        {"field": str(name)},
                    )
        return data


class Source(Part):
    """A document that states the fact, with as much of its address as is known."""

    SPELLING: ClassVar = ("class", "language", "state_affiliated", "quote", "archived_url", "sha256")
    """What describes the document; title, publisher, address, day and locator say which it is."""

    title: Text
    """Title of the document, in the language of the source."""
    publisher: Text | None = None
    """Who published it: an authority, a firm, a newspaper."""
    url: Text | None = None
    """Address of the document; http or https."""
    published_on: VagueDate | None = None
    """Day, month or year of publication."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] | None = None
    """Language of the document as a BCP 47 tag: en, zh."""
    source_class: SourceClass = Field(alias="class")
    """Kind of publisher."""
    state_affiliated: bool = False
    """True if state media or a state firm makes the statement, even if another publisher prints it."""
    locator: Text | None = None
    """Page, paragraph or table."""
    quote: Text | None = None
    """Quotation that states the fact."""
    archived_url: Text | None = None
    """Address of an archived copy."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 checksum of the document, 64 hexadecimal digits."""


class Supersedes(Part):
    """The event that this one replaces, and why: `error` (we mistyped) or `revision` (the source changed)."""

    event_id: UUID
    """Id of the event that is replaced."""
    because: Because
    """`error`: it was recorded wrongly and never counts. `revision`: the source changed its figure, which counts until
    then."""


class Acknowledged(Part):
    """A check that refuses or reports an event, and the reason to record it all the same."""

    check: Text
    """Name of the check, for instance lot_overdrawn."""
    reason: Text
    """Why the event is right although the check reports it."""


class Event(Part):
    """A fact that happened, as some source states it. Subclasses add the fact's own fields."""

    # Caches of derived values. `model_copy` copies fields, not slots, so a changed copy computes its own.
    __slots__ = ("_ids", "_json", "_key", "_statement", "_tags")

    TOPIC: ClassVar[str] = ""
    """The wire name; stored, never a Python path."""

    IS_REGISTRATION: ClassVar[bool] = False
    """Whether the event is about our ids and not about the world."""

    NEWEST_VERSION: ClassVar[int] = 1
    """The newest schema version, where an event is written in the oldest one that can express it."""

    TAGS: ClassVar[tuple[str, ...]] = ()
    """Tags of every event of the type, beside those of its ids, to read them all at once."""

    EFFECTIVE_DEFAULT: ClassVar[EffectiveDefault | None] = None
    """Which valid date an event without one gets; None: the date must be given."""

    event_id: UUID
    """UUID of the event. [default: made from the content]"""
    type: str
    """Wire name of the event type."""
    schema_version: int = 1
    """Version of the schema of this type."""
    effective: VagueDate
    """Valid date, when it was true in the world: 2025-10-27, 2025-10, 2026-Q4, ../2025-10-27."""
    known_on: date
    """Known date: the day it was public. [default: today]"""
    sources: Annotated[tuple[Source, ...], Item("source")] = ()
    """Document that states it: title=…,class=regulator,publisher=…,url=…,published_on=…,locator=…"""
    assertion: Assertion = "reported"
    """How sure the source is."""
    supersedes: Supersedes | None = None
    """The event that this one corrects, and why."""
    acknowledged: tuple[Acknowledged, ...] = ()
    """Checks that refuse or report the event, each with the reason to record it all the same."""
    recorded_by: Text | None = None
    """Who recorded it."""
    note: Text | None = None
    """A remark. It is stored with the event and changes no figure."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.TOPIC = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @model_validator(mode="after")
    def _effective_by_known_on(self) -> Event:
        earliest = self.effective.earliest
        if earliest is not None and earliest > self.known_on:
            raise PydanticCustomError(
                "effective_after_known_on",
                "effective {effective} begins after known_on {known_on}: an event states what has happened by the"
                " day it was known; a plan is a field (due, retire_by), not a date in the future",
                {"effective": str(self.effective), "known_on": self.known_on.isoformat()},
            )
        return self

    @classmethod
    @cache
    def newest_version(cls) -> int:
        """Return the newest schema version of the type."""
        return max(cls.NEWEST_VERSION, int(cls.model_fields["schema_version"].default))

    def ids(self, mark: MarkKind = Mark) -> list[tuple[str, str, str]]:
        """Return the ids in the event as (kind, id, path of the field); with `mark`, only those with this mark."""
        return [marked for note, marked in self.marked() if isinstance(note, mark)]

    def marked(self) -> list[tuple[Mark, tuple[str, str, str]]]:
        """Return all ids in the event, each with its mark."""
        try:
            marked: list[tuple[Mark, tuple[str, str, str]]] = _kept_ids(self)
        except AttributeError:
            marked = list(_marked(self, ""))
            object.__setattr__(self, "_ids", marked)
        return marked

    def content_key(self) -> str:
        """Return 32 hex digits that are equal for equal words by the same sources (first version of `statement_key`).

        Derived event ids and the tags of older events depend on it, so it must never change. It leaves out event_id,
        known_on, recorded_by, note and acknowledged; for a registration also effective, whose default is the day of
        recording.
        """
        try:
            key: str = _kept_key(self)
        except AttributeError:
            key = words_key(self.to_json(), is_registration=self.IS_REGISTRATION)
            object.__setattr__(self, "_key", key)
        return key

    def statement_key(self) -> str:
        """Return 32 hex digits that are equal for equal statements by the same sources, whatever their spelling.

        `policytrack.events.content` defines spelling. An acknowledged repetition has its own key.
        """
        try:
            key: str = _kept_statement(self)
        except AttributeError:
            key = statement_key(type(self), self.TOPIC, self.to_json(), left_out=self._not_stated())
            object.__setattr__(self, "_statement", key)
        return key

    def content_tags(self) -> list[str]:
        """Return the tags that an event with equal content may have: of its statement key and of its content key."""
        tags = [f"{TAG}{self.statement_key()}"]
        return tags if self.is_repetition else [*tags, f"content:{self.content_key()}"]

    @property
    def is_repetition(self) -> bool:
        """Return whether the event is acknowledged as another occurrence of an equal statement."""
        return any(one.check == REPEATED for one in self.acknowledged)

    def _not_stated(self) -> tuple[str, ...]:
        """Return ``("effective",)`` if its value is only the default, the day of recording."""
        is_default = self.EFFECTIVE_DEFAULT == "known_on" and self.effective.edtf == self.known_on.isoformat()
        return ("effective",) if self.IS_REGISTRATION or is_default else ()

    def tags(self) -> list[str]:
        """Return the tags of the event from its content: ``firm:…``, ``project:…``, ``event:…``."""
        try:
            tags: tuple[str, ...] = _kept_tags(self)
        except AttributeError:
            own = {f"event:{self.event_id}", *self.TAGS}
            for mark, (kind, id_, _) in self.marked():
                own.add(f"{kind}:{id_}")
                if type(mark) is Registers:
                    own.add(registration_tag(kind, id_))
            own.add(f"{TAG}{self.statement_key()}")
            if self.supersedes:
                own.add(f"event:{self.supersedes.event_id}")
            tags = tuple(sorted(own))
            object.__setattr__(self, "_tags", tags)
        return list(tags)

    def with_cached(self, statement_key: str, data: str | None = None) -> Self:
        """Cache the statement key, and the stored form, that the caller knows; return the event."""
        object.__setattr__(self, "_statement", statement_key)
        if data is not None:
            object.__setattr__(self, "_json", data)
        return self

    def to_json(self) -> str:
        """Return the stored form: plain JSON with fields in the order of the class, without absent ones."""
        try:
            text: str = _kept_json(self)
        except AttributeError:
            text = self.model_dump_json(exclude_none=True, by_alias=True)
            object.__setattr__(self, "_json", text)
        return text


def words_key(data: str, *, is_registration: bool) -> str:
    """Return `Event.content_key` of a stored form."""
    content = orjson.loads(data)
    for name in _NOT_REGISTERED if is_registration else _NOT_CONTENT:
        content.pop(name, None)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


# Read the slots through their descriptors: attribute access on the event would make pydantic format an error message
# for each empty slot.
_kept_ids, _kept_json, _kept_key, _kept_statement, _kept_tags = (
    Event.__dict__[name].__get__ for name in Event.__slots__
)


def _marked(part: BaseModel, path: str) -> Iterator[tuple[Mark, tuple[str, str, str]]]:
    for name, note in _fields_with_ids(type(part)):
        value = getattr(part, name)
        if value is None:
            continue
        if note is not None:
            if isinstance(value, tuple):
                yield from ((note, (note.kind, id_, f"{path}{name}.{index}")) for index, id_ in enumerate(value))
            else:
                yield note, (note.kind, value, f"{path}{name}")
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _marked(item, f"{path}{name}.{index}.")
        else:
            yield from _marked(value, f"{path}{name}.")


@cache
def marks_of(part: type[BaseModel]) -> dict[str, Mark]:
    """Return the marks of the fields of an event or a part that hold an id, by field name."""
    marks: dict[str, Mark] = {}
    for name, field in part.model_fields.items():
        # In `FirmId | None` the mark is in the metadata of the first alternative, not of the field.
        choices = [note for choice in get_args(field.annotation) for note in getattr(choice, "__metadata__", ())]
        for note in (*field.metadata, *choices):
            if isinstance(note, Mark):
                marks[name] = note
    return marks


@cache
def _fields_with_ids(part: type[BaseModel]) -> list[tuple[str, Mark | None]]:
    """Return the fields with an id and its mark, and the fields (mark None) whose parts have ids."""
    marks = marks_of(part)
    fields = ((name, marks.get(name), _models_in(field.annotation)) for name, field in part.model_fields.items())
    return [(name, note) for name, note, models in fields if note or any(map(_fields_with_ids, models))]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    choices = (annotation, *get_args(annotation), *(one for part in get_args(annotation) for one in get_args(part)))
    return [choice for choice in choices if isinstance(choice, type) and issubclass(choice, BaseModel)]

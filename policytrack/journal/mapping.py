"""Map files: how the rows of somebody else's table become events, declared in TOML.

A map says where the table is, which words stand for which, and for each event what fills its fields. Nothing in it is
a program: a field is a constant, a column, a template, or a sum.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from policytrack.date_forms import date_form
from policytrack.errors import InvalidDate, MalformedInput, NotFound, Place, RejectedImport
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import fields_of
from policytrack.ids import near_matches
from policytrack.journal import text as characters
from policytrack.journal.wording import finding

LARGEST: Final = 1024 * 1024
"""Bytes that a map may have."""
PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
"""A column's name in a template: ``{Plant ID}``."""
KNOWN_ON: Final = "known_on"
"""The name in templates under which the day stands on which the table was known."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Cells = tuple[str, ...]


def _known_form(form: str) -> str:
    try:
        date_form(form)
    except InvalidDate as error:
        raise PydanticCustomError("invalid_date", "{what}", {"hint": error.hint, "what": error.what}) from error
    return form


DateForm = Annotated[str, AfterValidator(_known_form)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TablePart(_Part):
    """Where the table is in its file."""

    sheet: Name | None = None
    header: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Row of the column names; the first that is not empty, unless said."""
    separator: Annotated[str, StringConstraints(pattern="^[,;\t|]$")] | None = None
    decimal: Literal[".", ","] | None = None
    """The decimal mark of its numbers."""
    date: DateForm | None = None
    """The form of its dates: ``DD/MM/YYYY``."""
    encoding: Name | None = None
    """Of a CSV file that is not UTF-8: ``cp1252``."""


class Condition(_Part):
    """Words of which a cell is one; templates may stand in them. ``""`` is an empty cell."""

    columns: dict[Name, Cells]

    @model_validator(mode="before")
    @classmethod
    def _of_columns(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {"columns": {name: (words,) if isinstance(words, str) else words for name, words in given.items()}}


class Filler(_Part):
    """What fills a field: exactly one of `column`, `text`, `id` and `sum`."""

    column: Name | None = None
    text: Name | None = None
    """A template: ``{Plant} {Unit}``. Empty when any of its columns is."""
    id: Name | None = None
    """A template that is made an id: lower case, words joined by hyphens."""
    sum: Name | None = None
    """A column that is added up over the rows of an event with `per`."""
    unit: Name | None = None
    """Of bare numbers: ``kt/yr``."""
    values: Name | None = None
    """The table of `[values]` that says what each word of the column stands for."""
    as_id: bool = False
    """True when the words of the column are made an id."""
    country: bool = False
    """True for a country's name in English, which is made its code."""
    empty: Cells = ()
    """Words that mean that nothing is known: the field is left out."""
    unknown: Cells = ()
    """Words that mean that there is something, and nobody says how much: the figure is recorded as unknown."""
    split: Annotated[str, StringConstraints(min_length=1, max_length=5)] | None = None
    """Separates several values in the cell."""
    item: Annotated[int, Field(ge=1, le=100)] | None = None
    """With `split`, the one that is meant; without it the field is the list of all."""
    round: Annotated[int, Field(ge=0, le=6)] | None = None
    """Decimals that a number is rounded to, half to even."""
    decimal: Literal[".", ","] | None = None
    """The decimal mark of the column, where it is not the table's."""
    date: DateForm | None = None
    """The form of the dates of the column, where it is not the table's."""
    fraction: bool = False
    """True for shares as fractions of one: 0.6 is 60 %."""
    otherwise: Name | None = None
    """A template that is used when there is nothing else."""

    @model_validator(mode="after")
    def _one_origin(self) -> Filler:
        given = [name for name in ("column", "text", "id", "sum") if getattr(self, name) is not None]
        if len(given) != 1:
            raise PydanticCustomError("one_origin", "a field is filled by one of column, text, id and sum", {})
        if (self.values or self.country or self.as_id or self.split) and self.column is None:
            raise PydanticCustomError("of_column", "values, country, as_id and split are for a column", {})
        if self.item and not self.split:
            raise PydanticCustomError("item_of_split", "item needs split: the values are counted after it", {})
        return self


class Each(_Part):
    """One event for each item of a list in a cell; lists in several columns go in step."""

    split: Annotated[str, StringConstraints(min_length=1, max_length=5)] = ";"
    columns: dict[Name, Name]
    """New column names, and the columns whose items they are. An item such as ``A [60.0%]`` gives its share, in
    percent, as the new column `share`."""


class EventPart(_Part):
    """An event that rows make: its type, which rows, and what fills its fields."""

    type: str
    when: Condition | None = None
    unless: Condition | None = None
    per: Cells = ()
    """Columns: the rows with the same cells in them make one event together."""
    each: Each | None = None
    fields: dict[str, Any]
    """A `Filler` as an inline table, a constant, or a mapping or list of these."""

    @model_validator(mode="after")
    def _knows_its_fields(self) -> EventPart:
        event_type = EVENT_TYPES.get(self.type)
        if event_type is None:
            near = near_matches(self.type, EVENT_TYPES)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise PydanticCustomError(
                "unknown_type", "unknown event type {given}{hint}", {"given": self.type, "hint": hint}
            )
        known = fields_of(event_type)
        for name in self.fields:
            if name not in known:
                near = near_matches(name, known)
                hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(known)}"
                told = {"type": self.type, "name": name, "hint": hint}
                raise PydanticCustomError("unknown_field", "{type} has no field {name}{hint}", told)
        return self


class Parts(_Part):
    """What one of several things in one row is: its columns under common names, and what is said nowhere."""

    columns: dict[Name, Name] = {}
    constants: dict[Name, str] = {}


class Firms(_Part):
    """What `--register-missing` may take for one firm, or for several."""

    same: dict[str, str] = {}
    """Names and the ids that they belong to."""
    distinct: tuple[str, ...] = ()
    """Names that are firms of their own, however like another they look."""


class Map(_Part):
    """A map file."""

    known_on: date | None = None
    source: dict[str, Any] | None = None
    """The source of every event, with the fields of a source."""
    table: TablePart = TablePart()
    values: dict[str, dict[str, str]] = {}
    parts: tuple[Parts, ...] = ()
    firms: Firms = Firms()
    event: tuple[EventPart, ...] = ()
    file: str = ""
    """The name of the file, for messages."""


def load_map(path: Path) -> Map:
    """Read a map file. Raises `NotFound`, or `RejectedImport` with everything that is wrong with it."""
    try:
        raw = path.read_bytes()
    except OSError as trouble:
        raise NotFound(f"no map {path}: {trouble.strerror}", hint="docs/import.md shows how one is written") from None
    source = str(path)
    try:
        if len(raw) > LARGEST:
            raise RejectedImport([MalformedInput(f"the map has more than {LARGEST:,} bytes", place=Place(source))], 0)
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise RejectedImport([characters.not_utf_8(problem, source, 1)], 0) from None
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise RejectedImport([_not_toml(str(problem), source)], 0) from None
    try:
        found = Map.model_validate({**content, "file": source})
        findings = list(_misnamed(found, source))
    except ValidationError as error:
        findings = [
            finding(detail, "map", Map, lambda _: Place(source), lambda _: Place(source)) for detail in error.errors()
        ]
    if findings:
        raise RejectedImport(list(findings), len(content.get("event") or ()))
    return found


def _not_toml(problem: str, source: str) -> MalformedInput:
    found = re.search(r"\(at line (\d+), column (\d+)\)", problem)
    place = Place(source, int(found[1]), int(found[2])) if found else Place(source)
    what = problem[: found.start()].strip() if found else problem
    return MalformedInput(f"this is not TOML: {what}", hint="text stands in quotes", place=place)


def place_of(source: str, path: tuple[Any, ...]) -> Place:
    """A place in a map: ``map.toml event[2].fields.capacity``; events are counted from 1."""
    shown = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return Place(f"{source} {shown.removeprefix('.')}" if shown else source)


def _misnamed(map_: Map, source: str) -> Iterator[MalformedInput]:
    """Fillers that cannot be read, and tables of values that are not there."""
    for number, event in enumerate(map_.event):
        for path, filler in fillers(event.fields):
            where = place_of(source, ("event", number, "fields", *path))
            if isinstance(filler, ValidationError):
                for detail in filler.errors():
                    yield finding(detail, "a field", Filler, lambda _, where=where: where, lambda _, where=where: where)  # type: ignore[misc] # bound at once
                continue
            if filler.values is not None and filler.values not in map_.values:
                yield MalformedInput(f"there is no table [values.{filler.values}]", hint="add it", place=where)
            if filler.sum is not None and not event.per:
                what = "sum adds up the rows of one event: the event says `per` which columns they agree in"
                yield MalformedInput(what, hint='per = ["Plant ID"]', place=where)


def is_filler(given: Any) -> bool:
    """Whether an inline table is a filler and not a mapping of fields."""
    return isinstance(given, dict) and not given.keys().isdisjoint({"column", "text", "id", "sum"})


def fillers(fields: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Filler | ValidationError]]:
    """Every filler in the fields of an event, with its path."""
    if is_filler(fields):
        try:
            yield path, Filler.model_validate(fields)
        except ValidationError as error:
            yield path, error
    elif isinstance(fields, dict):
        for name, inner in fields.items():
            yield from fillers(inner, (*path, name))
    elif isinstance(fields, list):
        for index, inner in enumerate(fields):
            yield from fillers(inner, (*path, index))

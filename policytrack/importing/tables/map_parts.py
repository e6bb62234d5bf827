"""The parts of a map file as models: conditions, what fills a field, lists in a cell, events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from policytrack.errors import InvalidDate
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import fields_of
from policytrack.values.date_forms import date_form
from policytrack.values.date_words import FISCAL_YEARS, fiscal_country
from policytrack.values.ids import near_matches

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
"""A column's name in a template: ``{Plant ID}``."""
KNOWN_ON: Final = "known_on"
"""The name in templates of the day on which the table was known."""
ROW: Final = "row"
"""The name in templates of the row's number, unless the table has a column of that name."""
SHARE: Final = "share"
"""The column that an item's percentage becomes: ``A [60.0%]``."""

EVERY_WORD: Final = "*"
"""Among the words of `[[ignore]]`: every other word of the column."""

COLUMN_ORIGINS: Final = ("column", "first", "last", "min", "max")
"""What fills a field from one cell: of the row, or of one row of several."""
ORIGINS: Final = (*COLUMN_ORIGINS, "text", "id", "sum", "count", "rows")
"""What may fill a field; a filler has exactly one."""
OVER_ROWS: Final = ("first", "last", "min", "max", "sum", "count", "rows")
"""What needs the rows of an event with `per`."""


def _known_form(form: str) -> str:
    try:
        date_form(form)
    except InvalidDate as error:
        raise PydanticCustomError("invalid_date", "{what}", {"hint": error.hint, "what": error.what}) from error
    return form


def _known_fiscal_year(name: str) -> str:
    country = fiscal_country(name)
    if country is None:
        known = ", ".join(filter(None, map(fiscal_country, FISCAL_YEARS)))
        told = {"hint": f"one of {known}", "what": f"the fiscal year of {name[:40]!r} is not known"}
        raise PydanticCustomError("invalid_date", "{what}", told)
    return country


DateForm = Annotated[str, AfterValidator(_known_form)]
FiscalCountry = Annotated[str, AfterValidator(_known_fiscal_year)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Split = Annotated[str, StringConstraints(min_length=1, max_length=5)]
Cells = tuple[str, ...]


class MapPart(BaseModel):
    """A part of a map: frozen, and no key beyond those it declares."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(MapPart):
    """Words of which a cell is one; templates may be among them. ``""`` is an empty cell.

    Beside columns, `any` and `all` hold lists of conditions, and `not` one condition.
    """

    columns: dict[Name, Cells] = {}
    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()
    without: tuple[Condition, ...] = ()
    """The condition under `not`."""

    @model_validator(mode="before")
    @classmethod
    def _of_columns(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        found: dict[str, Any] = {"columns": {}}
        for name, words in given.items():
            if name in ("any", "all") and isinstance(words, list) and all(isinstance(one, dict) for one in words):
                found[name] = words
            elif name == "not" and isinstance(words, dict):
                found["without"] = (words,)
            else:
                found["columns"][name] = (words,) if isinstance(words, str) else words
        return found

    def parts(self, *, negated: bool = True) -> Iterator[Condition]:
        """The condition itself and every one inside it, those under `not` if `negated`."""
        yield self
        for inner in (*self.any, *self.all, *(self.without if negated else ())):
            yield from inner.parts(negated=negated)

    def names(self) -> Iterator[str]:
        """Every column that it reads, also in templates."""
        for part in self.parts():
            for name, words in part.columns.items():
                yield name
                yield from (found for word in words for found in PLACEHOLDER.findall(word))


class Filler(MapPart):
    """What fills a field: exactly one of `ORIGINS`."""

    column: Name | None = None
    text: Name | None = None
    """A template: ``{Plant} {Unit}``. Empty when any of its columns is."""
    id: Name | None = None
    """A template that is made an id: lower case, words joined by hyphens."""
    sum: Name | None = None
    """A column that is added up over the rows of an event with `per`."""
    first: Name | None = None
    """A column: of the rows of an event with `per`, the first whose cell is not empty counts."""
    last: Name | None = None
    min: Name | None = None
    """A column of numbers or dates: of the rows of an event with `per`, the least counts."""
    max: Name | None = None
    count: Name | None = None
    """A column: the number of the rows of an event with `per` whose cell is not empty."""
    rows: dict[str, Any] | None = None
    """The parts of one item, for a list that has an item for each row of an event with `per`."""
    unit: Name | None = None
    """Of bare numbers: ``kt/yr``."""
    values: Name | None = None
    """The table of `[values]` that gives the meaning of each word of the column."""
    as_id: bool = False
    """True when the words of the column are made an id."""
    country: bool = False
    """True for a country's name in English, which is made its code."""
    empty: Cells = ()
    """Words that mean that nothing is known: the field is left out."""
    unknown: Cells = ()
    """Words for a figure that exists and is not known: it is recorded as unknown."""
    split: Split | None = None
    """Separates several values in the cell."""
    item: Annotated[int, Field(ge=1, le=100)] | None = None
    """With `split`, the one that is meant; without it the field is the list of all."""
    round: Annotated[int, Field(ge=0, le=6)] | None = None
    """Decimals that a number is rounded to, half to even."""
    decimal: Literal[".", ","] | None = None
    """The decimal mark of the column, where it is not the table's."""
    date: DateForm | None = None
    """The form of the dates of the column, where it is not the table's."""
    fill: bool = False
    """True when an empty cell has the text of the cell above, for the whole column."""
    hash: bool = False
    """True when an id has a digest of the letters that it cannot have, such as those of another script."""
    fraction: bool = False
    """True for shares as fractions of one: 0.6 is 60 %."""
    otherwise: Name | None = None
    """A template that is used when there is nothing else."""

    @model_validator(mode="after")
    def _one_origin(self) -> Filler:
        given = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(given) != 1:
            raise PydanticCustomError("one_origin", "a field is filled by one of {of}", {"of": ", ".join(ORIGINS)})
        if (self.values or self.country or self.as_id or self.split) and given[0] not in COLUMN_ORIGINS:
            told = {"of": ", ".join(COLUMN_ORIGINS)}
            raise PydanticCustomError("of_column", "values, country, as_id and split need a column ({of})", told)
        if self.fill and given[0] in ("text", "id", "rows"):
            raise PydanticCustomError("fill_of_column", "fill is of a column; for a template: [table] fill = […]", {})
        if self.hash and self.id is None and not self.as_id:
            raise PydanticCustomError("hash_of_id", "hash is of an id: of `id`, or of a column with as_id", {})
        if self.item and not self.split:
            raise PydanticCustomError("item_of_split", "item needs split: the values are counted after it", {})
        return self

    @cached_property
    def origin(self) -> str:
        """The one of `ORIGINS` that it has."""
        return next(name for name in ORIGINS if getattr(self, name) is not None)

    @cached_property
    def source_column(self) -> str | None:
        """The column that it reads, None for templates and lists of rows."""
        origin = self.origin
        return None if origin in ("text", "id", "rows") else getattr(self, origin)

    def names(self) -> Iterator[str]:
        """Every column that it reads, also in templates."""
        if (column := self.source_column) is not None:
            yield column
        for template in filter(None, (self.text, self.id, self.otherwise)):
            yield from PLACEHOLDER.findall(template)


class Each(MapPart):
    """One event for each item of a list in a cell; lists in several columns go in step."""

    split: Split = ";"
    columns: dict[Name, Name]
    """New column names, and the columns whose items they are. An item such as ``A [60.0%]`` gives its share, in
    percent, as the new column `share`."""


class EventPart(MapPart):
    """An event that rows make: its type, which rows, and what fills its fields."""

    type: str
    when: Condition | None = None
    unless: Condition | None = None
    per: Cells = ()
    """Columns: the rows with the same cells in them make one event together."""
    each: Each | None = None
    order: Annotated[int, Field(ge=0, le=100)] = 0
    """Events of a higher order come after all of a lower one: of one day, the one recorded later counts."""
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

    def conditions(self) -> Iterator[Condition]:
        """`when` and `unless`, as far as they are given."""
        yield from (one for one in (self.when, self.unless) if one is not None)

    def names(self) -> Iterator[str]:
        """Every column that it reads, also those that the map makes."""
        for condition in self.conditions():
            yield from condition.names()
        yield from self.per
        yield from self.each.columns.values() if self.each else ()
        for _, filler in fillers(self.fields):
            if isinstance(filler, Filler):
                yield from filler.names()


class Skip(MapPart):
    """Rows that make no event at all, with the reason."""

    when: Condition
    reason: Name


class Ignore(MapPart):
    """Words of a column that need no event of their own, with the reason; the other events of the row are made.

    ``*`` stands for every word that no condition names.
    """

    column: Name
    words: Annotated[Cells, Field(min_length=1)]
    reason: Name


class Parts(MapPart):
    """One of several things in one row: its columns under common names, and constants."""

    columns: dict[Name, Name] = {}
    constants: dict[Name, str] = {}


class Firms(MapPart):
    """What `--register-missing` may take for one firm, or for several."""

    same: dict[str, str] = {}
    """Names and the ids that they belong to."""
    distinct: tuple[str, ...] = ()
    """Names that are firms of their own, however like another they look."""


def is_filler(given: Any) -> bool:
    """Whether an inline table is a filler and not a mapping of fields."""
    return isinstance(given, dict) and not given.keys().isdisjoint(ORIGINS)


def fillers(fields: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Filler | ValidationError]]:
    """Every filler in the fields of an event, with its path."""
    if is_filler(fields):
        try:
            found = Filler.model_validate(fields)
        except ValidationError as error:
            yield path, error
            return
        yield path, found
        if found.rows is not None:
            yield from fillers(found.rows, (*path, 0))
    elif isinstance(fields, dict):
        for name, inner in fields.items():
            yield from fillers(inner, (*path, name))
    elif isinstance(fields, list):
        for index, inner in enumerate(fields):
            yield from fillers(inner, (*path, index))

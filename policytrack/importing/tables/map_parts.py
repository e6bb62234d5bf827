"""Defines the parts of a map file as models: conditions, fillers of fields, lists in a cell, events."""

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
"""Matches a column name in a template: ``{Plant ID}``."""
KNOWN_ON: Final = "known_on"
"""In templates, the day on which the table was known."""
ROW: Final = "row"
"""In templates, the number of the row, unless the table has a column of that name."""
SHARE: Final = "share"
"""The column made from the percentage of an item such as ``A [60.0%]``."""

EVERY_WORD: Final = "*"
"""In the words of `[[ignore]]`, every other word of the column."""

COLUMN_ORIGINS: Final = ("column", "first", "last", "min", "max")
"""Keys that fill a field from one cell, of the row or of one row of several."""
ORIGINS: Final = (*COLUMN_ORIGINS, "text", "id", "sum", "count", "rows")
"""Keys that fill a field; a filler has exactly one of them."""
OVER_ROWS: Final = ("first", "last", "min", "max", "sum", "count", "rows")
"""Keys that need an event with `per`."""


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
        context = {"hint": f"use one of {known}", "what": f"no fiscal year is defined for {name[:40]!r}"}
        raise PydanticCustomError("invalid_date", "{what}", context)
    return country


DateForm = Annotated[str, AfterValidator(_known_form)]
FiscalCountry = Annotated[str, AfterValidator(_known_fiscal_year)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Split = Annotated[str, StringConstraints(min_length=1, max_length=5)]
Cells = tuple[str, ...]


class MapPart(BaseModel):
    """A part of a map: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(MapPart):
    """A condition on a row: for each column the allowed words, which may be templates; ``""`` is an empty cell.

    Besides columns, `any` and `all` hold lists of conditions, and `not` one condition.
    """

    columns: dict[Name, Cells] = {}
    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()
    without: tuple[Condition, ...] = ()
    """The condition under `not`."""

    @model_validator(mode="before")
    @classmethod
    def _of_columns(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        fields: dict[str, Any] = {"columns": {}}
        for name, words in value.items():
            # A table may have a column named "any", "all" or "not": the kind of the value decides.
            if name in ("any", "all") and isinstance(words, list) and all(isinstance(one, dict) for one in words):
                fields[name] = words
            elif name == "not" and isinstance(words, dict):
                fields["without"] = (words,)
            else:
                fields["columns"][name] = (words,) if isinstance(words, str) else words
        return fields

    def parts(self, *, negated: bool = True) -> Iterator[Condition]:
        """Yield the condition and all conditions inside it, those under `not` only if `negated`."""
        yield self
        for inner in (*self.any, *self.all, *(self.without if negated else ())):
            yield from inner.parts(negated=negated)

    def names(self) -> Iterator[str]:
        """Yield every column that it reads, also in templates."""
        for part in self.parts():
            for name, words in part.columns.items():
                yield name
                yield from (column for word in words for column in PLACEHOLDER.findall(word))


class Filler(MapPart):
    """The source of a field's value: exactly one of `ORIGINS`, and options."""

    column: Name | None = None
    text: Name | None = None
    """A template: ``{Plant} {Unit}``. Empty if any of its columns is empty."""
    id: Name | None = None
    """A template converted to an id: lower case, words joined by hyphens."""
    sum: Name | None = None
    """A column to add up over the rows of an event with `per`."""
    first: Name | None = None
    """A column: the first non-empty cell of the rows of an event with `per`."""
    last: Name | None = None
    min: Name | None = None
    """A column of numbers or dates: the smallest of the rows of an event with `per`."""
    max: Name | None = None
    count: Name | None = None
    """A column: the number of non-empty cells in the rows of an event with `per`."""
    rows: dict[str, Any] | None = None
    """The fields of one item, for a list with one item per row of an event with `per`."""
    unit: Name | None = None
    """The unit of bare numbers: ``kt/yr``."""
    values: Name | None = None
    """The table of `[values]` that maps the words of the column."""
    as_id: bool = False
    """Convert the words of the column to ids."""
    country: bool = False
    """Convert country names to codes."""
    empty: Cells = ()
    """Words that mean "no information": the field is left out."""
    unknown: Cells = ()
    """Words for a figure that exists but is unknown: it is recorded as unknown."""
    split: Split | None = None
    """Separates several values in the cell."""
    item: Annotated[int, Field(ge=1, le=100)] | None = None
    """With `split`, the number of the value to use, counted from 1; without it the field is the list of all values."""
    round: Annotated[int, Field(ge=0, le=6)] | None = None
    """The number of decimals to round to, half to even."""
    decimal: Literal[".", ","] | None = None
    """The decimal mark of the column, if it differs from the table's."""
    date: DateForm | None = None
    """The form of dates in the column, if it differs from the table's."""
    fill: bool = False
    """Let empty cells take the text of the cell above, in the whole column."""
    hash: bool = False
    """Append a digest to ids that lose letters, for instance letters of another script."""
    fraction: bool = False
    """Read shares as fractions of one: 0.6 is 60 %."""
    otherwise: Name | None = None
    """A template to use when the value is empty."""

    @model_validator(mode="after")
    def _one_origin(self) -> Filler:
        origins = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(origins) != 1:
            raise PydanticCustomError("one_origin", "a field needs exactly one of {of}", {"of": ", ".join(ORIGINS)})
        if (self.values or self.country or self.as_id or self.split) and origins[0] not in COLUMN_ORIGINS:
            context = {"of": ", ".join(COLUMN_ORIGINS)}
            raise PydanticCustomError("of_column", "values, country, as_id and split need a column ({of})", context)
        if self.fill and origins[0] in ("text", "id", "rows"):
            what = "fill needs a column; for a template use [table] fill = […]"
            raise PydanticCustomError("fill_of_column", what, {})
        if self.hash and self.id is None and not self.as_id:
            raise PydanticCustomError("hash_of_id", "hash needs an id: use `id`, or a column with as_id", {})
        if self.item and not self.split:
            raise PydanticCustomError("item_of_split", "item needs split: it counts the values after splitting", {})
        return self

    @cached_property
    def origin(self) -> str:
        """Return which of `ORIGINS` it has."""
        return next(name for name in ORIGINS if getattr(self, name) is not None)

    @cached_property
    def source_column(self) -> str | None:
        """Return the column that it reads; None for templates and lists of rows."""
        origin = self.origin
        return None if origin in ("text", "id", "rows") else getattr(self, origin)

    def names(self) -> Iterator[str]:
        """Yield every column that it reads, also in templates."""
        if (column := self.source_column) is not None:
            yield column
        for template in filter(None, (self.text, self.id, self.otherwise)):
            yield from PLACEHOLDER.findall(template)


class Each(MapPart):
    """One event for each item of a list in a cell; lists in several columns are read in parallel."""

    split: Split = ";"
    columns: dict[Name, Name]
    """New column names, each with the column of the list. The share of an item such as ``A [60.0%]`` becomes the new
    column `share`, in percent."""


class EventPart(MapPart):
    """An event of a map: its type, the rows that it applies to, and the sources of its fields."""

    type: str
    when: Condition | None = None
    unless: Condition | None = None
    per: Cells = ()
    """Columns that identify one event: rows with equal cells in them are joined."""
    each: Each | None = None
    order: Annotated[int, Field(ge=0, le=100)] = 0
    """Events of a higher order are recorded after those of a lower one; on one day, the later one counts."""
    fields: dict[str, Any]
    """Each value is a `Filler` as an inline table, a constant, or a mapping or list of these."""

    @model_validator(mode="after")
    def _knows_its_fields(self) -> EventPart:
        event_type = EVENT_TYPES.get(self.type)
        if event_type is None:
            near = near_matches(self.type, EVENT_TYPES)
            hint = f"did you mean {near[0]}?" if near else "list them with `policytrack schema --events`"
            raise PydanticCustomError("unknown_type", "unknown event type {name}", {"name": self.type, "hint": hint})
        known = fields_of(event_type)
        for name in self.fields:
            if name not in known:
                near = near_matches(name, known)
                hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
                context = {"type": self.type, "name": name, "hint": hint}
                raise PydanticCustomError("unknown_field", "{type} has no field {name}", context)
        return self

    def conditions(self) -> Iterator[Condition]:
        """Yield `when` and `unless`, if set."""
        yield from (one for one in (self.when, self.unless) if one is not None)

    def names(self) -> Iterator[str]:
        """Yield every column that it reads, also those that the map makes."""
        for condition in self.conditions():
            yield from condition.names()
        yield from self.per
        yield from self.each.columns.values() if self.each else ()
        for _, filler in fillers(self.fields):
            if isinstance(filler, Filler):
                yield from filler.names()


class Skip(MapPart):
    """Rows that make no event, with the reason."""

    when: Condition
    reason: Name


class Ignore(MapPart):
    """Words of a column that need no event, with the reason; the row's other events are still made.

    ``*`` matches every word that no condition names.
    """

    column: Name
    words: Annotated[Cells, Field(min_length=1)]
    reason: Name


class Parts(MapPart):
    """One of several subjects in one row: its columns under common names, and constants."""

    columns: dict[Name, Name] = {}
    constants: dict[Name, str] = {}


class Firms(MapPart):
    """Decisions on firm names for `--register-missing`."""

    same: dict[str, str] = {}
    """Names, each with the id of the firm that it belongs to."""
    distinct: tuple[str, ...] = ()
    """Names of separate firms, even if similar to another name."""


def is_filler(value: Any) -> bool:
    """Return whether an inline table is a filler, not a mapping of fields."""
    return isinstance(value, dict) and not value.keys().isdisjoint(ORIGINS)


def fillers(fields: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Filler | ValidationError]]:
    """Yield every filler in the fields of an event, or the error of an invalid one, with its path."""
    if is_filler(fields):
        try:
            filler = Filler.model_validate(fields)
        except ValidationError as error:
            yield path, error
            return
        yield path, filler
        if filler.rows is not None:
            yield from fillers(filler.rows, (*path, 0))
    elif isinstance(fields, dict):
        for name, inner in fields.items():
            yield from fillers(inner, (*path, name))
    elif isinstance(fields, list):
        for index, inner in enumerate(fields):
            yield from fillers(inner, (*path, index))

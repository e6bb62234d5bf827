"""Map files: how the rows of another publisher's table become events, declared in TOML.

A map names the table, the meaning of its words, and for each event what fills its fields. It is a declaration and not
a program: a field is a constant, a column, a template, or a figure over several rows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from policytrack.errors import MalformedInput, NotFound, Place, RejectedImport
from policytrack.importing.formats import characters
from policytrack.importing.messages import errors_at_fields, finding
from policytrack.importing.tables.map_parts import (
    OVER_ROWS,
    DateForm,
    EventPart,
    Filler,
    Firms,
    FiscalCountry,
    Ignore,
    MapPart,
    Name,
    Parts,
    Skip,
    fillers,
)
from policytrack.input_files import open_input

__all__ = ["Firms", "Map", "TablePart", "load_map", "place_of"]

LARGEST: Final = 1024 * 1024
"""Bytes that a map may have."""


HeaderRow = Annotated[int, Field(ge=1, le=1000)]


class TablePart(MapPart):
    """Where the table is in its file."""

    sheet: Name | None = None
    header: HeaderRow | Annotated[tuple[HeaderRow, ...], Field(min_length=1, max_length=4)] | None = None
    """Row of the column names, or several rows below each other; by default the first that is not empty."""
    fill: tuple[Name, ...] = ()
    """Columns whose empty cells have the text of the cell above: those of merged cells, or of a name written once."""
    separator: Annotated[str, StringConstraints(pattern="^[,;\t|]$")] | None = None
    decimal: Literal[".", ","] | None = None
    """The decimal mark of its numbers."""
    date: DateForm | None = None
    """The form of its dates: ``DD/MM/YYYY``."""
    fiscal_year: FiscalCountry | None = None
    """The country whose fiscal year ``2033-34`` is: ``India``."""
    encoding: Name | None = None
    """Of a CSV file that is not UTF-8: ``cp1252``."""


class Join(MapPart):
    """Another file whose columns the rows get by a key."""

    file: Name
    """Beside the map, or a path from there."""
    on: Annotated[dict[Name, Name], Field(min_length=1)]
    """Columns of the table, and those of the file that hold the same key."""
    columns: Annotated[dict[Name, Name], Field(min_length=1)]
    """New column names, and the columns of the file."""
    optional: bool = False
    """True when a row without a row in the file has blank cells there; it is refused otherwise."""
    sheet: Name | None = None
    header: HeaderRow | None = None
    separator: Annotated[str, StringConstraints(pattern="^[,;\t|]$")] | None = None
    encoding: Name | None = None


class Map(MapPart):
    """A map file."""

    known_on: date | None = None
    source: dict[str, Any] | None = None
    """The source of every event, with the fields of a source."""
    table: TablePart = TablePart()
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    join: tuple[Join, ...] = ()
    parts: tuple[Parts, ...] = ()
    firms: Firms = Firms()
    skip: tuple[Skip, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    event: tuple[EventPart, ...] = ()
    file: str = ""
    """The name of the file, for messages."""

    def filled_columns(self) -> list[str]:
        """The columns whose empty cells have the text above, by the table's `fill` and that of fields."""
        of_fields = (
            filler.source_column
            for event in self.event
            for _, filler in fillers(event.fields)
            if isinstance(filler, Filler) and filler.fill
        )
        return list(dict.fromkeys((*self.table.fill, *filter(None, of_fields))))


def load_map(path: Path) -> Map:
    """Read a map file. Raises `NotFound`, or `RejectedImport` with everything that is wrong with it."""
    try:
        with open_input(path) as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as trouble:
        raise NotFound(f"no map {path}: {trouble.strerror}", hint="docs/import.md shows how one is written") from None
    source = str(path)
    try:
        if len(raw) > LARGEST:
            raise RejectedImport([MalformedInput(f"the map has more than {LARGEST:,} bytes", place=Place(source))], 0)
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise RejectedImport([characters.not_utf_8(problem, source, 1)], 0) from None
    except (ValueError, RecursionError) as problem:  # a number of thousands of digits is a ValueError
        raise RejectedImport([_not_toml(str(problem), source)], 0) from None
    try:
        found = Map.model_validate({**content, "file": source})
        findings = list(_misnamed(found, source))
    except ValidationError as error:
        findings = [
            finding(detail, "map", Map, lambda _: Place(source), lambda _: Place(source))
            for detail in errors_at_fields(error, Map)
        ]
    if findings:
        raise RejectedImport(list(findings), 0)
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
            if filler.origin in OVER_ROWS and not event.per:
                what = f"{filler.origin} is over the rows of one event, and the event has no `per`"
                hint = 'add the columns in which its rows agree: per = ["Plant ID"]'
                yield MalformedInput(what, hint=hint, place=where)

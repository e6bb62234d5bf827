"""Reads map files, which declare in TOML how the rows of another publisher's table become events.

A map names the table, the mapping of its words, and the source of each field of each event: a constant, a column, a
template, or a figure over several rows.
"""

from __future__ import annotations

import re
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
from policytrack.importing.tables.shipped_maps import located, shipped_names
from policytrack.input_files import open_input
from policytrack.toml_text import read_toml

__all__ = ["Firms", "Map", "TablePart", "load_map", "place_of"]

LARGEST: Final = 1024 * 1024
"""The largest size of a map in bytes."""


HeaderRow = Annotated[int, Field(ge=1, le=1000)]


class TablePart(MapPart):
    """The position of the table in its file, and its notation."""

    sheet: Name | None = None
    header: HeaderRow | Annotated[tuple[HeaderRow, ...], Field(min_length=1, max_length=4)] | None = None
    """Row of the column names, or several adjacent rows; by default the first non-empty row."""
    fill: tuple[Name, ...] = ()
    """Columns whose empty cells take the text of the cell above, as in merged cells or for a name written once."""
    separator: Annotated[str, StringConstraints(pattern="^[,;\t|]$")] | None = None
    decimal: Literal[".", ","] | None = None
    """The decimal mark of its numbers."""
    date: DateForm | None = None
    """The form of its dates, such as ``DD/MM/YYYY``."""
    fiscal_year: FiscalCountry | None = None
    """The country of fiscal years such as ``2033-34``, for instance ``India``."""
    encoding: Name | None = None
    """The encoding of a CSV file that is not UTF-8, for instance ``cp1252``."""


class Join(MapPart):
    """Another file whose columns are joined to the rows by a key."""

    file: Name
    """A path relative to the map."""
    on: Annotated[dict[Name, Name], Field(min_length=1)]
    """Key columns of the table, each with the matching column of the file."""
    columns: Annotated[dict[Name, Name], Field(min_length=1)]
    """New column names, each with the column of the file."""
    optional: bool = False
    """Whether a row without a matching row in the file gets empty cells; otherwise it is refused."""
    sheet: Name | None = None
    header: HeaderRow | None = None
    separator: Annotated[str, StringConstraints(pattern="^[,;\t|]$")] | None = None
    encoding: Name | None = None


class Map(MapPart):
    """A map file."""

    known_on: date | None = None
    source: dict[str, Any] | None = None
    """The source of every event, with the fields of an event's source."""
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
        """Return the columns whose empty cells take the text above, from the table's `fill` and that of fields."""
        of_fields = (
            filler.source_column
            for event in self.event
            for _, filler in fillers(event.fields)
            if isinstance(filler, Filler) and filler.fill
        )
        return list(dict.fromkeys((*self.table.fill, *filter(None, of_fields))))


def load_map(path: Path) -> Map:
    """Read a map file, or a shipped map by its name. Raises `NotFound`, or `RejectedImport` with all errors."""
    path = located(path)
    try:
        with open_input(path) as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as trouble:
        raise NotFound(
            f"cannot read the map {path}: {trouble.strerror}",
            hint=f"check the path, or use a map by name: {', '.join(shipped_names())}; docs/import.md describes maps",
        ) from None
    source = str(path)
    try:
        if len(raw) > LARGEST:
            what, hint = f"the map has more than {LARGEST:,} bytes", "check that the file is a map"
            raise RejectedImport([MalformedInput(what, hint=hint, place=Place(source))], 0)
        content = read_toml(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise RejectedImport([characters.not_utf_8(problem, source, 1)], 0) from None
    except ValueError as problem:  # Python raises ValueError for a number of thousands of digits
        raise RejectedImport([_not_toml(str(problem), source)], 0) from None
    try:
        map_ = Map.model_validate({**content, "file": source})
        findings = list(_misnamed(map_, source))
    except ValidationError as error:
        findings = [
            finding(detail, "map", Map, lambda _: Place(source), lambda _: Place(source))
            for detail in errors_at_fields(error, Map)
        ]
    if findings:
        raise RejectedImport(list(findings), 0)
    return map_


def _not_toml(problem: str, source: str) -> MalformedInput:
    position = re.search(r"\(at line (\d+), column (\d+)\)", problem)
    place = Place(source, int(position[1]), int(position[2])) if position else Place(source)
    what = problem[: position.start()].strip() if position else problem
    return MalformedInput(f"this is not TOML: {what}", hint="put text in quotes", place=place)


def place_of(source: str, path: tuple[Any, ...]) -> Place:
    """Return a place in a map: ``map.toml event[2].fields.capacity``; events count from 1."""
    shown = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return Place(f"{source} {shown.removeprefix('.')}" if shown else source)


def _misnamed(map_: Map, source: str) -> Iterator[MalformedInput]:
    """Yield errors of fillers: invalid ones, missing tables of values, and missing `per`."""
    for number, event in enumerate(map_.event):
        for path, filler in fillers(event.fields):
            where = place_of(source, ("event", number, "fields", *path))
            if isinstance(filler, ValidationError):
                for detail in filler.errors():
                    yield finding(detail, "a field", Filler, lambda _, where=where: where, lambda _, where=where: where)  # type: ignore[misc] # bound at once
                continue
            if filler.values is not None and filler.values not in map_.values:
                what = f"the table [values.{filler.values}] is missing"
                yield MalformedInput(what, hint="add it to the map", place=where)
            if filler.origin in OVER_ROWS and not event.per:
                what = f"{filler.origin} combines the rows of one event, but the event has no `per`"
                hint = 'add the columns that identify one event: per = ["Plant ID"]'
                yield MalformedInput(what, hint=hint, place=where)

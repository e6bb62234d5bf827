"""A table whose columns are the fields of events, one event a row: what `policytrack template` writes.

``capacity`` is a field; ``capacity (kt/yr)`` gives bare numbers below it their unit; ``source.title`` and
``partners.2.firm_id`` are parts of a field, items counted from 1; ``names.zh`` is a name in another language. A list
of plain values stands in one cell, separated by semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import every_field, fields_of, kind_at
from policytrack.importing.event_row import Row
from policytrack.importing.formats.table import Record, Table
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.tables.cell_style import AS_FIELDS, ColumnStyle, Role, Style, role_of, styled
from policytrack.values.ids import near_matches

SEPARATOR: Final = ";"
"""Between the values of a list in one cell."""

_WITH_UNIT: Final = re.compile(r"(?P<name>[^(\[]+?)\s*(?:\((?P<round>[^()]+)\)|\[(?P<square>[^\[\]]+)\])")
_BARE_NUMBER: Final = re.compile(r"(?:>=|<=|[<>≥≤])?\s*\.?[0-9][0-9.,'’\u00a0\u2009\u202f ]*")
_MOST_ITEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the field that it fills, and the unit of its bare numbers."""

    index: int
    path: FieldPath
    unit: str | None
    is_list: bool
    role: Role | None = None
    """What its cells are, where they may be written as the file writes them."""
    is_fraction: bool = False
    """Whether its numbers are shares of one: the unit is ``fraction``."""


def with_unit(text: str, unit: str | None) -> str:
    """A bare number, or a bounded one, with the unit of its column; anything else as it stands."""
    return f"{text} {unit}" if unit and _BARE_NUMBER.fullmatch(text) else text


def rows_of_table(
    table: Table, event_type: str | None = None, style: Style = AS_FIELDS
) -> Iterator[Row | PolicytrackError]:
    """The events of a table. Errors of the header end it; `event_type` is that of rows which do not say.

    `style` says how the table writes its numbers and dates.
    """
    columns, errors = _columns(table)
    if not errors and event_type is None and not any(column.path == ("type",) for column in columns):
        what = "the table has no column `type`, which says what each row is"
        hint = "add it, or give --type, or --map for a table with columns of its own"
        errors.append(MalformedInput(what, hint=hint, place=table.header.locate(0)))
    if errors:
        yield from errors
        return
    styles = {
        column.index: ColumnStyle(column.role, replace(style, fraction=column.is_fraction))
        for column in columns
        if column.role is not None
    }
    for record in styled(table.records, styles):
        if isinstance(record, PolicytrackError):
            yield record
        else:
            yield _row(record, columns, event_type)


def _columns(table: Table) -> tuple[list[Column], list[PolicytrackError]]:
    columns: list[Column] = []
    errors: list[PolicytrackError] = []
    paths: set[FieldPath] = set()
    for index, cell in enumerate(table.header.cells):
        if not cell:
            continue
        column = _column(index, " ".join(cell.split()), table.header.locate(index))
        if isinstance(column, PolicytrackError):
            errors.append(column)
        elif any(column.path[: len(path)] == path[: len(column.path)] for path in paths):
            what = f"the column {cell!r} fills a field that another column fills"
            errors.append(MalformedInput(what, hint="keep one of them", place=table.header.locate(index)))
        else:
            paths.add(column.path)
            columns.append(column)
    return columns, errors


def _column(index: int, name: str, place: Place) -> Column | PolicytrackError:
    found = _WITH_UNIT.fullmatch(name)
    unit = (found["round"] or found["square"]).strip() if found else None
    steps = (found["name"] if found else name).strip().split(".")
    if steps[0] == "source":
        steps = ["sources", *(steps[1:] if steps[1:2] and steps[1].isdecimal() else ["1", *steps[1:]])]
    known = every_field()
    if steps[0] not in known:
        near = near_matches(steps[0], known)
        hint = f"did you mean {near[0]}?" if near else "`policytrack template` writes a table to start from"
        return MalformedInput(f"no event has the field {steps[0]!r}", hint=hint, place=place, candidates=near)
    fields = known[steps[0]]
    is_list = len(steps) == 1 and any(field.many and field.part is None for field in fields)
    if len(steps) == 1 and not is_list and all(field.part is not None for field in fields):
        parts = [part for field in fields if field.part is not None for part in fields_of(field.part)]
        first = f"{steps[0]}.{'1.' if fields[0].many else ''}{parts[0]}"
        what = f"{steps[0]} has parts: each is a column of its own"
        return MalformedInput(what, hint=f"name the columns {first} …", place=place)
    path: list[str | int] = []
    for step in steps:
        if step.isdecimal() and len(step) <= 3 and 1 <= int(step) <= _MOST_ITEMS:
            path.append(int(step) - 1)
        elif step.isdecimal() or not step:
            return MalformedInput(f"{name!r} names no field", hint="items are counted from 1", place=place)
        else:
            path.append(step)
    owners = [event_type for event_type in EVENT_TYPES.values() if path[0] in fields_of(event_type)]
    roles = [role for owner in owners if (role := role_of(kind_at(owner, tuple(path)))) is not None]
    is_fraction = unit is not None and unit.casefold() in ("fraction", "share of 1")
    return Column(index, tuple(path), None if is_fraction else unit, is_list, roles[0] if roles else None, is_fraction)


@dataclass(frozen=True, slots=True)
class _CellPlaces:
    """From the field of an event to the cell it was read from."""

    record: Record
    by_path: dict[FieldPath, int]

    def locate(self, path: FieldPath) -> Place:
        """The cell of a field, or of the nearest thing around it; the row's first cell when none has it."""
        for length in range(len(path), 0, -1):
            for known, index in self.by_path.items():
                if known[:length] == path[:length]:
                    return self.record.locate(index)
        return self.record.locate(0)


def _row(record: Record, columns: list[Column], event_type: str | None) -> Row:
    tree: dict[str, Any] = {}
    for column in columns:
        text = record.cells[column.index]
        if text:
            value: Any = with_unit(text, column.unit)
            if column.is_list:
                value = [part for part in map(str.strip, text.split(SEPARATOR)) if part]
            _put(tree, column.path, value)
    by_path: dict[FieldPath, int] = {}
    fields = _listed(tree, (), (), by_path, {column.path: column.index for column in columns})
    for column in columns:
        by_path.setdefault(column.path, column.index)
    if event_type is not None:
        fields.setdefault("type", event_type)
    locate = _CellPlaces(record, by_path).locate
    return Row(fields, record.locate(0), locate)


def _put(tree: dict[Any, Any], path: FieldPath, value: Any) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = value


def _listed(
    tree: Any, path: FieldPath, compact: FieldPath, by_path: dict[FieldPath, int], columns: dict[FieldPath, int]
) -> Any:
    """Mappings by number as lists without gaps; notes which column each path of the result came from."""
    if not isinstance(tree, dict):
        by_path[compact] = columns[path]
        return tree
    if tree and all(isinstance(step, int) for step in tree):
        steps = sorted(tree)
        return [
            _listed(tree[step], (*path, step), (*compact, place), by_path, columns) for place, step in enumerate(steps)
        ]
    return {
        str(step): _listed(inner, (*path, step), (*compact, step), by_path, columns) for step, inner in tree.items()
    }

"""Reads a table whose columns are event fields, one event per row, as `policytrack template` writes it.

* ``capacity`` is a field; ``capacity (kt/yr)`` sets the unit of bare numbers in the column.
* ``source.title`` and ``partners.2.firm_id`` are parts of a field; items count from 1.
* ``names.zh`` is a name in another language, and ``fields.node`` the value of the custom field ``node``.
* ``facility.country`` describes the facility of the row's ``facility_id``, to register it if it is missing; so do
  ``project.…`` and ``activity.…``.
* A list of plain values is one cell, separated by semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from policytrack.errors import InvalidQuantity, MalformedInput, Place, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.events.fields import every_field, fields_of, kind_at
from policytrack.importing.event_row import Row
from policytrack.importing.formats.table import Record, Table
from policytrack.importing.missing_things import DESCRIBED, described_field
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.tables.cell_style import AS_FIELDS, ColumnStyle, Role, Style, role_of, styled
from policytrack.importing.tables.doubtful_amounts import DoubtfulAmounts
from policytrack.importing.tables.fiscal_doubt import warned_of_fiscal_years
from policytrack.values.ids import near_matches
from policytrack.values.units import figure_before_unit, is_base_unit, is_multiple_without_unit

FRACTIONS: Final = ("fraction", "share of 1")
"""The unit in the name of a column whose shares are fractions of one."""
SEPARATOR: Final = ";"
"""Separates the values of a list in one cell."""

_WITH_UNIT: Final = re.compile(r"(?P<name>[^(\[]+?)\s*(?:\((?P<round>[^()]+)\)|\[(?P<square>[^\[\]]+)\])")
_BARE_NUMBER: Final = re.compile(r"(?:>=|<=|[<>≥≤])?\s*\.?[0-9][0-9.,'’\u00a0\u2009\u202f ]*")
_YEARS: Final = re.compile(r"\s*(?:19|20)[0-9]{2}\s*[-–—~/]\s*(?:19|20)[0-9]{2}\s*")
_MOST_ITEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the field that it fills, and the unit of bare numbers in it."""

    index: int
    path: FieldPath
    unit: str | None
    is_list: bool
    role: Role | None = None
    """Whether its cells are numbers or dates, which are converted from the notation of the file."""
    is_fraction: bool = False
    """Whether its numbers are fractions of one; the header then has the unit ``fraction``."""


def with_unit(text: str, unit: str | None, place: Callable[[], Place]) -> str:
    """Append the unit of a column to a number, bounded number or range without one; return any other text unchanged.

    Raises `InvalidQuantity` for a multiple without a unit, such as ``1500k`` in a column of kt/yr, and for two years.
    """
    if not unit or not text:
        return text
    if _YEARS.fullmatch(text):
        hint = "write the figures with separators, 2,020-2,025, or move the years to another column"
        raise InvalidQuantity(f"{text[:60]!r} may be years, in a column of {unit}", hint=hint, place=place())
    if _BARE_NUMBER.fullmatch(text):
        return f"{text} {unit}"
    last = figure_before_unit(text)
    if _BARE_NUMBER.fullmatch(last):
        return f"{text} {unit}"
    if not last[-1:].isdigit() and is_multiple_without_unit(last) and not is_base_unit(unit):
        what = f"{text[:60]!r} has a multiple but no unit, in a column of {unit}"
        raise InvalidQuantity(
            what, hint=f"write the number in {unit}, or the whole figure with its unit", place=place()
        )
    return text


def rows_of_table(
    table: Table, event_type: str | None = None, style: Style = AS_FIELDS, notes: list[str] | None = None
) -> Iterator[Row | PolicytrackError]:
    """Yield the rows of a table and their errors; errors in the header end it.

    `event_type` is the type of rows without one; `style` is the notation of numbers and dates. Warnings are added to
    `notes`.
    """
    columns, errors = _columns(table)
    if not errors and event_type is None and not any(column.path == ("type",) for column in columns):
        what = "the table has no column `type` with the event type of each row"
        hint = "add the column, or use --type, or --map for a table with other columns"
        errors.append(MalformedInput(what, hint=hint, place=table.header.locate(0)))
    if errors:
        yield from errors
        return
    styles = {
        column.index: ColumnStyle(column.role, replace(style, fraction=column.is_fraction))
        for column in columns
        if column.role is not None
    }
    names = dict(enumerate(table.header.cells))
    notes = [] if notes is None else notes
    amounts = DoubtfulAmounts({index: names[index] for index, one in styles.items() if one.role == "amount"})
    kind = next((column.index for column in columns if column.path == ("type",)), None)
    for record in warned_of_fiscal_years(styled(table.records, styles), styles, names, notes):
        if isinstance(record, PolicytrackError):
            yield record
        elif record.unreadable:
            yield from (error for _, error in record.unreadable)
        else:
            amounts.add(record, event_type if kind is None else record.cells[kind])
            try:
                yield _row(record, columns, event_type)
            except InvalidQuantity as error:
                yield error
    notes += amounts.notes()


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
            what = f"the column {cell!r} fills the same field as another column"
            errors.append(MalformedInput(what, hint="keep one of them", place=table.header.locate(index)))
        else:
            paths.add(column.path)
            columns.append(column)
    return columns, errors


def _column(index: int, name: str, place: Place) -> Column | PolicytrackError:
    with_unit_ = _WITH_UNIT.fullmatch(name)
    unit = (with_unit_["round"] or with_unit_["square"]).strip() if with_unit_ else None
    steps = (with_unit_["name"] if with_unit_ else name).strip().split(".")
    if steps[0] == "source":
        steps = ["sources", *(steps[1:] if steps[1:2] and steps[1].isdecimal() else ["1", *steps[1:]])]
    known = every_field()
    if len(steps) > 1 and steps[0] in DESCRIBED:
        return _describing(index, name, steps, unit, place)
    if steps[0] not in known:
        near = near_matches(steps[0], known)
        hint = f"did you mean {near[0]}?" if near else "run `policytrack template` to write a table to start from"
        return MalformedInput(f"no event has the field {steps[0]!r}", hint=hint, place=place, candidates=near)
    fields = known[steps[0]]
    is_list = len(steps) == 1 and any(field.many and field.part is None for field in fields)
    if len(steps) == 1 and not is_list and all(field.part is not None for field in fields):
        parts = [part for field in fields if field.part is not None for part in fields_of(field.part)]
        first = f"{steps[0]}.{'1.' if fields[0].many else ''}{parts[0]}" if steps[0] != "fields" else "fields.node"
        what = f"{steps[0]} has several parts, and each needs its own column"
        return MalformedInput(what, hint=f"name the columns {first} …", place=place)
    path: list[str | int] = []
    for step in steps:
        if step.isdecimal() and len(step) <= 3 and 1 <= int(step) <= _MOST_ITEMS:
            path.append(int(step) - 1)
        elif step.isdecimal() or not step:
            what = f"the column {name!r} names no field"
            return MalformedInput(what, hint=f"count items from 1 to {_MOST_ITEMS}", place=place)
        else:
            path.append(step)
    owners = [event_type for event_type in EVENT_TYPES.values() if path[0] in fields_of(event_type)]
    roles = [role for owner in owners if (role := role_of(kind_at(owner, tuple(path)))) is not None]
    is_fraction = unit is not None and unit.casefold() in FRACTIONS
    return Column(index, tuple(path), None if is_fraction else unit, is_list, roles[0] if roles else None, is_fraction)


def _describing(index: int, name: str, steps: list[str], unit: str | None, place: Place) -> Column | PolicytrackError:
    """Return the column of a part of a description, such as ``facility.country``."""
    path: FieldPath = tuple(int(step) - 1 if step.isdecimal() and step != "0" else step for step in steps)
    found = described_field(path)
    kind = kind_at(*found) if found is not None else None
    if found is None or kind is None:
        known = [field for field in fields_of(DESCRIBED[steps[0]]) if described_field((steps[0], field)) is not None]
        near = near_matches(steps[1], known)
        hint = f"did you mean {steps[0]}.{near[0]}?" if near else f"use one of: {', '.join(known)}"
        return MalformedInput(f"the column {name!r} describes nothing of a {steps[0]}", hint=hint, place=place)
    return Column(index, path, unit, is_list=False, role=role_of(kind))


@dataclass(frozen=True, slots=True)
class _CellPlaces:
    """Returns the cell of an event's field."""

    record: Record
    by_path: dict[FieldPath, int]

    def locate(self, path: FieldPath) -> Place:
        """Return the cell of a field, or of the nearest enclosing field; the row's first cell if there is none."""
        if len(path) > 1 and isinstance(path[1], int) and not any(known[:2] == path[:2] for known in self.by_path):
            # Columns such as `fields.node` make a mapping, and the event a list in the order of the columns.
            filled = [n for known, n in self.by_path.items() if known[:1] == path[:1] and self.record.cells[n]]
            if path[1] < len(filled):
                return self.record.locate(filled[path[1]])
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
            value: Any = with_unit(text, column.unit, partial(record.locate, column.index))
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
    """Convert mappings with numeric keys to lists without gaps; note the column of each resulting path."""
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

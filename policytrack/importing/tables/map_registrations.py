"""Registrations that a table makes: one for each id, of all rows that name it, which must agree.

A registration is passed on as soon as every field is filled that any row of the table may fill; one with blanks waits
for the end of the table, since a later row may fill them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from policytrack.errors import MalformedInput
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.tables.map_groups import OWN_OF_A_ROW, is_same, shown
from policytrack.importing.tables.map_plan import FieldPlaces, Plan

Ready = tuple[dict[str, Any], FieldPlaces]
"""The fields of a registration to pass on, and their places."""


@dataclass(slots=True)
class Registration:
    """What the rows said of one id, by field."""

    row: int
    values: tuple[Any, ...]
    """In the order of the fields of `Registrations.paths`."""
    waiting: Ready | None
    """The event, while a field of it is blank; None once it is passed on."""
    rows: dict[int, int] = field(default_factory=dict)
    """The rows of the values that a later row filled."""


@dataclass(slots=True)
class Registrations:
    """The registrations of a table, by type and id."""

    paths: dict[str, tuple[FieldPath, ...]] = field(default_factory=dict)
    """By type: every field that some event of the map fills, but for those that say where a row is."""
    _made: dict[tuple[str, str], Registration] = field(default_factory=dict)
    _refused: set[tuple[str, str, FieldPath]] = field(default_factory=set)
    """Fields in which rows were found to differ: each is reported once."""

    @classmethod
    def of(cls, plans: list[Plan]) -> Registrations:
        """For the events of a map."""
        paths: dict[str, dict[FieldPath, None]] = {}
        for plan in plans:
            if plan.registers is not None:
                known = paths.setdefault(plan.type, {})
                known |= dict.fromkeys(leaf.path for leaf in plan.leaves if _is_compared(leaf.path))
                known |= dict.fromkeys(path for path in plan.constants if _is_compared(path))
        return cls({name: tuple(found) for name, found in paths.items()})

    def take(
        self, plan: Plan, fields: dict[str, Any], places: FieldPlaces, number: int
    ) -> tuple[Ready | None, list[MalformedInput]]:
        """One more row that registers something: what can be passed on now, and where it differs from rows before."""
        id_ = fields.get(plan.registers or "")
        paths = self.paths[plan.type]
        values = tuple(_at(fields, path) for path in paths)
        if not isinstance(id_, str):
            return (fields, places), []
        known = self._made.get((plan.type, id_))
        if known is None:
            is_whole = None not in values
            self._made[plan.type, id_] = Registration(number, values, None if is_whole else (fields, places))
            return (fields, places) if is_whole else None, []
        merged = list(known.values)
        errors = []
        for index, (path, before, now) in enumerate(zip(paths, known.values, values, strict=True)):
            if now is None or (before is not None and is_same(before, now)):
                continue
            if before is not None:
                if (plan.type, id_, path) not in self._refused:
                    self._refused.add((plan.type, id_, path))
                    first = known.rows.get(index, known.row)
                    errors.append(_differing(first, id_, path, before, now, number, places))
                continue
            merged[index] = now
            known.rows[index] = number
            _put(known.waiting[0] if known.waiting is not None else {}, path, now)
        known.values = tuple(merged)
        ready = None
        if known.waiting is not None and None not in merged:
            ready, known.waiting = known.waiting, None
        return ready, errors

    def waiting(self) -> Iterator[Ready]:
        """At the end of the table: the registrations with blanks that no row filled."""
        for known in self._made.values():
            if known.waiting is not None:
                ready, known.waiting = known.waiting, None
                yield ready


def _differing(
    first: int, id_: str, path: FieldPath, before: Any, now: Any, number: int, places: FieldPlaces
) -> MalformedInput:
    name = ".".join(map(str, path))
    where = "another item of the row" if first == number else f"row {first}"
    what = f"row {number} registers {id_} with {name} {shown(now)}, and {where} with {shown(before)}"
    column = next((leaf.filler.source_column for leaf in places.plan.leaves if leaf.path == path), None)
    counts = f'{name} = {{ first = "{column}" }}' if column is not None else f"what {name} is"
    hint = (
        "if they are two, make the id of more columns; if they are one, correct a row,"
        f" or say which counts: per = [the columns of the id], {counts}"
    )
    return MalformedInput(what, hint=hint, place=places.locate(path))


def _is_compared(path: FieldPath) -> bool:
    return path[0] != "sources" and path[-1] not in OWN_OF_A_ROW


def _at(fields: Any, path: FieldPath) -> Any:
    for step in path:
        if isinstance(fields, dict):
            fields = fields.get(str(step))
        elif isinstance(fields, list) and isinstance(step, int) and step < len(fields):
            fields = fields[step]
        else:
            return None
    return fields


def _put(fields: Any, path: FieldPath, value: Any) -> None:
    """Set a field that is blank, with the mappings and lists around it."""
    for step, after in pairwise(path):
        empty: Any = [] if isinstance(after, int) else {}
        if isinstance(fields, dict):
            fields = fields.setdefault(str(step), empty)
        else:
            fields.append(empty)
            fields = fields[-1]
    if isinstance(fields, dict):
        fields[str(path[-1])] = value
    else:
        fields.append(value)

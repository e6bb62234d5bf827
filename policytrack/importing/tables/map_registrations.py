"""Merges the registrations of a table: one for each id, from all rows that name it; the rows must agree.

A registration is complete once every field is filled that any event of the map fills. An incomplete one waits for the
end of the table, because a later row may fill it.
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
"""The fields of a registration to yield, and their places."""


@dataclass(slots=True)
class Registration:
    """The merged values of one id."""

    row: int
    values: tuple[Any, ...]
    """Values in the order of `Registrations.paths`."""
    waiting: Ready | None
    """The event while it is incomplete; None once it is yielded."""
    rows: dict[int, int] = field(default_factory=dict)
    """The rows of values that a later row filled, by index."""


@dataclass(slots=True)
class Registrations:
    """The registrations of a table, by type and id."""

    paths: dict[str, tuple[FieldPath, ...]] = field(default_factory=dict)
    """By type: every field that some event of the map fills, except those that describe the row's position."""
    _made: dict[tuple[str, str], Registration] = field(default_factory=dict)
    _refused: set[tuple[str, str, FieldPath]] = field(default_factory=set)
    """Fields in which rows differ: each is reported once."""

    @classmethod
    def of(cls, plans: list[Plan]) -> Registrations:
        """Return an empty instance for the events of a map."""
        paths: dict[str, dict[FieldPath, None]] = {}
        for plan in plans:
            if plan.registers is not None:
                known = paths.setdefault(plan.type, {})
                known |= dict.fromkeys(leaf.path for leaf in plan.leaves if _is_compared(leaf.path))
                known |= dict.fromkeys(path for path in plan.constants if _is_compared(path))
        return cls({name: tuple(of_type) for name, of_type in paths.items()})

    def take(
        self, plan: Plan, fields: dict[str, Any], places: FieldPlaces, number: int
    ) -> tuple[Ready | None, list[MalformedInput]]:
        """Merge a row that registers an id; return the registration if it is complete now, and the differences."""
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
        """Yield the incomplete registrations, at the end of the table."""
        for known in self._made.values():
            if known.waiting is not None:
                ready, known.waiting = known.waiting, None
                yield ready


def _differing(
    first: int, id_: str, path: FieldPath, before: Any, now: Any, number: int, places: FieldPlaces
) -> MalformedInput:
    name = ".".join(map(str, path))
    where = "another item of the row" if first == number else f"row {first}"
    what = f"row {number} registers {id_} with {name} {shown(now)}, but {where} with {shown(before)}"
    column = next((leaf.filler.source_column for leaf in places.plan.leaves if leaf.path == path), None)
    counts = f'{name} = {{ first = "{column}" }}' if column is not None else f"a value of {name}"
    hint = (
        "if these are two things, derive the id from more columns; if they are one, correct a row,"
        f" or choose a value in the map: per = [the columns of the id], {counts}"
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
    """Set an empty field, and create the mappings and lists around it."""
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

"""Compiles an event of a map for evaluation on many rows: its fields become a tree with numbered leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from policytrack.errors import MalformedInput, Place
from policytrack.events import EVENT_TYPES
from policytrack.events.envelope import Registers
from policytrack.events.fields import fields_of
from policytrack.importing.source_tree import FieldPath
from policytrack.importing.tables.map_conditions import Meant
from policytrack.importing.tables.map_parts import SHARE, Each, EventPart, Filler, is_filler
from policytrack.importing.tables.map_values import Filling, origin_of
from policytrack.importing.tables.row_cells import Cells


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that cells fill."""

    path: FieldPath
    filler: Filler
    items: Plan | None = None
    """The plan of the item that one row adds to a list, for a filler of `rows`."""

    @property
    def shown(self) -> str:
        """Return the path for messages: ``coordinates.latitude``."""
        return ".".join(str(step + 1) if isinstance(step, int) else step for step in self.path)


@dataclass(slots=True)
class Plan:
    """The compiled form of one event of a map."""

    number: int
    type: str
    per: tuple[str, ...]
    order: int
    each: Each | None
    meant: Meant
    leaves: tuple[Leaf, ...]
    constants: dict[FieldPath, Any]
    registers: str | None
    """The field of the registered id, for a registration."""
    uses_share: bool
    _tree: Any
    _indices: dict[int, tuple[int | None, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, event: EventPart) -> Plan:
        """Compile an event of a map."""
        leaves: list[Leaf] = []
        constants: dict[FieldPath, Any] = {}
        tree = _tree(event.fields, (), leaves, constants)
        return cls(
            number,
            event.type,
            event.per,
            event.order,
            event.each,
            Meant.of(event),
            tuple(leaves),
            constants,
            _registered_field(event.type),
            event.each is not None and SHARE in set(event.names()) and SHARE not in event.each.columns,
            tree,
        )

    def values(self, filling: Filling, cells: Cells) -> tuple[list[Any], list[MalformedInput]]:
        """Return the value of each leaf in one row (None if empty), and the errors of its cells."""
        values: list[Any] = []
        errors: list[MalformedInput] = []
        for leaf in self.leaves:
            try:
                values.append(_value(leaf, filling, cells, errors))
            except MalformedInput as error:
                errors.append(error)
                values.append(None)
        return values, errors

    def fields(self, values: list[Any]) -> dict[str, Any]:
        """Return the fields of the event with these values of its leaves, without empty ones."""
        return {**(_built(self._tree, values) or {}), "type": self.type}

    def places(self, cells: Cells, part: int, map_place: Place) -> FieldPlaces:
        """Return the places of an event's fields; `cells` is its first row, `part` the number of its `[[parts]]`.

        The columns are the same for every row, so they are computed once per part.
        """
        indices = self._indices.get(part)
        if indices is None:
            origins = (origin_of(leaf.filler, cells) for leaf in self.leaves)
            indices = tuple(None if name is None else cells.index(name) for name in origins)
            self._indices[part] = indices
        return FieldPlaces(cells.record.locate, self, indices, map_place)


@dataclass(frozen=True, slots=True)
class FieldPlaces:
    """Returns the cell of an event's field, or the place of a constant in the map. Holds no cells, to save memory."""

    row: Callable[[int], Place]
    plan: Plan
    indices: tuple[int | None, ...]
    map_place: Place

    def locate(self, path: FieldPath) -> Place:
        """Return the cell of a field or of the nearest enclosing field; the row's first cell if there is none."""
        for length in range(len(path), 0, -1):
            for leaf, index in zip(self.plan.leaves, self.indices, strict=True):
                if leaf.path[:length] == path[:length]:
                    return self.row(index or 0)
            if any(known[:length] == path[:length] for known in self.plan.constants):
                return self.map_place
        return self.row(0)


@dataclass(frozen=True, slots=True)
class _Spot:
    """The position of a leaf in the tree of fields."""

    number: int


def _tree(fields: Any, path: FieldPath, leaves: list[Leaf], constants: dict[FieldPath, Any]) -> Any:
    if is_filler(fields):
        filler = Filler.model_validate(fields)
        items = _items(filler.rows) if filler.rows is not None else None
        leaves.append(Leaf(path, filler, items))
        return _Spot(len(leaves) - 1)
    if isinstance(fields, dict):
        return {name: _tree(inner, (*path, name), leaves, constants) for name, inner in fields.items()}
    if isinstance(fields, list):
        return [_tree(inner, (*path, index), leaves, constants) for index, inner in enumerate(fields)]
    # TOML dates become text, as an event file has them.
    constants[path] = fields if isinstance(fields, bool | int) else str(fields)
    return constants[path]


def _items(fields: dict[str, Any]) -> Plan:
    """Compile one item of a list that has an item per row."""
    leaves: list[Leaf] = []
    constants: dict[FieldPath, Any] = {}
    tree = _tree(fields, (), leaves, constants)
    return Plan(-1, "", (), 0, None, Meant(None, None, frozenset()), tuple(leaves), constants, None, False, tree)


def _value(leaf: Leaf, filling: Filling, cells: Cells, errors: list[MalformedInput]) -> Any:
    if leaf.filler.sum is not None:
        return None  # `Sum.add` reads the cells of a sum
    if leaf.items is None:
        return filling.value(leaf.filler, cells)
    values, wrong = leaf.items.values(filling, cells)
    errors += wrong
    item = _built(leaf.items._tree, values)
    return [item] if item else None


def _built(tree: Any, values: list[Any]) -> Any:
    if isinstance(tree, _Spot):
        return values[tree.number]
    if isinstance(tree, dict):
        inner = {name: _built(one, values) for name, one in tree.items()}
        return {name: one for name, one in inner.items() if one is not None} or None
    if isinstance(tree, list):
        return [one for item in tree if (one := _built(item, values)) is not None] or None
    return tree


def _registered_field(event_type: str) -> str | None:
    if not EVENT_TYPES[event_type].IS_REGISTRATION:
        return None
    return next(_registering(event_type), None)


def _registering(event_type: str) -> Iterator[str]:
    for name, one in fields_of(EVENT_TYPES[event_type]).items():
        if isinstance(one.mark, Registers):
            yield name

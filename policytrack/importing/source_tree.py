"""Defines the tree of values with places that errors are located in.

The YAML reader builds it for every event, since its parser has positions anyway. The JSONL reader builds it only for a
line with an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final

FieldPath = tuple[str | int, ...]
"""The path of a field inside an event: ``("sources", 0, "title")``; items count from 0."""

Scalar = str | int | Decimal | bool | None

DEEPEST: Final = 32
"""The number of nested lists and mappings allowed; an event needs four."""


@dataclass(slots=True)
class Node:
    """A value with its line and column.

    `name_at` is the line and column of the field's name, in a mapping. `is_broken`: a part of the value could not be
    read, and its error is already reported.
    """

    value: Scalar | dict[str, Node] | list[Node]
    line: int
    column: int
    name_at: tuple[int, int] | None = None
    is_broken: bool = False

    def plain(self) -> Any:
        """Return the value without places: dict, list, str, int, Decimal, bool or None."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: FieldPath, *, name: bool = False) -> tuple[int, int]:
        """Return the line and column of a field's value (`name`: of its name), else of the nearest enclosing value."""
        node = self
        for step in path:
            inner = node.child(step)
            if inner is None:
                return node.line, node.column
            node = inner
        return node.name_at if name and node.name_at else (node.line, node.column)

    def child(self, step: str | int) -> Node | None:
        """Return a field or list item; None when it is missing."""
        if isinstance(self.value, dict):
            # An event may read a mapping as a list, such as `names: {zh: …}`: its items have the order of the names.
            if isinstance(step, int) and str(step) not in self.value:
                return next(islice(self.value.values(), step, None), None)
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def holds_broken(self) -> bool:
        """Return whether any part of the value could not be read."""
        inner = self.value.values() if isinstance(self.value, dict) else self.value
        return self.is_broken or (
            not isinstance(inner, str | int | Decimal | None) and any(n.holds_broken() for n in inner)
        )

    def kind(self) -> str:
        """Return the kind of the value for a message; see `kind_of`."""
        return kind_of(self.value)


def kind_of(value: object) -> str:
    """Return the kind of a value for a message: ``a list``, ``a number`` …"""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "a mapping of fields"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "text" if isinstance(value, str) else "a number"

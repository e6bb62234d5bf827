"""What was read, with its place: the tree that errors are located in.

Built for every YAML event (its parser works in positions anyway), and for a JSON line only once it is in error.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

FieldPath = tuple[str | int, ...]
"""The way to a field inside an event: ``("sources", 0, "title")``."""

Scalar = str | int | Decimal | bool | None

DEEPEST: Final = 32
"""How many lists and mappings may stand inside each other; an event needs four."""


@dataclass(slots=True)
class Node:
    """A value and where it begins.

    `name_at` is where the name of the field begins, in a mapping; `is_broken` that something in it could not be
    read, and was reported.
    """

    value: Scalar | dict[str, Node] | list[Node]
    line: int
    column: int
    name_at: tuple[int, int] | None = None
    is_broken: bool = False

    def plain(self) -> Any:
        """The value without places: dict, list, str, int, Decimal, bool or None."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: FieldPath, *, name: bool = False) -> tuple[int, int]:
        """Line and column of the field, or of the nearest thing around it that is there.

        With `name`: of the field's name instead of its value.
        """
        node = self
        for step in path:
            inner = node.child(step)
            if inner is None:
                return node.line, node.column
            node = inner
        return node.name_at if name and node.name_at else (node.line, node.column)

    def child(self, step: str | int) -> Node | None:
        """The field or the list item, if it is there."""
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def holds_broken(self) -> bool:
        """True when something in it could not be read."""
        inner = self.value.values() if isinstance(self.value, dict) else self.value
        return self.is_broken or (
            not isinstance(inner, str | int | Decimal | None) and any(n.holds_broken() for n in inner)
        )

    def kind(self) -> str:
        """What it is, in the words of an error message."""
        return kind_of(self.value)


def kind_of(value: object) -> str:
    """What a value is, in the words of an error message: ``a list``, ``a number`` …"""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "a mapping of fields"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "text" if isinstance(value, str) else "a number"

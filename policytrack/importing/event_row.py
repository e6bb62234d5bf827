"""Defines a row: the fields of one event before validation, with the place of every field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from policytrack.errors import Place
from policytrack.importing.source_tree import FieldPath, Node

Locate = Callable[[FieldPath], Place]
"""Returns the place of a field from its path: line and column, or a flag such as ``--capacity``."""


@dataclass(slots=True)  # not frozen: one is made for each line, and a frozen one takes three times as long
class Row:
    """One event before validation."""

    fields: dict[str, Any]
    """Values are dict, list, str, int, Decimal, bool and None, never float."""
    place: Place
    """The place of its start."""
    locate: Locate
    """Returns the place of a field's value; for a missing field, that of the enclosing value."""
    locate_name: Locate | None = None
    """Returns the place of a field's name, for errors about unknown fields; None: same as `locate`."""
    is_broken: bool = False
    """Its errors are already reported. It makes no event, but the ids that it would register count as claimed, so that
    references to them are not reported as a second error."""
    line: str | None = None
    """The JSON line that it was read from, for JSONL."""


@dataclass(frozen=True, slots=True)
class NodePlaces:
    """Locates the fields of an event in its tree."""

    source: str
    node: Node

    def locate(self, path: FieldPath) -> Place:
        """Return the place of a field's value."""
        return Place(self.source, *self.node.find(path))

    def locate_name(self, path: FieldPath) -> Place:
        """Return the place of a field's name."""
        return Place(self.source, *self.node.find(path, name=True))

    def row(self) -> Row:
        """Return the event as a row."""
        return Row(self.node.plain(), self.locate(()), self.locate, self.locate_name)

"""A row: one event as it was read, before it is understood, with the place of every field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from policytrack.errors import Place
from policytrack.importing.source_tree import FieldPath, Node

Locate = Callable[[FieldPath], Place]
"""From the path of a field inside an event to its place: line and column, or a flag such as ``--capacity``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it was read."""

    fields: dict[str, Any]
    """What it says: dict, list, str, int, Decimal, bool and None, never a float."""
    place: Place
    """Where it begins."""
    locate: Locate
    """The place of a field's value, or of the nearest thing around it that was written."""
    locate_name: Locate | None = None
    """The place of a field's name, where one that should not be there is pointed at; None: as `locate`."""
    is_broken: bool = False
    """Errors of it were reported: it makes no event, but what it was to register is not missing for another reason."""
    line: str | None = None
    """The line of JSON that it was read from, if it was."""


@dataclass(frozen=True, slots=True)
class NodePlaces:
    """The places of an event whose tree is at hand."""

    source: str
    node: Node

    def locate(self, path: FieldPath) -> Place:
        """The place of a value."""
        return Place(self.source, *self.node.find(path))

    def locate_name(self, path: FieldPath) -> Place:
        """The place of a name."""
        return Place(self.source, *self.node.find(path, name=True))

    def row(self) -> Row:
        """The event as a row."""
        return Row(self.node.plain(), self.locate(()), self.locate, self.locate_name)

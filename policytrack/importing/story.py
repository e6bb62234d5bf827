"""Reads the rows of a YAML file: a list of events, one event, or a story with sources, defaults and events."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from policytrack.errors import MalformedInput, Place, PolicytrackError
from policytrack.events import EVENT_TYPES
from policytrack.importing.event_row import NodePlaces, Row
from policytrack.importing.source_tree import Node
from policytrack.values.ids import near_matches

PARTS: Final = ("story", "sources", "defaults", "events")
"""The fields of a story file."""

# Fields that must differ between events.
_NEVER_DEFAULTS: Final = frozenset({"event_id", "supersedes", "acknowledged"})


def rows_of(document: Node, source: str) -> Iterator[Row | PolicytrackError]:
    """Yield the rows of a YAML document, and the errors in its sources and defaults before them."""
    value = document.value
    if isinstance(value, list):
        yield from _Story(source).rows(document)
    elif isinstance(value, dict) and "type" in value:
        yield from _Story(source).row(document)
    elif isinstance(value, dict):
        yield from _Story(source).read(value)
    elif value is not None:
        what = f"the file must hold events, but holds {document.kind()}"
        hint = f"write a list of events, or a mapping with {', '.join(PARTS)}"
        yield MalformedInput(what, hint=hint, place=Place(source, document.line, document.column))


class _Story:
    """A story file: resolves the defaults and the source keys of its events."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sources: dict[str, Node] = {}
        self._defaults: dict[str, Node] = {}

    def read(self, parts: dict[str, Node]) -> Iterator[Row | PolicytrackError]:
        for name, part in parts.items():
            if name not in PARTS:
                yield self._unknown("a story file has no field", name, PARTS, part)
        story = parts.get("story")
        if story is not None and not isinstance(story.value, str):
            yield self._error(story, f"story must be the title of the file, as text; this is {story.kind()}")
        yield from self._read_tables(parts.get("sources"), parts.get("defaults"))
        events = parts.get("events")
        if events is not None:
            yield from self.rows(events)

    def rows(self, events: Node) -> Iterator[Row | PolicytrackError]:
        """Yield the rows of a list of events."""
        if not isinstance(events.value, list):
            if events.value is not None:
                what = f"events must be a list; this is {events.kind()}"
                yield self._error(events, what, "begin each event with '- type: …'")
            return
        for event in events.value:
            yield from self.row(event)

    def row(self, event: Node) -> Iterator[Row | PolicytrackError]:
        """Yield one event with defaults and sources filled in, and its errors before it."""
        if not isinstance(event.value, dict):
            what = f"an event must be a mapping of fields; this is {event.kind()}"
            yield self._error(event, what, "begin each event with '- type: …'")
            return
        fields = {**self._defaults_for(event.value), **event.value}
        if "sources" in fields:
            fields["sources"], errors = self._resolved(fields["sources"])
            yield from errors
        merged = Node(fields, event.line, event.column, is_broken=event.is_broken)
        # The errors of a broken event are already reported; validating it would only report their consequences.
        if not merged.holds_broken():
            yield NodePlaces(self._source, merged).row()

    def _read_tables(self, sources: Node | None, defaults: Node | None) -> Iterator[PolicytrackError]:
        if sources is not None and isinstance(sources.value, dict):
            for key, entry in sources.value.items():
                if isinstance(entry.value, dict):
                    self._sources[key] = entry
                else:
                    yield self._error(entry, f"the source {key!r} must be a mapping of fields; this is {entry.kind()}")
        elif sources is not None and sources.value is not None:
            what = f"sources must be a table of keys and sources; this is {sources.kind()}"
            yield self._error(sources, what, "write sources: {notice: {title: …, class: …}}")
        if defaults is not None and isinstance(defaults.value, dict):
            for name, value in defaults.value.items():
                if name in _NEVER_DEFAULTS:
                    what = f"{name} cannot be a default, because it must differ between events"
                    yield self._error(value, what, "write it in each event", at_name=True)
                elif not any(name in known for known in _field_names().values()):
                    every = {field for known in _field_names().values() for field in known}
                    yield self._unknown("no event has the field", name, tuple(sorted(every)), value)
                else:
                    self._defaults[name] = value
        elif defaults is not None and defaults.value is not None:
            yield self._error(defaults, f"defaults must be a mapping of fields; this is {defaults.kind()}")

    def _defaults_for(self, fields: dict[str, Node]) -> dict[str, Node]:
        """Return the defaults for which the event's type has a field."""
        event_type = fields.get("type") or self._defaults.get("type")
        known = _field_names().get(str(event_type.value) if event_type else "", frozenset())
        return {name: value for name, value in self._defaults.items() if name in known or name == "type"}

    def _resolved(self, sources: Node) -> tuple[Node, list[PolicytrackError]]:
        """Return the sources of an event in full, and an error for each key that the table does not have."""
        if isinstance(sources.value, str):
            what = "sources must be a list; this is text"
            error = self._error(sources, what, f"write sources: [{sources.value}]")
            return Node([], sources.line, sources.column), [error]
        if not isinstance(sources.value, list):
            return sources, []
        items: list[Node] = []
        errors: list[PolicytrackError] = []
        for item in sources.value:
            resolved = self._resolve(item)
            if isinstance(resolved, Node):
                items.append(resolved)
            else:
                errors.append(resolved)
        return Node(items, sources.line, sources.column, sources.name_at), errors

    def _resolve(self, item: Node) -> Node | PolicytrackError:
        """Return a source in full: from the table for a key or `use:` (other fields override), else as written."""
        if item.value is None or isinstance(item.value, list):
            return self._error(item, f"a source must be a key of the table or a mapping; this is {item.kind()}")
        if not isinstance(item.value, dict):
            return self._from_table(item, item, {})
        key = item.value.get("use")
        if key is None:
            return item
        own = {name: value for name, value in item.value.items() if name != "use"}
        return self._from_table(key, item, own)

    def _from_table(self, key: Node, item: Node, own: dict[str, Node]) -> Node | PolicytrackError:
        # A key such as 2024 is read as a number; the names of the table are text.
        name = str(key.value)
        entry = self._sources.get(name)
        if entry is not None and isinstance(entry.value, dict):
            broken = entry.is_broken or item.is_broken
            return Node({**entry.value, **own}, item.line, item.column, is_broken=broken)
        near = near_matches(name, self._sources)
        hint = f"did you mean {near[0]}?" if near else "add it to the table `sources:`, or write the source in full"
        place = Place(self._source, key.line, key.column)
        return MalformedInput(f"no source {name!r} in the table `sources:`", hint=hint, place=place, candidates=near)

    def _unknown(self, what: str, name: str, known: tuple[str, ...], node: Node) -> MalformedInput:
        near = near_matches(name, known)
        hint = f"did you mean {near[0]}?" if near else f"use one of: {', '.join(known)}"
        place = Place(self._source, *node.find((), name=True))
        return MalformedInput(f"{what} {name!r}", hint=hint, place=place, candidates=near)

    def _error(self, node: Node, what: str, hint: str = "", *, at_name: bool = False) -> MalformedInput:
        return MalformedInput(what, hint=hint, place=Place(self._source, *node.find((), name=at_name)))


@cache
def _field_names() -> dict[str, frozenset[str]]:
    """Return the field names of every event type."""
    return {name: frozenset(event_type.model_fields) for name, event_type in EVENT_TYPES.items()}

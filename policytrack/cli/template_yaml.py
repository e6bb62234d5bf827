"""Writes templates in YAML, and the JSON Schema of event files with which an editor completes and checks them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from policytrack.cli.declared_fields import Declared, declared_for, in_words
from policytrack.cli.event_options import options_of
from policytrack.events import EVENT_TYPES, Event, Source
from policytrack.events.envelope import Refers, Registers
from policytrack.events.fields import Field, fields_of, parts_of
from policytrack.values.dates import VagueDate
from policytrack.values.quantities import Capacity, Money
from policytrack.values.sums import StatedSum

SCHEMA: Final = "policytrack.schema.json"
"""The file name of the JSON Schema that a YAML template refers to."""
_LEFT_OUT: Final = frozenset({"event_id", "type", "schema_version", "acknowledged", "supersedes", "recorded_by"})
_BY_NAME: Final = {
    "country": "CN",
    "region": "CN-NM",
    "language": "zh",
    "activity_id": "rare-earth-separation",
    "stake_pct": "51",
    "ratio": "1.5",
    "latitude": "40.65",
    "longitude": "109.84",
}
_SCHEMA_TYPES: Final = {str: "…", bool: "true", int: "1"}


def yaml_text(
    types: list[type[Event]], day: date, given: dict[str, Any] | None = None, declared: Sequence[Declared] = ()
) -> str:
    """Return an event file with one event of each type. Optional fields are commented out.

    `given` are fields with values already: they are not commented out. `day` is the example of a date. `declared` are
    the custom fields of the ledger.
    """
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "# Fields behind a # are optional. Fill in the others, then import.",
    ]
    if not given or "sources" not in given:
        lines += [
            "sources:",
            "  notice:",
            "    title: …",
            "    class: regulator",
            "    # publisher: …",
            "    # url: …",
        ]
    lines.append("events:")
    for event_type in types:
        lines += _event(event_type, day, given or {}, declared_for(event_type, declared))
    return "\n".join(lines) + "\n"


def _event(event_type: type[Event], day: date, given: dict[str, Any], declared: list[Declared]) -> Iterator[str]:
    helps = {option.name: option.help.removesuffix(" [required]") for option in options_of(event_type)}
    yield f"  # {(event_type.__doc__ or '').strip().splitlines()[0]}"
    yield f"  - type: {event_type.TOPIC}"
    for name, field in fields_of(event_type).items():
        if name in _LEFT_OUT and name not in given:
            continue
        if name in given:
            # JSON is valid YAML, and quotes every text that YAML could read as another type.
            yield f"    {name}: {json.dumps(given[name], ensure_ascii=False, default=str)}"
            continue
        if name == "fields":
            yield from _custom_fields(declared)
            continue
        if name == "sources":
            yield "    # Sources of the event: keys of `sources` above, or complete sources."
            yield "    sources: [notice]"
            continue
        meaning = f"Its parts: {', '.join(fields_of(field.part))}." if field.part is not None else helps.get(name, "")
        yield f"    # {meaning}" + (f" One of: {', '.join(field.choices)}." if field.choices else "")
        value = example(field, day)
        # `effective` has a default, but almost every event needs its own date.
        yield f"    {'' if field.required or name == 'effective' else '# '}{name}: {value}"


def _custom_fields(declared: list[Declared]) -> Iterator[str]:
    """Yield the custom fields of the ledger, commented out."""
    if not declared:
        yield "    # Values of custom fields by id. Declare a field first: policytrack record field-declared."
        yield "    # fields: {}"
        return
    yield "    # Custom fields of this ledger."
    yield "    # fields:"
    for one in declared:
        yield f"    #   {one['field_id']}: …  # {in_words(one)}"


def example(field: Field, day: date) -> str:
    """Return an example value of a field, in one line of YAML."""
    if field.part is not None:
        inner = ", ".join(f"{one.name}: {example(one, day)}" for one in fields_of(field.part).values() if one.required)
        return f"[{{{inner}}}]" if field.many else f"{{{inner}}}"
    value = _scalar(field, day)
    return f"[{value}]" if field.many else value


def _scalar(field: Field, day: date) -> str:
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    if field.choices:
        return field.choices[0]
    if isinstance(field.mark, Registers):
        return f"new-{field.mark.kind}"
    if isinstance(field.mark, Refers):
        return f"id-of-a-{field.mark.kind}"
    if field.kind in {VagueDate, date}:
        return day.isoformat()
    if field.kind is UUID:
        return str(UUID(int=0))
    return {Capacity: "5000", Money: "CNY 470 M", StatedSum: "CNY 470 M"}.get(field.kind) or _SCHEMA_TYPES.get(
        field.kind, "…"
    )


def schema_text() -> str:
    """Return the JSON Schema (2020-12) of event files as people write them: a list, or `sources` and `events`."""
    models: tuple[type[BaseModel], ...] = (*EVENT_TYPES.values(), Source)
    _, made = models_json_schema(
        [(model, "validation") for model in models],
        by_alias=True,
        ref_template="#/$defs/{model}",
    )
    definitions: dict[str, Any] = made["$defs"]
    for model in (*EVENT_TYPES.values(), *parts_of(*EVENT_TYPES.values())):
        _describe(definitions[model.__name__], model)
    for event_type in EVENT_TYPES.values():
        _as_written(definitions[event_type.__name__], event_type)
    event = {"oneOf": [{"$ref": f"#/$defs/{event_type.__name__}"} for event_type in EVENT_TYPES.values()]}
    events = {"type": "array", "items": event}
    story = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "story": {"type": "string"},
            "sources": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Source"}},
            "defaults": {"type": "object"},
            "events": events,
        },
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events of policytrack",
        "anyOf": [story, events],
        "$defs": definitions,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    """Add the description of each field, which an editor shows."""
    for name, field in fields_of(model).items():
        if field.description:
            definition["properties"][name] = {**definition["properties"][name], "description": field.description}


def _as_written(definition: dict[str, Any], event_type: type[Event]) -> None:
    """Change a schema of stored events into one of written events: fewer fields are required, sources may be keys."""
    required = [field.name for field in fields_of(event_type).values() if field.required]
    definition["required"] = sorted({"type", *required})
    properties = definition["properties"]
    properties["type"] = {"const": event_type.TOPIC}
    if "fields" in properties:
        values = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
        properties["fields"] = {"anyOf": [properties["fields"], values]}
    key = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    changed = {"type": "object", "required": ["use"], "properties": {"use": key}}
    properties["sources"] = {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/Source"}, key, changed]}}

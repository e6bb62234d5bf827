"""Converts event data of old schema versions to the current version when it is read (upcasting).

Stored bytes are never rewritten. A new optional field needs no upcast; a changed meaning needs a new event type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from policytrack.errors import IntegrityTrouble
from policytrack.events import EVENT_TYPES, Event

Upcasts = Mapping[str, Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]]

UPCASTS: Final[Upcasts] = {}
"""Functions that convert a version to the next one, by event type and version. There are none yet."""


def current_version(event_type: type[Event]) -> int:
    """Return the schema version that the class writes, unless an event needs a newer one."""
    return int(event_type.model_fields["schema_version"].default)


def upcast(name: str, raw: dict[str, Any], event_type: type[Event], upcasts: Upcasts) -> dict[str, Any]:
    """Return the data of an event in the current version. Raises `IntegrityTrouble` when it is newer than the code."""
    version = int(raw.get("schema_version", 1))
    check_version(name, version, event_type)
    current = current_version(event_type)
    for step in range(version, current):
        raw = {**upcasts[name][step](raw), "schema_version": step + 1}
    return raw


def check_version(name: str, version: int, event_type: type[Event]) -> None:
    """Raise `IntegrityTrouble` when a newer version of policytrack wrote the event."""
    newest = event_type.newest_version()
    if version < 1:
        raise IntegrityTrouble(
            f"the ledger holds {name} of version {version}, which no version of policytrack writes",
            hint="run `policytrack verify`, then restore events.db from a backup",
        )
    if version > newest:
        raise IntegrityTrouble(
            f"the ledger holds {name} of version {version}; this version of policytrack supports up to {newest}",
            hint="upgrade policytrack",
        )


def upcast_batch(
    batch: pa.Table, event_types: Mapping[str, type[Event]] = EVENT_TYPES, upcasts: Upcasts = UPCASTS
) -> pa.Table:
    """Return a batch of stored events with old versions upcast. Only those rows are converted to Python objects."""
    by_version: dict[int, list[str]] = {}
    for name in pc.unique(batch["type"]).to_pylist():
        event_type = event_types.get(name)
        if event_type is None:
            raise IntegrityTrouble(
                f"the ledger holds an event of unknown type {name!r}",
                hint="upgrade policytrack: a newer version wrote it",
            )
        by_version.setdefault(current_version(event_type), []).append(name)
    data: list[str] | None = None
    for version, names in by_version.items():
        other = pc.invert(pc.match_substring(batch["data"], f'"schema_version":{version},'))
        if len(by_version) > 1:
            other = pc.and_(pc.is_in(batch["type"], pa.array(names)), other)
        for index in pc.indices_nonzero(other).to_pylist():
            name = batch["type"][index].as_py()
            data = data if data is not None else batch["data"].to_pylist()
            position = batch["position"][index].as_py()
            raw = upcast(name, _parsed(data[index], position), event_types[name], upcasts)
            data[index] = valid_event(event_types[name], raw, f"e{position}").to_json()
    if data is None:
        return batch
    return batch.set_column(batch.schema.get_field_index("data"), "data", pa.array(data, pa.string()))


def valid_event(event_type: type[Event], data: str | dict[str, Any], name: str) -> Event:
    """Return a stored event of the current version, from its JSON or what that holds; `name` is for the error.

    Raises `IntegrityTrouble` when it is not a valid event: no command of policytrack has recorded it.
    """
    try:
        return event_type.model_validate_json(data) if isinstance(data, str) else event_type.model_validate(data)
    except ValidationError as cause:
        first = cause.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        where = f"{place}: " if place else ""
        raise IntegrityTrouble(
            f"{name} in the event store is not a valid {event_type.TOPIC}: {where}{first['msg']}",
            hint="run `policytrack verify`, then restore events.db from a backup",
        ) from cause


def _parsed(data: str, position: int) -> dict[str, Any]:
    """Parse the data of a stored event. Raises `IntegrityTrouble` when it is not a JSON object."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict) or not isinstance(raw.get("schema_version", 1), int):
        raise IntegrityTrouble(
            f"e{position} in the event store is not an event: its data is not a JSON object",
            hint="run `policytrack verify`, then restore events.db from a backup",
        )
    return raw

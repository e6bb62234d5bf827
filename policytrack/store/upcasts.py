"""Upcasts: how the data of an old schema version becomes that of today's.

Stored bytes are never rewritten; old events are upcast whenever they are read. An optional new field needs no
upcast; another meaning needs a new event name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from policytrack.errors import IntegrityTrouble
from policytrack.events import EVENT_TYPES, Event

Upcasts = Mapping[str, Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]]

UPCASTS: Final[Upcasts] = {}
"""By event type and by the version that is read: what makes it the next version. None needs one today."""


def current_version(event_type: type[Event]) -> int:
    """The schema version that the class writes, unless an event needs a newer one."""
    return int(event_type.model_fields["schema_version"].default)


def upcast(name: str, raw: dict[str, Any], event_type: type[Event], upcasts: Upcasts) -> dict[str, Any]:
    """The data of an event in the shape of the current version.

    Raises `IntegrityTrouble` when the event is newer than the code.
    """
    version = int(raw.get("schema_version", 1))
    check_version(name, version, event_type)
    current = current_version(event_type)
    for step in range(version, current):
        raw = {**upcasts[name][step](raw), "schema_version": step + 1}
    return raw


def check_version(name: str, version: int, event_type: type[Event]) -> None:
    """Raise `IntegrityTrouble` when an event was written by a newer policytrack than this one."""
    newest = event_type.newest_version()
    if version > newest:
        raise IntegrityTrouble(
            f"the ledger holds {name} of version {version}; this policytrack knows version {newest}",
            hint="upgrade policytrack",
        )


def upcast_batch(
    batch: pa.Table, event_types: Mapping[str, type[Event]] = EVENT_TYPES, upcasts: Upcasts = UPCASTS
) -> pa.Table:
    """A batch of stored events with the data of old versions brought to today's. Only those rows touch Python."""
    by_version: dict[int, list[str]] = {}
    for name in pc.unique(batch["type"]).to_pylist():
        event_type = event_types.get(name)
        if event_type is None:
            raise IntegrityTrouble(
                f"the ledger holds an event of unknown type {name!r}", hint="a newer policytrack wrote it: upgrade"
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
            data[index] = event_types[name].model_validate(raw).to_json()
    if data is None:
        return batch
    return batch.set_column(batch.schema.get_field_index("data"), "data", pa.array(data, pa.string()))


def _parsed(data: str, position: int) -> dict[str, Any]:
    """The data of a stored event. Raises `IntegrityTrouble` when it is not a JSON object."""
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

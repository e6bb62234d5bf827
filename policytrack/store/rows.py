"""Rows of the store's tables, from events and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from policytrack.errors import IntegrityTrouble, MalformedInput
from policytrack.store.digest import next_digest

INSERT_EVENT: Final = "INSERT INTO dcb_events VALUES (?, ?, ?, ?, ?, ?)"
INSERT_TAG: Final = "INSERT INTO dcb_tags VALUES (?, ?)"

EventRow = tuple[int, str, str | bytes, str, int, bytes]
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sequenced(rows: Iterable[tuple[int, str, bytes, str]], path: Path) -> Iterator[DCBSequencedEvent]:
    """The events of rows of position, type, data and tags. Raises `IntegrityTrouble` for damaged tags."""
    position = 0
    try:
        for position, event_type, data, tags in rows:
            yield DCBSequencedEvent(DCBEvent(event_type, data, list(json.loads(tags))), position)
    except (ValueError, TypeError) as cause:
        raise IntegrityTrouble(
            f"the tags of e{position} in {path} are damaged",
            hint="run `policytrack verify`, then restore the file from a backup",
        ) from cause


def event_rows(events: Sequence[DCBEvent], stamps: Iterable[int], position: int, digest: bytes) -> list[EventRow]:
    rows: list[EventRow] = []
    for event, recorded_at in zip(events, stamps, strict=False):
        position += 1
        tags = to_json(event.tags)
        if "\0" in event.type or ("\\u0000" in tags and any("\0" in tag for tag in event.tags)):
            raise MalformedInput("the type or a tag of an event holds a NUL character")
        try:
            digest = next_digest(digest, position, event.type, event.data, tags, recorded_at)
        except UnicodeEncodeError as cause:
            raise MalformedInput(f"the type or a tag of an event is not Unicode text: {cause.reason}") from cause
        rows.append((position, event.type, stored_form(event.data), tags, recorded_at, digest))
    return rows


def tag_rows(events: Sequence[DCBEvent], position: int) -> list[tuple[str, int]]:
    return sorted((tag, n) for n, event in enumerate(events, position + 1) for tag in set(event.tags))


def stored_form(data: bytes) -> str | bytes:
    """What is put into the column: text wherever the bytes are text that every SQLite client reads whole."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return data if "\0" in text else text

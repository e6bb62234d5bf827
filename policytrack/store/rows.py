"""Converts events to rows of the event store's tables and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from eventsourcing.dcb.api import DCBEvent, DCBSequencedEvent

from policytrack.errors import IntegrityTrouble, MalformedInput
from policytrack.store.digest import FIRST_DIGEST, altered, next_digest

EventRow = tuple[int, str, str | bytes, str, int, bytes]
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sequenced(
    rows: Iterable[tuple[int, str, bytes, str, int, bytes, bytes | None]], name: str | Path
) -> Iterator[DCBSequencedEvent]:
    """Yield the events of rows: position, type, data, tags, recorded_at, digest, and the digest of the event before.

    Raises `IntegrityTrouble` for an event that does not match its digest, so that no decision uses it.
    """
    position = 0
    try:
        for position, event_type, data, tags, recorded_at, digest, before in rows:
            chained_to = FIRST_DIGEST if position == 1 else before or b""
            if next_digest(chained_to, position, event_type, data, tags, recorded_at) != digest:
                raise altered(position, name)
            yield DCBSequencedEvent(DCBEvent(event_type, data, list(json.loads(tags))), position)
    except (ValueError, TypeError, AttributeError) as cause:
        raise IntegrityTrouble(
            f"cannot read e{position} in {name}: it is damaged",
            hint="run `policytrack verify`, then restore the event store from a backup",
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


def checked_form(event: DCBEvent) -> tuple[str, str | bytes, str]:
    """Return type, column value of the data, and tags (JSON) of an event. Raises `MalformedInput`."""
    ((_, event_type, data, tags, _, _),) = event_rows([event], [0], 0, FIRST_DIGEST)
    return event_type, data, tags


def tag_rows(events: Sequence[DCBEvent], position: int) -> list[tuple[str, int]]:
    return sorted((tag, n) for n, event in enumerate(events, position + 1) for tag in set(event.tags))


def stored_form(data: bytes) -> str | bytes:
    """Return the column value: text if the bytes are UTF-8 without NUL (some SQLite clients stop at a NUL)."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    return data if "\0" in text else text

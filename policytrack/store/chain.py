"""Verifies the digest chain of an event store, event by event."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from policytrack.store.digest import FIRST_DIGEST, next_digest
from policytrack.store.rows import stored_form

Progress = Callable[[int, int], None]
"""Called with the number of verified events and the total."""

EventRow = tuple[int, str, bytes, str, str, int, bytes]
"""Position, type, data, how the data is stored (text or blob), tags, recorded_at and digest."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result of a verification.

    `events` is the number of intact events. The digest chain is valid up to `position`, where the digest is
    `digest_hex`. If there is no damage, `first_bad_position` and `reason` are None. Otherwise every event *before* that
    position is unchanged. Damage outside the events (an index, a trigger) that belongs to no position is reported one
    past the head.
    """

    events: int
    position: int
    digest_hex: str
    first_bad_position: int | None
    reason: str | None
    is_chain_intact: bool = False
    """Whether all events are intact, so that damage is only in an index, which `backup` and `restore` rebuild."""


class Damage(Exception):
    """Damage at a position."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position


def tags_of(position: int, stored: str) -> set[str]:
    """Return the tags of an event from their stored form. Raises `Damage` if that is not a JSON list of texts."""
    try:
        tags = json.loads(stored)
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Damage(position, "its tags are not a list of texts")
    return set(tags)


class Chain:
    """The verified part of the digest chain."""

    def __init__(self) -> None:
        self.position, self.digest, self.recorded_at = 0, FIRST_DIGEST, 0

    def extend(self, row: EventRow) -> None:
        """Verify the next event. Raises `Damage`."""
        position, event_type, data, storage, tags, recorded_at, digest = row
        expected = self.position + 1
        if position != expected:
            raise Damage(expected, f"positions are missing: the next event is e{position}")
        if next_digest(self.digest, position, event_type, data, tags, recorded_at) != digest:
            raise Damage(expected, "its content does not match its digest")
        if storage != ("text" if isinstance(stored_form(data), str) else "blob"):
            raise Damage(expected, "its data is stored with another type (text or blob) than it was written")
        if recorded_at < self.recorded_at:
            raise Damage(expected, "its recorded_at is earlier than that of the event before it")
        self.position, self.digest, self.recorded_at = position, digest, recorded_at

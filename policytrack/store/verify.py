"""Verifying a store: everything that can be recomputed is, event by event, from the first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble
from policytrack.store.digest import FIRST_DIGEST, next_digest
from policytrack.store.files import open_store
from policytrack.store.head import stored_head
from policytrack.store.recorder import stored_form

Progress = Callable[[int, int], None]
"""Told how many events are verified, and of how many."""

_PAGE: Final = 10_000
_EVENTS: Final = (
    "SELECT position, type, CAST(data AS BLOB), typeof(data), tags, recorded_at, digest "
    "FROM dcb_events WHERE position > ? ORDER BY position LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification found.

    `events` were found whole, the last of them at `head_position` with `head_digest` (hex). All is well when
    `first_bad_position` is None and `reason` is empty. Otherwise everything *before* that position is as it
    was recorded; damage beside the events (an index, a trigger) is reported one past the head.
    """

    events: int
    head_position: int
    head_digest: str
    first_bad_position: int | None
    reason: str

    @property
    def position(self) -> int:
        """The head's position, under the name that `Head` gives it."""
        return self.head_position

    @property
    def digest_hex(self) -> str:
        """The head's digest, under the name that `Head` gives it."""
        return self.head_digest


class _Damage(Exception):
    """Something is not what was recorded."""


def verify_chain(path: Path, progress: Progress | None = None) -> ChainReport:
    """Recompute the digests of all events; check positions, tags, instants, indexes and the schema.

    Works on a store that other commands refuse to open for its damage, and never changes it. Raises
    `NotFound`, `Busy` and `StorageTrouble` when there is nothing to read or it cannot be reached; damage is
    in the report.
    """
    try:
        connection = open_store(path, read_only=True)
    except IntegrityTrouble as trouble:
        return ChainReport(0, 0, FIRST_DIGEST.hex(), 1, trouble.what)
    with closing(connection):
        return _Verification(connection, progress).run()


class _Verification:
    """One pass over a store; remembers how far it has come."""

    def __init__(self, connection: sqlite3.Connection, progress: Progress | None) -> None:
        self.connection, self.progress = connection, progress
        self.position, self.digest, self.recorded_at = 0, FIRST_DIGEST, 0
        self.tags: Iterator[tuple[int, str]] = iter(())
        self.next_tag: tuple[int, str] | None = None

    def run(self) -> ChainReport:
        reason = ""
        try:
            self._run()
        except _Damage as damage:
            reason = str(damage)
        except Exception as error:  # noqa: BLE001 # a damaged file makes decoders raise anything at all
            reason = f"it cannot be read: {type(error).__name__}: {error}"
        bad = self.position + 1 if reason else None
        return ChainReport(self.position, self.position, self.digest.hex(), bad, reason)

    def _run(self) -> None:
        # One snapshot for all of it: the tags and indexes belong to these events and no later ones.
        self.connection.execute("BEGIN")
        total, _, _ = stored_head(self.connection)
        self.tags = self.connection.execute("SELECT position, tag FROM dcb_tags ORDER BY position")
        self.next_tag = next(self.tags, None)
        while rows := self.connection.execute(_EVENTS, (self.position, _PAGE)).fetchall():
            for row in rows:
                self._check_event(row)
            if self.progress is not None:
                self.progress(self.position, total)
        if self.next_tag is not None:
            raise _Damage(f"the table of tags names an event e{self.next_tag[0]} that is not there")
        self._check_indexes()

    def _check_event(self, row: tuple[int, str, bytes, str, str, int, bytes]) -> None:
        position, event_type, data, storage, tags_json, recorded_at, digest = row
        if position != self.position + 1:
            raise _Damage(f"the next event stands at e{position}: positions are missing")
        if next_digest(self.digest, position, event_type, data, tags_json, recorded_at) != digest:
            raise _Damage("its content does not match its digest")
        if storage != ("text" if isinstance(stored_form(data), str) else "blob"):
            raise _Damage("its data is stored in another form than it was written in")
        if recorded_at < self.recorded_at:
            raise _Damage("it was recorded before the event before it")
        self._check_tags(position, set(json.loads(tags_json)))
        self.position, self.digest, self.recorded_at = position, digest, recorded_at

    def _check_tags(self, position: int, expected: set[str]) -> None:
        found = set()
        while self.next_tag is not None and self.next_tag[0] <= position:
            found.add(self.next_tag)
            self.next_tag = next(self.tags, None)
        if found != {(position, tag) for tag in expected}:
            raise _Damage("the table of tags differs from its tags")

    def _check_indexes(self) -> None:
        (result,) = self.connection.execute("PRAGMA integrity_check(1)").fetchone()
        if result != "ok":
            raise _Damage(f"the events are whole, but what finds them is not: {result}")

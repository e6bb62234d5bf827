"""Verifying a store: everything that can be recomputed is, event by event, from the first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policytrack.errors import IntegrityTrouble, PolicytrackError
from policytrack.store.digest import FIRST_DIGEST
from policytrack.store.files import open_store

Progress = Callable[[int, int], None]
"""Told how many events are verified, and of how many."""

_EVENTS_PER_REPORT: Final = 10_000
_EVENTS: Final = (
    "SELECT position, type, CAST(data AS BLOB), typeof(data), tags, recorded_at, digest "
    "FROM dcb_events NOT INDEXED ORDER BY position"
)
_TAGS_OF_EVENTS: Final = "SELECT position, tags FROM dcb_events NOT INDEXED ORDER BY position"
_TAGS: Final = "SELECT position, tag FROM dcb_tags ORDER BY position"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification found.

    `events` were found whole, the last of them at `position` with the digest `digest_hex`. All is well when
    `first_bad_position` and `reason` are None. Otherwise everything *before* that position is as it was
    recorded; damage beside the events (an index, a trigger) is reported one past the head.
    """

    events: int
    position: int
    digest_hex: str
    first_bad_position: int | None
    reason: str | None


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
    """Passes over a store, in one snapshot; remembers how far the chain is whole."""

    def __init__(self, connection: sqlite3.Connection, progress: Progress | None) -> None:
        self.connection, self.progress = connection, progress
        self.position, self.digest, self.recorded_at = 0, FIRST_DIGEST, 0

    def run(self) -> ChainReport:
        checked = 0
        try:
            self.connection.execute("BEGIN")
            self._check_chain()
            checked = self._check_tags(checked)
            self._check_indexes()
        except _Damage as damage:
            return self._report(damage, str(damage))
        except PolicytrackError:
            raise
        except Exception as error:  # noqa: BLE001 # a damaged file makes decoders raise anything at all
            return self._report(error, f"it cannot be read: {type(error).__name__}: {error}")
        return ChainReport(self.position, self.position, self.digest.hex(), None, None)

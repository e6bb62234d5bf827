"""The tables of an event store, and the triggers that keep them append-only.

`dcb_events`: one row an event.

* `position`: 1, 2, 3 … without gaps, never used again
* `type`: the event's name
* `data`: its JSON, as TEXT. The library's interface allows any bytes: those that are not UTF-8, or hold a
  NUL, are stored as BLOB. Either way ``CAST(data AS BLOB)`` gives exactly the bytes that were appended.
* `tags`: a JSON list of text, as appended
* `recorded_at`: microseconds since 1970-01-01 UTC, never decreasing with position
* `digest`: 32 bytes, see `policytrack.store.digest`

`dcb_tags`: the tags again, one row each, to find events by them.

The triggers are a seat belt against slips: whoever owns the file can remove them. The digests are the proof.
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x504F4C54
"""`POLT`: what `file` and SQLite know the store by."""
FORMAT: Final = 1
"""The version of these tables, in `PRAGMA user_version`."""

_REFUSE: Final = "BEGIN SELECT RAISE(ABORT, 'recorded events are immutable'); END"

TABLES: Final = {
    "dcb_events": (
        "CREATE TABLE dcb_events (position INTEGER PRIMARY KEY, type TEXT NOT NULL, data TEXT NOT NULL, "
        "tags TEXT NOT NULL, recorded_at INTEGER NOT NULL, digest BLOB NOT NULL)"
    ),
    "dcb_tags": (
        "CREATE TABLE dcb_tags (tag TEXT NOT NULL, position INTEGER NOT NULL, "
        "PRIMARY KEY (tag, position)) WITHOUT ROWID"
    ),
}
"""By name, the statement that makes each table."""
_INDEXES: Final = {"dcb_events_type": "CREATE INDEX dcb_events_type ON dcb_events (type, position)"}
_TRIGGERS: Final = {
    f"{table}_no_{event}": f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} {_REFUSE}"
    for table in TABLES
    for event in ("update", "delete")
} | {
    # INSERT OR REPLACE deletes without asking the delete trigger unless recursive_triggers is on, which is
    # for each connection to say. This one asks nobody.
    "dcb_events_dense": (
        "CREATE TRIGGER dcb_events_dense BEFORE INSERT ON dcb_events "
        "WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM dcb_events) "
        "BEGIN SELECT RAISE(ABORT, 'an event is appended at the next position, or not at all'); END"
    )
}

STATEMENTS: Final = {**TABLES, **_INDEXES, **_TRIGGERS}
"""By name, every statement of the schema, in order."""


def differences(connection: sqlite3.Connection) -> list[str]:
    """The names of tables, indexes and triggers of the store that are missing, changed or added."""
    present = dict(
        connection.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE tbl_name IN ('dcb_events', 'dcb_tags') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
    )
    return sorted(name for name in STATEMENTS.keys() | present if STATEMENTS.get(name) != present.get(name))

"""Defines the tables of an event store, and the triggers that make them append-only.

`dcb_events` has one row per event:

* `position`: 1, 2, 3 … without gaps, never reused
* `type`: the event's wire name
* `data`: its JSON, as TEXT. The library's interface allows any bytes: those that are not UTF-8, or contain a NUL, are
  stored as BLOB. ``CAST(data AS BLOB)`` always gives exactly the appended bytes.
* `tags`: a JSON list of texts, as appended
* `recorded_at`: microseconds since 1970-01-01 UTC, never decreasing with position
* `digest`: 32 bytes, see `policytrack.store.digest`

`dcb_tags` is an index: one row per tag of an event.

The triggers only prevent accidents, since the owner of the file can remove them. The digests detect changes.
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x504F4C54
"""The bytes `POLT`, by which SQLite and the command `file` identify the format."""
FORMAT: Final = 1
"""The version of these tables, stored in `PRAGMA user_version`."""

INSERT_EVENT: Final = "INSERT INTO dcb_events VALUES (?, ?, ?, ?, ?, ?)"
INSERT_TAG: Final = "INSERT INTO dcb_tags VALUES (?, ?)"

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
"""The statement that creates each table, by name."""
_INDEXES: Final = {"dcb_events_type": "CREATE INDEX dcb_events_type ON dcb_events (type, position)"}
_TRIGGERS: Final = {
    f"{table}_no_{event}": f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} {_REFUSE}"
    for table in TABLES
    for event in ("update", "delete")
} | {
    # INSERT OR REPLACE fires the delete trigger only if the connection has set recursive_triggers. This trigger does
    # not depend on a setting.
    "dcb_events_dense": (
        "CREATE TRIGGER dcb_events_dense BEFORE INSERT ON dcb_events "
        "WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM dcb_events) "
        "BEGIN SELECT RAISE(ABORT, 'an event is appended at the next position, or not at all'); END"
    )
}

STATEMENTS: Final = {**TABLES, **_INDEXES, **_TRIGGERS}
"""Every statement of the schema by name, in order."""


def differences(connection: sqlite3.Connection) -> list[str]:
    """Return the names of tables, indexes and triggers of the event store that are missing, changed or added.

    Every trigger and view of the file counts: one that names another table may still act on these.
    """
    present: dict[str, list[str]] = {}
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE (tbl_name IN ('dcb_events', 'dcb_tags') AND sql IS NOT NULL)"
        " OR type NOT IN ('table', 'index')"
    )
    for name, sql in rows.fetchall():
        present.setdefault(str(name), []).append(sql)
    return sorted(name for name in STATEMENTS.keys() | present if [STATEMENTS.get(name)] != present.get(name))

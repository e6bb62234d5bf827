"""Creates the tables, functions and roles of an event store in a PostgreSQL database."""

from __future__ import annotations

from typing import Final

from policytrack.errors import Refused, StorageTrouble
from policytrack.store.postgres.connections import Connections, has_event_store
from policytrack.store.postgres.errors import storage_errors
from policytrack.store.postgres.statements import schema_sql

_LOCK: Final = 0x504F4C54
"""The key of the advisory lock: of several that create at once, the others find the tables."""


def exists(connections: Connections) -> bool:
    """Return whether the database has an event store. Raises `StorageTrouble` when it cannot be asked."""
    connection = connections.open()
    try:
        with storage_errors(connections.address.name, "looking for the event store", connections.wait_seconds):
            return has_event_store(connection)
    finally:
        connection.close()


def create(connections: Connections) -> None:
    """Create the event store, in one transaction. Raises `Refused` when it exists, `StorageTrouble` for a database in
    another encoding than UTF-8 or a user who may not create it.
    """
    connection = connections.open()
    name = connections.address.name
    try:
        with storage_errors(name, "creating the event store", connections.wait_seconds):
            row = connection.execute("SHOW server_encoding").fetchone()
            if row is None or row[0] != "UTF8":
                raise StorageTrouble(
                    f"the database at {name} has the encoding {row and row[0]}",
                    hint="create a database with ENCODING 'UTF8'",
                )
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                if has_event_store(connection):
                    raise Refused(f"there is already an event store at {name}", hint="choose another database")
                connection.execute(schema_sql())
    finally:
        connection.close()

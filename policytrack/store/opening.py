"""Chooses the event store of a ledger: the SQLite file in its folder, or a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

from policytrack.errors import MissingExtra
from policytrack.store.anchor import HEAD_FILE, LEDGER_STORE
from policytrack.store.sqlite.store import SQLiteStore
from policytrack.store.store import Store


def store_of(root: Path, address: str | None) -> Store:
    """Return the event store of the ledger in a folder: on the server at `address`, or None for the file.

    Raises `MissingExtra` without the packages for a server, `UsageError` for a malformed address.
    """
    if address is None:
        return SQLiteStore(root / LEDGER_STORE)
    try:
        from policytrack.store.postgres.address import Address
        from policytrack.store.postgres.store import PostgresStore
    except ImportError as cause:
        raise MissingExtra(
            f"a ledger on a server needs the package {cause.name}",
            hint='install it: pip install "policytrack[postgres]"',
        ) from cause
    return PostgresStore(Address.read(address), root / HEAD_FILE)

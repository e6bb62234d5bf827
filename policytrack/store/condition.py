"""How a store is opened on this machine: what SQLite says of durability, read back and never assumed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from policytrack.store.files import open_store
from policytrack.store.trouble import storage_errors

_ASKED: Final = ("journal_mode", "synchronous", "application_id", "user_version")
_SYNCHRONOUS: Final = {0: "off", 1: "normal", 2: "full", 3: "extra"}


def condition(path: Path, *, read_only: bool = False) -> dict[str, str]:
    """The settings of a store as SQLite reports them, by name.

    Raises what `open_store` does; opened for writing, that is also a setting that SQLite did not take.
    """
    with closing(open_store(path, read_only=read_only)) as connection, storage_errors(path, "asking the event store"):
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _ASKED}
    return {**{name: str(value) for name, value in found.items()}, "synchronous": _SYNCHRONOUS[found["synchronous"]]}

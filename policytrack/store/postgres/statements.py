"""Reads the SQL that creates an event store: also for an administrator, on a computer without a PostgreSQL client."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

_FILES: Final = ("schema", "matching", "append", "roles")


def schema_sql() -> str:
    """Return the statements for an administrator: tables, functions, roles, and what each role may do."""
    folder = files("policytrack.store.postgres").joinpath("sql")
    return "\n".join(folder.joinpath(f"{name}.sql").read_text(encoding="utf-8") for name in _FILES)

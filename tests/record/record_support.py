"""Where the curated record lies, the day on which it is read, and the one value of an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from policytrack import resources

LOG = resources.EVENTS / "log"
TODAY = date(2026, 11, 23)


def one(facts: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The one value of an answer."""
    ((value,),) = facts.execute(sql).fetchall()
    return value

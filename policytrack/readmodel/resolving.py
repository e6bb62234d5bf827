"""The SQL that lets corrections and retractions take effect on what they correct and retract.

Events are taken as if nothing superseded any; what does so is looked at once, when all have been taken. A target stands
before what supersedes it: a later event cannot be superseded by an earlier one, so that the answer is the same whatever
the batches. Of two that supersede one event the one known first counts, then the one recorded first.
"""

from __future__ import annotations

from typing import Final

FOREVER: Final = "DATE '9999-12-31'"
"""`known_to` of what nothing supersedes."""
NEVER: Final = "DATE '0001-01-01'"
"""`known_to` of what was recorded in error: wrong for every known-at."""

BATCH_EVENT: Final = f"""
CREATE OR REPLACE TEMP VIEW batch_event AS
SELECT position, position AS order_position, type, data, {FOREVER} AS known_to FROM batch
"""  # noqa: S608 # a constant of this module
"""The events of a batch as the facts files read them."""


def untouched(sql: str) -> str:
    """The rows of `event` of a batch, by the SQL of its file."""
    return (
        f"SELECT *, position AS order_position, {FOREVER} AS known_to, NULL::BIGINT AS superseded_by"  # noqa: S608 # the SQL of a file of ours
        f" FROM (\n{sql}\n)"
    )


LINK: Final = f"""
CREATE OR REPLACE TEMP TABLE link AS
WITH newer AS (
  SELECT position, supersedes_id, type <> 'event_retracted' AS keeps_order,
         CASE WHEN because = 'error' THEN {NEVER} ELSE known_on END AS known_to
  FROM event WHERE position > $after AND supersedes_id IS NOT NULL
)
SELECT newer.position, newer.keeps_order, newer.known_to, target.position AS target_position,
       CASE WHEN target.position <= $after THEN target.order_position END AS target_order
FROM newer JOIN event AS target ON target.event_id = newer.supersedes_id AND target.position < newer.position
"""  # noqa: S608 # constants of this module
"""Which of the events after a position supersedes which; the order of a target that is one of them is not known yet."""

HAS_LINK: Final = "SELECT EXISTS (FROM link)"

ROOT: Final = """
CREATE OR REPLACE TEMP TABLE root AS
WITH RECURSIVE chain AS (
  SELECT position, coalesce(target_order, target_position) AS order_position
  FROM link
  WHERE keeps_order AND target_position NOT IN (SELECT position FROM link WHERE keeps_order)
  UNION ALL
  SELECT link.position, chain.order_position
  FROM link JOIN chain ON link.target_position = chain.position
  WHERE link.keeps_order
)
SELECT position, min(order_position) AS order_position FROM chain GROUP BY position
"""
"""The place in the order of each correction: that of the first of its chain."""

SUPERSEDED: Final = """
CREATE OR REPLACE TEMP TABLE superseded AS
SELECT target_position AS position, min(known_to) AS known_to,
       arg_min(position, (known_to, position)) AS superseded_by
FROM link GROUP BY target_position
"""

SUPERSEDING: Final = (ROOT, SUPERSEDED)
"""The statements, in order, that work out of `link` what changes."""

END_EVENT: Final = """
UPDATE event SET known_to = superseded.known_to, superseded_by = superseded.superseded_by
FROM superseded WHERE event.position = superseded.position AND superseded.known_to < event.known_to
"""

ORDERED_TABLES: Final = (
    "SELECT table_name FROM duckdb_columns()"
    " WHERE database_name = 'read_model' AND column_name = 'order_position' AND NOT internal"
)
"""The tables whose rows have a place in the order."""


def order(table: str) -> str:
    """The statement that gives the corrections among the rows of a table their place in the order."""
    return (
        f"UPDATE {table} SET order_position = root.order_position FROM root"  # noqa: S608 # the name of a file of ours
        f" WHERE {table}.position = root.position"
    )


def end(table: str) -> str:
    """The statement that says of the rows of a fact table until when they stood."""
    return (
        f"UPDATE {table} SET known_to = superseded.known_to FROM superseded"  # noqa: S608 # the name of a file of ours
        f" WHERE {table}.position = superseded.position AND superseded.known_to < {table}.known_to"
    )

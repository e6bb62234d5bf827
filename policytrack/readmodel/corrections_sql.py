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
SELECT position, position AS first_position, position AS order_position, type, data, {FOREVER} AS known_to FROM batch
"""  # noqa: S608 # a constant of this module
"""The events of a batch as the facts files read them."""


def untouched(sql: str) -> str:
    """Return the SELECT of the rows of `event` of a batch, given the SQL of its file."""
    return (
        "SELECT *, position AS first_position, known_on AS order_known_on, position AS order_position,"  # noqa: S608 # the SQL of a file of ours
        f" {FOREVER} AS known_to, NULL::BIGINT AS superseded_by FROM (\n{sql}\n)"
    )


LINK: Final = f"""
CREATE OR REPLACE TEMP TABLE link AS
WITH newer AS (
  SELECT position, supersedes_id, type <> 'event_retracted' AS is_correction,
         type <> 'event_retracted' AND because = 'error' AS keeps_place,
         CASE WHEN because = 'error' THEN {NEVER} ELSE known_on END AS known_to
  FROM event WHERE position > $after AND supersedes_id IS NOT NULL
)
SELECT newer.position, newer.is_correction, newer.keeps_place, newer.known_to, target.position AS target_position,
       target.first_position, target.order_known_on, target.order_position
FROM newer JOIN event AS target ON target.event_id = newer.supersedes_id AND target.position < newer.position
"""  # noqa: S608 # constants of this module
"""Which of the events after a position supersedes which. The place of a target that is itself one of them is still that
of an event that corrects nothing; `PLACE` and `FIRST` follow the chain."""

HAS_LINK: Final = "SELECT EXISTS (FROM link)"

PLACE: Final = """
CREATE OR REPLACE TEMP TABLE place AS
WITH RECURSIVE chain AS (
  SELECT position, order_known_on, order_position
  FROM link
  WHERE keeps_place AND target_position NOT IN (SELECT position FROM link WHERE keeps_place)
  UNION ALL
  SELECT link.position, chain.order_known_on, chain.order_position
  FROM link JOIN chain ON link.target_position = chain.position
  WHERE link.keeps_place
)
SELECT position, any_value(order_known_on) AS order_known_on, any_value(order_position) AS order_position
FROM chain GROUP BY position
"""
"""The place in the order of each correction of an error: that of what it corrects. A revision has its own place."""

FIRST: Final = """
CREATE OR REPLACE TEMP TABLE first_of_chain AS
WITH RECURSIVE chain AS (
  SELECT position, first_position
  FROM link
  WHERE is_correction AND target_position NOT IN (SELECT position FROM link WHERE is_correction)
  UNION ALL
  SELECT link.position, chain.first_position
  FROM link JOIN chain ON link.target_position = chain.position
  WHERE link.is_correction
)
SELECT position, min(first_position) AS first_position FROM chain GROUP BY position
"""
"""The first event of the chain that each correction, of either kind, belongs to."""

SUPERSEDED: Final = """
CREATE OR REPLACE TEMP TABLE superseded AS
SELECT target_position AS position, min(known_to) AS known_to,
       arg_min(position, (known_to, position)) AS superseded_by
FROM link GROUP BY target_position
"""

SUPERSEDING: Final = (PLACE, FIRST, SUPERSEDED)
"""The statements, in order, that work out of `link` what changes."""

END_EVENT: Final = """
UPDATE event SET known_to = superseded.known_to, superseded_by = superseded.superseded_by
FROM superseded WHERE event.position = superseded.position AND superseded.known_to < event.known_to
"""

TABLES_WITH: Final = (
    "SELECT table_name FROM duckdb_columns()"
    " WHERE database_name = 'read_model' AND column_name = $column AND NOT internal"
)
"""The tables with a column of a name."""


def place(table: str) -> str:
    """Return the statement that gives the corrections of errors in a table the place of what they correct."""
    return (
        f"UPDATE {table} SET order_known_on = place.order_known_on, order_position = place.order_position"  # noqa: S608 # the name of a file of ours
        f" FROM place WHERE {table}.position = place.position"
    )


def first(table: str) -> str:
    """Return the statement that names, for each correction in a table, the first event of its chain."""
    return (
        f"UPDATE {table} SET first_position = first_of_chain.first_position FROM first_of_chain"  # noqa: S608 # the name of a file of ours
        f" WHERE {table}.position = first_of_chain.position"
    )


def end(table: str) -> str:
    """The statement that says of the rows of a fact table until when they stood."""
    return (
        f"UPDATE {table} SET known_to = superseded.known_to FROM superseded"  # noqa: S608 # the name of a file of ours
        f" WHERE {table}.position = superseded.position AND superseded.known_to < {table}.known_to"
    )

"""The SQL that lets corrections and retractions of a batch take effect.

A target stands before what supersedes it: a later event cannot be superseded by an earlier one, so that the answer is
the same whatever the batches. Of two that supersede one event the one known first counts, then the one recorded first.
"""

from __future__ import annotations

from typing import Final

FOREVER: Final = "DATE '9999-12-31'"
"""`known_to` of what nothing supersedes."""
NEVER: Final = "DATE '0001-01-01'"
"""`known_to` of what was recorded in error: wrong for every known-at."""


def untouched(sql: str) -> str:
    """The statement that makes the rows of `event` of a batch, by the SQL of its file: as if nothing superseded any."""
    return (
        f"CREATE OR REPLACE TEMP TABLE batch_resolved AS SELECT *, position AS order_position, {FOREVER} AS known_to,"  # noqa: S608 # the SQL of a file of ours
        f" NULL::BIGINT AS superseded_by FROM (\n{sql}\n)"
    )


HAS_SUPERSEDING: Final = "SELECT EXISTS (FROM batch_resolved WHERE supersedes_id IS NOT NULL)"

LINK: Final = f"""
CREATE OR REPLACE TEMP TABLE link AS
WITH newer AS (
  SELECT position, supersedes_id, type <> 'event_retracted' AS keeps_order,
         CASE WHEN because = 'error' THEN {NEVER} ELSE known_on END AS known_to
  FROM batch_resolved WHERE supersedes_id IS NOT NULL
),
target AS (
  SELECT event_id, position, order_position FROM event WHERE event_id IN (SELECT supersedes_id FROM newer)
  UNION ALL
  SELECT event_id, position, NULL FROM batch_resolved WHERE event_id IN (SELECT supersedes_id FROM newer)
)
SELECT newer.position, newer.keeps_order, newer.known_to, target.position AS target_position,
       target.order_position AS target_order
FROM newer JOIN target ON target.event_id = newer.supersedes_id AND target.position < newer.position
"""  # noqa: S608 # constants of this module
"""Which event of the batch supersedes which; the order of a target in the same batch is not known yet."""

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
"""The place in the order of each correction of the batch: that of the first of its chain."""

SUPERSEDED: Final = """
CREATE OR REPLACE TEMP TABLE superseded AS
SELECT target_position AS position, min(known_to) AS known_to,
       arg_min(position, (known_to, position)) AS superseded_by
FROM link GROUP BY target_position
"""

ORDERED: Final = """
UPDATE batch_resolved SET order_position = root.order_position FROM root WHERE root.position = batch_resolved.position
"""

ENDED: Final = """
UPDATE batch_resolved SET known_to = superseded.known_to, superseded_by = superseded.superseded_by
FROM superseded WHERE superseded.position = batch_resolved.position
"""

SUPERSEDING: Final = (LINK, ROOT, SUPERSEDED, ORDERED, ENDED)
"""The statements, in order, that let what supersedes something in a batch take effect in it."""

BATCH_EVENT: Final = """
CREATE OR REPLACE TEMP TABLE batch_event AS
SELECT resolved.position, resolved.order_position, resolved.type, batch.data, resolved.effective_earliest,
       resolved.effective_latest, resolved.known_on, resolved.known_to,
       resolved.supersedes_id IS NOT NULL AS is_correction
FROM batch JOIN batch_resolved AS resolved ON resolved.position = batch.position
"""

EARLIER: Final = "CREATE OR REPLACE TEMP TABLE earlier (position BIGINT, known_to DATE, superseded_by BIGINT)"
REMEMBER_EARLIER: Final = (
    "INSERT INTO earlier SELECT position, known_to, superseded_by FROM superseded WHERE position <= $after"
)
"""Targets in batches before. They are written once, at the end of a catch-up: a pass over every table costs more than
a batch. No event is resolved by the `known_to` of another, so that waiting changes nothing."""
GATHER_EARLIER: Final = """
CREATE OR REPLACE TEMP TABLE settled AS
SELECT position, min(known_to) AS known_to, arg_min(superseded_by, (known_to, superseded_by)) AS superseded_by
FROM earlier GROUP BY position
"""
SETTLE_EVENT: Final = """
UPDATE event SET known_to = settled.known_to, superseded_by = settled.superseded_by
FROM settled
WHERE event.position = settled.position AND settled.known_to < event.known_to
"""


def settle(table: str) -> str:
    """The statement that gives the rows of a fact table their new `known_to`."""
    return (
        f"UPDATE {table} SET known_to = settled.known_to FROM settled"  # noqa: S608 # the name of a file of ours
        f" WHERE {table}.position = settled.position AND settled.known_to < {table}.known_to"
    )

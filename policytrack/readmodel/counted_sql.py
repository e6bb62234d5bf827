"""The SQL that leaves events out of a read model: those of other assertions, or with too few sources.

An event that is left out was never in force, for any knowledge date. What it says about another event follows from why
it says so. The correction of an error still ends its target: our own mistake never counts. A revision ends its target
only if it counts itself; if it is left out, the source's former figure stays in force. If a revision that is left out
was revised again, by an event that counts, this one ends what counted before the two.
"""

from __future__ import annotations

from typing import Final

from policytrack.readmodel.corrections_sql import FOREVER, NEVER

LEFT_OUT: Final = """
CREATE OR REPLACE TEMP TABLE left_out AS
SELECT event.position
FROM event
LEFT JOIN event_verification_at(DATE '9999-12-31', $known_at::DATE) AS attested USING (position)
WHERE NOT list_contains($always::VARCHAR[], event.type)
  AND ((len($assertions::VARCHAR[]) > 0 AND NOT list_contains($assertions::VARCHAR[], event.assertion))
       OR coalesce(attested.independent_source_count, 0) < $min_sources::INTEGER)
"""
"""An event that becomes known only after the knowledge date has no sources then, and does not count."""

HAS_LEFT_OUT: Final = "SELECT EXISTS (FROM left_out)"

SUPERSEDED: Final = f"""
CREATE OR REPLACE TEMP TABLE counted_superseded AS
WITH RECURSIVE
left_revision AS (
  FROM link WHERE is_correction AND known_to <> {NEVER} AND position IN (FROM left_out)
),
beyond AS (
  SELECT link.position, left_revision.target_position
  FROM link JOIN left_revision ON left_revision.position = link.target_position
  WHERE link.is_correction AND link.position NOT IN (FROM left_out)
  UNION ALL
  SELECT beyond.position, left_revision.target_position
  FROM beyond JOIN left_revision ON left_revision.position = beyond.target_position
),
ending AS (
  SELECT position, target_position, known_to FROM link WHERE position NOT IN (SELECT position FROM left_revision)
  UNION ALL
  SELECT beyond.position, beyond.target_position, event.known_on FROM beyond JOIN event USING (position)
)
SELECT target_position AS position, min(known_to) AS known_to, arg_min(position, (known_to, position)) AS superseded_by
FROM ending WHERE target_position NOT IN (FROM left_out) GROUP BY target_position
UNION ALL
SELECT position, {NEVER}, NULL FROM left_out
UNION ALL
SELECT DISTINCT target_position, {FOREVER}, NULL FROM left_revision
WHERE target_position NOT IN (FROM left_out) AND target_position NOT IN (SELECT target_position FROM ending)
"""  # noqa: S608 # constants of this room
"""Until when the events stand of which that changes, and what ends them."""

OF_EVENT: Final = """
UPDATE event SET known_to = newer.known_to, superseded_by = newer.superseded_by
FROM counted_superseded AS newer WHERE event.position = newer.position
"""


def of_table(table: str) -> str:
    """Return the statement that says of the rows of a fact table until when they stand."""
    return (
        f"UPDATE {table} SET known_to = newer.known_to FROM counted_superseded AS newer"  # noqa: S608 # the name of a file of ours
        f" WHERE {table}.position = newer.position AND {table}.known_to <> newer.known_to"
    )

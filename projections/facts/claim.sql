/* One row per ClaimRecorded and value in which it differs; one row for a claim that differs in none. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "target": "UUID", "stance": "VARCHAR",
    "differing": [{"field": "VARCHAR", "value": "VARCHAR"}]}') AS e
  FROM batch_event
  WHERE type = 'claim_recorded'
),
each AS (
  SELECT *, unnest(CASE WHEN len(e.differing) > 0 THEN e.differing ELSE [{'field': NULL, 'value': NULL}] END) AS one
  FROM decoded
)
SELECT
  position, -- of the claim
  e.known_on AS known_on, -- day the claim was public
  known_to, -- first day on which the claim no longer stood
  e.target AS target_id, -- id of the event that it speaks of
  e.stance AS stance, -- corroborates, contradicts or verifies
  one.field AS field, -- field of the event that is contradicted; NULL when the event is, as a whole
  one.value AS claimed -- claimed value
FROM each

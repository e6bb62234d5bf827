/* One row per check that refused an event first, and why the event was recorded all the same. */
WITH decoded AS (
  SELECT position, known_to, from_json(data, '{
    "known_on": "DATE", "acknowledged": [{"check": "VARCHAR", "reason": "VARCHAR"}]}') AS e
  FROM batch_event
  -- Few events have any, and looking into the text costs less than decoding it: most of all for what starts with a rare sign.
  WHERE contains(data, '[{"check":"')
),
each AS (
  SELECT *, unnest(e.acknowledged) AS acknowledged
  FROM decoded
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  acknowledged.check AS check_name, -- the check
  acknowledged.reason AS reason -- why it was recorded
FROM each

/* One row per check that refused an event first, and why the event was recorded all the same. */
WITH decoded AS (
  SELECT position, known_on, known_to, unnest(from_json(data, '{"acknowledged": [{"check": "VARCHAR", "reason": "VARCHAR"}]}').acknowledged) AS a
  FROM batch_event
  -- Few events have any, and looking into the text costs less than decoding it.
  WHERE contains(data, '"acknowledged":[{')
)
SELECT
  position, -- of the event
  known_on, -- day it was public
  known_to, -- first day on which it no longer stood
  a.check AS check_name, -- the check
  a.reason AS reason -- why it was recorded
FROM decoded

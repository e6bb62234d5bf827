/* One row per ProjectMoved. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "project_id": "VARCHAR", "facility_id": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'project_moved'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.project_id AS project_id, -- the project
  e.facility_id AS facility_id -- where it is built from then on
FROM decoded

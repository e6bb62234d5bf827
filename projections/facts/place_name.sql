/* One row per FacilityRenamed or ProjectRenamed: the name from a date on. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "project_id": "VARCHAR", "name": "VARCHAR",
    "names": [{"language": "VARCHAR", "name": "VARCHAR"}]}') AS e
  FROM batch_event
  WHERE type IN ('facility_renamed', 'project_renamed')
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  CASE type WHEN 'facility_renamed' THEN 'facility' ELSE 'project' END AS kind, -- facility or project
  coalesce(e.facility_id, e.project_id) AS id, -- its id
  e.name AS name, -- its new name
  e.names AS names -- in other languages
FROM decoded

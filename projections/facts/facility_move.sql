/* One row per FacilityMoved. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE", "facility_id": "VARCHAR", "region": "VARCHAR",
    "coordinates": {"latitude": "DECIMAL(9,6)", "longitude": "DECIMAL(9,6)"}}') AS e
  FROM batch_event
  WHERE type = 'facility_moved'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.facility_id AS facility_id, -- the facility
  e.region AS region_code, -- ISO 3166-2, where it is from then on
  e.coordinates.latitude AS latitude, -- degrees north; NULL when not stated
  e.coordinates.longitude AS longitude -- degrees east; NULL when not stated
FROM decoded

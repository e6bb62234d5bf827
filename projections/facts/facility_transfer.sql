/* One row per FacilityTransferred. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "operator_id": "VARCHAR", "owner_id": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'facility_transferred'
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
  e.operator_id AS operator_id, -- firm that runs it from then on; NULL when the operator stays
  e.owner_id AS owner_id -- firm that owns all of it from then on, also a row of stake_statement; NULL when the owners stay
FROM decoded

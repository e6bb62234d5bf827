/* One row per CapacityStated. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "activity_id": "VARCHAR", "unit_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"}, "basis": "VARCHAR",
    "idle_share_pct": "DECIMAL(9,6)"}') AS e
  FROM batch_event
  WHERE type = 'capacity_stated'
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
  e.activity_id AS activity_id, -- activity of the capacity
  e.unit_id AS unit_id, -- the unit of the plant whose capacity it is; NULL for the whole
  CASE e.capacity.bound WHEN 'exact' THEN e.capacity.value END AS capacity, -- in the unit of the activity; NULL when not exact
  CASE WHEN e.capacity.bound IN ('exact', 'at_least', 'more_than') THEN e.capacity.value
       ELSE 0::DECIMAL(18, 3) END AS capacity_low, -- at least this
  CASE WHEN e.capacity.bound IN ('exact', 'at_most') THEN e.capacity.value ELSE e.capacity.at_most END AS capacity_high, -- at most this; NULL when open
  e.basis AS basis, -- register, filed, design, actual or self-declared
  e.idle_share_pct AS idle_share_pct -- percent of it that stood idle; NULL when not stated
FROM decoded

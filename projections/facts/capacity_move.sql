/* One row per event that changes installed or idle capacity: CapacityIdled, CapacityRestarted, CapacityRetired and
   ProjectCompleted. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "activity_id": "VARCHAR", "project_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"}, "was_idle": "BOOLEAN", "swap_id": "VARCHAR", "lot_id": "VARCHAR",
    "unit_id": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type IN ('capacity_idled', 'capacity_restarted', 'capacity_retired', 'project_completed')
),
signed AS (
  SELECT
    *,
    CASE type WHEN 'project_completed' THEN 1 WHEN 'capacity_retired' THEN -1 ELSE 0 END AS installed_sign,
    CASE WHEN type = 'capacity_idled' THEN 1
         WHEN type = 'capacity_restarted' OR (type = 'capacity_retired' AND e.was_idle) THEN -1
         ELSE 0 END AS idle_sign,
    CASE WHEN e.capacity.bound = 'exact' THEN e.capacity.value END AS exact,
    CASE WHEN e.capacity.bound IN ('exact', 'at_least', 'more_than') THEN e.capacity.value
         ELSE 0::DECIMAL(18, 3) END AS low,
    CASE WHEN e.capacity.bound IN ('exact', 'at_most') THEN e.capacity.value ELSE e.capacity.at_most END AS high
  FROM decoded
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  type, -- wire name of the event type
  e.facility_id AS facility_id, -- the facility; NULL for a completion, whose project says where
  e.activity_id AS activity_id, -- what the capacity makes; NULL for a completion
  e.project_id AS project_id, -- the project completed
  e.unit_id AS unit_id, -- the unit of the plant; NULL where the event names none
  e.swap_id AS swap_id, -- the swap that a retirement serves
  e.lot_id AS lot_id, -- the credit lot that a retirement makes good
  exact AS capacity, -- in the unit of the activity; NULL when not exact
  CASE installed_sign WHEN 0 THEN 0 ELSE installed_sign * exact END::DECIMAL(18, 3) AS installed_change, -- what it adds to installed capacity; NULL when not exact
  CASE installed_sign WHEN 1 THEN low WHEN -1 THEN -high ELSE 0 END::DECIMAL(18, 3) AS installed_change_low, -- at least
  CASE installed_sign WHEN 1 THEN high WHEN -1 THEN -low ELSE 0 END::DECIMAL(18, 3) AS installed_change_high, -- at most
  CASE idle_sign WHEN 0 THEN 0 ELSE idle_sign * exact END::DECIMAL(18, 3) AS idle_change -- what it adds to idle capacity; NULL when not exact
FROM signed

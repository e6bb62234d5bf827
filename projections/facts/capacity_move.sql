/* One row per event that changes installed or idle capacity (CapacityIdled, CapacityRestarted, CapacityRetired and
   ProjectCompleted); of a FacilityMerged or FacilitySplit, two rows per capacity that it states. */
WITH
taken AS (
  FROM batch_event
  WHERE type IN ('capacity_idled', 'capacity_restarted', 'capacity_retired', 'project_completed', 'facility_merged', 'facility_split')
),
decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "activity_id": "VARCHAR", "project_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"}, "was_idle": "BOOLEAN", "swap_id": "VARCHAR", "lot_id": "VARCHAR",
    "unit_id": "VARCHAR"}') AS e
  FROM taken
  WHERE type NOT IN ('facility_merged', 'facility_split')
),
signed AS (
  SELECT
    position, order_position, known_to, type, e.effective, e.known_on, e.facility_id, e.activity_id, e.project_id, e.unit_id,
    e.swap_id, e.lot_id,
    CASE type WHEN 'project_completed' THEN 1 WHEN 'capacity_retired' THEN -1 ELSE 0 END AS installed_sign,
    CASE WHEN type = 'capacity_idled' THEN 1
         WHEN type = 'capacity_restarted' OR (type = 'capacity_retired' AND e.was_idle) THEN -1
         ELSE 0 END AS idle_sign,
    exact_figure(e.capacity) AS exact, low_figure(e.capacity) AS low, high_figure(e.capacity) AS high, exact_figure(e.capacity) AS idle
  FROM decoded
),
handover AS (
  SELECT
    position, order_position, known_to, type, e.effective, e.known_on, e.facility_id AS from_id,
    coalesce(e.into_facility_id, part.facility_id) AS to_id, part.activity_id, part.unit_id, part.capacity,
    part.idle IS NOT NULL AS moves_idle, part.idle
  FROM (
    SELECT *, unnest(coalesce(e.capacities, e.parts)) AS part
    FROM (
      SELECT *, from_json(data, '{
        "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
        "facility_id": "VARCHAR", "into_facility_id": "VARCHAR",
        "capacities": [{"facility_id": "VARCHAR", "activity_id": "VARCHAR", "unit_id": "VARCHAR",
          "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"},
          "idle": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"}}],
        "parts": [{"facility_id": "VARCHAR", "activity_id": "VARCHAR", "unit_id": "VARCHAR",
          "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"},
          "idle": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"}}]}') AS e
      FROM taken
      WHERE type IN ('facility_merged', 'facility_split')
    )
  )
),
-- Each side of a handover: less at the one, as much more at the other. A unit is one of the facility that it leaves.
handed_over AS (
  SELECT
    * EXCLUDE (from_id, to_id, capacity, idle, moves_idle, side), NULL AS project_id, NULL AS swap_id, NULL AS lot_id,
    CASE side WHEN 'from' THEN -1 ELSE 1 END AS installed_sign,
    CASE WHEN NOT moves_idle THEN 0 WHEN side = 'from' THEN -1 ELSE 1 END AS idle_sign,
    exact_figure(capacity) AS exact, low_figure(capacity) AS low, high_figure(capacity) AS high, exact_figure(idle) AS idle
  FROM (
    SELECT *, from_id AS facility_id, 'from' AS side FROM handover
    UNION ALL
    SELECT * REPLACE (NULL AS unit_id), to_id, 'to' FROM handover
  )
),
change AS (
  FROM signed
  UNION ALL BY NAME
  FROM handed_over
)
SELECT
  position, -- of the event
  known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(effective) AS effective_earliest, -- first day it may have been true
  latest_day(effective, known_on) AS effective_latest, -- last such day
  known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  type, -- wire name of the event type
  facility_id, -- the facility; NULL for a completion, whose project says where
  activity_id, -- what the capacity makes; NULL for a completion
  project_id, -- the project completed
  unit_id, -- the unit of the plant; NULL where the event names none
  swap_id, -- the swap that a retirement serves
  lot_id, -- the credit lot that a retirement makes good
  exact::DECIMAL(18, 3) AS capacity, -- in the unit of the activity; NULL when not exact
  CASE installed_sign WHEN 0 THEN 0 ELSE installed_sign * exact END::DECIMAL(18, 3) AS installed_change, -- what it adds to installed capacity; NULL when not exact
  CASE installed_sign WHEN 1 THEN low WHEN -1 THEN -high ELSE 0 END::DECIMAL(18, 3) AS installed_change_low, -- at least
  CASE installed_sign WHEN 1 THEN high WHEN -1 THEN -low ELSE 0 END::DECIMAL(18, 3) AS installed_change_high, -- at most
  CASE idle_sign WHEN 0 THEN 0 ELSE idle_sign * idle END::DECIMAL(18, 3) AS idle_change -- what it adds to idle capacity; NULL when not exact
FROM change

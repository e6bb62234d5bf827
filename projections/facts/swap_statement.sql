/* One row per CapacitySwapAnnounced or CapacitySwapAmended: the terms that it states; NULL leaves a term as it was. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "swap_id": "VARCHAR", "project_id": "VARCHAR", "activity_id": "VARCHAR",
    "build_capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"}, "ratio": "DECIMAL(12,6)",
    "rule_id": "VARCHAR", "legs": ["JSON"], "authority": "VARCHAR", "document_no": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type IN ('capacity_swap_announced', 'capacity_swap_amended')
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.swap_id AS swap_id, -- id of the swap
  type = 'capacity_swap_announced' AS is_announcement, -- or else an amendment
  e.project_id AS project_id, -- the project that is built
  e.activity_id AS activity_id, -- activity of the capacity
  type = 'capacity_swap_announced' OR coalesce(len(e.legs), 0) > 0 AS states_legs, -- whether its legs are all there are
  e.build_capacity IS NOT NULL AS states_build, -- whether it states what may be built
  CASE e.build_capacity.bound WHEN 'exact' THEN e.build_capacity.value END AS build_capacity, -- NULL when not exact
  e.ratio AS ratio, -- retired : built, as the notice states it
  e.rule_id AS rule_id, -- the rule that the notice names
  e.authority AS authority, -- who published it
  e.document_no AS document_no -- number of the notice
FROM decoded

/* One row per ControlAsserted or ControlEnded. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "controlled_id": "VARCHAR", "controller_id": "VARCHAR", "rationale": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type IN ('control_asserted', 'control_ended')
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.controlled_id AS controlled_id, -- the firm that is controlled, or no longer is
  e.controller_id AS controller_id, -- the firm that controls it, or no longer does
  type = 'control_asserted' AS is_asserted, -- FALSE for an end of control
  e.rationale AS rationale -- on what it rests
FROM decoded

/* One row per CreditLotReturned: credit of a swap that went back to its lot. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "lot_id": "VARCHAR", "swap_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"}, "reason": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'credit_lot_returned'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.lot_id AS lot_id, -- the lot
  e.swap_id AS swap_id, -- the swap that had drawn it
  CASE e.capacity.bound WHEN 'exact' THEN e.capacity.value END AS capacity, -- in the unit of the activity; NULL when not exact
  e.reason AS reason -- why
FROM decoded

/* One row per objection lodged against a swap, and per revocation. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "swap_id": "VARCHAR", "objector_id": "VARCHAR", "objector": "VARCHAR",
    "authority": "VARCHAR", "document_no": "VARCHAR", "reason": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type IN ('swap_objection_lodged', 'capacity_swap_revoked')
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.swap_id AS swap_id, -- the swap
  CASE type WHEN 'capacity_swap_revoked' THEN 'revoked' ELSE 'objection' END AS outcome, -- objection or revoked
  coalesce(e.objector_id, e.objector, e.authority) AS who, -- who objected or revoked
  e.document_no AS document_no, -- number of the notice
  e.reason AS reason -- why
FROM decoded

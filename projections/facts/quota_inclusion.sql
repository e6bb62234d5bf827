/* One row per QuotaIssued and firm whose earlier quotas it counts in its holder's. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "holder_id": "VARCHAR", "includes": ["VARCHAR"]}') AS e
  FROM batch_event
  WHERE type = 'quota_issued'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  unnest(e.includes) AS firm_id, -- the firm that had quotas of its own
  e.holder_id AS into_firm_id -- the holder that it is counted with
FROM decoded

/* One row per QuotaIssued and firm whose earlier quotas it counts in its holder's. */
WITH decoded AS (
  SELECT *, from_json(data, '{"holder_id": "VARCHAR", "includes": ["VARCHAR"]}') AS e
  FROM batch_event
  WHERE type = 'quota_issued'
)
SELECT
  position, -- of the event
  order_position, -- settles ties at one day
  effective_earliest, -- first day it may have been true
  effective_latest, -- last such day
  known_on, -- day it was public
  known_to, -- first day on which it no longer stood
  unnest(e.includes) AS firm_id, -- the firm that had quotas of its own
  e.holder_id AS into_firm_id -- the holder that it is counted with
FROM decoded

/* One row per QuotaIssued. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "quota_id": "VARCHAR", "jurisdiction": "VARCHAR", "activity_id": "VARCHAR", "stage": "VARCHAR",
    "material": "VARCHAR", "year": "INTEGER", "batch": "VARCHAR", "holder_id": "VARCHAR",
    "amount": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"}, "document_no": "VARCHAR"}') AS e
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
  e.quota_id AS quota_id, -- id of the quota
  e.jurisdiction AS jurisdiction, -- country, region or EU
  e.activity_id AS activity_id, -- what is permitted, and its unit
  e.stage AS stage, -- mining, separation, production, export or other
  e.material AS material, -- as the notice divides it
  e.year AS year, -- year of the quota
  e.batch AS batch, -- which of the year's notices
  e.holder_id AS holder_id, -- who may; NULL for the national total
  CASE e.amount.bound WHEN 'exact' THEN e.amount.value END AS amount, -- NULL when not exact
  e.amount.bound = 'withheld' AS is_withheld, -- issued, and not published
  e.document_no AS document_no -- number of the notice
FROM decoded

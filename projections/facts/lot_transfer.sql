/* One row per CreditLotTransferred: credit that went from one firm to another. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "lot_id": "VARCHAR", "from_id": "VARCHAR", "to_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"},
    "price": {"amount": "DECIMAL(24,4)", "currency": "VARCHAR"}}') AS e
  FROM batch_event
  WHERE type = 'credit_lot_transferred'
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
  e.from_id AS from_id, -- who gave it; NULL when not stated
  e.to_id AS to_id, -- who got it
  CASE e.capacity.bound WHEN 'exact' THEN e.capacity.value END AS capacity, -- in the unit of the activity; NULL when not exact
  e.price.amount AS price_amount, -- as stated
  e.price.currency AS price_currency -- ISO 4217
FROM decoded

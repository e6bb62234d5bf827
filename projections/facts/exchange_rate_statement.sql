/* One row per ExchangeRateStated. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "currency": "VARCHAR", "in_currency": "VARCHAR", "rate": "DECIMAL(14,8)"}') AS e
  FROM batch_event
  WHERE type = 'exchange_rate_stated'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.currency AS currency, -- ISO 4217 of what is priced
  e.in_currency AS in_currency, -- ISO 4217 of the price
  e.rate AS rate -- units of in_currency for one unit of currency
FROM decoded

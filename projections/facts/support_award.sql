/* One row per SupportAwarded: one stage of one support. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "support_id": "VARCHAR", "jurisdiction": "VARCHAR", "programme": "VARCHAR", "recipient_id": "VARCHAR",
    "project_id": "VARCHAR", "instrument": "VARCHAR", "stage": "VARCHAR",
    "amount": {"amount": "DECIMAL(24,4)", "currency": "VARCHAR", "bound": "VARCHAR", "at_most": "DECIMAL(24,4)",
               "written": "VARCHAR"}, "terms": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'support_awarded'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.support_id AS support_id, -- the same for every stage of one support
  e.jurisdiction AS jurisdiction, -- country, region or EU
  e.programme AS programme, -- act or fund
  e.recipient_id AS recipient_id, -- firm
  e.project_id AS project_id, -- project it is for
  e.instrument AS instrument, -- grant, tax_credit, loan …
  e.stage AS stage, -- announced, awarded, disbursed or clawed_back
  CASE WHEN e.amount.bound IS NULL THEN e.amount.amount END AS amount, -- as stated; NULL when it is not exact or not stated
  e.amount.currency AS currency, -- ISO 4217
  e.terms AS terms, -- as stated
  CASE WHEN e.amount.bound = 'at_most' THEN 0 ELSE e.amount.amount END::DECIMAL(24, 4) AS amount_low, -- at least; NULL when no amount is stated
  CASE WHEN e.amount.bound IS NULL OR e.amount.bound = 'at_most' THEN e.amount.amount ELSE e.amount.at_most END AS amount_high, -- at most; NULL when nothing bounds it
  CASE WHEN e.amount.bound IS NOT NULL THEN e.amount.written END AS amount_written -- the source's words for an amount that is not exact
FROM decoded

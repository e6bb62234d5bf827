/* One row per stage of a support: announced, awarded, disbursed or clawed back by the date. */
SELECT
  support_id, -- the same for every stage of one support
  recipient_id, -- firm; NULL for a programme without one
  instrument, -- grant, tax_credit, loan, guarantee, equity, warrant, price_floor, offtake …
  stage, -- announced, awarded, disbursed or clawed_back
  amount, -- as stated, in units of the currency; NULL when not stated
  currency, -- ISO 4217
  jurisdiction, -- country, region or EU
  programme, -- act or fund
  project_id, -- what it is for
  terms, -- as stated
  effective_day(effective_earliest, effective_latest) AS since, -- day on which it reached the stage
  position -- event that states it
FROM support_award
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at

/* One row per stage of a support: announced, awarded, disbursed or clawed back by the date. */
SELECT
  support_id, -- the same for every stage of one support
  recipient_id, -- firm; that of another stage where this one names none; NULL for a programme without one
  instrument, -- grant, tax_credit, loan, guarantee, equity, warrant, price_floor, offtake …
  stage, -- announced, awarded, disbursed or clawed_back
  amount, -- as stated, in units of the currency; NULL when not exact or not stated
  currency, -- ISO 4217
  jurisdiction, -- country, region or EU
  programme, -- act or fund; that of another stage where this one names none
  project_id, -- what it is for; that of another stage where this one names none
  terms, -- as stated
  since, -- day on which it reached the stage
  position, -- event that states it
  counts, -- whether it counts in totals: every payment and claw-back, the last announcement and the last award
  activity_id, -- activity of the project
  country_code, -- ISO 3166-1 of the project, else of the recipient, else of the giver; NULL for the EU
  amount_low, -- it is at least this; NULL when not stated
  amount_high -- it is at most this; NULL when nothing bounds it
FROM _support_stage_at(p_as_of, p_known_at)

/* One row per support and currency: what was awarded, disbursed and clawed back by the date, and what is outstanding. */
SELECT
  support_id, -- the support
  any_value(recipient_id) AS recipient_id, -- firm that gets it
  any_value(project_id) AS project_id, -- what it is for
  any_value(country_code) AS country_code, -- ISO 3166-1 of the project, else of the recipient, else of the giver
  any_value(activity_id) AS activity_id, -- activity of the project
  any_value(instrument) AS instrument, -- grant, tax_credit, loan …
  any_value(jurisdiction) AS jurisdiction, -- country, region or EU
  any_value(programme) AS programme, -- act or fund
  currency, -- ISO 4217; NULL for stages without an amount
  sum(amount) FILTER (WHERE figure = 'announced') AS announced, -- last announced amount
  sum(amount) FILTER (WHERE figure = 'awarded') AS awarded, -- last awarded amount
  sum(amount) FILTER (WHERE figure = 'disbursed') AS disbursed, -- sum of the payments
  sum(amount) FILTER (WHERE figure = 'clawed_back') AS clawed_back, -- sum of what was clawed back
  sum(amount) FILTER (WHERE figure = 'outstanding') AS outstanding, -- awarded minus disbursed
  count(DISTINCT position) FILTER (WHERE amount IS NULL)::INTEGER AS unknown_count, -- amounts not exact, not stated, or not comparable, that are not in the sums
  support_low(figure, amount_low, 'announced') AS announced_low, -- last announced amount, at least
  support_high(figure, amount_high, 'announced') AS announced_high, -- last announced amount, at most; NULL when nothing bounds it
  support_low(figure, amount_low, 'awarded') AS awarded_low, -- last awarded amount, at least
  support_high(figure, amount_high, 'awarded') AS awarded_high, -- last awarded amount, at most; NULL when nothing bounds it
  support_low(figure, amount_low, 'disbursed') AS disbursed_low, -- sum of the payments, at least
  support_high(figure, amount_high, 'disbursed') AS disbursed_high, -- sum of the payments, at most; NULL when nothing bounds it
  support_low(figure, amount_low, 'clawed_back') AS clawed_back_low, -- sum of what was clawed back, at least
  support_high(figure, amount_high, 'clawed_back') AS clawed_back_high, -- sum of what was clawed back, at most; NULL when nothing bounds it
  support_low(figure, amount_low, 'outstanding') AS outstanding_low, -- awarded minus disbursed, at least
  support_high(figure, amount_high, 'outstanding') AS outstanding_high -- awarded minus disbursed, at most; NULL when nothing bounds it
FROM _support_term_at(p_as_of, p_known_at)
GROUP BY support_id, currency

/* One row per group and currency: support announced, awarded, disbursed, clawed back and outstanding. With $currency, each
   stage is converted by the last stated rate on or before its day; a stage without such a rate counts as unknown. */
WITH
term AS (
  SELECT *,
    CASE $by::VARCHAR WHEN 'support' THEN support_id WHEN 'project' THEN project_id WHEN 'firm' THEN recipient_id
      WHEN 'country' THEN country_code WHEN 'activity' THEN activity_id WHEN 'instrument' THEN instrument
      WHEN 'programme' THEN programme ELSE jurisdiction END AS group_id
  FROM _support_term_at(as_of(), known_at())
  WHERE (len($support::VARCHAR[]) = 0 OR list_contains($support::VARCHAR[], support_id))
    AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], recipient_id))
    AND (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], project_id))
    AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
    AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
    AND (len($instrument::VARCHAR[]) = 0 OR list_contains($instrument::VARCHAR[], instrument))
    AND (len($jurisdiction::VARCHAR[]) = 0 OR list_contains($jurisdiction::VARCHAR[], jurisdiction))
),
rate AS (SELECT currency, rate, since FROM exchange_rate WHERE in_currency = $currency::VARCHAR),
shown AS (
  SELECT
    term.group_id, term.support_id, term.figure, term.position,
    coalesce($currency::VARCHAR, term.currency) AS currency,
    CASE WHEN $currency::VARCHAR IS NULL OR term.currency = $currency::VARCHAR THEN term.amount
         ELSE round(term.amount * rate.rate, 4)::DECIMAL(24, 4) END AS amount,
    CASE WHEN $currency::VARCHAR IS NULL OR term.currency = $currency::VARCHAR THEN term.amount_low
         ELSE round(term.amount_low * rate.rate, 4)::DECIMAL(24, 4) END AS amount_low,
    CASE WHEN $currency::VARCHAR IS NULL OR term.currency = $currency::VARCHAR THEN term.amount_high
         ELSE round(term.amount_high * rate.rate, 4)::DECIMAL(24, 4) END AS amount_high
  FROM term ASOF LEFT JOIN rate ON rate.currency = term.currency AND rate.since <= term.since
)
SELECT
  group_id, -- of the kind of --by; NULL where it is not known
  currency, -- ISO 4217; NULL for stages without an amount
  sum(amount) FILTER (WHERE figure = 'announced') AS announced, -- last announced amounts
  sum(amount) FILTER (WHERE figure = 'awarded') AS awarded, -- last awarded amounts
  sum(amount) FILTER (WHERE figure = 'disbursed') AS disbursed, -- payments
  sum(amount) FILTER (WHERE figure = 'clawed_back') AS clawed_back, -- clawed back
  sum(amount) FILTER (WHERE figure = 'outstanding') AS outstanding, -- awarded minus disbursed
  count(DISTINCT support_id)::INTEGER AS support_count, -- supports
  count(DISTINCT position) FILTER (WHERE amount IS NULL)::INTEGER AS unknown_count, -- amounts that are not exact, not stated or cannot be converted
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
FROM shown
GROUP BY group_id, shown.currency
ORDER BY group_id NULLS LAST, currency NULLS LAST

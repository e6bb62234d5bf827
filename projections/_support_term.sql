/* One row per figure of support and stage that it is made of: what the stage adds to it, in its own currency. The amount is
   NULL where the source states none, or none that is exact; then the ends bound it (NULL: nothing does). What is outstanding is awarded and not yet disbursed; it is unknown of a support in
   several currencies, or where an amount is not stated. */
WITH
counted AS (
  SELECT
    stage.*,
    bool_or(stage.stage = 'awarded') OVER (PARTITION BY stage.support_id) AS is_awarded,
    currencies = 1
    AND bool_and(stage.amount IS NOT NULL OR stage.stage NOT IN ('awarded', 'disbursed')) OVER (PARTITION BY stage.support_id)
      AS is_comparable,
    currencies = 1
    AND bool_and(stage.amount_low IS NOT NULL OR stage.stage NOT IN ('awarded', 'disbursed')) OVER (PARTITION BY stage.support_id)
      AS has_ends
  FROM _support_stage_at(p_as_of, p_known_at) AS stage
  WHERE stage.counts
),
term AS (
  SELECT stage AS figure, * EXCLUDE (amount, amount_low, amount_high), amount, amount_low, amount_high FROM counted
  UNION ALL
  SELECT
    'outstanding', * EXCLUDE (amount, amount_low, amount_high),
    CASE WHEN is_comparable THEN CASE stage WHEN 'awarded' THEN amount ELSE -amount END END,
    CASE WHEN has_ends THEN CASE stage WHEN 'awarded' THEN amount_low ELSE -amount_high END END,
    CASE WHEN has_ends THEN CASE stage WHEN 'awarded' THEN amount_high ELSE -amount_low END END
  FROM counted
  WHERE is_awarded AND stage IN ('awarded', 'disbursed')
)
SELECT
  support_id, figure, recipient_id, project_id, country_code, activity_id, instrument, jurisdiction, programme, currency,
  since, position, amount::DECIMAL(24, 4) AS amount, amount_low::DECIMAL(24, 4) AS amount_low,
  amount_high::DECIMAL(24, 4) AS amount_high
FROM term

/* One row per figure of support and stage that it is made of: what the stage adds to it, in its own currency. The amount is
   NULL where the source states none. What is outstanding is awarded and not yet disbursed; it is unknown of a support in
   several currencies, or where an amount is not stated. */
WITH
counted AS (
  SELECT
    stage.*,
    bool_or(stage.stage = 'awarded') OVER (PARTITION BY stage.support_id) AS is_awarded,
    currencies = 1
    AND bool_and(stage.amount IS NOT NULL OR stage.stage NOT IN ('awarded', 'disbursed')) OVER (PARTITION BY stage.support_id)
      AS is_comparable
  FROM _support_stage_at(p_as_of, p_known_at) AS stage
  WHERE stage.counts
),
term AS (
  SELECT stage AS figure, * EXCLUDE (amount), amount FROM counted
  UNION ALL
  SELECT
    'outstanding', * EXCLUDE (amount),
    CASE WHEN is_comparable THEN CASE stage WHEN 'awarded' THEN amount ELSE -amount END END
  FROM counted
  WHERE is_awarded AND stage IN ('awarded', 'disbursed')
)
SELECT
  support_id, figure, recipient_id, project_id, country_code, activity_id, instrument, jurisdiction, programme, currency,
  since, position, amount::DECIMAL(24, 4) AS amount
FROM term

/* Support does not add up. Severity: warning. One row per support of which more is disbursed than awarded, more is clawed
   back than disbursed, or whose stages are in several currencies. */
WITH figure AS (
  SELECT
    support_id, count(DISTINCT currency) AS currencies, string_agg(DISTINCT currency, ', ' ORDER BY currency) AS names,
    -- What is surely disbursed is compared with the most that may be awarded, and so on.
    sum(amount_high) FILTER (WHERE stage = 'awarded') AS awarded, sum(amount_low) FILTER (WHERE stage = 'disbursed') AS disbursed,
    sum(amount_high) FILTER (WHERE stage = 'disbursed') AS most_disbursed,
    sum(amount_low) FILTER (WHERE stage = 'clawed_back') AS clawed_back,
    bool_and(stage <> 'disbursed' OR amount_high IS NOT NULL) AS is_disbursed_known, list(position ORDER BY position) AS positions
  FROM _support_stage_at(p_as_of, p_known_at)
  WHERE counts
  GROUP BY support_id
)
SELECT
  'support:' || support_id AS subject,
  CASE
    WHEN currencies > 1 THEN concat('its stages are in several currencies (', names, '): nothing is outstanding for certain')
    WHEN disbursed > awarded
      THEN concat(spoken(disbursed), ' ', names, ' is disbursed, more than the ', spoken(awarded), ' awarded')
    ELSE concat(spoken(clawed_back), ' ', names, ' is clawed back, more than the ', spoken(coalesce(most_disbursed, 0)), ' disbursed')
  END AS message,
  positions
FROM figure
WHERE currencies > 1 OR disbursed > awarded OR (is_disbursed_known AND clawed_back > coalesce(most_disbursed, 0))

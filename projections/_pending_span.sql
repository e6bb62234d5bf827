/* One row per pending project whose remaining capacity is not exact: at least and at most how much is still to come, and
   whether all of it replaces other capacity without a swap that says how much goes. Only what is stated of these few is
   read: the current plan, the last approval, and the completions, where one of them is not exact. */
WITH
pending AS MATERIALIZED (
  SELECT project_id, plan_position, approved_position, completed, is_completed_exact
  FROM _current_span_at(p_as_of, p_known_at)
  WHERE is_pending AND remaining IS NULL
),
replacing AS (
  SELECT pending.project_id
  FROM pending
  JOIN project_step AS approved ON approved.position = pending.approved_position
  WHERE approved.replacement IN ('equal', 'reduced')
    AND pending.project_id NOT IN (
      SELECT project_id
      FROM swap_statement
      WHERE project_id IS NOT NULL AND effective_day(effective_earliest, effective_latest) <= p_as_of
        AND known_on <= p_known_at AND known_to > p_known_at
    )
),
planned AS (
  SELECT pending.project_id, stated.capacity_low AS planned_low, stated.capacity_high AS planned_high
  FROM pending
  JOIN project_step AS stated ON stated.position = pending.plan_position
),
completed AS (
  SELECT
    project_id,
    coalesce(sum(capacity_low), 0) AS completed_low,
    CASE WHEN count(capacity_high) = count(*) THEN sum(capacity_high) END AS completed_high
  FROM project_step SEMI JOIN (FROM pending WHERE NOT is_completed_exact) AS vague USING (project_id)
  WHERE step = 'completed' AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
)
SELECT
  pending.project_id,
  as_capacity(coalesce(at_least_zero(
    planned_low - CASE WHEN is_completed_exact THEN completed ELSE completed_high END
  ), 0)) AS remaining_low,
  as_capacity(at_least_zero(
    planned_high - CASE WHEN is_completed_exact THEN completed ELSE completed_low END
  )) AS remaining_high, -- NULL when nothing bounds it
  replacing.project_id IS NOT NULL AS is_replacing
FROM pending
LEFT JOIN planned USING (project_id)
LEFT JOIN completed USING (project_id)
LEFT JOIN replacing USING (project_id)

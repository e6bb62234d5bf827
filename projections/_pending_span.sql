/* One row per pending project whose remaining capacity is not exact: at least and at most how much is still to come, and
   whether all of it replaces other capacity without a swap that says how much goes. */
WITH
pending AS (
  SELECT project_id, approved_position FROM _current_span_at(p_as_of, p_known_at) WHERE is_pending AND remaining IS NULL
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
step AS (
  SELECT
    project_id, step, states_plan, capacity_low, capacity_high,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM project_step SEMI JOIN pending USING (project_id)
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
figure AS (
  SELECT
    project_id,
    arg_max_null(capacity_low, happened) FILTER (WHERE states_plan) AS planned_low,
    arg_max_null(capacity_high, happened) FILTER (WHERE states_plan) AS planned_high,
    coalesce(sum(capacity_low) FILTER (WHERE step = 'completed'), 0) AS completed_low,
    CASE WHEN count(*) FILTER (WHERE step = 'completed' AND capacity_high IS NULL) = 0
         THEN coalesce(sum(capacity_high) FILTER (WHERE step = 'completed'), 0) END AS completed_high
  FROM step
  GROUP BY project_id
)
SELECT
  project_id,
  as_capacity(coalesce(at_least_zero(planned_low - completed_high), 0)) AS remaining_low,
  as_capacity(at_least_zero(planned_high - completed_low)) AS remaining_high, -- NULL when nothing bounds it
  replacing.project_id IS NOT NULL AS is_replacing
FROM figure
LEFT JOIN replacing USING (project_id)

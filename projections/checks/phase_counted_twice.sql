/* A project and its phases count the same capacity. Severity: warning. One row per pending project whose plan is older than
   those of its phases, and at least as large as them together. */
WITH
-- When each project first stated a capacity, and the day of its latest plan.
plan AS (
  SELECT
    project_id, min(effective_day(effective_earliest, effective_latest)) AS first_on,
    max(effective_day(effective_earliest, effective_latest)) AS latest_on
  FROM project_step
  WHERE states_plan AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
),
phase AS (
  SELECT
    registered.phase_of, registered.activity_id, sum(state.planned) AS planned, min(plan.first_on) AS first_on,
    list(registered.project_id ORDER BY registered.project_id) AS project_ids,
    list(state.plan_position ORDER BY state.plan_position) AS positions
  FROM _project_registered_at(p_as_of, p_known_at) AS registered
  JOIN _current_span_at(p_as_of, p_known_at) AS state ON state.project_id = registered.project_id
  JOIN plan ON plan.project_id = registered.project_id
  WHERE registered.phase_of IS NOT NULL AND state.planned > 0 AND state.status NOT IN ('cancelled', 'built_not_commissioned')
  GROUP BY registered.phase_of, registered.activity_id
)
SELECT
  'project:' || phase.phase_of AS subject,
  concat('its plan of ', spoken(state.planned), ' ', activity.unit, ' is from ', spoken_day(plan.latest_on), ', and its phases (',
         list_aggregate(phase.project_ids, 'string_agg', ', '), ') state ', spoken(phase.planned),
         ' since: both count; state what remains of the whole with scope_revised, or cancel it') AS message,
  [state.plan_position] || phase.positions AS positions
FROM phase
JOIN _project_registered_at(p_as_of, p_known_at) AS registered
  ON registered.project_id = phase.phase_of AND registered.activity_id = phase.activity_id
JOIN _current_span_at(p_as_of, p_known_at) AS state ON state.project_id = phase.phase_of
JOIN plan ON plan.project_id = phase.phase_of
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = phase.activity_id
WHERE state.is_pending AND plan.latest_on < phase.first_on AND state.planned >= phase.planned

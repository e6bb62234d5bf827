/* More of a project is commissioned than was planned. Severity: error. One row per project. */
SELECT
  'project:' || state.project_id AS subject,
  concat(spoken(state.completed), ' ', activity.unit, ' commissioned; ', spoken(state.planned), ' planned') AS message,
  list_concat([state.plan_position], completion.positions) AS positions
FROM _current_span_at(p_as_of, p_known_at) AS state
JOIN (
  SELECT project_id, list(position) AS positions
  FROM project_step
  WHERE step = 'completed' AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
) AS completion ON completion.project_id = state.project_id
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered ON registered.project_id = state.project_id
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = registered.activity_id
WHERE state.completed > state.planned

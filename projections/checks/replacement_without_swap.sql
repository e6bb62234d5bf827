/* A project was approved as a replacement, and no swap names the capacity to retire. Severity: warning.
   One row per project. */
SELECT
  'project:' || state.project_id AS subject,
  concat('approved as ', state.replacement, ' replacement',
         CASE WHEN state.planned IS NOT NULL THEN concat(' of ', spoken(state.planned), ' ', activity.unit) END,
         '; no swap is recorded') AS message,
  [state.approved_position] AS positions
FROM _current_project_at(p_as_of, p_known_at) AS state
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered ON registered.project_id = state.project_id
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = registered.activity_id
WHERE state.replacement IN ('equal', 'reduced') AND state.status NOT IN ('cancelled', 'built_not_commissioned')
  AND state.project_id NOT IN (SELECT project_id FROM _swap_terms_at(p_as_of, p_known_at))

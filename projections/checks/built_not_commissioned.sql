/* A built project was not commissioned by its due date, or within a year without one. Severity: warning. One row per project. */
SELECT
  'project:' || project.project_id AS subject,
  concat('was built by ', spoken_day(built.built_on), ' and ', coalesce('due ' || project.due, 'has no due date'), ': ',
         coalesce(spoken_span(project.capacity_remaining_low, project.capacity_remaining_high) || ' ' || project.unit, 'an unknown capacity'),
         ' is not commissioned') AS message,
  built.positions AS positions
FROM _project_row_at(p_as_of, p_known_at) AS project
JOIN (
  SELECT project_id, min(effective_day(effective_earliest, effective_latest)) AS built_on, list(position) AS positions
  FROM project_step
  WHERE step = 'built' AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
) AS built ON built.project_id = project.project_id
WHERE project.status = 'built' AND coalesce(project.due_latest, built.built_on + 365) < p_as_of

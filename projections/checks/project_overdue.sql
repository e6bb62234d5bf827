/* Project overdue. Severity: warning. One row per project. */
SELECT
  'project:' || project.project_id AS subject,
  concat('was due ', project.due, ' and is ',
         CASE project.status WHEN 'construction' THEN 'under construction' WHEN 'trial' THEN 'in trial production' ELSE project.status END, ': ',
         coalesce(spoken_span(project.capacity_remaining_low, project.capacity_remaining_high) || ' ' || project.unit, 'an unknown capacity'),
         ' still to come') AS message,
  stated.positions AS positions
FROM _project_row_at(p_as_of, p_known_at) AS project
JOIN (
  SELECT project_id, list(position) AS positions
  FROM project_step
  WHERE due IS NOT NULL AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
) AS stated ON stated.project_id = project.project_id
WHERE project.is_overdue

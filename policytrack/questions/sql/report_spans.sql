/* One row per rectangle of dates in which the state of a project with remaining capacity does not change; days and figures
   as in report_steps.sql. A day that is open has the number of 9999-12-31. */
SELECT
  span.project_id,
  (span.effective_from - DATE '1970-01-01')::INTEGER AS effective_from,
  (span.effective_to - DATE '1970-01-01')::INTEGER AS effective_to,
  (span.known_from - DATE '1970-01-01')::INTEGER AS known_from,
  (span.known_to - DATE '1970-01-01')::INTEGER AS known_to,
  span.status,
  (1000 * span.planned)::BIGINT AS planned,
  (1000 * span.completed)::BIGINT AS completed,
  (1000 * span.remaining)::BIGINT AS remaining,
  due.due AS due,
  (nullif(due.due_latest, DATE '9999-12-31') - DATE '1970-01-01')::INTEGER AS due_latest,
  first_due.due AS first_due,
  (nullif(first_due.due_latest, DATE '9999-12-31') - DATE '1970-01-01')::INTEGER AS first_due_latest
FROM project_span AS span
JOIN _project_registered_at(as_of(), known_at()) AS project USING (project_id)
LEFT JOIN facility_at(as_of(), known_at()) AS facility ON facility.facility_id = project.facility_id
LEFT JOIN project_step AS due ON due.position = span.due_position
LEFT JOIN project_step AS first_due ON first_due.position = span.first_due_position
WHERE span.is_pending AND step_counts(span.dates)
  AND span.effective_from <= as_of() AND span.known_from <= known_at()
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], facility.country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], project.activity_id))
ORDER BY span.project_id, span.known_from, span.effective_from

/* A due date lies before the day on which it was stated, or a century after it. Severity: warning. Asked at recording.
   One row per announcement, approval or revision whose due date ends before the event began, or more than 100 years later. */
SELECT
  'project:' || step.project_id AS subject,
  concat('“', event.summary, '” of ', event.effective, ' says that the project is due ', step.due) AS message,
  [step.position] AS positions
FROM project_step AS step
JOIN event ON event.position = step.position
WHERE step.due IS NOT NULL AND is_new(step.position)
  AND (step.due_latest < step.effective_earliest OR (step.due_latest > step.effective_latest + 36525 AND step.due_latest < DATE '9999-12-31'))
  AND step.known_on <= p_known_at AND step.known_to > p_known_at
  AND effective_day(step.effective_earliest, step.effective_latest) <= p_as_of

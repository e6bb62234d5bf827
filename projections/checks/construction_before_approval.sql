/* Construction of a project began before it was approved. Severity: warning. One row per project. */
WITH step AS (
  SELECT
    project_id,
    arg_min({'day': effective_day(effective_earliest, effective_latest), 'position': position},
            moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) FILTER (WHERE step = 'construction') AS construction,
    arg_min({'day': effective_day(effective_earliest, effective_latest), 'position': position},
            moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) FILTER (WHERE step = 'approved') AS approved
  FROM project_step
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
)
SELECT
  'project:' || step.project_id AS subject,
  concat('construction began ', began.effective, '; it was approved ', approved.effective) AS message,
  [step.construction.position, step.approved.position] AS positions
FROM step
JOIN event AS began ON began.position = step.construction.position
JOIN event AS approved ON approved.position = step.approved.position
WHERE step.construction.day < step.approved.day

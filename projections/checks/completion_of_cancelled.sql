/* A project is commissioned after it was cancelled. Severity: error. One row per project. */
WITH
step AS (
  SELECT
    project_id, step, position,
    effective_day(effective_earliest, effective_latest) AS happened_on,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM project_step
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND step NOT IN ('rescheduled', 'rescoped')
),
completion AS (
  SELECT
    completed.project_id,
    completed.position,
    completed.happened_on,
    arg_max({'step': earlier.step, 'position': earlier.position, 'happened_on': earlier.happened_on}, earlier.happened) AS before
  FROM step AS completed
  JOIN step AS earlier
    ON earlier.project_id = completed.project_id AND earlier.happened < completed.happened AND earlier.step <> 'completed'
  WHERE completed.step = 'completed'
  GROUP BY ALL
)
SELECT
  'project:' || project_id AS subject,
  concat('cancelled on ', spoken_day(max(before.happened_on)), ', commissioned on ', spoken_day(min(happened_on))) AS message,
  list_distinct(list_concat(list(position), list(before.position))) AS positions
FROM completion
WHERE before.step = 'cancelled'
GROUP BY project_id

/* A figure is of another order of magnitude than others, as with a wrong unit. Severity: warning. Asked at recording.
   One row per facility and activity, unit of a plant or project whose stated capacity is a hundred times as large, or as
   small, as the one before; and per facility and activity or project with a thousand times the median of its activity, of
   five or more. */
WITH
figure AS (
  SELECT
    'facility' AS kind, facility_id AS id, activity_id, unit_id, capacity, capacity_low, capacity_high, position, order_known_on,
    order_position, effective_day(effective_earliest, effective_latest) AS day
  FROM capacity_statement
  WHERE known_on <= p_known_at AND known_to > p_known_at
  UNION ALL
  SELECT
    'project', step.project_id, registered.activity_id, NULL, step.capacity_planned, step.capacity_low, step.capacity_high,
    step.position, step.order_known_on, step.order_position, effective_day(step.effective_earliest, step.effective_latest)
  FROM project_step AS step
  JOIN _project_registered_at(p_as_of, p_known_at) AS registered USING (project_id)
  WHERE step.states_plan AND step.known_on <= p_known_at AND step.known_to > p_known_at
),
stated AS (
  FROM (
    SELECT
      kind, id, activity_id, unit_id, position, coalesce(capacity, nullif(capacity_low, 0), capacity_high) AS capacity,
      moment(day, order_known_on, order_position) AS happened
    FROM figure
    WHERE day <= p_as_of
  )
  WHERE capacity > 0
),
spread AS (
  SELECT kind, id, activity_id, unit_id
  FROM stated
  GROUP BY kind, id, activity_id, unit_id
  HAVING max(capacity) >= 100 * min(capacity) AND bool_or(is_new(position))
),
neighbour AS (
  SELECT
    stated.*, lag(stated.capacity) OVER earlier AS capacity_before, lag(stated.position) OVER earlier AS position_before
  FROM stated
  JOIN spread
    ON spread.kind = stated.kind AND spread.id = stated.id AND spread.activity_id = stated.activity_id
    AND spread.unit_id IS NOT DISTINCT FROM stated.unit_id
  WINDOW earlier AS (PARTITION BY stated.kind, stated.id, stated.activity_id, stated.unit_id ORDER BY stated.happened)
),
usual AS (
  SELECT activity_id, median(capacity)::DECIMAL(18, 3) AS capacity
  FROM stated
  GROUP BY activity_id
  HAVING count(DISTINCT (kind, id)) >= 5 AND max(capacity) >= 1000 * median(capacity) AND bool_or(is_new(position))
)
SELECT
  neighbour.kind || ':' || neighbour.id AS subject,
  concat(neighbour.activity_id, ', unit ' || neighbour.unit_id, ': ', spoken(neighbour.capacity), ' ', activity.unit, ' after ',
         spoken(neighbour.capacity_before), ': is the unit right?') AS message,
  [neighbour.position_before, neighbour.position] AS positions
FROM neighbour
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
WHERE (neighbour.capacity >= 100 * neighbour.capacity_before OR neighbour.capacity_before >= 100 * neighbour.capacity)
  AND (is_new(neighbour.position) OR is_new(neighbour.position_before))
UNION ALL
SELECT
  stated.kind || ':' || stated.id,
  concat(stated.activity_id, ', unit ' || stated.unit_id, ': ', spoken(stated.capacity), ' ', activity.unit, ', where half of all figures are up to ',
         spoken(usual.capacity), ': is the unit right?'),
  [stated.position]
FROM stated
JOIN usual ON usual.activity_id = stated.activity_id AND stated.capacity >= 1000 * usual.capacity
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = stated.activity_id
WHERE is_new(stated.position)

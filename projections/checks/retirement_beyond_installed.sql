/* More capacity is retired at a facility than is known to be installed there. Severity: error. Asked at
   recording. One row per retirement that goes beyond, with the events since the last statement. */
WITH
stated AS (
  SELECT *, effective_day(effective_earliest, effective_latest) AS happened_on
  FROM capacity_statement SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
moved AS (
  SELECT *, effective_day(effective_earliest, effective_latest) AS happened_on
  FROM capacity_move
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
-- Only where all that is retired is more than the least that is ever stated, and nothing before the first statement:
-- elsewhere no retirement can go beyond. What is left of a large ledger is little.
retired AS (
  SELECT facility_id, activity_id, -sum(installed_change_high) AS capacity, min(happened_on) AS first_on
  FROM moved
  WHERE installed_change_high < 0
  GROUP BY facility_id, activity_id
),
least_stated AS (
  SELECT facility_id, activity_id, min(capacity_high) AS capacity, min(happened_on) AS first_on
  FROM stated
  GROUP BY facility_id, activity_id
),
doubtful AS (
  SELECT retired.facility_id, retired.activity_id
  FROM retired
  LEFT JOIN least_stated USING (facility_id, activity_id)
  WHERE retired.capacity > CASE WHEN least_stated.first_on < retired.first_on THEN least_stated.capacity ELSE 0 END
),
happening AS (
  SELECT
    position, facility_id, activity_id, TRUE AS is_statement, FALSE AS is_retirement, capacity_high AS change, capacity,
    moment(happened_on, order_known_on, order_position) AS happened
  FROM stated SEMI JOIN doubtful USING (facility_id, activity_id)
  UNION ALL
  SELECT
    position, facility_id, activity_id, FALSE, type = 'capacity_retired', installed_change_high, capacity,
    moment(happened_on, order_known_on, order_position)
  FROM moved SEMI JOIN doubtful USING (facility_id, activity_id) SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  UNION ALL
  SELECT
    moved.position, project.facility_id, project.activity_id, FALSE, FALSE, moved.installed_change_high, moved.capacity,
    moment(moved.happened_on, moved.order_known_on, moved.order_position)
  FROM moved
  JOIN (
    FROM _project_registered_at(p_as_of, p_known_at) SEMI JOIN doubtful USING (facility_id, activity_id)
    SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  ) AS project USING (project_id)
  WHERE moved.facility_id IS NULL
),
epoch AS (
  SELECT *, count(*) FILTER (WHERE is_statement) OVER (PARTITION BY facility_id, activity_id ORDER BY happened) AS number
  FROM happening
),
balance AS (
  SELECT
    *,
    sum(change) OVER so_far AS left_over,
    count(*) FILTER (WHERE change IS NULL) OVER so_far AS unknowns,
    number = 0 AND max(change) OVER so_far <= 0 AS of_nothing
  FROM epoch
  WINDOW so_far AS (PARTITION BY facility_id, activity_id, number ORDER BY happened)
),
beyond AS MATERIALIZED (
  FROM balance WHERE is_retirement AND unknowns = 0 AND left_over < 0
),
-- Only for the findings: a list for every event of a facility would grow with the square of their number.
since_stated AS (
  SELECT beyond.position, list(epoch.position ORDER BY epoch.happened) AS positions
  FROM beyond
  JOIN epoch ON epoch.facility_id = beyond.facility_id AND epoch.activity_id = beyond.activity_id
   AND epoch.number = beyond.number AND epoch.happened <= beyond.happened
  GROUP BY beyond.position
)
SELECT
  'facility:' || beyond.facility_id AS subject,
  concat(spoken(beyond.capacity), ' ', activity.unit, ' of ', beyond.activity_id, ' retired (', event.effective, '), ',
         CASE WHEN beyond.of_nothing THEN 'and nothing known says what was installed by then'
              ELSE spoken(-beyond.left_over) || ' more than was installed' END) AS message,
  since_stated.positions AS positions
FROM beyond
JOIN since_stated ON since_stated.position = beyond.position
JOIN event ON event.position = beyond.position
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = beyond.activity_id

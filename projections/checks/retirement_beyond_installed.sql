/* More capacity is retired at a facility than is known to be installed there. Severity: error. Asked at
   recording. One row per retirement that goes beyond, with the events since the last statement. */
WITH
touched AS (
  SELECT facility_id FROM capacity_statement WHERE is_new(position)
  UNION
  SELECT facility_id FROM capacity_move WHERE is_new(position) AND facility_id IS NOT NULL
),
happening AS (
  SELECT
    position, facility_id, activity_id, TRUE AS is_statement, FALSE AS is_retirement, capacity_high AS change, capacity,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM capacity_statement SEMI JOIN touched USING (facility_id)
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  UNION ALL
  SELECT
    move.position, coalesce(move.facility_id, project.facility_id), coalesce(move.activity_id, project.activity_id),
    FALSE, move.type = 'capacity_retired', move.installed_change_high, move.capacity,
    moment(effective_day(move.effective_earliest, move.effective_latest), move.order_known_on, move.order_position)
  FROM capacity_move AS move
  LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS project ON project.project_id = move.project_id
  WHERE effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
    AND move.known_on <= p_known_at AND move.known_to > p_known_at
    AND coalesce(move.facility_id, project.facility_id) IN (FROM touched)
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

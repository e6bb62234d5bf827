/* The units of a plant do not add up to what is stated for the whole, or may count twice. Severity: warning.
   Asked at recording. One row per facility and activity. */
WITH
statement AS (
  SELECT *, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM capacity_statement SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  SEMI JOIN (SELECT facility_id, activity_id FROM capacity_statement WHERE unit_id IS NOT NULL) USING (facility_id, activity_id)
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
unit AS (
  SELECT facility_id, activity_id, unit_id, min(happened) AS first_stated, max(happened) AS last_stated
  FROM statement
  WHERE unit_id IS NOT NULL
  GROUP BY facility_id, activity_id, unit_id
),
-- A statement of the whole is compared with the units of its day; with an earlier one, they are on the day of the last of them.
compared AS (
  SELECT
    whole.facility_id, whole.activity_id, whole.whole,
    CASE WHEN units.first_stated <= whole.whole.happened THEN whole.whole.happened
         ELSE greatest(whole.whole.happened, units.all_stated) END AS then
  FROM (
    SELECT facility_id, activity_id, min(first_stated) AS first_stated, max(first_stated) AS all_stated
    FROM unit
    GROUP BY facility_id, activity_id
  ) AS units
  JOIN (
    SELECT facility_id, activity_id, arg_max(statement, happened) AS whole
    FROM statement
    WHERE unit_id IS NULL
    GROUP BY facility_id, activity_id
  ) AS whole USING (facility_id, activity_id)
),
of_unit AS (FROM unit SELECT DISTINCT facility_id, activity_id),
move AS (
  SELECT
    move.position, move.facility_id, move.activity_id, move.unit_id, move.installed_change_low AS low, move.installed_change_high AS high,
    move.installed_change AS change, FALSE AS introduces,
    moment(effective_day(move.effective_earliest, move.effective_latest), move.order_known_on, move.order_position) AS happened
  FROM capacity_move AS move SEMI JOIN of_unit USING (facility_id, activity_id)
  WHERE effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
    AND move.known_on <= p_known_at AND move.known_to > p_known_at
    AND move.type IN ('capacity_retired', 'facility_merged', 'facility_split')
  UNION ALL
  SELECT
    move.position, project.facility_id, project.activity_id, move.unit_id, move.installed_change_low, move.installed_change_high,
    move.installed_change, move.unit_id IS NOT NULL,
    moment(effective_day(move.effective_earliest, move.effective_latest), move.order_known_on, move.order_position)
  FROM capacity_move AS move
  JOIN (
    FROM _project_stand_at(p_as_of, p_known_at) SEMI JOIN of_unit USING (facility_id, activity_id)
  ) AS project ON project.project_id = move.project_id
    AND project.stood_from <= effective_day(move.effective_earliest, move.effective_latest)
    AND effective_day(move.effective_earliest, move.effective_latest) < project.stood_to
  WHERE move.facility_id IS NULL AND effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
    AND move.known_on <= p_known_at AND move.known_to > p_known_at
),
-- The units on that day: the last statement of each, and what came after it.
base AS (
  SELECT
    facility_id, activity_id, statement.unit_id, max(statement.happened) AS since,
    arg_max(statement.position, statement.happened) AS position,
    arg_max_null(statement.capacity_low, statement.happened) AS low, arg_max_null(statement.capacity_high, statement.happened) AS high
  FROM compared JOIN statement USING (facility_id, activity_id)
  WHERE statement.unit_id IS NOT NULL AND statement.happened <= compared.then
  GROUP BY facility_id, activity_id, statement.unit_id
),
restated AS (SELECT facility_id, activity_id, min(since) AS restated FROM base GROUP BY facility_id, activity_id),
introduced AS (
  SELECT facility_id, activity_id, unit_id, min(happened) AS introduced
  FROM (
    SELECT facility_id, activity_id, unit_id, first_stated AS happened FROM unit
    UNION ALL
    SELECT facility_id, activity_id, unit_id, happened FROM move WHERE introduces
  )
  GROUP BY facility_id, activity_id, unit_id
),
added AS (
  SELECT
    facility_id, activity_id, move.position, move.low, move.high,
    move.happened > compared.whole.happened AS is_of_whole,
    CASE WHEN move.unit_id IS NULL THEN move.happened > restated.restated
         ELSE coalesce(introduced.introduced <= move.happened AND move.happened > coalesce(base.since, -1), FALSE) END AS is_of_units
  FROM compared
  JOIN move USING (facility_id, activity_id)
  JOIN restated USING (facility_id, activity_id)
  LEFT JOIN base USING (facility_id, activity_id, unit_id)
  LEFT JOIN introduced USING (facility_id, activity_id, unit_id)
  WHERE move.happened <= compared.then
),
term AS (
  SELECT facility_id, activity_id, position, TRUE AS is_of_whole, FALSE AS is_of_units, whole.capacity_low AS low, whole.capacity_high AS high
  FROM (SELECT facility_id, activity_id, whole.position AS position, whole FROM compared)
  UNION ALL
  SELECT facility_id, activity_id, position, FALSE, TRUE, low, high FROM base
  UNION ALL
  SELECT facility_id, activity_id, position, is_of_whole, is_of_units, low, high FROM added
),
summed AS (
  SELECT
    facility_id, activity_id, list_sort(list(DISTINCT position)) AS positions,
    sum(low) FILTER (WHERE is_of_whole) AS whole_low, sum(low) FILTER (WHERE is_of_units) AS units_low,
    CASE WHEN count(*) FILTER (WHERE is_of_whole AND high IS NULL) = 0 THEN sum(high) FILTER (WHERE is_of_whole) END AS whole_high,
    CASE WHEN count(*) FILTER (WHERE is_of_units AND high IS NULL) = 0 THEN sum(high) FILTER (WHERE is_of_units) END AS units_high
  FROM term
  WHERE is_of_whole OR is_of_units
  GROUP BY facility_id, activity_id
),
doubled AS (
  SELECT facility_id, activity_id, sum(abs(move.change)) AS amount, list_sort(list(move.position)) AS positions
  FROM (
    SELECT facility_id, activity_id, min(last_stated) AS restated, max(last_stated) AS stated
    FROM unit
    GROUP BY facility_id, activity_id
  ) AS units
  JOIN move USING (facility_id, activity_id)
  WHERE move.unit_id IS NULL AND move.change <> 0 AND move.happened > units.restated AND move.happened < units.stated
  GROUP BY facility_id, activity_id
)
SELECT
  'facility:' || summed.facility_id AS subject,
  concat('the units of ', summed.activity_id, ' add up to ', CASE WHEN units_low IS DISTINCT FROM units_high THEN 'at least ' ELSE '' END,
         spoken(units_low), ' ', activity.unit, ', and the plant is stated with ',
         CASE WHEN whole_low IS DISTINCT FROM whole_high THEN 'at least ' ELSE '' END, spoken(whole_low),
         ': the units count') AS message,
  summed.positions AS positions
FROM summed
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
WHERE units_low > whole_high OR units_high < whole_low
UNION ALL
SELECT
  'facility:' || doubled.facility_id,
  concat(spoken(doubled.amount), ' ', activity.unit, ' of ', doubled.activity_id,
         ' names no unit, and some units are stated again since: name its unit, or it may count twice'),
  doubled.positions
FROM doubled
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

/* One row per event that counts towards a facility's capacity, and what it adds. The last statement on or before the
   date sets the installed figure, the last one that says so sets the idle figure, and what came after adds to them. Where
   the capacity of a unit of the plant is stated, each unit is computed by itself and the units add up: a statement of the
   whole is then only compared with them, and what names no unit counts until every unit was stated after it. A unit exists
   from its first statement or completion: an event that names it before that counts only while no unit is stated. */
WITH
statement AS (
  SELECT
    *,
    effective_day(effective_earliest, effective_latest) AS happened_on,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM capacity_statement
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND is_account_asked(facility_id, activity_id)
),
-- The plants of which a unit is stated, and the first of the last statements of their units.
by_unit AS (
  SELECT facility_id, activity_id, min(happened) AS restated
  FROM (
    SELECT facility_id, activity_id, max(happened) AS happened
    FROM statement
    WHERE unit_id IS NOT NULL
    GROUP BY facility_id, activity_id, unit_id
  )
  GROUP BY facility_id, activity_id
),
-- Each by itself: those that a view does not ask for are not worked out.
base AS (
  SELECT
    facility_id,
    activity_id,
    part,
    max(happened) AS happened,
    arg_max(position, happened) AS position,
    arg_max(happened_on, happened) AS happened_on,
    arg_max_null(capacity, happened) AS installed,
    arg_max_null(capacity_low, happened) AS installed_low,
    arg_max_null(capacity_high, happened) AS installed_high,
    max(happened) FILTER (WHERE idle_share_pct IS NOT NULL) AS idle_happened,
    arg_max(position, happened) FILTER (WHERE idle_share_pct IS NOT NULL) AS idle_position,
    arg_max(happened_on, happened) FILTER (WHERE idle_share_pct IS NOT NULL) AS idle_day,
    arg_max_null(as_capacity(capacity * (idle_share_pct * 0.01)), happened) FILTER (WHERE idle_share_pct IS NOT NULL) AS idle
  FROM (
    SELECT statement.*, CASE WHEN by_unit.facility_id IS NULL THEN '' ELSE unit_id END AS part
    FROM statement LEFT JOIN by_unit USING (facility_id, activity_id)
  )
  WHERE part IS NOT NULL
  GROUP BY facility_id, activity_id, part
),
-- A move names its facility, or the project that is built there on its day. In one SELECT by coalesce(), a filter on the facility or the
-- activity would not reach the facts.
visible AS NOT MATERIALIZED (
  SELECT
    position, facility_id, activity_id, project_id, unit_id,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened,
    effective_day(effective_earliest, effective_latest) AS happened_on,
    installed_change, installed_change_low, installed_change_high, idle_change
  FROM capacity_move
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
move AS NOT MATERIALIZED (
  SELECT
    position, facility_id, activity_id, unit_id, happened, happened_on, installed_change, installed_change_low,
    installed_change_high, idle_change
  FROM visible
  WHERE facility_id IS NOT NULL AND is_account_asked(facility_id, activity_id)
  UNION ALL
  SELECT
    visible.position, project.facility_id, project.activity_id, visible.unit_id, visible.happened, visible.happened_on,
    visible.installed_change, visible.installed_change_low, visible.installed_change_high, visible.idle_change
  FROM visible
  LEFT JOIN _project_stand_at(p_as_of, p_known_at) AS project ON project.project_id = visible.project_id
    AND project.stood_from <= visible.happened_on AND visible.happened_on < project.stood_to
  WHERE visible.facility_id IS NULL AND is_account_asked(project.facility_id, project.activity_id)
),
introduced AS (
  SELECT facility_id, activity_id, unit_id, min(happened) AS happened
  FROM (
    SELECT facility_id, activity_id, unit_id, happened FROM statement WHERE unit_id IS NOT NULL
    UNION ALL
    SELECT project.facility_id, project.activity_id, visible.unit_id, visible.happened
    FROM visible
    JOIN _project_stand_at(p_as_of, p_known_at) AS project ON project.project_id = visible.project_id
      AND project.stood_from <= visible.happened_on AND visible.happened_on < project.stood_to
    WHERE visible.facility_id IS NULL AND visible.unit_id IS NOT NULL
  )
  GROUP BY facility_id, activity_id, unit_id
),
placed AS (
  SELECT
    move.* REPLACE (CASE WHEN introduced.happened <= move.happened THEN move.unit_id END AS unit_id), by_unit.restated,
    CASE WHEN by_unit.facility_id IS NULL OR move.unit_id IS NULL THEN ''
         WHEN introduced.happened <= move.happened THEN move.unit_id END AS part
  FROM move
  LEFT JOIN by_unit USING (facility_id, activity_id)
  LEFT JOIN introduced
    ON introduced.facility_id = move.facility_id AND introduced.activity_id = move.activity_id
    AND introduced.unit_id = move.unit_id
),
since AS (
  SELECT
    placed.*,
    coalesce(base.happened, CASE WHEN part = '' THEN placed.restated END, -1) AS stated,
    coalesce(base.idle_happened, CASE WHEN part = '' THEN placed.restated END, -1) AS idle_stated
  FROM placed LEFT JOIN base USING (facility_id, activity_id, part)
  WHERE part IS NOT NULL
)
SELECT
  position,
  facility_id,
  activity_id,
  nullif(part, '') AS unit_id,
  happened_on,
  TRUE AS is_statement,
  installed,
  installed_low,
  installed_high,
  CASE WHEN idle_happened = happened THEN idle ELSE 0 END AS idle
FROM base
UNION ALL
SELECT idle_position, facility_id, activity_id, nullif(part, ''), idle_day, TRUE, 0, 0, 0, idle
FROM base
WHERE idle_happened <> happened
UNION ALL
SELECT
  position,
  facility_id,
  activity_id,
  unit_id,
  happened_on,
  FALSE AS is_statement,
  CASE WHEN happened > stated THEN installed_change ELSE 0 END AS installed,
  CASE WHEN happened > stated THEN installed_change_low ELSE 0 END AS installed_low,
  CASE WHEN happened > stated THEN installed_change_high ELSE 0 END AS installed_high,
  CASE WHEN happened > idle_stated THEN idle_change ELSE 0 END AS idle
FROM since
WHERE happened > stated OR (idle_change IS DISTINCT FROM 0 AND happened > idle_stated)

/* One row per event that counts towards a facility's capacity, and what it adds. The last statement on or before the
   date sets the installed figure, the last one that says so sets the idle figure, and what came after adds to them. */
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
-- Each by itself: those that a view does not ask for are not worked out.
base AS (
  SELECT
    facility_id,
    activity_id,
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
  FROM statement
  GROUP BY facility_id, activity_id
),
-- A move names its facility, or the project that is built there. In one SELECT by coalesce(), a filter on the facility or the
-- activity would not reach the facts.
visible AS NOT MATERIALIZED (
  SELECT
    position, facility_id, activity_id, project_id,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened,
    effective_day(effective_earliest, effective_latest) AS happened_on,
    installed_change, installed_change_low, installed_change_high, idle_change
  FROM capacity_move
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
move AS (
  SELECT
    position, facility_id, activity_id, happened, happened_on, installed_change, installed_change_low,
    installed_change_high, idle_change
  FROM visible
  WHERE facility_id IS NOT NULL AND is_account_asked(facility_id, activity_id)
  UNION ALL
  SELECT
    visible.position, project.facility_id, project.activity_id, visible.happened, visible.happened_on,
    visible.installed_change, visible.installed_change_low, visible.installed_change_high, visible.idle_change
  FROM visible
  LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS project USING (project_id)
  WHERE visible.facility_id IS NULL AND is_account_asked(project.facility_id, project.activity_id)
)
SELECT
  position,
  facility_id,
  activity_id,
  happened_on,
  TRUE AS is_statement,
  installed,
  installed_low,
  installed_high,
  CASE WHEN idle_happened = happened THEN idle ELSE 0 END AS idle
FROM base
UNION ALL
SELECT idle_position, facility_id, activity_id, idle_day, TRUE, 0, 0, 0, idle
FROM base
WHERE idle_happened <> happened
UNION ALL
SELECT
  move.position,
  facility_id,
  activity_id,
  move.happened_on,
  FALSE AS is_statement,
  CASE WHEN base.happened IS NULL OR move.happened > base.happened THEN move.installed_change ELSE 0 END AS installed,
  CASE WHEN base.happened IS NULL OR move.happened > base.happened THEN move.installed_change_low ELSE 0 END AS installed_low,
  CASE WHEN base.happened IS NULL OR move.happened > base.happened THEN move.installed_change_high ELSE 0 END AS installed_high,
  CASE WHEN base.idle_happened IS NULL OR move.happened > base.idle_happened THEN move.idle_change ELSE 0 END AS idle
FROM move LEFT JOIN base USING (facility_id, activity_id)
WHERE base.happened IS NULL OR move.happened > base.happened
   OR (move.idle_change IS DISTINCT FROM 0 AND (base.idle_happened IS NULL OR move.happened > base.idle_happened))

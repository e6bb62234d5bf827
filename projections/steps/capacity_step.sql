/* One row per change of a figure: what is to be added to it from a day in the world, once it is known on a day. A
   figure as of a day V, known at a day K, is the sum of the rows with effective_on <= V and known_on <= K, and dates <>
   'earliest'. national_capacity and regional_capacity are such sums. When a facility or a project moves, or a registration is corrected,
   the steps of its facility or project end at the old place and begin at the new one. */
WITH
facility AS (
  SELECT
    'facility' AS kind, account.facility_id AS id, account.activity_id AS activity_id,
    CASE WHEN corner.account % 2 = 1 THEN 'earliest' WHEN vague.number IS NOT NULL THEN 'latest' ELSE 'both' END AS dates,
    corner.effective_on, corner.position, corner.k,
    corner.accounts, corner.facilities, 0::TINYINT AS projects, corner.unknowns, corner.installed, corner.low, corner.high, corner.high_open, corner.idle, 0::DECIMAL(18, 3) AS owed, 0::DECIMAL(18, 3) AS pending_gross, 0::DECIMAL(18, 3) AS pending_retiring, 0::TINYINT AS owed_open, 0::TINYINT AS retiring_open
  FROM account_corner AS corner
  JOIN account ON account.account = corner.account // 2
  LEFT JOIN (
    SELECT account - 1 AS number FROM account_corner WHERE account % 2 = 1
    UNION
    SELECT 2 * account FROM account SEMI JOIN (FROM project_stand WHERE dates <> 'both') AS moved USING (facility_id, activity_id)
  ) AS vague ON vague.number = corner.account
),
-- The correction of an error has the place of what it corrects: the event that is current at a place.
current_event AS (
  SELECT order_position, max(position) AS position
  FROM event
  WHERE position <> order_position AND known_to > DATE '0001-01-01'
  GROUP BY order_position
),
happened AS (
  SELECT corner.*, happened_day(v) AS effective_on, (v % 68719476736)::BIGINT AS order_position FROM project_corner AS corner
),
project AS (
  SELECT
    'project' AS kind, step_dates.project_id AS id, NULL::VARCHAR AS activity_id, step_dates.dates,
    happened.effective_on, coalesce(current_event.position, order_position) AS position, happened.k,
    happened.accounts, 0::TINYINT AS facilities, happened.projects, happened.unknowns, 0::DECIMAL(18, 3) AS installed, 0::DECIMAL(18, 3) AS low, 0::DECIMAL(18, 3) AS high, 0::TINYINT AS high_open, 0::DECIMAL(18, 3) AS idle, happened.owed, happened.pending_gross, happened.pending_retiring, happened.owed_open, happened.retiring_open
  FROM happened
  JOIN step_dates USING (number)
  LEFT JOIN current_event USING (order_position)
),
step AS (FROM facility UNION ALL FROM project),
place AS (
  SELECT
    'facility' AS kind, facility_id AS id, dates, day, day_to, k_from, k_to, country_code, region_code, NULL::VARCHAR AS activity_id
  FROM facility_stand SEMI JOIN step_facility USING (facility_id)
  UNION ALL
  SELECT
    'project', built.project_id, CASE built.dates WHEN 'both' THEN coalesce(stood.dates, 'both') ELSE built.dates END,
    greatest(built.day, coalesce(stood.day, DATE '0001-01-01')), least(built.day_to, coalesce(stood.day_to, DATE '9999-12-31')),
    greatest(built.k_from, coalesce(stood.k_from, 0)), least(built.k_to, coalesce(stood.k_to, endless())),
    stood.country_code, stood.region_code, built.activity_id
  FROM project_stand AS built SEMI JOIN step_project USING (project_id)
  LEFT JOIN facility_stand AS stood ON stood.facility_id = built.facility_id
    AND (stood.dates = 'both' OR built.dates = 'both' OR stood.dates = built.dates)
    AND stood.day < built.day_to AND built.day < stood.day_to
    AND stood.k_from < built.k_to AND built.k_from < stood.k_to
),
moving AS (SELECT kind, id FROM place GROUP BY kind, id HAVING count(*) > 1),
-- What a step adds at a place counts from when both count, to when the place ends in the world or in our knowledge.
standing AS (
  SELECT
    step.* REPLACE (
      CASE step.dates WHEN 'both' THEN place.dates ELSE step.dates END AS dates,
      greatest(step.effective_on, place.day) AS effective_on, greatest(step.k, place.k_from) AS k
    ),
    place.country_code, place.region_code, place.activity_id AS built_activity_id, place.day_to, place.k_to
  FROM step
  JOIN moving USING (kind, id)
  JOIN place ON place.kind = step.kind AND place.id = step.id
    AND (place.dates = 'both' OR step.dates = 'both' OR place.dates = step.dates)
  WHERE step.effective_on < place.day_to AND step.k < place.k_to
),
placed AS (
  SELECT step.*, place.country_code, place.region_code, place.activity_id AS built_activity_id
  FROM (FROM step ANTI JOIN moving USING (kind, id)) AS step
  LEFT JOIN place ON place.kind = step.kind AND place.id = step.id
  UNION ALL
  SELECT * EXCLUDE (day_to, k_to) FROM standing
  UNION ALL
  SELECT
    * EXCLUDE (day_to, k_to)
    REPLACE (k_to AS k, -accounts AS accounts, -facilities AS facilities, -projects AS projects, -unknowns AS unknowns, -installed AS installed, -low AS low, -high AS high, -high_open AS high_open, -idle AS idle, -owed AS owed, -pending_gross AS pending_gross, -pending_retiring AS pending_retiring, -owed_open AS owed_open, -retiring_open AS retiring_open)
  FROM standing
  WHERE k_to < endless()
  UNION ALL
  SELECT
    * EXCLUDE (day_to, k_to)
    REPLACE (day_to AS effective_on, -accounts AS accounts, -facilities AS facilities, -projects AS projects, -unknowns AS unknowns, -installed AS installed, -low AS low, -high AS high, -high_open AS high_open, -idle AS idle, -owed AS owed, -pending_gross AS pending_gross, -pending_retiring AS pending_retiring, -owed_open AS owed_open, -retiring_open AS retiring_open)
  FROM standing
  WHERE day_to < DATE '9999-12-31'
  UNION ALL
  SELECT * EXCLUDE (day_to, k_to) REPLACE (day_to AS effective_on, k_to AS k)
  FROM standing
  WHERE day_to < DATE '9999-12-31' AND k_to < endless()
)
SELECT
  country_code, -- ISO 3166-1 of the facility; NULL while it is not registered
  region_code, -- ISO 3166-2; NULL where the region is not known
  nullif(coalesce(activity_id, built_activity_id), '') AS activity_id, -- what the capacity makes
  kind, -- facility or project
  nullif(id, '') AS id, -- its id; NULL for completions of a project that is not registered
  dates, -- both, or latest or earliest where a vague date counts by its last or first day; filter on one of these, and both
  effective_on, -- day from which it counts in the world
  known_on, -- day from which it was known
  position, -- the event that took effect then
  installed, -- to add to installed capacity
  low AS installed_low, -- to add to the least that it may be
  high AS installed_high, -- to add to the most that it may be
  idle, -- to add to idle capacity
  owed, -- to add to capacity that should be retired
  pending_gross, -- to add to the remaining capacity of projects
  pending_retiring, -- to add to the old capacity to retire for it
  accounts, -- to add to the number of things that count; a country and activity whose sum is 0 has no row
  facilities, -- to add to the number of facilities with capacity
  projects, -- to add to the number of projects with remaining capacity
  unknowns, -- to add to the number of facilities and projects with an inexact figure
  high_open, -- to add to the number of facilities without an upper bound; while it is above 0, installed_high is unknown
  owed_open, -- to add to the number of projects whose capacity owed is unknown
  retiring_open -- to add to the number of projects whose capacity to retire is unknown
FROM (SELECT *, known_day(k) AS known_on FROM placed)
ORDER BY country_code, activity_id, kind, id

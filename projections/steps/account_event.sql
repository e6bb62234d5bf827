/* One row per event of an account and span of knowledge in which it counts there: the figures that it states or adds. An account with a
   vague date has two sets of rows, and two numbers: by the latest days (even) and by the earliest (odd). */
WITH
given AS (
  SELECT
    account, 'both' AS dates, position, effective_earliest, effective_latest, order_known_on, order_position,
    known_moment(known_on) AS k_from, coalesce(ended_event.k_to, endless()) AS k_to,
    TRUE AS is_statement, idle_share_pct IS NOT NULL AS states_idle, unit_id, unit_id IS NOT NULL AS introduces_unit,
    capacity AS installed, capacity_low AS low, capacity_high AS high,
    CASE WHEN idle_share_pct IS NOT NULL THEN as_capacity(capacity * (idle_share_pct * 0.01)) ELSE 0 END AS idle
  FROM capacity_statement
  JOIN account USING (facility_id, activity_id)
  LEFT JOIN ended_event USING (position)
  WHERE known_to > known_on
  UNION ALL
  SELECT
    account, 'both', position, effective_earliest, effective_latest, order_known_on, order_position,
    known_moment(known_on), coalesce(ended_event.k_to, endless()),
    FALSE, FALSE, unit_id, FALSE, installed_change, installed_change_low, installed_change_high, idle_change
  FROM capacity_move
  JOIN account USING (facility_id, activity_id)
  LEFT JOIN ended_event USING (position)
  WHERE known_to > known_on
  UNION ALL
  -- A completion counts at the facility where its project is on its day, by the registration and the moves that are known.
  SELECT
    account, place.dates, move.position, effective_earliest, effective_latest, order_known_on, order_position,
    greatest(known_moment(known_on), place.k_from),
    least(coalesce(ended_event.k_to, endless()), place.k_to),
    FALSE, FALSE, unit_id, unit_id IS NOT NULL, installed_change, installed_change_low, installed_change_high, idle_change
  FROM capacity_move AS move
  JOIN project_stand AS place ON place.project_id = move.project_id
    AND place.day <= CASE place.dates WHEN 'earliest' THEN effective_earliest ELSE effective_latest END
    AND CASE place.dates WHEN 'earliest' THEN effective_earliest ELSE effective_latest END < place.day_to
  JOIN account ON account.facility_id = place.facility_id AND account.activity_id = place.activity_id
  LEFT JOIN ended_event ON ended_event.position = move.position
  WHERE known_to > known_on AND move.facility_id IS NULL
  UNION ALL
  SELECT
    account, 'both', position, effective_earliest, effective_latest, order_known_on, order_position,
    known_moment(known_on), coalesce(ended_event.k_to, endless()),
    FALSE, FALSE, unit_id, FALSE, installed_change, installed_change_low, installed_change_high, idle_change
  FROM capacity_move AS move
  JOIN account ON account.facility_id = '' AND account.activity_id = ''
  LEFT JOIN ended_event USING (position)
  WHERE known_to > known_on AND move.facility_id IS NULL
    AND project_id NOT IN (SELECT project_id FROM project_registration)
),
counted AS (FROM given WHERE k_from < k_to),
vague AS (
  SELECT account FROM counted WHERE effective_earliest <> effective_latest
  UNION SELECT account FROM account SEMI JOIN (FROM project_stand WHERE dates <> 'both') AS moved USING (facility_id, activity_id)
),
dated AS (
  SELECT counted.*, account * 2 AS number, effective_latest AS effective_on FROM counted WHERE dates <> 'earliest'
  UNION ALL
  SELECT counted.*, account * 2 + 1, effective_earliest FROM counted SEMI JOIN vague USING (account) WHERE dates <> 'latest'
)
SELECT
  row_number() OVER ()::INTEGER AS row_id, number AS account, position, effective_on,
  moment(effective_on, order_known_on, order_position) AS v, k_from, k_to, is_statement, states_idle, unit_id, introduces_unit,
  coalesce(installed, 0)::DECIMAL(18, 3) AS installed, coalesce(low, 0)::DECIMAL(18, 3) AS low,
  coalesce(high, 0)::DECIMAL(18, 3) AS high, coalesce(idle, 0)::DECIMAL(18, 3) AS idle,
  (installed IS NULL)::TINYINT AS inexact, (low IS NULL)::TINYINT AS low_open, (high IS NULL)::TINYINT AS high_open,
  (idle IS NULL)::TINYINT AS idle_inexact
FROM dated

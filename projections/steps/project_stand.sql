/* One row per project and facility where it was: from which day to which in the world, and in our knowledge; see
   facility_stand.sql. A project that moved has rows for both ends of a vague day. */
WITH
move AS (
  SELECT
    project_id, way.dates, facility_id, day,
    moment(day, order_known_on, order_position) AS v,
    known_moment(known_on) AS k_from, coalesce(ended_event.k_to, endless()) AS k_to
  FROM project_move SEMI JOIN project_place USING (project_id)
  LEFT JOIN ended_event USING (position)
  CROSS JOIN LATERAL (
    SELECT unnest(['latest', 'earliest']) AS dates, unnest([effective_latest, effective_earliest]) AS day
  ) AS way
  WHERE known_to > known_on
),
counted AS (FROM move WHERE k_from < k_to),
mover AS (SELECT DISTINCT project_id, dates FROM counted),
happened AS (
  SELECT project_id, dates, day, lead(day, 1, DATE '9999-12-31') OVER (PARTITION BY project_id, dates ORDER BY day) AS day_to
  FROM (SELECT project_id, dates, day FROM counted UNION SELECT project_id, dates, DATE '0001-01-01' FROM mover)
),
known AS (
  SELECT project_id, dates, k, lead(k, 1, endless()) OVER (PARTITION BY project_id, dates ORDER BY k) AS k_to
  FROM (
    SELECT project_id, dates, unnest([k_from, k_to]) AS k FROM counted
    UNION SELECT project_id, dates, unnest([0, k_from, k_to]) FROM project_place JOIN mover USING (project_id)
  )
  WHERE k < endless()
),
cell AS (
  SELECT
    known.project_id, known.dates, happened.day, happened.day_to, known.k, known.k_to,
    arg_max(counted.facility_id, counted.v) AS moved_to
  FROM known
  JOIN happened USING (project_id, dates)
  LEFT JOIN counted ON counted.project_id = known.project_id AND counted.dates = known.dates
    AND counted.day <= happened.day AND counted.k_from <= known.k AND known.k < counted.k_to
  GROUP BY ALL
)
SELECT
  project_id, 'both' AS dates, DATE '0001-01-01' AS day, DATE '9999-12-31' AS day_to, k_from, k_to, facility_id, activity_id
FROM project_place
WHERE project_id NOT IN (SELECT project_id FROM mover)
UNION ALL
-- Without a current registration the place is unknown, also after a move.
SELECT
  cell.project_id, cell.dates, cell.day, cell.day_to, cell.k, cell.k_to,
  CASE WHEN place.facility_id = '' THEN '' ELSE coalesce(cell.moved_to, place.facility_id) END, place.activity_id
FROM cell
JOIN project_place AS place ON place.project_id = cell.project_id AND place.k_from <= cell.k AND cell.k < place.k_to

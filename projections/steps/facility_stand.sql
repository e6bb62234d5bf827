/* One row per facility and place where it was: from which day to which in the world, and in our knowledge. A facility that
   moved has rows for both ends of a vague day. */
WITH
move AS (
  SELECT
    facility_id, way.dates, region_code, day,
    moment(day, order_known_on, order_position) AS v,
    known_moment(known_on) AS k_from, coalesce(ended_event.k_to, endless()) AS k_to
  FROM facility_move SEMI JOIN facility_place USING (facility_id)
  LEFT JOIN ended_event USING (position)
  CROSS JOIN LATERAL (
    SELECT unnest(['latest', 'earliest']) AS dates, unnest([effective_latest, effective_earliest]) AS day
  ) AS way
  WHERE known_to > known_on
),
counted AS (FROM move WHERE k_from < k_to),
mover AS (SELECT DISTINCT facility_id, dates FROM counted),
happened AS (
  SELECT facility_id, dates, day, lead(day, 1, DATE '9999-12-31') OVER (PARTITION BY facility_id, dates ORDER BY day) AS day_to
  FROM (SELECT facility_id, dates, day FROM counted UNION SELECT facility_id, dates, DATE '0001-01-01' FROM mover)
),
known AS (
  SELECT facility_id, dates, k, lead(k, 1, endless()) OVER (PARTITION BY facility_id, dates ORDER BY k) AS k_to
  FROM (
    SELECT facility_id, dates, unnest([k_from, k_to]) AS k FROM counted
    UNION SELECT facility_id, dates, unnest([0, k_from, k_to]) FROM facility_place JOIN mover USING (facility_id)
  )
  WHERE k < endless()
),
cell AS (
  SELECT
    known.facility_id, known.dates, happened.day, happened.day_to, known.k, known.k_to,
    arg_max(counted.region_code, counted.v) AS moved_to
  FROM known
  JOIN happened USING (facility_id, dates)
  LEFT JOIN counted ON counted.facility_id = known.facility_id AND counted.dates = known.dates
    AND counted.day <= happened.day AND counted.k_from <= known.k AND known.k < counted.k_to
  GROUP BY ALL
)
SELECT
  facility_id, 'both' AS dates, DATE '0001-01-01' AS day, DATE '9999-12-31' AS day_to, k_from, k_to, country_code, region_code
FROM facility_place
WHERE facility_id NOT IN (SELECT facility_id FROM mover)
UNION ALL
-- Without a current registration the place is unknown, also after a move.
SELECT
  cell.facility_id, cell.dates, cell.day, cell.day_to, cell.k, cell.k_to, place.country_code,
  CASE WHEN place.country_code IS NOT NULL THEN coalesce(cell.moved_to, place.region_code) END
FROM cell
JOIN facility_place AS place ON place.facility_id = cell.facility_id AND place.k_from <= cell.k AND cell.k < place.k_to

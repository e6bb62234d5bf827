/* One row per facility and version of its registration: its place, and from when to when that was known; see
   project_place.sql. */
WITH
facility AS (
  SELECT facility_id FROM step_facility
  UNION SELECT facility_id FROM project_stand
),
registration AS (
  SELECT
    facility_id, country_code, region_code, known_moment(known_on) AS k_from, position,
    coalesce(ended_event.k_to, endless()) AS k_to
  FROM facility_registration SEMI JOIN facility USING (facility_id)
  LEFT JOIN ended_event USING (position)
),
plain AS (
  SELECT facility_id FROM registration GROUP BY facility_id HAVING count(*) = 1 AND min(k_to) = endless()
),
start AS (
  SELECT DISTINCT facility_id, unnest([0, k_from, k_to]) AS k
  FROM registration ANTI JOIN plain USING (facility_id)
),
version AS (
  SELECT facility_id, k, lead(k, 1, endless()) OVER (PARTITION BY facility_id ORDER BY k) AS k_to
  FROM start
  WHERE k < endless()
),
chosen AS (
  SELECT
    version.facility_id, version.k, version.k_to,
    arg_min(registration, (registration.k_from > version.k, registration.k_from, registration.position))
      FILTER (WHERE registration.k_from IS NOT NULL) AS registration
  FROM version
  LEFT JOIN registration ON registration.facility_id = version.facility_id AND registration.k_to > version.k
  GROUP BY ALL
)
SELECT facility_id, 0::BIGINT AS k_from, endless() AS k_to, country_code, region_code
FROM registration SEMI JOIN plain USING (facility_id)
UNION ALL
SELECT facility_id, k, k_to, registration.country_code, registration.region_code
FROM chosen

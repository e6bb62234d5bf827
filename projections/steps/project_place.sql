/* One row per project and version of its registration: its place before the first move, and from when to when that was known.
   Versions cover all of knowledge: one known only later counts before (see _firm_registered.sql), and where none is
   current, the place is ''. */
WITH
project AS (
  SELECT project_id FROM step_project
  UNION SELECT project_id FROM project_registration SEMI JOIN step_facility USING (facility_id)
  UNION SELECT project_id FROM project_move SEMI JOIN step_facility USING (facility_id)
  UNION
  SELECT project_id
  FROM project_registration
  WHERE known_to < DATE '9999-12-31' AND EXISTS (FROM step_facility WHERE facility_id = '')
),
registration AS (
  SELECT
    project_id, facility_id, activity_id, known_moment(known_on) AS k_from, position,
    coalesce(ended_event.k_to, endless()) AS k_to
  FROM project_registration SEMI JOIN project USING (project_id)
  LEFT JOIN ended_event USING (position)
),
plain AS (
  SELECT project_id FROM registration GROUP BY project_id HAVING count(*) = 1 AND min(k_to) = endless()
),
start AS (
  SELECT DISTINCT project_id, unnest([0, k_from, k_to]) AS k
  FROM registration ANTI JOIN plain USING (project_id)
),
version AS (
  SELECT project_id, k, lead(k, 1, endless()) OVER (PARTITION BY project_id ORDER BY k) AS k_to
  FROM start
  WHERE k < endless()
),
chosen AS (
  SELECT
    version.project_id, version.k, version.k_to,
    arg_min(registration, (registration.k_from > version.k, registration.k_from, registration.position))
      FILTER (WHERE registration.k_from IS NOT NULL) AS registration
  FROM version
  LEFT JOIN registration ON registration.project_id = version.project_id AND registration.k_to > version.k
  GROUP BY ALL
)
SELECT project_id, 0::BIGINT AS k_from, endless() AS k_to, facility_id, activity_id
FROM registration SEMI JOIN plain USING (project_id)
UNION ALL
SELECT project_id, k, k_to, coalesce(registration.facility_id, ''), coalesce(registration.activity_id, '')
FROM chosen

/* One row per registered facility: its registration, at the place where it is as of the date. */
SELECT
  listed.facility_id,
  listed.name,
  listed.names,
  listed.country_code,
  coalesce(moved.latest.region_code, listed.region_code) AS region_code,
  listed.operator_id,
  CASE WHEN moved.facility_id IS NULL THEN listed.latitude ELSE moved.latest.latitude END AS latitude,
  CASE WHEN moved.facility_id IS NULL THEN listed.longitude ELSE moved.latest.longitude END AS longitude,
  listed.position
FROM _facility_listed_at(p_as_of, p_known_at) AS listed
LEFT JOIN _facility_moved_at(p_as_of, p_known_at) AS moved ON moved.facility_id = listed.facility_id

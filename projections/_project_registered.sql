/* One row per registered project: its registration, at the facility where it is as of the date. */
SELECT
  listed.project_id,
  listed.name,
  coalesce(moved.latest.facility_id, listed.facility_id) AS facility_id,
  listed.activity_id,
  listed.firm_id,
  listed.national_project_code,
  listed.phase_of,
  listed.position
FROM _project_listed_at(p_as_of, p_known_at) AS listed
LEFT JOIN _project_moved_at(p_as_of, p_known_at) AS moved ON moved.project_id = listed.project_id

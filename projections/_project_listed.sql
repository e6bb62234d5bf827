/* One row per registered project: its registration, with its facility before the first move; see _firm_registered for late
   ones. */
SELECT project_id, name, facility_id, activity_id, firm_id, national_project_code, phase_of, position
FROM project_registration
WHERE known_to > p_known_at AND is_project_read(project_id)
QUALIFY row_number() OVER (
  PARTITION BY project_id ORDER BY known_on <= p_known_at DESC, known_on, position
) = 1

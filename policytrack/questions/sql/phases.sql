/* One row per phase of a project. */
SELECT
  project_id, -- id of the phase
  name, -- its name
  facility_id, -- where
  activity_id, -- activity of its capacity
  status, -- its status
  capacity_planned, -- latest statement; NULL if unknown
  capacity_remaining, -- remaining; NULL if unknown
  unit, -- unit of the figures
  due -- when it is due, as the source wrote it
FROM project
WHERE phase_of = $id::VARCHAR
ORDER BY project_id

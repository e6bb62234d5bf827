/* One row per activity of the catalogue: a process with the unit of its capacity. */
SELECT
  activity_id, -- id of the activity
  name, -- its name
  unit, -- unit of all its figures
  stage, -- stage of the chain; figures of two stages are never added
  nullif(note, '') AS note, -- what it covers
  nullif(part_of, '') AS part_of, -- the activity that it is a process of, in the same unit; NULL if none
  sector -- industry that lists group it under
FROM reference_activities

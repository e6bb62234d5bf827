/* One row: the ids of the facilities, projects and swaps that filters may be about, and of those whose registrations a query
   about them may need; facilities are asked about only by a place. By any registration, known or not, in force or not: finding the one that counts takes longer, and the
   query itself applies the filters. Swaps that draw the same credit lots are among them: the verdict on one depends on what
   the others draw. */
WITH
facility_here AS (
  SELECT facility_id
  FROM facility_registration
  WHERE len($country::VARCHAR[]) + len($region::VARCHAR[]) + len($facility::VARCHAR[]) > 0
    AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
    AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], region_code)
         OR facility_id IN (SELECT facility_id FROM facility_move WHERE list_contains($region::VARCHAR[], region_code)))
    AND (len($facility::VARCHAR[]) = 0 OR list_contains($facility::VARCHAR[], facility_id))
  UNION
  SELECT unnest($facility::VARCHAR[]) -- also one that is not registered
),
project_there AS (
  SELECT project_id, activity_id
  FROM project_registration
  WHERE (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], project_id))
    AND (len($country::VARCHAR[]) + len($region::VARCHAR[]) + len($facility::VARCHAR[]) = 0
         OR facility_id IN (FROM facility_here)
         OR project_id IN (SELECT project_id FROM project_move SEMI JOIN facility_here USING (facility_id)))
  UNION
  SELECT unnest($project::VARCHAR[]), NULL
),
project_here AS (
  SELECT DISTINCT project_id
  FROM project_there
  WHERE len($activity::VARCHAR[]) = 0 OR activity_id IS NULL OR list_contains($activity::VARCHAR[], activity_id)
),
swap_here AS (
  SELECT DISTINCT swap_id
  FROM swap_statement
  WHERE (len($swap::VARCHAR[]) = 0 OR list_contains($swap::VARCHAR[], swap_id))
    AND (len($country::VARCHAR[]) + len($region::VARCHAR[]) + len($facility::VARCHAR[]) + len($project::VARCHAR[]) = 0
         OR project_id IN (SELECT project_id FROM project_there))
    -- A swap has an activity of its own, which need not be that of its project.
    AND (len($activity::VARCHAR[]) = 0
         OR list_contains($activity::VARCHAR[], activity_id) OR project_id IN (FROM project_here))
),
lot AS (SELECT DISTINCT lot_id FROM swap_leg SEMI JOIN swap_here USING (swap_id) WHERE lot_id IS NOT NULL),
swap_asked AS (FROM swap_here UNION SELECT swap_id FROM swap_leg SEMI JOIN lot USING (lot_id)),
project_read AS (
  SELECT project_id FROM project_there UNION SELECT project_id FROM swap_statement SEMI JOIN swap_asked USING (swap_id)
),
facility_read AS (
  SELECT facility_id FROM project_registration SEMI JOIN project_read USING (project_id)
  UNION SELECT facility_id FROM project_move SEMI JOIN project_read USING (project_id)
  UNION SELECT facility_id FROM swap_leg SEMI JOIN swap_asked USING (swap_id) WHERE facility_id IS NOT NULL
  UNION FROM facility_here
)
SELECT
  (SELECT coalesce(list(facility_id), []) FROM facility_here) AS asked_facilities,
  (SELECT coalesce(list(project_id), []) FROM project_here) AS asked_projects,
  (SELECT coalesce(list(swap_id), []) FROM swap_asked) AS asked_swaps,
  (SELECT coalesce(list(project_id), []) FROM project_read) AS read_projects,
  (SELECT coalesce(list(facility_id), []) FROM facility_read) AS read_facilities

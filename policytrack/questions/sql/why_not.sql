/* One row per event about what the figure is made of that adds nothing to it, and why not. Of a facility, project or swap
   without any event that counts, only what does not count yet, or no longer. */
WITH
facility_here AS (
  SELECT facility_id FROM facility_at(as_of(), known_at()) WHERE country_code = $country_code
),
project_here AS (
  SELECT project_id, facility_id
  FROM _project_registered_at(as_of(), known_at())
  WHERE activity_id = $activity_id AND facility_id IN (FROM facility_here)
),
about AS (
  SELECT 'facility' AS kind, 'facility:' || facility_id AS thing, 'facility:' || facility_id AS subject FROM facility_here
  UNION
  SELECT 'facility', 'facility:' || facility_id, 'project:' || project_id FROM project_here
  UNION
  SELECT 'project', 'project:' || project_id, 'project:' || project_id FROM project_here
  UNION
  SELECT 'swap', 'swap:' || swap_id, 'swap:' || swap_id
  FROM swap_statement WHERE project_id IN (SELECT project_id FROM project_here)
),
speaking AS (SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($types::VARCHAR[]) AS type),
counted AS (SELECT unnest($positions::BIGINT[]) AS position),
-- Through the subjects first: the details of the events are read of those few only.
named AS (
  SELECT position, unnest(subjects) AS subject
  FROM event
  WHERE list_contains($types::VARCHAR[], type)
),
spoken_of AS (
  SELECT speaking.kind, about.thing, event.*
  FROM named
  JOIN about USING (subject)
  JOIN event USING (position)
  JOIN speaking ON speaking.type = event.type AND speaking.kind = about.kind
  ANTI JOIN counted USING (position)
),
vague AS (
  SELECT 'facility:' || facility_id AS thing, position
  FROM _capacity_term_at(as_of(), known_at())
  WHERE activity_id = $activity_id AND (installed IS NULL OR idle IS NULL)
),
other AS (
  SELECT DISTINCT
    one.kind = 'facility' OR (one.kind = 'project' AND starts_with($figure::VARCHAR, 'pending')) AS is_stated,
    one.thing,
    one.position,
    one.type,
    one.effective,
    one.known_on,
    one.summary,
    CASE WHEN vague.position IS NOT NULL THEN 'not exact'
         ELSE why_invisible(one.known_on, one.known_to, one.superseded_by,
                            effective_day(one.effective_earliest, one.effective_latest), as_of()) END AS reason
  FROM spoken_of AS one
  LEFT JOIN vague ON vague.thing = one.thing AND vague.position = one.position
  -- A statement for another activity of the same place says nothing of this one.
  WHERE one.kind <> 'facility' OR list_contains(one.subjects, 'activity:' || $activity_id)
     OR one.type = 'project_completed'
)
SELECT
  thing, position, type, effective, known_on, summary,
  coalesce(reason, CASE WHEN is_stated AND type <> 'project_cancelled' THEN 'restated since' ELSE 'adds nothing' END) AS reason
FROM other
WHERE reason IS NOT NULL OR thing IN (SELECT unnest($things::VARCHAR[]))
ORDER BY thing, position

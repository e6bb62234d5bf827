/* One row per event about one of the things that adds nothing to the figure, and why not. */
WITH
thing AS (SELECT unnest($things::VARCHAR[]) AS subject),
about AS (
  SELECT subject AS thing, subject FROM thing
  UNION
  SELECT 'facility:' || facility_id, 'project:' || project_id
  FROM project_registration
  WHERE 'facility:' || facility_id IN (FROM thing)
)
SELECT DISTINCT
  about.thing,
  event.position,
  event.type,
  event.effective,
  event.known_on,
  event.summary,
  CASE
    WHEN event.known_to <= known_at() THEN 'superseded by e' || event.superseded_by
    WHEN event.known_on > known_at() THEN 'known only later'
    WHEN effective_day(event.effective_earliest, event.effective_latest) > as_of() THEN 'effective only later'
    ELSE 'restated since'
  END AS reason
FROM about
JOIN event ON list_contains(event.subjects, about.subject)
WHERE event.type = ANY ($types::VARCHAR[]) AND NOT list_contains($positions::BIGINT[], event.position)
ORDER BY about.thing, event.position

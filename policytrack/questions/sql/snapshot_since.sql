/* One row per thing: the last day on which something became known of it, and whether this source said so. */
WITH said AS (
  SELECT unnest(event.subjects) AS subject, event.known_on, event.position
  FROM event
  WHERE event.known_on <= known_at()
)
SELECT
  said.subject,
  max(said.known_on) AS since,
  bool_or(coalesce(coalesce(event_source.publisher, event_source.title) = $who, FALSE)) AS is_of_source
FROM said LEFT JOIN event_source USING (position)
GROUP BY said.subject

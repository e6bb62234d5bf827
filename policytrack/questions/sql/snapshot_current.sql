/* One row per event in force at the day that is about a thing of which this source, or its table, speaks: who said it,
   since when its chain of corrections has been known, what a correction of an error replaced, and what supersedes it
   later. Subjects are `kind:id`. */
WITH RECURSIVE
named AS (
  SELECT position, bool_or(coalesce(publisher, title) = $who) AS is_of_source, min(coalesce(publisher, title)) AS said_by
  FROM event_source
  GROUP BY position
),
spoken AS (
  SELECT subject
  FROM (SELECT unnest($subjects::VARCHAR[]) AS subject
        UNION
        SELECT unnest(event.subjects) FROM event JOIN named USING (position) WHERE named.is_of_source)
  WHERE NOT subject LIKE 'activity:%'
),
about AS (
  SELECT DISTINCT position
  FROM (SELECT position, unnest(subjects) AS subject FROM event) SEMI JOIN spoken USING (subject)
),
current AS (
  SELECT event.*
  FROM event JOIN about USING (position)
  WHERE event.known_on <= known_at() AND event.known_to > known_at()
    AND event.type NOT IN ('event_retracted', 'claim_recorded')
),
chain AS (
  SELECT position, supersedes_id, because = 'error' AS is_by_error, known_on, NULL::BIGINT AS older FROM current
  UNION ALL
  SELECT chain.position, event.supersedes_id, chain.is_by_error AND coalesce(event.because = 'error', FALSE),
         event.known_on, CASE WHEN chain.is_by_error THEN event.position END
  FROM chain JOIN event ON event.event_id = chain.supersedes_id AND event.position < chain.position
),
root AS (
  SELECT position, min(known_on) AS first_known, list(older) FILTER (WHERE older IS NOT NULL) AS corrected
  FROM chain
  GROUP BY position
)
SELECT
  current.position,
  current.type,
  current.subjects,
  coalesce(named.is_of_source, FALSE) AS is_of_source,
  coalesce(named.said_by, 'no source') AS said_by,
  root.first_known,
  coalesce(root.corrected, []) AS corrected,
  current.superseded_by
FROM current JOIN root USING (position) LEFT JOIN named USING (position)
ORDER BY current.position

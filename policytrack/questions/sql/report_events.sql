/* One row per event known at the date, with the sources that it names: of more than $most, those recorded last. With
   $subjects, only events about one of these. */
WITH log AS MATERIALIZED (
  FROM event_log
  WHERE len($subjects::VARCHAR[]) = 0 OR list_has_any($subjects::VARCHAR[], subjects)
  ORDER BY position DESC
  LIMIT $most
),
source AS (
  SELECT
    position,
    list({'title': title, 'publisher': publisher, 'url': url, 'published_on': published_on, 'class': class}
         ORDER BY title, publisher, url) AS sources
  FROM event_source
  WHERE position >= (SELECT min(position) FROM log)
  GROUP BY position
)
SELECT
  log.position,
  log.type,
  log.effective,
  (log.effective_latest - DATE '1970-01-01')::INTEGER AS effective_latest,
  (log.known_on - DATE '1970-01-01')::INTEGER AS known_on,
  log.summary,
  log.subjects,
  log.assertion,
  log.superseded_by,
  coalesce(source.sources, []) AS sources
FROM log
LEFT JOIN source ON source.position = log.position
ORDER BY log.position

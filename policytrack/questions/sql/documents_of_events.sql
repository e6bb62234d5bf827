/* One row per document that one of the events (`subjects`, a JSON list of positions) names, and those events. */
SELECT title, publisher, source.published_on, url, class,
  list_transform(list_sort(list(position)), lambda one: 'event:e' || one) AS about,
  list_sort(list(position)) AS positions
FROM (SELECT * EXCLUDE (positions), unnest(positions) AS position FROM source) AS source
WHERE list_contains(from_json($subjects, '["BIGINT"]'), position)
GROUP BY ALL ORDER BY ALL

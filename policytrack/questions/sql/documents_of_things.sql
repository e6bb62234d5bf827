/* One row per document about one of the things (`subjects`, a JSON list of `kind:id`): what it is, of which of the things
   it speaks, and the events that name it. */
SELECT title, publisher, source.published_on, url, class,
  list_sort(list_distinct(list(subject))) AS about, list_sort(list_distinct(list(position))) AS positions
FROM (SELECT position, unnest(subjects) AS subject FROM event_log) AS named
JOIN (SELECT * EXCLUDE (positions), unnest(positions) AS position FROM source) AS source USING (position)
WHERE list_contains(from_json($subjects, '["VARCHAR"]'), subject)
GROUP BY ALL ORDER BY ALL

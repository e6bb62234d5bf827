/* One row per source that the events about something name, with the events that name it. */
SELECT
  'e' || string_agg(DISTINCT event_source.position, ', e' ORDER BY event_source.position) AS events,
  title, publisher, published_on, class, is_state_affiliated, url
FROM event_source
JOIN event_log ON event_log.position = event_source.position
WHERE list_contains(event_log.subjects, $subject_id::VARCHAR)
GROUP BY title, publisher, published_on, class, is_state_affiliated, url
ORDER BY min(event_source.position), title

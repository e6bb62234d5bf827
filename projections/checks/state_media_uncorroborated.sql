/* Reported only by state media. Severity: warning. One row per source that is state media or speaks for the state, with
   the events in force that no other kind of source confirms. */
WITH alone AS (
  SELECT position
  FROM event_source
  WHERE known_on <= p_known_at AND known_to > p_known_at
    AND position IN (SELECT position FROM event_source WHERE is_state_affiliated) -- most events have no such source
  GROUP BY position
  HAVING bool_and(is_state_affiliated)
)
SELECT
  'source:' || source_key(source.title, source.publisher, source.url) AS subject,
  concat('nothing else confirms ', CASE count(DISTINCT source.position) WHEN 1 THEN 'the event that rests'
         ELSE concat('the ', count(DISTINCT source.position), ' events that rest') END, ' on “', source.title, '”',
         ' (' || source.publisher || ')') AS message,
  list(DISTINCT source.position) AS positions
FROM event_source AS source
JOIN alone ON alone.position = source.position
JOIN event ON event.position = source.position
WHERE effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
GROUP BY source.title, source.publisher, source.url

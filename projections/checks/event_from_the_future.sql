/* An event is known only after the day on which it was recorded. Severity: error. One row per event. */
-- The day of recording is that of UTC: in a zone ahead of it, `known_on` may be the next day.
SELECT
  coalesce(list_filter(subjects, lambda one: NOT starts_with(one, 'activity:'))[1], subjects[1], 'event:' || event_id) AS subject,
  concat(type, ' of ', effective, ' is known only on ', known_on, ', after it was recorded on ', recorded_at::DATE,
         '; until then it counts in no figure') AS message,
  [position] AS positions
FROM event
WHERE known_on > recorded_at::DATE + 1 AND known_on > p_known_at AND known_to > p_known_at AND p_as_of IS NOT NULL

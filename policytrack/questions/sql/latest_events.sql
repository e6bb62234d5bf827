/* One row per event of the last few that the log shows, oldest first. */
SELECT *
FROM event_log
WHERE position IN (
  SELECT position
  FROM event
  WHERE known_on <= known_at() AND effective_day(effective_earliest, effective_latest) <= as_of()
  ORDER BY position DESC
  LIMIT 5
)
ORDER BY position

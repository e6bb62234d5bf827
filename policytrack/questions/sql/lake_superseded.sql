/* One row per event that a later event corrected or retracted. */
SELECT
  position, -- of the event
  known_to, -- first day on which it was no longer in force
  superseded_by -- position of the event that corrected or retracted it
FROM event
WHERE superseded_by IS NOT NULL OR known_to < DATE '9999-12-31'
ORDER BY position

/* The capacity steps of an activity. */
SELECT * EXCLUDE (activity_id) FROM capacity_step WHERE activity_id = $activity ORDER BY ALL

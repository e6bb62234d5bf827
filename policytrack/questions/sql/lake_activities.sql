/* One row per activity with capacity steps. */
SELECT DISTINCT activity_id FROM capacity_step ORDER BY activity_id

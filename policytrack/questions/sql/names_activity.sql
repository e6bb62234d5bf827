/* One row per activity of the ids: its name at the date. */
SELECT activity_id AS id, name FROM activity WHERE list_contains($ids::VARCHAR[], activity_id)

/* One row per facility of the ids: its name at the date. */
SELECT facility_id AS id, name FROM facility WHERE list_contains($ids::VARCHAR[], facility_id)

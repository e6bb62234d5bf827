/* One row per firm of the ids: its name at the date. */
SELECT firm_id AS id, name FROM firm WHERE list_contains($ids::VARCHAR[], firm_id)

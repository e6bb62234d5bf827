/* One row per project of the ids: its name at the date. */
SELECT DISTINCT project_id AS id, name FROM _project_registered_at(as_of(), known_at()) WHERE list_contains($ids::VARCHAR[], project_id)

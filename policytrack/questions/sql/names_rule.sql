/* One row per rule of the ids: its title at the date. */
SELECT DISTINCT rule_id AS id, title AS name FROM _rule_at(as_of(), known_at()) WHERE list_contains($ids::VARCHAR[], rule_id)

/* One row per kind and id of the ids asked for that is registered, as in registered.sql, without names. */
SELECT DISTINCT 'firm' AS kind, firm_id AS id
FROM firm_registration WHERE known_to > known_at() AND list_contains($ids::VARCHAR[], firm_id)
UNION ALL SELECT DISTINCT 'facility', facility_id
FROM facility_registration WHERE known_to > known_at() AND list_contains($ids::VARCHAR[], facility_id)
UNION ALL SELECT DISTINCT 'project', project_id
FROM project_registration WHERE known_to > known_at() AND list_contains($ids::VARCHAR[], project_id)
UNION ALL SELECT DISTINCT 'swap', swap_id
FROM swap_statement WHERE is_announcement AND known_to > known_at() AND list_contains($ids::VARCHAR[], swap_id)
UNION ALL SELECT DISTINCT 'lot', lot_id
FROM lot_recognition WHERE known_to > known_at() AND list_contains($ids::VARCHAR[], lot_id)
UNION ALL SELECT DISTINCT 'rule', rule_id
FROM rule_enactment WHERE known_to > known_at() AND list_contains($ids::VARCHAR[], rule_id)
UNION ALL SELECT DISTINCT 'support', support_id
FROM support_award WHERE known_to > known_at() AND list_contains($ids::VARCHAR[], support_id)
UNION ALL SELECT DISTINCT 'country', country_code FROM support WHERE list_contains($ids::VARCHAR[], country_code)
UNION ALL SELECT 'activity', activity_id FROM activity WHERE list_contains($ids::VARCHAR[], activity_id)
UNION ALL SELECT DISTINCT 'country', country_code FROM facility WHERE list_contains($ids::VARCHAR[], country_code)
UNION ALL SELECT DISTINCT 'region', region_code FROM facility WHERE list_contains($ids::VARCHAR[], region_code)

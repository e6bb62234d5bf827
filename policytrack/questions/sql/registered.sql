/* One row per registered id: what kind of thing it names, and its names. */
SELECT 'firm' AS kind, firm_id AS id, name, list_transform(names, lambda other: other.name) AS names FROM firm
UNION ALL SELECT 'facility', facility_id, name, [] FROM facility
UNION ALL SELECT 'project', project_id, name, [] FROM project_registration WHERE known_to > known_at()
UNION ALL SELECT 'swap', swap_id, swap_id, [] FROM swap_announcement WHERE known_to > known_at()
UNION ALL SELECT 'activity', activity_id, name, [] FROM activity
UNION ALL SELECT DISTINCT 'country', country_code, country_code, [] FROM facility WHERE country_code IS NOT NULL
UNION ALL SELECT DISTINCT 'region', region_code, region_code, [] FROM facility WHERE region_code IS NOT NULL

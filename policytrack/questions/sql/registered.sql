/* One row per registered id: what kind of thing it names, and its names and identifiers. */
SELECT 'firm' AS kind, firm_id AS id, name,
       list_concat(list_transform(names, lambda other: other.name),
                   list_filter([lei, unified_social_credit_code, ticker], lambda identifier: identifier IS NOT NULL)) AS names
FROM firm
UNION ALL SELECT 'facility', facility_id, name, [] FROM facility
UNION ALL SELECT 'project', project_id, name, [] FROM project_registration WHERE known_to > known_at()
UNION ALL SELECT 'swap', swap_id, swap_id, [] FROM swap_statement WHERE is_announcement AND known_to > known_at()
UNION ALL SELECT 'lot', lot_id, lot_id, [] FROM lot_recognition WHERE known_to > known_at()
UNION ALL SELECT 'rule', rule_id, title, [] FROM rule_enactment WHERE known_to > known_at()
UNION ALL SELECT 'quota', quota_id, quota_id, [] FROM quota_issue WHERE known_to > known_at()
UNION ALL SELECT DISTINCT 'support', support_id, support_id, [] FROM support_award WHERE known_to > known_at()
UNION ALL SELECT 'activity', activity_id, name, [] FROM activity
UNION ALL SELECT DISTINCT 'country', country_code, country_code, [] FROM facility WHERE country_code IS NOT NULL
UNION ALL SELECT DISTINCT 'region', region_code, region_code, [] FROM facility WHERE region_code IS NOT NULL

/* One row per registered id: what kind of thing it names, its names and identifiers, and its country. */
SELECT 'firm' AS kind, firm_id AS id, name,
       list_concat(list_transform(names, lambda other: other.name),
                   list_filter([lei, unified_social_credit_code, ticker], lambda identifier: identifier IS NOT NULL)) AS names,
       country_code
FROM firm
UNION ALL SELECT 'facility', facility_id, name, list_transform(names, lambda other: other.name), country_code FROM facility
UNION ALL SELECT 'project', registered.project_id, coalesce(renamed.latest.name, registered.name),
       CASE WHEN renamed.id IS NULL THEN [] ELSE [registered.name] END, NULL
FROM project_registration AS registered
LEFT JOIN _place_renamed_at(as_of(), known_at()) AS renamed ON renamed.kind = 'project' AND renamed.id = registered.project_id
WHERE registered.known_to > known_at()
UNION ALL SELECT 'swap', swap_id, swap_id, [], NULL FROM swap_statement WHERE is_announcement AND known_to > known_at()
UNION ALL SELECT 'lot', lot_id, lot_id, [], NULL FROM lot_recognition WHERE known_to > known_at()
UNION ALL SELECT 'rule', rule_id, title, [], NULL FROM rule_enactment WHERE known_to > known_at()
UNION ALL SELECT 'quota', quota_id, quota_id, [], NULL FROM quota_issue WHERE known_to > known_at()
UNION ALL SELECT DISTINCT 'support', support_id, support_id, [], NULL FROM support_award WHERE known_to > known_at()
UNION ALL SELECT 'activity', activity_id, name, [], NULL FROM activity
UNION ALL SELECT 'field', field_id, name, [], NULL FROM custom_field
UNION ALL SELECT DISTINCT 'country', country_code, country_code, [], NULL FROM facility WHERE country_code IS NOT NULL
UNION ALL SELECT DISTINCT 'region', region_code, region_code, [], NULL FROM facility WHERE region_code IS NOT NULL

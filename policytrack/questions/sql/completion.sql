/* One row per name of a kind that starts with what is typed: what to complete it to, and what to show beside it. */
WITH name AS (
  SELECT 'firm' AS kind, firm_id AS id, name AS shown FROM firm
  UNION ALL SELECT 'facility', facility_id, name FROM facility
  UNION ALL SELECT 'project', project_id, name FROM project_registration WHERE known_to > known_at()
  UNION ALL SELECT 'swap', swap_id, project_id FROM swap_statement WHERE is_announcement AND known_to > known_at()
  UNION ALL SELECT 'lot', lot_id, facility_id FROM lot_recognition WHERE known_to > known_at()
  UNION ALL SELECT 'rule', rule_id, title FROM rule_enactment WHERE known_to > known_at()
  UNION ALL SELECT 'quota', quota_id, concat_ws(' ', year, batch, stage, material, holder_id) FROM quota_issue WHERE known_to > known_at()
  UNION ALL SELECT DISTINCT 'support', support_id, instrument FROM support_award WHERE known_to > known_at()
  UNION ALL SELECT 'check', check_name, sentence FROM known_check
  UNION ALL SELECT 'activity', activity_id, unit FROM activity
  UNION ALL SELECT 'field', field_id || '=', concat_ws(' ', value_type, unit) FROM custom_field
  UNION ALL SELECT 'unit', symbol, dimension FROM unit_registration WHERE known_to > known_at()
  UNION ALL SELECT DISTINCT 'country', country_code, '' FROM facility WHERE country_code IS NOT NULL
  UNION ALL SELECT DISTINCT 'region', region_code, '' FROM facility WHERE region_code IS NOT NULL
  UNION ALL SELECT 'event', 'e' || position, type || ': ' || summary FROM event
)
SELECT DISTINCT id, shown
FROM name
WHERE list_contains($kinds::VARCHAR[], kind) AND starts_with(id, $typed::VARCHAR)
ORDER BY len(id), id
LIMIT 200

/* One row per kind of thing that an id names in any event, whatever the dates: of no other kind does a view have a row. */
SELECT 'firm' AS kind WHERE EXISTS (FROM firm_registration WHERE firm_id = $id::VARCHAR)
UNION ALL SELECT 'facility' WHERE EXISTS (FROM facility_registration WHERE facility_id = $id::VARCHAR)
UNION ALL SELECT 'project' WHERE EXISTS (FROM project_step WHERE project_id = $id::VARCHAR)
UNION ALL SELECT 'swap' WHERE EXISTS (FROM swap_statement WHERE swap_id = $id::VARCHAR)
UNION ALL SELECT 'lot' WHERE EXISTS (FROM lot_recognition WHERE lot_id = $id::VARCHAR)
UNION ALL SELECT 'rule' WHERE EXISTS (FROM rule_enactment WHERE rule_id = $id::VARCHAR)
UNION ALL SELECT 'quota' WHERE EXISTS (FROM quota_issue WHERE quota_id = $id::VARCHAR)

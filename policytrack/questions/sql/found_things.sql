/* One row per firm, facility, project, activity and rule in force of which the id or a name has the text. */
SELECT kind, id, name FROM (
  SELECT 'firm' AS kind, firm_id AS id, name, to_json(names)::VARCHAR AS names FROM firm
  UNION ALL SELECT 'facility', facility_id, name, name FROM facility
  UNION ALL SELECT 'project', project_id, name, name FROM project
  UNION ALL SELECT 'activity', activity_id, name, name FROM activity
  UNION ALL SELECT 'rule', rule_id, title, title FROM policy_in_force
)
WHERE contains(lower(concat_ws(' ', id, name, names)), lower($text))
ORDER BY kind, id

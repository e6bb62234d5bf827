/* One row: a rule that was made by the date, in force or not. */
SELECT
  rule_id, title, kind, jurisdiction, regions, outside_regions, activities, ratio_min::DECIMAL(12, 6) AS ratio_min, exceptions,
  nullif(rule.in_force_from, DATE '0001-01-01') AS in_force_from, in_force_to, rule_stands(as_of(), rule.in_force_from, in_force_to, suspensions) AS is_in_force,
  nullif(list_max(list_transform(suspensions, lambda one: one.until)), DATE '9999-12-31') AS suspended_until,
  document_no, authority
FROM _rule_at(as_of(), known_at()) AS rule
WHERE rule_id = $id::VARCHAR

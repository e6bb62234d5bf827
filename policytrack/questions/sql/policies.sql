/* One row per rule that was made by the date: what it says, and whether it binds. */
SELECT
  rule_id, title, kind, jurisdiction, activities, ratio_min::DECIMAL(12, 6) AS ratio_min, nullif(rule.in_force_from, DATE '0001-01-01') AS in_force_from, in_force_to,
  CASE
    WHEN as_of() < rule.in_force_from THEN 'not yet in force'
    WHEN as_of() > in_force_to THEN 'over'
    WHEN rule_stands(as_of(), rule.in_force_from, in_force_to, suspensions) THEN 'in force'
    ELSE 'suspended'
  END AS status,
  nullif(list_max(list_transform(suspensions, lambda one: one.until)), DATE '9999-12-31') AS suspended_until,
  regions, outside_regions, exceptions, document_no, authority, position
FROM _rule_at(as_of(), known_at()) AS rule
WHERE (len($rule::VARCHAR[]) = 0 OR list_contains($rule::VARCHAR[], rule_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_has_any($activity::VARCHAR[], activities))
  AND (len($jurisdiction::VARCHAR[]) = 0 OR list_contains($jurisdiction::VARCHAR[], jurisdiction))
  AND (len($kind::VARCHAR[]) = 0 OR list_contains($kind::VARCHAR[], kind))
  AND ($all::BOOLEAN OR rule_stands(as_of(), rule.in_force_from, in_force_to, suspensions))
ORDER BY jurisdiction, rule.in_force_from, rule_id

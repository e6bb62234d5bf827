/* A suspended rule is in force again because its suspension ended by its own date. Severity: warning. One row per rule. */
WITH ending AS (
  SELECT rule_id, until, list(position) AS positions
  FROM rule_ending
  WHERE NOT is_repeal AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY rule_id, until
)
SELECT
  'rule:' || rule.rule_id AS subject,
  concat('was suspended until ', rule.suspended_until, ' and binds again; nothing recorded says whether that is meant') AS message,
  list_concat([rule.position], any_value(ending.positions)) AS positions
FROM policy_in_force_at(p_as_of, p_known_at) AS rule
JOIN ending ON ending.rule_id = rule.rule_id AND ending.until = rule.suspended_until
GROUP BY rule.rule_id, rule.suspended_until, rule.position

/* A swap was announced during a moratorium. Severity: error. One row per swap and moratorium. */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat('was announced on ', swap.announced_on, '; moratorium ', rule.rule_id, ' stood since ', rule.in_force_from) AS message,
  list_concat(swap.positions, [rule.position]) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN _swap_rule_at(p_as_of, p_known_at) AS governing
  ON governing.swap_id = swap.swap_id AND governing.kind = 'moratorium' AND governing.applies
JOIN _rule_at(p_as_of, p_known_at) AS rule ON rule.rule_id = governing.rule_id
WHERE list_contains(swap.reasons, 'swap_in_moratorium')

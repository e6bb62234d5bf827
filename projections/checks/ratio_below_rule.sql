/* The ratio of a swap is below the minimum of the rule in force. Severity: error. One row per swap. */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat('retires ', spoken(swap.ratio), ' for 1 built; rule ', swap.rule_id, ' asks for ', spoken(swap.rule_ratio)) AS message,
  list_concat(swap.positions, list_filter([rule.position], lambda position: position IS NOT NULL)) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
LEFT JOIN _rule_at(p_as_of, p_known_at) AS rule ON rule.rule_id = swap.rule_id
WHERE list_contains(swap.reasons, 'ratio_below_rule')

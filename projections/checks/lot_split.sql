/* A swap draws part of a credit lot that the rule forbids to split. Severity: error. One row per swap, lot and rule. */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat('draws ', spoken(draw.capacity), ' of the ', spoken(lot.recognised), ' ', lot.unit, ' of credit lot ', lot.lot_id,
         '; rule ', rule.rule_id, ' forbids to split one') AS message,
  list_concat(swap.positions, [lot.position, rule.position]) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN _lot_draw_at(p_as_of, p_known_at) AS draw ON draw.swap_id = swap.swap_id AND draw.is_kept
JOIN credit_lot_at(p_as_of, p_known_at) AS lot ON lot.lot_id = draw.lot_id AND draw.capacity < lot.recognised
JOIN _swap_rule_at(p_as_of, p_known_at) AS governing
  ON governing.swap_id = swap.swap_id AND governing.kind = 'no_split' AND governing.applies
JOIN _rule_at(p_as_of, p_known_at) AS rule ON rule.rule_id = governing.rule_id
WHERE list_contains(swap.reasons, 'lot_split')

/* The verdict of a swap is uncertain. Severity: warning. One row per swap with a missing or inexact ratio or figure, a
   ratio that is right only by an exception of the rule, or a day or place that does not decide which rule applies. */
WITH uncertain AS (
  SELECT governing.swap_id, string_agg(rule.rule_id, ', ' ORDER BY rule.rule_id) AS rule_ids, list(rule.position) AS positions
  FROM _swap_rule_at(p_as_of, p_known_at) AS governing
  JOIN _rule_at(p_as_of, p_known_at) AS rule ON rule.rule_id = governing.rule_id
  WHERE governing.applies IS NULL AND governing.kind IN ('replacement_ratio', 'moratorium', 'no_split')
  GROUP BY governing.swap_id
)
SELECT
  'swap:' || swap.swap_id AS subject,
  concat_ws('; ',
    CASE WHEN list_contains(swap.reasons, 'build_unknown') THEN 'what it builds has no exact figure' END,
    CASE WHEN list_contains(swap.reasons, 'ratio_unknown')
         THEN CASE WHEN list_contains(swap.reasons, 'rule_uncertain') THEN 'the notice gives no ratio'
                   ELSE 'neither the notice nor a rule gives its ratio' END END,
    CASE WHEN list_contains(swap.reasons, 'rule_uncertain')
         THEN concat('from its day and place it is not certain which of these rules governed it: ', uncertain.rule_ids) END,
    CASE WHEN list_contains(swap.reasons, 'leg_inexact') THEN 'a leg has no exact figure' END,
    CASE WHEN list_contains(swap.reasons, 'exception_needed')
         THEN concat('retires ', spoken(swap.ratio), ' for 1 built, which needs an exception of rule ', swap.rule_id, ' (', spoken(swap.rule_ratio), ')') END
  ) AS message,
  list_concat(swap.positions, CASE WHEN list_contains(swap.reasons, 'rule_uncertain') THEN uncertain.positions ELSE [] END) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
LEFT JOIN uncertain ON uncertain.swap_id = swap.swap_id
WHERE list_has_any(swap.reasons, ['build_unknown', 'ratio_unknown', 'rule_uncertain', 'leg_inexact', 'exception_needed'])

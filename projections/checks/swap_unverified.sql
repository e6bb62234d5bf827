/* A swap cannot be judged. Severity: warning. One row per swap with a ratio or figure that is missing, not exact, or right
   only by an exception of the rule. */
SELECT
  'swap:' || swap_id AS subject,
  concat_ws('; ',
    CASE WHEN list_contains(reasons, 'build_unknown') THEN 'what it builds has no exact figure' END,
    CASE WHEN list_contains(reasons, 'ratio_unknown') THEN 'neither the notice nor a rule gives its ratio' END,
    CASE WHEN list_contains(reasons, 'leg_inexact') THEN 'a leg has no exact figure' END,
    CASE WHEN list_contains(reasons, 'exception_needed')
         THEN concat('retires ', spoken(ratio), ' for 1 built, which needs an exception of rule ', rule_id, ' (', spoken(rule_ratio), ')') END
  ) AS message,
  positions AS positions
FROM capacity_swap_at(p_as_of, p_known_at)
WHERE list_has_any(reasons, ['build_unknown', 'ratio_unknown', 'leg_inexact', 'exception_needed'])

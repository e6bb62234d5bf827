/* One row per swap: the ratio by which it is reckoned, where that comes from, the least that the rules ask for, and what
   others may ask for of which it is not certain that they govern it. */
WITH
terms AS (
  SELECT terms.swap_id, terms.ratio, terms.rule_id, named.kind IS NOT NULL AS names_ratio
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  LEFT JOIN _rule_at(p_as_of, p_known_at) AS named ON named.rule_id = terms.rule_id AND named.kind = 'replacement_ratio'
),
rule AS (
  SELECT
    swap_id,
    max(governing.ratio_min) FILTER (WHERE applies) AS ratio_min,
    arg_max(governing.rule_id, ratio_min) FILTER (WHERE applies) AS rule_id,
    arg_max(exception_ratio_min, ratio_min) FILTER (WHERE applies) AS exception_ratio_min,
    max(governing.ratio_min) FILTER (WHERE applies IS NULL) AS uncertain_ratio
  FROM _swap_rule_at(p_as_of, p_known_at) AS governing
  JOIN terms USING (swap_id)
  WHERE kind = 'replacement_ratio' AND (NOT terms.names_ratio OR governing.rule_id = terms.rule_id)
  GROUP BY swap_id
),
certain AS (
  SELECT *, CASE WHEN coalesce(uncertain_ratio <= ratio_min, TRUE) THEN ratio_min END AS ratio FROM rule
)
SELECT
  terms.swap_id,
  coalesce(terms.ratio, rule.ratio) AS ratio,
  CASE WHEN terms.ratio IS NOT NULL THEN 'stated' WHEN rule.ratio IS NOT NULL THEN 'rule' ELSE 'unknown' END AS ratio_basis,
  coalesce(terms.rule_id, rule.rule_id) AS rule_id,
  rule.ratio_min AS rule_ratio,
  rule.exception_ratio_min AS exception_ratio,
  rule.uncertain_ratio
FROM terms
LEFT JOIN certain AS rule USING (swap_id)

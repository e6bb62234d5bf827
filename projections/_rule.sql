/* One row per rule that was made by the date, in force or not: its terms, its span, and its suspensions. */
WITH
enacted AS (
  SELECT rule_id, arg_max(rule, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS rule
  FROM (
    SELECT rule_enactment AS rule, rule_id, effective_earliest, effective_latest, order_known_on, order_position
    FROM rule_enactment
    WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
      AND known_on <= p_known_at AND known_to > p_known_at
  )
  GROUP BY rule_id
),
ending AS (
  SELECT
    rule_id,
    min(coalesce(in_force_to, greatest(effective_day(effective_earliest, effective_latest), DATE '0001-01-02') - 1)) FILTER (WHERE is_repeal) AS last_day,
    coalesce(list({
      'since': effective_day(effective_earliest, effective_latest), 'until': coalesce(until, DATE '9999-12-31')
    } ORDER BY moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) FILTER (WHERE NOT is_repeal), []) AS suspensions
  FROM rule_ending
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY rule_id
)
SELECT
  rule_id,
  rule.position AS position,
  rule.title AS title,
  rule.document_no AS document_no,
  rule.authority AS authority,
  rule.kind AS kind,
  rule.jurisdiction AS jurisdiction,
  rule.regions AS regions,
  rule.outside_regions AS outside_regions,
  rule.activities AS activities,
  rule.ratio_min AS ratio_min,
  rule.exceptions AS exceptions,
  -- An exception without a ratio asks for nothing.
  list_min(list_transform(rule.exceptions, lambda one: coalesce(one.ratio_min, 0))) AS exception_ratio_min,
  effective_day(coalesce(rule.in_force_from_earliest, DATE '0001-01-01'), rule.in_force_from_latest) AS in_force_from,
  CASE WHEN least(rule.in_force_to, ending.last_day) < DATE '9999-12-31' THEN least(rule.in_force_to, ending.last_day) END AS in_force_to,
  coalesce(ending.suspensions, []) AS suspensions
FROM enacted
LEFT JOIN ending USING (rule_id)

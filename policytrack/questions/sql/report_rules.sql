/* One row per pair of dates, and rule made by then: what it says, and whether it is in force. */
SELECT
  pair.number AS pair,
  {
    'jurisdiction': jurisdiction, 'in_force_from': nullif(in_force_from, DATE '0001-01-01'), 'rule_id': rule_id, 'title': title,
    'kind': kind, 'status': CASE
      WHEN pair.as_of < in_force_from THEN 'not yet in force'
      WHEN pair.as_of > in_force_to THEN 'over'
      WHEN rule_stands(pair.as_of, in_force_from, in_force_to, suspensions) THEN 'in force'
      ELSE 'suspended'
    END,
    'ratio_min': CASE WHEN kind = 'replacement_ratio' THEN coalesce(plain_figure(ratio_min), 'unknown') END, 'in_force_to': in_force_to, 'activities': activities, 'events': 'e' || position
  } AS row
FROM pair, _rule_at(pair.as_of, pair.known_at) AS rule
WHERE (len($activity::VARCHAR[]) = 0 OR list_has_any($activity::VARCHAR[], activities))

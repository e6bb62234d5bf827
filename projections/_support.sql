/* One row per row of an answer (its kind and id) and event that the row rests on. */
SELECT 'event' AS kind, position::VARCHAR AS id, position FROM event
UNION ALL
SELECT DISTINCT 'project', project_id, position
FROM _project_setting_at(p_as_of, p_known_at)
WHERE position IS NOT NULL
  AND field IN ('status', 'capacity_remaining', 'retiring', 'net', 'due', 'investment_amount')
UNION ALL
SELECT 'facility', facility_id || '/' || activity_id, position FROM _capacity_term_at(p_as_of, p_known_at)
UNION ALL
SELECT 'swap', swap_id, position
FROM swap_statement
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of AND known_on <= p_known_at AND known_to > p_known_at
UNION ALL
SELECT 'swap', swap_id, position
FROM swap_outcome
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of AND known_on <= p_known_at AND known_to > p_known_at
UNION ALL
SELECT 'swap', swap_id, position
FROM capacity_move
WHERE type = 'capacity_retired' AND swap_id IS NOT NULL
  AND effective_day(effective_earliest, effective_latest) <= p_as_of AND known_on <= p_known_at AND known_to > p_known_at

/* One row per pair of dates, and capacity swap at it: what must go, what is gone, and the verdict with its reasons. */
SELECT
  pair.number AS pair,
  {
    'announced_on': swap.announced_on, 'swap_id': swap.swap_id, 'project_id': swap.project_id, 'activity_id': swap.activity_id,
    'status': swap.status, 'verdict': swap.verdict, 'reasons': swap.reasons, 'required': swap.required, 'named': swap.named,
    'undisclosed': swap.undisclosed, 'retired': swap.retired, 'owed': swap.owed, 'unit': swap.unit,
    'country_code': facility.country_code
  } AS row
FROM pair, capacity_swap_at(pair.as_of, pair.known_at) AS swap
LEFT JOIN _project_registered_at(as_of(), known_at()) AS registered ON registered.project_id = swap.project_id
LEFT JOIN _facility_registered_at(as_of(), known_at()) AS facility ON facility.facility_id = registered.facility_id
WHERE (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], swap.activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], facility.country_code))

/* One row per pair of dates, and capacity swap at it: what must go, what is gone, and the verdict with its reasons. */
WITH
builder AS (
  SELECT pair.number, registered.project_id, registered.firm_id
  FROM pair, _project_registered_at(pair.as_of, pair.known_at) AS registered
  WHERE len($firm::VARCHAR[]) > 0
),
merged AS (
  SELECT pair.number, firm.firm_id, firm.into_firm_id
  FROM pair, _merged_firm_at(pair.as_of, pair.known_at) AS firm
  WHERE len($firm::VARCHAR[]) > 0
)
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
LEFT JOIN builder ON builder.number = pair.number AND builder.project_id = swap.project_id
LEFT JOIN merged ON merged.number = pair.number AND merged.firm_id = builder.firm_id
WHERE (len($firm::VARCHAR[]) = 0 OR list_has_any($firm::VARCHAR[], [builder.firm_id, merged.into_firm_id]))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], swap.activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], facility.country_code))

/* One row per capacity swap: what must go, what is gone, and the verdict with its reasons. */
SELECT swap.*
FROM capacity_swap AS swap
LEFT JOIN _project_registered_at(as_of(), known_at()) AS registered ON registered.project_id = swap.project_id
LEFT JOIN _merged_firm_at(as_of(), known_at()) AS merged ON merged.firm_id = registered.firm_id
LEFT JOIN facility ON facility.facility_id = registered.facility_id
WHERE (len($swap::VARCHAR[]) = 0 OR list_contains($swap::VARCHAR[], swap.swap_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], swap.activity_id))
  AND (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], swap.project_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], facility.country_code))
  AND (len($firm::VARCHAR[]) = 0 OR list_has_any($firm::VARCHAR[], [registered.firm_id, merged.into_firm_id]))
  AND (len($verdict::VARCHAR[]) = 0 OR list_contains($verdict::VARCHAR[], swap.verdict))
  AND (len($status::VARCHAR[]) = 0 OR list_contains($status::VARCHAR[], swap.status))
ORDER BY swap.announced_on, swap.swap_id

/* One row per project with something still to come: gross, retiring, net, due and slip. */
SELECT *
FROM pending_project
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], region_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm_id))
  AND (len($facility::VARCHAR[]) = 0 OR list_contains($facility::VARCHAR[], facility_id))
  AND (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], project_id))
  AND (len($status::VARCHAR[]) = 0 OR list_contains($status::VARCHAR[], status))
  AND (NOT $overdue::BOOLEAN OR is_overdue)
  AND ($due_before::DATE IS NULL OR due_latest < $due_before::DATE)
  AND (NOT $slipped::BOOLEAN OR slip_days > 0)
ORDER BY due_latest NULLS LAST, project_id

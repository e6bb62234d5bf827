/* One row per planned retirement: what remains to go, and when. */
SELECT *
FROM planned_retirement
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], region_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], operator_id))
  AND (len($facility::VARCHAR[]) = 0 OR list_contains($facility::VARCHAR[], facility_id))
  AND (NOT $overdue::BOOLEAN OR is_overdue)
  AND ($due_before::DATE IS NULL OR due_latest < $due_before::DATE)
ORDER BY due_latest NULLS LAST, facility_id, activity_id, part

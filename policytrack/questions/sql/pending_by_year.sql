/* One row per year due, country and activity: the projects that are due in it, by the last day of their latest dates. Without a
   year: no date is stated, or it is open. */
SELECT
  year(due_latest)::INTEGER AS due_year,
  country_code,
  activity_id,
  unit,
  as_capacity(coalesce(sum(capacity_remaining), 0)) AS gross,
  as_capacity(coalesce(sum(retiring), 0)) AS retiring,
  as_capacity(coalesce(sum(capacity_remaining), 0) - coalesce(sum(retiring), 0)) AS net,
  count(*)::INTEGER AS project_count,
  count(*) FILTER (WHERE capacity_remaining IS NULL OR retiring IS NULL)::INTEGER AS unknown_count,
  count(*) FILTER (WHERE is_overdue)::INTEGER AS overdue_count,
  count(*) FILTER (WHERE slip_days > 0)::INTEGER AS slipped_count,
  max(slip_days) FILTER (WHERE slip_days > 0) AS longest_slip_days
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
GROUP BY due_year, country_code, activity_id, unit
ORDER BY due_year NULLS LAST, country_code, activity_id

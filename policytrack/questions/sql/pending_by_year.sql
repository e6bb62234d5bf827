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
FROM pending
GROUP BY due_year, country_code, activity_id, unit
ORDER BY due_year NULLS LAST, country_code, activity_id

/* One row per country, activity, period and period of knowledge: the steps of report_steps.sql added up, at the ends of months,
   quarters or years. Sums of them are exact at these ends, and at the dates of the report. */
SELECT
  $step AS kind,
  NULL::VARCHAR AS id,
  country_code,
  activity_id,
  (least(CASE $step
    WHEN 'month' THEN last_day(effective_on)
    WHEN 'quarter' THEN last_day(date_trunc('quarter', effective_on)::DATE + INTERVAL 2 MONTH)
    ELSE make_date(year(effective_on), 12, 31) END, as_of()) - DATE '1970-01-01')::INTEGER AS effective_on,
  (least(CASE $step
    WHEN 'month' THEN last_day(known_on)
    WHEN 'quarter' THEN last_day(date_trunc('quarter', known_on)::DATE + INTERVAL 2 MONTH)
    ELSE make_date(year(known_on), 12, 31) END, known_at()) - DATE '1970-01-01')::INTEGER AS known_on,
  NULL::INTEGER AS position,
  (1000 * sum(installed))::BIGINT AS installed,
  (1000 * sum(idle))::BIGINT AS idle,
  (1000 * sum(owed))::BIGINT AS owed,
  (1000 * sum(pending_gross))::BIGINT AS pending_gross,
  (1000 * sum(pending_retiring))::BIGINT AS pending_retiring,
  sum(accounts)::INTEGER AS accounts,
  sum(facilities)::INTEGER AS facilities,
  sum(projects)::INTEGER AS projects,
  sum(unknowns)::INTEGER AS unknowns
FROM capacity_step
WHERE step_counts(dates) AND effective_on <= as_of() AND known_on <= known_at()
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
GROUP BY ALL
ORDER BY country_code, activity_id, known_on, effective_on

/* One row per stage of a support: announced, awarded, disbursed or clawed back. */
SELECT *
FROM support
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], recipient_id))
  AND (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], project_id))
  AND (len($support::VARCHAR[]) = 0 OR list_contains($support::VARCHAR[], support_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($instrument::VARCHAR[]) = 0 OR list_contains($instrument::VARCHAR[], instrument))
  AND (len($support_stage::VARCHAR[]) = 0 OR list_contains($support_stage::VARCHAR[], stage))
  AND (len($jurisdiction::VARCHAR[]) = 0 OR list_contains($jurisdiction::VARCHAR[], jurisdiction))
ORDER BY support_id, since, position

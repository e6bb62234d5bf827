/* One row per country, activity and figure: how much of it depends on weak evidence. */
SELECT *
FROM national_evidence
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
ORDER BY country_code, activity_id, figure

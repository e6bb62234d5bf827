/* One row per unit of a plant, and per plant for what names no unit: what is installed, idle and operating. */
SELECT *
FROM unit_capacity
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], region_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($facility::VARCHAR[]) = 0 OR list_contains($facility::VARCHAR[], facility_id))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], operator_id))
ORDER BY country_code, region_code, facility_id, activity_id, unit_id NULLS LAST

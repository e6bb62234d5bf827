/* One row per region and activity: capacity now, owed and pending. */
SELECT *
FROM regional_capacity
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], region_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
ORDER BY country_code, region_code, activity_id

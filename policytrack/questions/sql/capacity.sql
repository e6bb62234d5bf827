/* One row per country and activity: capacity now, owed and pending. */
SELECT *
FROM national_capacity
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
ORDER BY country_code, activity_id

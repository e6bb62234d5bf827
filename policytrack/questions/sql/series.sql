/* One row per day of a series, country and activity: the national figures as of that day, known at another. */
WITH coordinate AS (
  SELECT unnest($as_of_days::DATE[]) AS as_of_day, unnest($known_at_days::DATE[]) AS known_at_day
)
SELECT coordinate.as_of_day AS as_of, coordinate.known_at_day AS known_at, capacity.*
FROM coordinate, national_capacity_at(coordinate.as_of_day, coordinate.known_at_day) AS capacity
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], capacity.country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], capacity.activity_id))
ORDER BY capacity.country_code, capacity.activity_id, coordinate.as_of_day, coordinate.known_at_day

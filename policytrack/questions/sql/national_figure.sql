/* One row: the figures of a country and activity. */
SELECT *
FROM national_capacity
WHERE country_code = $country_code AND activity_id = $activity_id

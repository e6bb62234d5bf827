/* One row: how many facilities of a country and activity have a figure that is not exact. */
SELECT coalesce(sum(unknowns), 0) AS unknown_count
FROM capacity_step
WHERE kind = 'facility' AND country_code = $country_code AND activity_id = $activity_id
  AND effective_on <= as_of() AND known_on <= known_at() AND step_counts(dates)

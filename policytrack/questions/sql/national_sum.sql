/* One row: the figures of a country and activity that are sums of steps, without the ends of what is not exact. */
SELECT
  activity.unit,
  as_capacity(step.installed) AS installed,
  as_capacity(step.idle) AS idle,
  as_capacity(step.installed - step.idle) AS operating,
  as_capacity(step.owed) AS owed_retirement,
  as_capacity(step.installed - step.idle - step.owed) AS net,
  as_capacity(step.pending_gross) AS pending_gross,
  as_capacity(step.pending_retiring) AS pending_retiring,
  as_capacity(step.pending_gross - step.pending_retiring) AS pending_net
FROM _national_sum_at(as_of(), known_at()) AS step
LEFT JOIN activity_at(as_of(), known_at()) AS activity USING (activity_id)
WHERE step.country_code = $country_code AND step.activity_id = $activity_id

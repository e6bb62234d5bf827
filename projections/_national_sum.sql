/* One row per country and activity with capacity or pending projects: the sums of its steps. national_capacity adds the ends
   of what is not exact and what is planned to be retired, which take longer than these sums. */
SELECT
  country_code, activity_id, sum(installed) AS installed, sum(installed_low) AS installed_low,
  sum(installed_high) AS installed_high, sum(high_open) AS high_open, sum(idle) AS idle, sum(owed) AS owed,
  sum(pending_gross) AS pending_gross, sum(pending_retiring) AS pending_retiring, sum(facilities) AS facilities,
  sum(projects) AS projects, sum(unknowns) AS unknowns, sum(retiring_open) AS retiring_open
FROM capacity_step
WHERE effective_on <= p_as_of AND known_on <= p_known_at AND step_counts(dates)
GROUP BY country_code, activity_id
HAVING sum(accounts) > 0

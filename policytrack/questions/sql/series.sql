/* One row per day of a series, country and activity: the national figures as of that day, known at another. Neither kind of
   day goes back along a series, so that a step counts from one point of it on: what each point adds, then running sums. */
WITH
point AS (
  SELECT row_number() OVER () AS point, as_of_day, known_at_day
  FROM (SELECT unnest($as_of_days::DATE[]) AS as_of_day, unnest($known_at_days::DATE[]) AS known_at_day)
),
step AS (
  FROM capacity_step
  WHERE step_counts(dates)
    AND effective_on <= list_last($as_of_days::DATE[]) AND known_on <= list_last($known_at_days::DATE[])
    AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
    AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
),
-- Of a few thousand days each, not of each step: from which point on what happened, or became known, that day counts.
happened AS (
  SELECT day, min(point) AS point
  FROM (SELECT DISTINCT effective_on AS day FROM step) JOIN point ON as_of_day >= day
  GROUP BY day
),
learned AS (
  SELECT day, min(point) AS point
  FROM (SELECT DISTINCT known_on AS day FROM step) JOIN point ON known_at_day >= day
  GROUP BY day
),
added AS (
  SELECT
    country_code, activity_id, greatest(happened.point, learned.point) AS point, sum(accounts) AS accounts,
    sum(installed) AS installed, sum(installed_low) AS installed_low, sum(installed_high) AS installed_high,
    sum(high_open) AS high_open, sum(idle) AS idle, sum(owed) AS owed, sum(pending_gross) AS pending_gross,
    sum(pending_retiring) AS pending_retiring, sum(facilities) AS facilities, sum(projects) AS projects,
    sum(unknowns) AS unknowns
  FROM step
  JOIN happened ON happened.day = step.effective_on
  JOIN learned ON learned.day = step.known_on
  GROUP BY ALL
),
figure AS (
  SELECT
    grid.country_code, grid.activity_id, grid.point, sum(accounts) OVER earlier AS accounts,
    sum(installed) OVER earlier AS installed, sum(installed_low) OVER earlier AS installed_low,
    sum(installed_high) OVER earlier AS installed_high, sum(high_open) OVER earlier AS high_open,
    sum(idle) OVER earlier AS idle, sum(owed) OVER earlier AS owed, sum(pending_gross) OVER earlier AS pending_gross,
    sum(pending_retiring) OVER earlier AS pending_retiring, sum(facilities) OVER earlier AS facilities,
    sum(projects) OVER earlier AS projects, sum(unknowns) OVER earlier AS unknowns
  FROM (SELECT DISTINCT country_code, activity_id, point.point FROM added CROSS JOIN point) AS grid
  LEFT JOIN added
    ON added.country_code IS NOT DISTINCT FROM grid.country_code
    AND added.activity_id IS NOT DISTINCT FROM grid.activity_id AND added.point = grid.point
  WINDOW earlier AS (PARTITION BY grid.country_code, grid.activity_id ORDER BY grid.point ROWS UNBOUNDED PRECEDING)
)
SELECT
  point.as_of_day AS as_of,
  point.known_at_day AS known_at,
  country_code,
  activity_id,
  activity.unit AS unit,
  as_capacity(installed) AS installed,
  as_capacity(idle) AS idle,
  as_capacity(installed - idle) AS operating,
  as_capacity(owed) AS owed_retirement,
  as_capacity(installed - idle - owed) AS net,
  as_capacity(pending_gross) AS pending_gross,
  as_capacity(pending_retiring) AS pending_retiring,
  as_capacity(pending_gross - pending_retiring) AS pending_net,
  facilities::INTEGER AS facility_count,
  projects::INTEGER AS project_count,
  unknowns::INTEGER AS unknown_count,
  as_capacity(installed_low) AS installed_low,
  as_capacity(CASE WHEN high_open = 0 THEN installed_high END) AS installed_high
FROM figure
JOIN point USING (point)
LEFT JOIN activity USING (activity_id)
WHERE accounts > 0
ORDER BY country_code, activity_id, point.as_of_day, point.known_at_day

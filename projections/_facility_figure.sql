/* One row per facility and activity: its figures, without its names and its place. A sum with a part that is not exact is
   not exact: the figure is NULL then, and what is installed has bounds. A nation counts the exact parts of it, as far as
   they are surely there (`counted_…`). So a plant of at least 20,000 that retires 20,000 has 0 or more, not -20,000.
   The limits are how far what is counted differs from the sum of the exact parts. */
WITH
figure AS (
  SELECT
    facility_id,
    activity_id,
    coalesce(sum(installed), 0) AS installed_part,
    count(installed) = count(*) AS is_installed_exact,
    CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) END AS installed_low,
    CASE WHEN count(installed_high) = count(*) THEN sum(installed_high) END AS installed_high,
    coalesce(sum(idle), 0) AS idle_part,
    count(idle) = count(*) AS is_idle_exact,
    count(*) FILTER (WHERE installed IS NULL OR idle IS NULL) AS unknown_count,
    max(happened_on) FILTER (WHERE is_statement) AS last_stated_on
  FROM _capacity_term_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id
),
-- What is exact may be below zero, where a retirement was known before anybody said what stood there; a bound may not.
bounded AS (
  SELECT
    facility_id, activity_id, installed_part, is_installed_exact, idle_part, is_idle_exact, unknown_count, last_stated_on,
    CASE WHEN is_installed_exact THEN installed_low ELSE greatest(0, installed_low) END AS installed_low,
    CASE WHEN is_installed_exact THEN installed_high ELSE at_least_zero(installed_high) END AS installed_high
  FROM figure
),
counted AS (
  SELECT
    *,
    CASE WHEN is_installed_exact THEN installed_part ELSE greatest(0, least(installed_part, installed_low)) END AS counted_installed
  FROM bounded
),
-- least() passes over what is unknown: idle capacity is limited by what is installed at most.
limited AS (
  SELECT
    *,
    CASE WHEN is_installed_exact THEN installed_part END AS installed,
    CASE WHEN is_idle_exact THEN greatest(0, least(idle_part, installed_high)) END AS idle,
    greatest(0, least(idle_part, counted_installed)) AS counted_idle
  FROM counted
)
SELECT
  facility_id,
  activity_id,
  as_capacity(installed) AS installed,
  as_capacity(idle) AS idle,
  as_capacity(installed - idle) AS operating,
  last_stated_on,
  unknown_count::INTEGER AS unknown_count,
  as_capacity(installed_low) AS installed_low,
  as_capacity(installed_high) AS installed_high,
  as_capacity(counted_installed) AS counted_installed,
  as_capacity(counted_idle) AS counted_idle,
  as_capacity(counted_installed - counted_idle) AS counted_operating,
  as_capacity(counted_installed - installed_part) AS installed_limit,
  as_capacity(counted_idle - idle_part) AS idle_limit
FROM limited

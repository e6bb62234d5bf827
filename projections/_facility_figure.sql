/* One row per facility and activity: its figures, without its names and its place. */
WITH figure AS (
  SELECT
    facility_id,
    activity_id,
    coalesce(sum(installed), 0) AS installed,
    CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) END AS installed_low,
    CASE WHEN count(installed_high) = count(*) THEN sum(installed_high) END AS installed_high,
    coalesce(sum(idle), 0) AS idle,
    count(*) FILTER (WHERE installed IS NULL OR idle IS NULL) AS unknown_count,
    max(happened_on) FILTER (WHERE is_statement) AS last_stated_on
  FROM _capacity_term_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id
)
SELECT
  facility_id,
  activity_id,
  as_capacity(installed) AS installed,
  as_capacity(greatest(0, least(idle, installed))) AS idle,
  as_capacity(installed - greatest(0, least(idle, installed))) AS operating,
  last_stated_on,
  unknown_count::INTEGER AS unknown_count,
  as_capacity(installed_low) AS installed_low,
  as_capacity(installed_high) AS installed_high
FROM figure

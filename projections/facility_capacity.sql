/* One row per facility and activity: what is installed, what of it stands idle, and what operates. Each facility
   stands here once, whoever owns it. */
WITH figure AS (
  SELECT
    facility_id,
    activity_id,
    coalesce(sum(installed), 0) AS installed,
    CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) END AS installed_low,
    CASE WHEN count(installed_high) = count(*) THEN sum(installed_high) END AS installed_high,
    coalesce(sum(idle), 0) AS idle,
    count(*) FILTER (WHERE installed IS NULL OR idle IS NULL) AS unknown_count,
    max(day) FILTER (WHERE is_statement) AS last_stated_on
  FROM _capacity_term_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id
)
SELECT
  figure.facility_id AS facility_id, -- the facility
  facility.name AS name, -- its name
  facility.operator_id AS operator_id, -- firm that runs it
  facility.country_code AS country_code, -- ISO 3166-1
  facility.region_code AS region_code, -- ISO 3166-2
  figure.activity_id AS activity_id, -- what the capacity makes
  activity.unit AS unit, -- unit of the figures
  as_capacity(figure.installed) AS installed, -- last stated, plus completions, minus retirements since
  as_capacity(greatest(0, least(figure.idle, figure.installed))) AS idle, -- stands idle; between 0 and what is installed
  as_capacity(figure.installed - greatest(0, least(figure.idle, figure.installed))) AS operating, -- installed minus idle
  figure.last_stated_on AS last_stated_on, -- day of the last statement that counts
  figure.unknown_count::INTEGER AS unknown_count, -- number of events whose figure is not exact and is left out
  as_capacity(figure.installed_low) AS installed_low, -- installed is at least this; NULL when nothing bounds it
  as_capacity(figure.installed_high) AS installed_high -- installed is at most this; NULL when nothing bounds it
FROM figure
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

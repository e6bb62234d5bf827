/* One row per unit of a plant: its installed, idle and operating capacity; and one per facility and activity for what names no
   unit. The rows of a facility and activity add up to its row of facility_capacity. */
WITH
term AS (
  SELECT
    facility_id, activity_id, unit_id,
    coalesce(sum(installed), 0) AS installed_part,
    count(installed) = count(*) AS is_installed_exact,
    CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) END AS installed_low,
    CASE WHEN count(installed_high) = count(*) THEN sum(installed_high) END AS installed_high,
    CASE WHEN count(idle) = count(*) THEN sum(idle) END AS idle,
    count(*) FILTER (WHERE installed IS NULL OR idle IS NULL) AS unknown_count,
    max(happened_on) FILTER (WHERE is_statement) AS last_stated_on,
    list_sort(list(DISTINCT position)) AS positions
  FROM _capacity_term_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id, unit_id
)
SELECT
  term.facility_id AS facility_id, -- the facility
  facility.name AS name, -- its name
  facility.operator_id AS operator_id, -- firm that runs it
  facility.country_code AS country_code, -- ISO 3166-1
  facility.region_code AS region_code, -- ISO 3166-2
  term.activity_id AS activity_id, -- activity of the capacity
  term.unit_id AS unit_id, -- the furnace, line, reactor or block; NULL for what names none
  activity.unit AS unit, -- unit of the figures
  as_capacity(CASE WHEN is_installed_exact THEN installed_part END) AS installed, -- its last statement, plus completions, minus retirements since; NULL if a part is not exact
  as_capacity(term.idle) AS idle, -- idle capacity as stated; NULL if a part is not exact
  as_capacity(CASE WHEN is_installed_exact THEN installed_part - term.idle END) AS operating, -- installed minus idle; NULL if either is not exact
  term.last_stated_on AS last_stated_on, -- day of the last statement that counts
  term.unknown_count::INTEGER AS unknown_count, -- number of events whose figure is not exact
  as_capacity(CASE WHEN is_installed_exact THEN term.installed_low ELSE greatest(0, term.installed_low) END) AS installed_low, -- installed is at least this
  as_capacity(CASE WHEN is_installed_exact THEN term.installed_high ELSE at_least_zero(term.installed_high) END) AS installed_high, -- installed is at most this; NULL when nothing bounds it
  term.positions AS positions -- the events that count, by their positions
FROM term
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

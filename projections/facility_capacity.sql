/* One row per facility and activity: installed, idle and operating capacity. Each facility counts once, for any number
   of owners. */
SELECT
  figure.facility_id AS facility_id, -- the facility
  facility.name AS name, -- its name
  facility.operator_id AS operator_id, -- firm that runs it
  facility.country_code AS country_code, -- ISO 3166-1
  facility.region_code AS region_code, -- ISO 3166-2
  figure.activity_id AS activity_id, -- activity of the capacity
  activity.unit AS unit, -- unit of the figures
  figure.installed AS installed, -- last statement, plus completions, minus retirements since; NULL if a part is not exact
  figure.idle AS idle, -- idle capacity, between 0 and installed; NULL if a part is not exact
  figure.operating AS operating, -- installed minus idle; NULL if either is not exact
  figure.last_stated_on AS last_stated_on, -- day of the last statement that counts
  figure.unknown_count AS unknown_count, -- number of events whose figure is not exact
  figure.installed_low AS installed_low, -- installed is at least this
  figure.installed_high AS installed_high, -- installed is at most this; NULL when nothing bounds it
  CASE WHEN planned.facility_id IS NULL THEN 0 WHEN planned.low = planned.high THEN as_capacity(planned.low) END AS planned_retirement -- installed capacity that is announced to be retired; NULL when not exact
FROM _facility_figure_at(p_as_of, p_known_at) AS figure
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
LEFT JOIN _planned_retirement_at(p_as_of, p_known_at) AS planned USING (facility_id, activity_id)

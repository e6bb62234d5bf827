/* The capacity of a country is not the sum of its facilities, each counted once. Severity: error. One row per country and activity. */
WITH
once AS (
  SELECT facility.country_code, figure.activity_id, sum(figure.counted_installed) AS installed
  FROM _facility_figure_at(p_as_of, p_known_at) AS figure
  LEFT JOIN (SELECT DISTINCT facility_id, country_code FROM _facility_registered_at(p_as_of, p_known_at)) AS facility USING (facility_id)
  GROUP BY facility.country_code, figure.activity_id
),
event AS (
  SELECT facility.country_code, term.activity_id, list(DISTINCT term.position) AS positions
  FROM _capacity_term_at(p_as_of, p_known_at) AS term
  LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility ON facility.facility_id = term.facility_id
  GROUP BY facility.country_code, term.activity_id
)
SELECT
  concat('country:', nation.country_code) AS subject,
  concat(spoken(nation.installed), ' ', nation.unit, ' of ', nation.activity_id, ' nationally; the facilities add up to ',
         spoken(coalesce(once.installed, 0))) AS message,
  coalesce(event.positions, []) AS positions
FROM national_capacity_at(p_as_of, p_known_at) AS nation
LEFT JOIN once ON once.country_code IS NOT DISTINCT FROM nation.country_code AND once.activity_id = nation.activity_id
LEFT JOIN event ON event.country_code IS NOT DISTINCT FROM nation.country_code AND event.activity_id = nation.activity_id
WHERE nation.installed <> coalesce(once.installed, 0)

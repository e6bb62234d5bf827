/* One row per registered facility: a place with capacity. */
SELECT
  registered.facility_id AS facility_id, -- id of the facility
  registered.name AS name, -- its name
  registered.names AS names, -- other names
  registered.country_code AS country_code, -- ISO 3166-1
  registered.region_code AS region_code, -- ISO 3166-2
  coalesce(merged.into_firm_id, run_by.latest.operator_id, registered.operator_id) AS operator_id, -- firm that runs it as of the date, after transfers and mergers
  registered.latitude AS latitude, -- degrees north
  registered.longitude AS longitude -- degrees east
FROM _facility_registered_at(p_as_of, p_known_at) AS registered
LEFT JOIN _facility_operator_at(p_as_of, p_known_at) AS run_by USING (facility_id)
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged
  ON merged.firm_id = coalesce(run_by.latest.operator_id, registered.operator_id)

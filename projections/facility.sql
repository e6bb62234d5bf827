/* One row per registered facility: a place with capacity. */
SELECT
  registered.facility_id AS facility_id, -- id of the facility
  coalesce(renamed.latest.name, registered.name) AS name, -- its name as of the date
  CASE WHEN renamed.id IS NULL THEN registered.names
       ELSE list_concat(coalesce(renamed.latest.names, []), [{'language': 'former', 'name': registered.name}],
                        coalesce(registered.names, [])) END AS names, -- names in other languages, and the one before it was renamed
  registered.country_code AS country_code, -- ISO 3166-1
  registered.region_code AS region_code, -- ISO 3166-2
  CASE WHEN dissolved.firm_id IS NULL
       THEN coalesce(merged.into_firm_id, run_by.latest.operator_id, registered.operator_id) END AS operator_id, -- firm that runs it as of the date, after transfers and mergers; NULL after its venture was dissolved
  registered.latitude AS latitude, -- degrees north
  registered.longitude AS longitude -- degrees east
FROM _facility_registered_at(p_as_of, p_known_at) AS registered
LEFT JOIN _facility_operator_at(p_as_of, p_known_at) AS run_by USING (facility_id)
LEFT JOIN _place_renamed_at(p_as_of, p_known_at) AS renamed ON renamed.kind = 'facility' AND renamed.id = registered.facility_id
LEFT JOIN _dissolved_venture_at(p_as_of, p_known_at) AS dissolved
  ON dissolved.firm_id = coalesce(run_by.latest.operator_id, registered.operator_id)
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged
  ON merged.firm_id = coalesce(run_by.latest.operator_id, registered.operator_id)

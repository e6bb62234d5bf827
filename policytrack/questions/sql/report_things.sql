/* One row per facility and project in the ledger, with its name and what belongs to it. */
SELECT
  'facility' AS kind, facility_id AS id, name, country_code, region_code, NULL AS activity_id, NULL AS facility_id,
  operator_id AS firm_id, latitude::VARCHAR AS latitude, longitude::VARCHAR AS longitude
FROM facility
UNION ALL
SELECT
  'project', project.project_id, coalesce(renamed.latest.name, project.name), facility.country_code, facility.region_code, project.activity_id,
  project.facility_id, coalesce(built_by.latest.firm_id, project.firm_id), NULL, NULL
FROM _project_registered_at(as_of(), known_at()) AS project
LEFT JOIN _project_builder_at(as_of(), known_at()) AS built_by ON built_by.project_id = project.project_id
LEFT JOIN _place_renamed_at(as_of(), known_at()) AS renamed ON renamed.kind = 'project' AND renamed.id = project.project_id
LEFT JOIN facility ON facility.facility_id = project.facility_id
ORDER BY kind, id

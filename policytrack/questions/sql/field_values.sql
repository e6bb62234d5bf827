/* One row per firm, facility or project and wanted custom field: its value. A project that does not state a field has the value of
   its facility. */
WITH
stated AS MATERIALIZED (
  SELECT kind, id, field_id, value, number FROM custom_field_value
  WHERE list_contains(list_transform($wanted::VARCHAR[], lambda one: split_part(one, '=', 1)), field_id)
)
SELECT id, field_id, value, number FROM stated WHERE kind = $of_kind::VARCHAR
UNION ALL
SELECT project.project_id, stated.field_id, stated.value, stated.number
FROM _project_registered_at(as_of(), known_at()) AS project
JOIN stated ON stated.kind = 'facility' AND stated.id = project.facility_id
WHERE $of_kind::VARCHAR = 'project'
  AND NOT EXISTS (FROM stated AS own WHERE own.kind = 'project' AND own.id = project.project_id AND own.field_id = stated.field_id)

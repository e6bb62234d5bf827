/* One row per project with a step on or before the date: what news compares of it on two days. The columns are those of
   _project_row.sql, which also computes what is pending and what is to be retired for it. */
SELECT
  span.project_id,
  span.status,
  as_capacity(span.planned) AS capacity_planned,
  due.due,
  nullif(due.due_latest, DATE '9999-12-31') AS due_latest,
  coalesce(merged.into_firm_id, built_by.latest.firm_id, registered.firm_id) AS firm_id,
  registered.facility_id,
  activity.unit
FROM _current_span_at(p_as_of, p_known_at) AS span
LEFT JOIN project_step AS due ON due.position = span.due_position
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered ON registered.project_id = span.project_id
LEFT JOIN _project_builder_at(p_as_of, p_known_at) AS built_by ON built_by.project_id = span.project_id
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged
  ON merged.firm_id = coalesce(built_by.latest.firm_id, registered.firm_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = registered.activity_id

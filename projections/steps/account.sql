/* One row per facility and activity whose steps are to be worked out, with a number; '' where neither is known. */
SELECT row_number() OVER ()::INTEGER AS account, facility_id, activity_id
FROM (
  SELECT facility_id, activity_id FROM capacity_statement SEMI JOIN step_facility USING (facility_id)
  UNION SELECT facility_id, activity_id FROM capacity_move SEMI JOIN step_facility USING (facility_id)
  UNION SELECT facility_id, activity_id FROM project_stand SEMI JOIN step_facility USING (facility_id)
  UNION SELECT facility_id, '' FROM step_facility WHERE facility_id = ''
)

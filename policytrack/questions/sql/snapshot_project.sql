/* One row per project: where it stands, its plan as last stated, and its steps that stand, in their order. */
WITH step AS (
  SELECT project_step.project_id,
         list({'step': step, 'event_id': event.event_id::VARCHAR}
              ORDER BY moment(effective_day(project_step.effective_earliest, project_step.effective_latest), project_step.order_known_on, project_step.order_position)) AS steps,
         -- As a code: two wordings of one date are no change.
         arg_max(due_edtf, moment(effective_day(project_step.effective_earliest, project_step.effective_latest),
                                  project_step.order_known_on, project_step.order_position))
           FILTER (WHERE due_edtf IS NOT NULL) AS due_edtf
  FROM project_step JOIN event USING (position)
  WHERE project_step.known_on <= known_at() AND project_step.known_to > known_at()
    AND effective_day(project_step.effective_earliest, project_step.effective_latest) <= as_of()
  GROUP BY project_step.project_id
)
SELECT project_id, facility_id, activity_id, CASE status WHEN 'built_not_commissioned' THEN 'cancelled' ELSE status END AS status, capacity_planned, capacity_completed, readable_date(due_edtf) AS due, steps
FROM project JOIN step USING (project_id)

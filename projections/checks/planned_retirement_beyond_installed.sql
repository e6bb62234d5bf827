/* More capacity is planned to be retired than is installed. Severity: warning. One row per facility and activity. */
SELECT
  'facility:' || planned.facility_id AS subject,
  concat(spoken(planned.low), ' of ', planned.activity_id, ' is planned to be retired, and ',
         CASE WHEN installed.facility_id IS NULL THEN 'no installed capacity is recorded'
              ELSE spoken(installed.installed_high) || ' is installed' END) AS message,
  plan.positions AS positions
FROM _planned_retirement_at(p_as_of, p_known_at) AS planned
JOIN (
  SELECT facility_id, activity_id, list(DISTINCT position) AS positions
  FROM _retirement_plan_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id
) AS plan USING (facility_id, activity_id)
LEFT JOIN _facility_figure_at(p_as_of, p_known_at) AS installed USING (facility_id, activity_id)
WHERE planned.low > 0
  AND (installed.facility_id IS NULL OR planned.low > installed.installed_high)

/* Planned retirement overdue. Severity: warning. One row per facility, activity and date. */
SELECT
  'facility:' || planned.facility_id AS subject,
  concat(coalesce(spoken_span(planned.remaining_low, planned.remaining_high) || ' ' || planned.unit, 'an unknown capacity'), ' of ', planned.activity_id,
         coalesce(' (' || planned.part || ')', ''), ' was to be retired by ', planned.due, ' and is not recorded as retired') AS message,
  [planned.position] AS positions
FROM planned_retirement_at(p_as_of, p_known_at) AS planned
WHERE planned.is_overdue

/* Capacity counts at a facility that no event in force registers. Severity: error. One row per facility and activity. */
SELECT
  'facility:' || term.facility_id AS subject,
  concat(spoken(sum(term.installed)), ' ', any_value(activity.unit), ' of ', term.activity_id,
         ' counts in no country: register ', term.facility_id, ', or retract its events') AS message,
  list(DISTINCT term.position) AS positions
FROM _capacity_term_at(p_as_of, p_known_at) AS term
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = term.activity_id
ANTI JOIN _facility_registered_at(p_as_of, p_known_at) AS facility ON facility.facility_id = term.facility_id
WHERE term.facility_id IS NOT NULL
GROUP BY term.facility_id, term.activity_id

/* More capacity is idle at a facility than is installed there. Severity: error. Asked at recording.
   One row per facility and activity; the figures show at most the installed capacity as idle. */
WITH
summed AS (
  SELECT
    facility_id, activity_id, sum(idle) AS idle,
    list_sort(list_distinct(list(position) FILTER (WHERE is_statement OR installed IS DISTINCT FROM 0 OR idle <> 0))) AS positions
  FROM _capacity_term_at(p_as_of, p_known_at) SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  GROUP BY facility_id, activity_id
  HAVING count(idle) = count(*)
)
SELECT
  'facility:' || summed.facility_id AS subject,
  concat(spoken(summed.idle), ' ', activity.unit, ' of ', summed.activity_id, ' idle; ',
         CASE WHEN shown.installed IS NULL THEN 'at most ' ELSE '' END,
         spoken(at_least_zero(shown.installed_high)), ' is installed') AS message,
  summed.positions AS positions
FROM summed
JOIN _facility_figure_at(p_as_of, p_known_at) AS shown USING (facility_id, activity_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = summed.activity_id
WHERE summed.idle > at_least_zero(shown.installed_high)

/* One row per facility, activity and date on which capacity is planned to be retired, as announced and not withdrawn, until it
   is retired. It stays installed until then. */
SELECT
  phase.facility_id AS facility_id, -- the facility
  facility.name AS name, -- its name
  facility.operator_id AS operator_id, -- firm that runs it
  facility.country_code AS country_code, -- ISO 3166-1
  facility.region_code AS region_code, -- ISO 3166-2
  phase.activity_id AS activity_id, -- activity of the capacity
  phase.phase_name AS part, -- the furnace, line or block that goes, where the source names it
  activity.unit AS unit, -- unit of the figures
  phase.capacity AS announced, -- capacity to be retired, as announced; NULL when not exact
  CASE WHEN phase.remaining_low = phase.remaining_high THEN phase.remaining_low END AS remaining, -- announced, minus retirements since; NULL when not exact
  phase.remaining_low AS remaining_low, -- at least this
  phase.remaining_high AS remaining_high, -- at most this; NULL when nothing bounds it
  phase.due AS due, -- when it is to go, as the source wrote it
  nullif(phase.due_earliest, DATE '0001-01-01') AS due_earliest, -- first day of that
  nullif(phase.due_latest, DATE '9999-12-31') AS due_latest, -- last day of that
  coalesce(phase.due_latest < p_as_of, FALSE) AS is_overdue, -- whether the date has passed
  phase.reason AS reason, -- why, as the source states it
  phase.position AS position -- the event that announced it
FROM _planned_phase_at(p_as_of, p_known_at) AS phase
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
WHERE phase.remaining_high IS NULL OR phase.remaining_high > 0

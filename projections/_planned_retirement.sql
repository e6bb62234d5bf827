/* One row per facility and activity of whose capacity some is planned to go: how much, at least and at most, and where. */
WITH plan AS (
  SELECT
    facility_id, activity_id, sum(remaining_low) AS low,
    CASE WHEN count(remaining_high) = count(*) THEN sum(remaining_high) END AS high
  FROM _planned_phase_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id
)
SELECT plan.facility_id, registered.country_code, registered.region_code, plan.activity_id, plan.low, plan.high
FROM plan
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS registered USING (facility_id)

/* One row per facility and activity of whose capacity some is planned to go: how much, at least and at most, and where. The
   sums of _planned_phase.sql, computed without its phases, because every national figure has this one beside it. */
WITH
announced AS (
  SELECT
    facility_id, activity_id,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened,
    any_value(is_withdrawal) AS is_withdrawal,
    sum(capacity_low) AS low,
    CASE WHEN count(capacity_high) = count(*) THEN sum(capacity_high) END AS high
  FROM retirement_plan
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY facility_id, activity_id, happened
),
plan AS (
  SELECT
    facility_id, activity_id, max(happened) AS happened,
    arg_max({'is_withdrawal': is_withdrawal, 'low': low, 'high': high}, happened) AS latest
  FROM announced
  GROUP BY facility_id, activity_id
)
SELECT
  plan.facility_id,
  any_value(registered.country_code) AS country_code,
  any_value(registered.region_code) AS region_code,
  plan.activity_id,
  CASE WHEN count(*) FILTER (WHERE move.position IS NOT NULL AND move.installed_change_low IS NULL) > 0 THEN 0
       ELSE greatest(0, any_value(plan.latest.low) + coalesce(sum(move.installed_change_low), 0)) END AS low,
  at_least_zero(any_value(plan.latest.high) + coalesce(sum(move.installed_change_high), 0)) AS high
FROM plan
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS registered USING (facility_id)
LEFT JOIN capacity_move AS move
  ON move.facility_id = plan.facility_id AND move.activity_id = plan.activity_id AND move.type = 'capacity_retired'
  AND effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
  AND move.known_on <= p_known_at AND move.known_to > p_known_at
  AND moment(effective_day(move.effective_earliest, move.effective_latest), move.order_known_on, move.order_position) > plan.happened
WHERE NOT plan.latest.is_withdrawal
GROUP BY plan.facility_id, plan.activity_id

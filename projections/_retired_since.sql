/* One row per retirement that counts towards a plan to retire capacity: it came after the announcement, and whatever it names
   as its reason, so much less remains to go. */
SELECT
  plan.facility_id, plan.activity_id, move.position, move.capacity,
  -move.installed_change_high AS capacity_low, -move.installed_change_low AS capacity_high
FROM (SELECT DISTINCT facility_id, activity_id, happened FROM _retirement_plan_at(p_as_of, p_known_at)) AS plan
JOIN capacity_move AS move ON move.facility_id = plan.facility_id AND move.activity_id = plan.activity_id
WHERE move.type = 'capacity_retired'
  AND effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
  AND move.known_on <= p_known_at AND move.known_to > p_known_at
  AND moment(effective_day(move.effective_earliest, move.effective_latest), move.order_known_on, move.order_position) > plan.happened

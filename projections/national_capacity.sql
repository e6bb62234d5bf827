/* One row per country and activity: capacity now, capacity owed to swaps, and pending capacity. Each facility counts
   once, for any number of owners. Figures of two activities are never added. */
SELECT
  country_code, -- ISO 3166-1 of the facilities
  activity_id, -- activity of the capacity
  activity.unit AS unit, -- unit of the figures
  as_capacity(sum(installed)) AS installed, -- last statement, plus completions, minus retirements since; of inexact figures, the exact parts that surely exist
  as_capacity(sum(idle)) AS idle, -- of that, idle
  as_capacity(sum(operating)) AS operating, -- installed minus idle
  as_capacity(sum(owed)) AS owed_retirement, -- old capacity that should be retired because new capacity runs, and is not
  as_capacity(sum(operating) - sum(owed)) AS net, -- operating minus owed
  as_capacity(sum(pending_gross)) AS pending_gross, -- remaining capacity of projects that are not cancelled
  as_capacity(sum(pending_retiring)) AS pending_retiring, -- old capacity to retire for it
  as_capacity(sum(pending_gross) - sum(pending_retiring)) AS pending_net, -- gross minus retiring
  sum(facilities)::INTEGER AS facility_count, -- facilities with capacity
  sum(projects)::INTEGER AS project_count, -- projects with remaining capacity
  sum(unknowns)::INTEGER AS unknown_count, -- facilities and projects with an inexact figure, not in the sums
  as_capacity(CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) END) AS installed_low, -- installed is at least this; NULL when nothing bounds it
  as_capacity(CASE WHEN count(installed_high) = count(*) THEN sum(installed_high) END) AS installed_high -- installed is at most this; NULL when nothing bounds it
FROM _capacity_account_at(p_as_of, p_known_at)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
GROUP BY country_code, activity_id, activity.unit

/* One row per country and activity: capacity now, capacity owed to swaps, and what is pending. Each facility counts once,
   whoever owns it; figures of two activities are never added. */
SELECT
  country_code, -- ISO 3166-1 of the facilities
  activity_id, -- what the capacity makes
  activity.unit AS unit, -- unit of the figures
  as_capacity(sum(installed)) AS installed, -- last stated, plus completions, minus retirements since; of what is not exact, the exact parts that are surely there
  as_capacity(sum(idle)) AS idle, -- of that, stands idle
  as_capacity(sum(operating)) AS operating, -- installed minus idle
  as_capacity(sum(owed)) AS owed_retirement, -- should be gone for new capacity that runs already, and is not
  as_capacity(sum(operating) - sum(owed)) AS net, -- operating minus owed
  as_capacity(sum(pending_gross)) AS pending_gross, -- still to come from projects that are not cancelled
  as_capacity(sum(pending_retiring)) AS pending_retiring, -- old capacity that goes for it
  as_capacity(sum(pending_gross) - sum(pending_retiring)) AS pending_net, -- gross minus retiring
  sum(facilities)::INTEGER AS facility_count, -- facilities with capacity
  sum(projects)::INTEGER AS project_count, -- projects with something still to come
  sum(unknowns)::INTEGER AS unknown_count, -- facilities and projects with a figure that is not exact and is left out
  as_capacity(CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) END) AS installed_low, -- installed is at least this; NULL when nothing bounds it
  as_capacity(CASE WHEN count(installed_high) = count(*) THEN sum(installed_high) END) AS installed_high -- installed is at most this; NULL when nothing bounds it
FROM _capacity_account_at(p_as_of, p_known_at)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
GROUP BY country_code, activity_id, activity.unit

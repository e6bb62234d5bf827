/* One row per facility figure, per project and per sum owed: what each adds to the account of its region. What a
   swap owes stands in the region of the project that owes it, since its donor may not be known. */
WITH facility AS (SELECT facility_id, country_code, region_code FROM _facility_registered_at(p_as_of, p_known_at))
SELECT
  facility.country_code, facility.region_code, activity_id,
  counted_installed AS installed, installed_low, installed_high, counted_idle AS idle, counted_operating AS operating,
  0::DECIMAL(18, 3) AS owed, 0::DECIMAL(18, 3) AS pending_gross, 0::DECIMAL(18, 3) AS pending_retiring,
  (counted_installed <> 0 OR unknown_count > 0)::INTEGER AS facilities, 0 AS projects, (unknown_count > 0)::INTEGER AS unknowns
FROM _facility_figure_at(p_as_of, p_known_at)
LEFT JOIN facility USING (facility_id)
UNION ALL
SELECT
  facility.country_code, facility.region_code, registered.activity_id,
  0, 0, 0, 0, 0,
  coalesce(as_capacity(owed), 0),
  CASE WHEN is_pending THEN coalesce(as_capacity(remaining), 0) ELSE 0 END,
  coalesce(as_capacity(retiring), 0),
  0, is_pending::INTEGER,
  (owed IS NULL OR retiring IS NULL OR (is_pending AND remaining IS NULL))::INTEGER
FROM _project_figure_at(p_as_of, p_known_at)
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered USING (project_id)
LEFT JOIN facility USING (facility_id)
WHERE is_pending OR owed IS DISTINCT FROM 0

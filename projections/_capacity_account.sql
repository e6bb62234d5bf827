/* One row per facility figure, per project and per sum owed: what each adds to the account of its region. What a
   swap owes stands in the region of the project that owes it, since its donor may not be known. */
SELECT
  country_code, region_code, activity_id,
  installed, installed_low, installed_high, idle, operating,
  0::DECIMAL(18, 3) AS owed, 0::DECIMAL(18, 3) AS pending_gross, 0::DECIMAL(18, 3) AS pending_retiring,
  (installed <> 0 OR unknown_count > 0)::INTEGER AS facilities, 0 AS projects, (unknown_count > 0)::INTEGER AS unknowns
FROM facility_capacity_at(p_as_of, p_known_at)
UNION ALL
SELECT
  country_code, region_code, activity_id,
  0, 0, 0, 0, 0,
  coalesce(owed, 0),
  CASE WHEN is_pending THEN coalesce(capacity_remaining, 0) ELSE 0 END,
  coalesce(retiring, 0),
  0, is_pending::INTEGER,
  (owed IS NULL OR retiring IS NULL OR (is_pending AND capacity_remaining IS NULL))::INTEGER
FROM project_at(p_as_of, p_known_at)
WHERE is_pending OR owed IS DISTINCT FROM 0

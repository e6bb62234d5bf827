/* One row per step of capacity that counts by the coordinates. Days are days since 1970-01-01, and figures are thousandths
   of the unit, both whole numbers: a browser adds them up exactly. */
SELECT
  kind,
  id,
  country_code,
  activity_id,
  (effective_on - DATE '1970-01-01')::INTEGER AS effective_on,
  (known_on - DATE '1970-01-01')::INTEGER AS known_on,
  position,
  (1000 * installed)::BIGINT AS installed,
  (1000 * idle)::BIGINT AS idle,
  (1000 * owed)::BIGINT AS owed,
  (1000 * pending_gross)::BIGINT AS pending_gross,
  (1000 * pending_retiring)::BIGINT AS pending_retiring,
  accounts::INTEGER AS accounts,
  facilities::INTEGER AS facilities,
  projects::INTEGER AS projects,
  unknowns::INTEGER AS unknowns
FROM capacity_step
WHERE step_counts(dates) AND effective_on <= as_of() AND known_on <= known_at()
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
ORDER BY country_code, activity_id, kind, id, known_on, effective_on, position

/* One row per event and planned retirement: what the event adds to the national figure planned_retirement. The rows add up to
   it, exactly; a row without an event says by how much it is not the sum of its events, and why. */
WITH
-- What is surely planned to go: the announcements, minus the retirements since.
planned AS (
  SELECT facility_id, activity_id, position, sum(capacity_low) AS amount, NULL::VARCHAR AS reason
  FROM _planned_phase_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id, position
  UNION ALL
  SELECT facility_id, activity_id, position, -coalesce(capacity, 0), CASE WHEN capacity IS NULL THEN 'not exact' END
  FROM _retired_since_at(p_as_of, p_known_at)
),
amount AS (
  SELECT facility_id, activity_id, position, amount, reason FROM planned WHERE amount <> 0 OR reason IS NOT NULL
  UNION ALL
  SELECT facility_id, activity_id, NULL, limit_amount, 'not exact, or more is retired than was planned'
  FROM (
    SELECT facility_id, activity_id, any_value(whole.low) - sum(planned.amount) AS limit_amount
    FROM _planned_retirement_at(p_as_of, p_known_at) AS whole JOIN planned USING (facility_id, activity_id)
    GROUP BY facility_id, activity_id
  )
  WHERE limit_amount <> 0
)
SELECT
  'planned_retirement' AS figure,
  facility.country_code,
  facility.region_code,
  amount.activity_id,
  'facility:' || amount.facility_id AS thing,
  amount.position,
  as_capacity(amount.amount) AS amount,
  amount.reason
FROM amount
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility USING (facility_id)

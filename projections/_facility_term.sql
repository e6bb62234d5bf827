/* One row per event and national figure of facilities: what the event adds to it. The rows of a figure add up to its part of
   the facilities, exactly. Where a figure cannot follow its events (idle capacity beyond what is installed, a sum with a part
   that is not exact), a row without an event says by how much and why. */
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
  SELECT facility_id, activity_id, position, 'installed' AS part, installed AS amount, NULL AS reason
  FROM _capacity_term_at(p_as_of, p_known_at)
  WHERE installed <> 0
  UNION ALL
  SELECT facility_id, activity_id, position, 'idle', idle, NULL
  FROM _capacity_term_at(p_as_of, p_known_at)
  WHERE idle <> 0
  UNION ALL
  SELECT facility_id, activity_id, NULL, 'installed', installed_limit, 'not exact: counted as far as it is surely there'
  FROM _facility_figure_at(p_as_of, p_known_at)
  WHERE installed_limit <> 0
  UNION ALL
  SELECT facility_id, activity_id, NULL, 'idle', idle_limit, 'idle is between 0 and what is installed'
  FROM _facility_figure_at(p_as_of, p_known_at)
  WHERE idle_limit <> 0
  UNION ALL
  SELECT facility_id, activity_id, position, 'planned', amount, reason FROM planned WHERE amount <> 0 OR reason IS NOT NULL
  UNION ALL
  SELECT facility_id, activity_id, NULL, 'planned', limit_amount, 'not exact, or more is retired than was planned'
  FROM (
    SELECT facility_id, activity_id, any_value(whole.low) - sum(planned.amount) AS limit_amount
    FROM _planned_retirement_at(p_as_of, p_known_at) AS whole JOIN planned USING (facility_id, activity_id)
    GROUP BY facility_id, activity_id
  )
  WHERE limit_amount <> 0
),
counted AS (
  SELECT unnest(['installed', 'operating', 'net']) AS figure, 'installed' AS part, TRUE AS adds
  UNION ALL SELECT 'idle', 'idle', TRUE
  UNION ALL SELECT 'planned_retirement', 'planned', TRUE
  UNION ALL SELECT unnest(['operating', 'net']), 'idle', FALSE
)
SELECT
  counted.figure,
  facility.country_code,
  facility.region_code,
  amount.activity_id,
  'facility:' || amount.facility_id AS thing,
  amount.position,
  as_capacity(CASE WHEN counted.adds THEN amount.amount ELSE -amount.amount END) AS amount,
  amount.reason
FROM amount
JOIN counted USING (part)
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)

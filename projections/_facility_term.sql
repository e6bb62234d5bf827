/* One row per event and national figure of facilities: what the event adds to it. The rows of a figure add up to its part of
   the facilities, exactly. Where a figure cannot follow its events (idle capacity beyond what is installed, a sum with a part
   that is not exact), a row without an event says by how much and why. */
WITH
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
),
counted AS (
  SELECT unnest(['installed', 'operating', 'net']) AS figure, 'installed' AS part, TRUE AS adds
  UNION ALL SELECT 'idle', 'idle', TRUE
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
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility USING (facility_id)

/* One row per facility with operating capacity, and per pending project, with unknown owners: the capacity attributed
   to no firm. Added to the directly attributed capacity, it is the capacity of the nation. */
WITH
shared AS (
  SELECT owned_id AS facility_id, sum(stake_pct) AS stake_pct, bool_or(is_vague) AS is_vague
  FROM _ownership_edge_at(p_as_of, p_known_at)
  WHERE owned_kind = 'facility'
  GROUP BY owned_id
),
known AS (
  SELECT
    thing.*,
    thing.is_shared AND coalesce(shared.is_vague, FALSE) AS is_vague,
    (CASE WHEN thing.is_shared THEN coalesce(shared.stake_pct, 0)
          WHEN thing.operator_id IS NULL THEN 0 ELSE 100 END)::DECIMAL(18, 6) AS attributed_pct
  FROM _held_thing_at(p_as_of, p_known_at) AS thing
  LEFT JOIN shared USING (facility_id)
)
SELECT
  known.thing_kind AS thing_kind, -- facility or project
  known.thing_id AS thing_id, -- id of the facility or project
  known.facility_id AS facility_id, -- where
  facility.country_code AS country_code, -- ISO 3166-1
  known.activity_id AS activity_id, -- activity of the capacity
  activity.unit AS unit, -- unit of the figures
  known.status AS status, -- operating or pending
  known.capacity AS capacity, -- all of it
  known.attributed_pct AS attributed_pct, -- percent whose owners are known, and whose shares a source states
  as_capacity(known.capacity * ((100 - known.attributed_pct) * 0.01)) AS unattributed, -- the rest; below zero if shares exceed 100 %
  CASE WHEN known.attributed_pct > 100 THEN 'shares above 100 %'
       WHEN known.is_vague THEN 'unknown shares'
       WHEN known.is_shared THEN 'unknown holders' ELSE 'no operator' END AS reason -- why
FROM known
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility USING (facility_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
WHERE known.attributed_pct <> 100

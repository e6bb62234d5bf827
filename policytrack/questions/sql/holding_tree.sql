/* One row per node of the tree of what a firm owns, down to facilities and projects: its share in what stands above it,
   its effective share, and what it holds through this chain. */
WITH
chain AS MATERIALIZED (
  FROM _ownership_path_at(as_of(), known_at()) WHERE root_id = $holder AND path IS NOT NULL
),
pair AS MATERIALIZED (FROM _group_at(as_of(), known_at())),
thing AS MATERIALIZED (
  FROM _held_thing_at(as_of(), known_at())
  WHERE (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
    AND (len($status::VARCHAR[]) = 0 OR list_contains($status::VARCHAR[], status))
),
owned AS (
  SELECT owned_kind, owned_id, path, share FROM chain
  UNION ALL
  SELECT 'firm', $holder, [$holder], 1
),
-- No source states the exact share: the chain ends there.
vague AS (
  SELECT pair.owned_kind, pair.owned_id, list_append(owned.path, pair.owned_id) AS path
  FROM owned JOIN pair ON pair.owner_id = owned.owned_id AND pair.stated_as <> 'exact'
  WHERE owned.owned_kind = 'firm' AND NOT list_contains(owned.path, pair.owned_id)
),
node AS (
  SELECT owned_kind, owned_id, path, share, FALSE AS is_cycle FROM owned
  UNION ALL
  SELECT 'firm', pair.owned_id, list_append(owned.path, pair.owned_id), owned.share * pair.stake_pct::DOUBLE / 100, TRUE
  FROM owned JOIN pair ON pair.owner_id = owned.owned_id AND pair.owned_kind = 'firm' AND pair.stake_pct > 0
  WHERE owned.owned_kind = 'firm' AND list_contains(owned.path, pair.owned_id)
  UNION ALL
  SELECT owned_kind, owned_id, path, NULL, FALSE FROM vague
  UNION ALL
  -- Control without a share is a branch too.
  SELECT 'firm', owned_id, [$holder, owned_id], 0, FALSE
  FROM pair
  WHERE owner_id = $holder AND is_controlled
    AND owned_id NOT IN (SELECT owned_id FROM chain WHERE owned_kind = 'firm' UNION ALL SELECT owned_id FROM vague WHERE owned_kind = 'firm')
),
branch AS (
  SELECT
    node.path, node.owned_kind AS kind, node.owned_id AS id, coalesce(firm.name, facility.name) AS name,
    CASE WHEN pair.stated_as = 'exact' THEN pair.stake_pct END AS stake_pct, pair.stated_as, pair.low_pct, pair.high_pct,
    node.share, coalesce(control.is_controlled, FALSE) AS is_controlled, node.is_cycle,
    CASE WHEN len(node.path) = 1 OR node.is_cycle THEN NULL ELSE shareholding.unknown_pct END AS unknown_pct,
    NULL AS activity_id, NULL AS status, NULL::DECIMAL(38, 3) AS capacity, NULL AS unit
  FROM node
  LEFT JOIN pair ON len(node.path) > 1 AND pair.owner_id = node.path[-2] AND pair.owned_kind = node.owned_kind
    AND pair.owned_id = node.owned_id
  LEFT JOIN pair AS control
    ON control.owner_id = $holder AND control.owned_kind = 'firm' AND node.owned_kind = 'firm' AND control.owned_id = node.owned_id
  LEFT JOIN shareholding_at(perimeter_day(as_of()), known_at()) AS shareholding
    ON shareholding.owned_kind = node.owned_kind AND shareholding.owned_id = node.owned_id
  LEFT JOIN firm ON node.owned_kind = 'firm' AND firm.firm_id = node.owned_id
  LEFT JOIN facility ON node.owned_kind = 'facility' AND facility.facility_id = node.owned_id
  UNION ALL
  SELECT
    list_append(node.path, thing.thing_id), thing.thing_kind, thing.thing_id, NULL,
    CASE WHEN thing.is_shared AND node.owned_kind = 'firm' THEN 0 ELSE 100 END, 'exact', NULL, NULL,
    CASE WHEN thing.is_shared AND node.owned_kind = 'firm' THEN 0 ELSE node.share END,
    FALSE, FALSE, NULL, thing.activity_id, thing.status, thing.capacity, activity.unit
  FROM node
  JOIN thing ON (node.owned_kind = 'firm' AND thing.operator_id = node.owned_id)
             OR (node.owned_kind = 'facility' AND thing.facility_id = node.owned_id)
  LEFT JOIN activity ON activity.activity_id = thing.activity_id
  WHERE NOT node.is_cycle
)
SELECT
  $holder AS root_id, -- the firm whose tree it is
  (len(path) - 1)::INTEGER AS depth, -- 0 for the firm itself
  path, -- ids from the firm to the node
  kind, -- firm, facility or project
  id, -- of the node
  name, -- of the firm or facility
  stake_pct::DECIMAL(9, 6) AS stake_pct, -- percent that what is above holds of it; NULL when no source states it exactly
  (share * 100)::DECIMAL(18, 6) AS effective_pct, -- percent that the root holds through this chain
  is_controlled, -- whether the root controls it
  is_cycle, -- whether the chain has met it before: it is not followed again
  unknown_pct, -- percent of it of which nobody knows the holder
  activity_id, -- what its capacity makes
  status, -- operating or pending
  capacity, -- all of it
  as_capacity(capacity * share) AS attributable, -- the root's part through this chain
  unit, -- unit of the figures
  stated_as, -- exact; range, majority or unknown when no source states the exact percentage
  CASE WHEN stated_as = 'range' THEN low_pct END AS stake_low, -- percent of it at least, when it is a range
  CASE WHEN stated_as = 'range' THEN high_pct END AS stake_high -- percent of it at most, when it is a range; NULL when no source bounds it
FROM branch
ORDER BY path, kind, activity_id, status

/* One row per facility or project, and chain of shares to it, that a holding is made of: the share, what it adds, and the
   pairs of owner and owned that it rests on. Of cycles, one row without a chain. One row without an amount per share that no
   source states exactly, if there is such capacity behind it. */
WITH RECURSIVE
thing AS MATERIALIZED (
  SELECT
    * EXCLUDE (is_inexact),
    -- What the operator or builder of the day rests on, where it ever changed: the transfers of the facility or project.
    CASE WHEN thing_kind = 'facility'
           AND facility_id IN (SELECT facility_id FROM facility_transfer WHERE operator_id IS NOT NULL)
         THEN [{'owner_id': operator_id, 'owned_id': facility_id, 'owned_kind': 'operator'}]
         WHEN thing_kind = 'project' AND thing_id IN (SELECT project_id FROM project_transfer)
         THEN [{'owner_id': operator_id, 'owned_id': thing_id, 'owned_kind': 'builder'}] ELSE [] END AS run_by
  FROM _held_thing_at(as_of(), known_at())
  WHERE activity_id = $thing_activity AND status = $in_status AND capacity <> 0
),
pair AS MATERIALIZED (FROM _group_at(as_of(), known_at())),
reach AS (
  SELECT 'firm' AS owned_kind, $holder AS owned_id, [$holder] AS path, 1::DOUBLE AS share
  UNION ALL
  SELECT owned_kind, owned_id, path, share FROM _ownership_path_at(as_of(), known_at()) WHERE root_id = $holder
),
attributable AS (
  SELECT
    thing.*, reach.path, reach.share,
    list_concat(
      list_transform(range(1, coalesce(len(reach.path), 0)), lambda step: {
        'owner_id': reach.path[step], 'owned_id': reach.path[step + 1],
        'owned_kind': CASE WHEN step = len(reach.path) - 1 THEN reach.owned_kind ELSE 'firm' END}),
      CASE WHEN thing.is_shared THEN [] ELSE thing.run_by END) AS pairs
  FROM reach
  JOIN thing ON (reach.owned_kind = 'firm' AND thing.operator_id = reach.owned_id AND NOT thing.is_shared)
             OR (reach.owned_kind = 'facility' AND thing.facility_id = reach.owned_id)
),
member AS (
  SELECT $holder AS firm_id
  UNION
  SELECT owned_id FROM pair WHERE owner_id = $holder AND is_controlled
),
holder AS (
  SELECT thing.thing_id, thing.operator_id AS firm_id, 100::DECIMAL(9, 6) AS vote_pct FROM thing WHERE NOT thing.is_shared
  UNION ALL
  SELECT thing.thing_id, pair.owner_id, pair.vote_pct
  FROM thing JOIN pair ON pair.owned_kind = 'facility' AND pair.owned_id = thing.facility_id
),
under AS (
  SELECT holder.thing_id, list(holder.firm_id ORDER BY holder.vote_pct DESC, holder.firm_id) AS firm_ids
  FROM holder JOIN member USING (firm_id)
  GROUP BY holder.thing_id
  HAVING sum(holder.vote_pct) > 50
),
-- What control of a firm rests on: the members of the group with a say in it, and what their control rests on.
resting AS (
  SELECT thing_id, unnest(firm_ids) AS firm_id FROM under
  UNION
  SELECT resting.thing_id, pair.owner_id
  FROM resting
  JOIN pair ON pair.owned_kind = 'firm' AND pair.owned_id = resting.firm_id
  JOIN member ON member.firm_id = pair.owner_id
  WHERE resting.firm_id <> $holder
),
ground AS (
  SELECT resting.thing_id, list({'owner_id': pair.owner_id, 'owned_id': pair.owned_id, 'owned_kind': 'firm'}) AS pairs
  FROM resting
  JOIN pair ON pair.owned_kind = 'firm' AND pair.owned_id = resting.firm_id AND resting.firm_id <> $holder
  JOIN member ON member.firm_id = pair.owner_id
  GROUP BY resting.thing_id
),
leaf AS (
  SELECT * FROM attributable WHERE $on_basis = 'attributable'
  UNION ALL
  SELECT *, [$holder], 1, run_by FROM thing WHERE $on_basis = 'operated' AND operator_id = $holder
  UNION ALL
  SELECT
    thing.*, list_concat([$holder], list_filter(under.firm_ids, lambda firm_id: firm_id <> $holder)), 1,
    list_concat(
      coalesce(ground.pairs, []),
      CASE WHEN thing.is_shared THEN list_transform(under.firm_ids, lambda firm_id:
        {'owner_id': firm_id, 'owned_id': thing.facility_id, 'owned_kind': 'facility'}) ELSE thing.run_by END)
  FROM thing
  JOIN under USING (thing_id)
  LEFT JOIN ground USING (thing_id)
  WHERE $on_basis = 'controlled'
),
vague AS (
  SELECT DISTINCT list_append(reach.path, pair.owned_id) AS path, pair.owner_id, pair.owned_kind, pair.owned_id, pair.low_pct, pair.high_pct, pair.vote_pct
  FROM reach
  JOIN pair ON pair.owner_id = reach.owned_id AND pair.is_vague
  WHERE reach.owned_kind = 'firm' AND reach.path IS NOT NULL AND $on_basis = 'attributable'
),
behind AS (
  SELECT owned_kind AS top_kind, owned_id AS top_id, owned_kind, owned_id FROM vague
  UNION
  SELECT behind.top_kind, behind.top_id, pair.owned_kind, pair.owned_id
  FROM behind JOIN pair ON behind.owned_kind = 'firm' AND pair.owner_id = behind.owned_id AND (pair.stake_pct > 0 OR pair.is_vague)
),
filled AS (
  SELECT DISTINCT behind.top_kind, behind.top_id
  FROM behind
  JOIN thing ON (behind.owned_kind = 'firm' AND thing.operator_id = behind.owned_id AND NOT thing.is_shared)
             OR (behind.owned_kind = 'facility' AND thing.facility_id = behind.owned_id)
)
SELECT
  path, thing_kind || ':' || thing_id AS thing, capacity,
  (share * 100)::DECIMAL(18, 6) AS share_pct, as_capacity(capacity * share) AS amount,
  CASE WHEN path IS NULL THEN 'what chains in cycles add' END AS reason, list_sort(list_distinct(pairs)) AS pairs
FROM leaf
UNION ALL
SELECT
  path, owned_kind || ':' || owned_id, NULL, NULL, 0,
  CASE WHEN vote_pct > low_pct THEN 'a majority, of which no source states the percentage; not counted'
       WHEN low_pct > 0 OR high_pct IS NOT NULL
       THEN concat('a share of ', coalesce(spoken_span(low_pct, high_pct), '0'), ' %; not counted, but in the low and high ends')
       ELSE 'no source states the share; not counted' END,
  [{'owner_id': owner_id, 'owned_id': owned_id, 'owned_kind': owned_kind}]
FROM vague
JOIN filled ON filled.top_kind = vague.owned_kind AND filled.top_id = vague.owned_id
ORDER BY path IS NULL, thing, len(path), path

/* One row per firm and chain of shares down to a firm or facility that does not meet a firm twice, with the product of
   the shares; and per firm and what it reaches, one row without a chain of what else there is: what chains in cycles add,
   and chains of less than a millionth of a percent. A share that no source states exactly is in no chain. Where the
   chains do not converge that is unknown. The variable root (VARCHAR) narrows it to the chains from one firm. */
WITH RECURSIVE
edge AS MATERIALIZED (
  SELECT owner_id, owned_kind, owned_id, stake_pct::DOUBLE / 100 AS share
  FROM _ownership_edge_at(p_as_of, p_known_at)
  WHERE stake_pct > 0
),
first AS (SELECT * FROM edge WHERE owner_id = coalesce(getvariable('root')::VARCHAR, owner_id)),
chain AS (
  SELECT owner_id AS root_id, owned_kind, owned_id, [owner_id, owned_id] AS path, share
  FROM first
  UNION ALL
  SELECT chain.root_id, edge.owned_kind, edge.owned_id, list_append(chain.path, edge.owned_id), chain.share * edge.share
  FROM chain JOIN edge ON edge.owner_id = chain.owned_id
  WHERE chain.owned_kind = 'firm' AND chain.share * edge.share >= 1e-8
    AND NOT (edge.owned_kind = 'firm' AND list_contains(chain.path, edge.owned_id))
),
passed AS (
  SELECT owner_id AS root_id, owned_kind, owned_id, share, 0 AS round
  FROM first
  UNION ALL
  SELECT passed.root_id, edge.owned_kind, edge.owned_id, sum(passed.share * edge.share), max(passed.round) + 1
  FROM passed JOIN edge ON edge.owner_id = passed.owned_id
  WHERE passed.owned_kind = 'firm' AND passed.round < 2000 AND passed.share < 1e12
  GROUP BY passed.root_id, edge.owned_kind, edge.owned_id
  HAVING sum(passed.share * edge.share) > 1e-12
),
endless AS (
  SELECT root_id, owned_kind, owned_id FROM passed WHERE round = 2000 OR share >= 1e12
  UNION
  SELECT endless.root_id, edge.owned_kind, edge.owned_id
  FROM endless JOIN edge ON edge.owner_id = endless.owned_id AND endless.owned_kind = 'firm'
),
total AS (
  SELECT root_id, owned_kind, owned_id, sum(share) AS share, bool_or(is_endless) AS is_endless
  FROM (
    SELECT root_id, owned_kind, owned_id, share, FALSE AS is_endless FROM passed
    UNION ALL
    SELECT root_id, owned_kind, owned_id, 0, TRUE FROM endless
  )
  GROUP BY root_id, owned_kind, owned_id
),
listed AS (
  SELECT root_id, owned_kind, owned_id, sum(share) AS share FROM chain GROUP BY root_id, owned_kind, owned_id
)
SELECT root_id, owned_kind, owned_id, path, share
FROM chain
UNION ALL
SELECT
  total.root_id, total.owned_kind, total.owned_id, NULL,
  CASE WHEN NOT total.is_endless THEN total.share - coalesce(listed.share, 0) END
FROM total
LEFT JOIN listed USING (root_id, owned_kind, owned_id)
WHERE total.is_endless OR abs(total.share - coalesce(listed.share, 0)) > 1e-11

/* One row per firm, activity, basis and status: the capacity that the firm operates (100 % of what it runs or builds
   itself), controls (100 % of everything under it down chains of majorities, each thing once), and has attributed to
   it (through the product of stakes over all chains, cycles included). Sums over firms mean nothing: a venture's
   capacity stands under each of its owners. */
WITH RECURSIVE
direct AS (SELECT * FROM _direct_capacity_at(p_as_of, p_known_at)),
edge AS (SELECT * FROM _ownership_edge_at(p_as_of, p_known_at)),
control AS (
  SELECT DISTINCT firm_id AS controller_id, firm_id AS controlled_id FROM direct
  UNION
  SELECT edge.owner_id, control.controlled_id
  FROM control JOIN edge ON edge.owned_id = control.controller_id
  WHERE edge.stake_pct > 50
),
share AS (
  SELECT firm_id, activity_id, status, sum(capacity)::DOUBLE AS capacity, 0 AS depth
  FROM direct
  GROUP BY firm_id, activity_id, status
  UNION ALL
  SELECT edge.owner_id, share.activity_id, share.status, sum(share.capacity * edge.stake_pct::DOUBLE / 100), share.depth + 1
  FROM share JOIN edge ON edge.owned_id = share.firm_id
  WHERE share.depth < 2000
  GROUP BY edge.owner_id, share.activity_id, share.status, share.depth
  HAVING abs(sum(share.capacity * edge.stake_pct::DOUBLE / 100)) > 1e-7
),
holding AS (
  SELECT firm_id, activity_id, status, 'operated' AS basis, sum(capacity) AS capacity
  FROM direct
  GROUP BY firm_id, activity_id, status
  UNION ALL
  SELECT control.controller_id, direct.activity_id, direct.status, 'controlled', sum(direct.capacity)
  FROM control JOIN direct ON direct.firm_id = control.controlled_id
  GROUP BY control.controller_id, direct.activity_id, direct.status
  UNION ALL
  SELECT firm_id, activity_id, status, 'attributable',
         CASE WHEN max(depth) >= 2000
              THEN error('the chains of ownership of ' || firm_id || ' do not converge: shares of a firm above 100 %?')::DECIMAL(18, 3)
              ELSE as_capacity(sum(capacity)) END
  FROM share
  GROUP BY firm_id, activity_id, status
),
asked AS (
  SELECT firm_id, activity_id, status, unnest(['operated', 'controlled', 'attributable']) AS basis
  FROM (SELECT DISTINCT firm_id, activity_id, status FROM holding)
)
SELECT
  firm_id, -- the firm
  firm.name AS firm_name, -- its name as of the date
  activity_id, -- what the capacity makes
  activity.unit AS unit, -- unit of the figure
  basis, -- operated, controlled or attributable
  status, -- operating or pending
  as_capacity(coalesce(holding.capacity, 0)) AS capacity -- gross: what goes for pending capacity is not deducted
FROM asked
LEFT JOIN holding USING (firm_id, activity_id, status, basis)
LEFT JOIN firm_at(p_as_of, p_known_at) AS firm USING (firm_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

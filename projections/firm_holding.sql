/* One row per firm, activity, basis and status: the capacity that the firm operates (100 % of what it runs or builds
   itself), controls (100 % of everything under it, each thing once), and has attributed to it (through the product of
   stakes over all chains, cycles included). Sums over firms mean nothing: a venture's capacity stands under each of its
   owners. */
WITH
holding AS MATERIALIZED (SELECT * FROM _holding_at(p_as_of, p_known_at)),
wanted AS (
  SELECT firm_id, activity_id, status, unnest(['operated', 'controlled', 'attributable']) AS basis
  FROM (SELECT DISTINCT firm_id, activity_id, status FROM holding)
)
SELECT
  firm_id, -- the firm
  coalesce(renamed.latest.name, firm.name) AS firm_name, -- its name as of the date
  activity_id, -- what the capacity makes
  activity.unit AS unit, -- unit of the figure
  basis, -- operated, controlled or attributable
  status, -- operating or pending
  CASE WHEN holding.is_endless OR (holding.capacity = 0 AND holding.unknowns > 0) THEN NULL ELSE coalesce(holding.capacity, 0) END::DECIMAL(38, 3) AS capacity, -- gross: what goes for pending capacity is not deducted; NULL when it cannot be computed, or nothing of it is exact
  CASE WHEN holding.capacity = 0 AND holding.unknowns > 0
       THEN 'not exact: no source states an exact figure for any of it'
       WHEN holding.is_endless
       THEN 'the chains of ownership do not converge: a circle of all but whole shares, or shares of a firm above 100 %' END AS reason, -- why there is no figure
  coalesce(holding.unknowns, 0)::INTEGER AS unknown_count -- facilities or projects in it with a figure that is not exact: only its exact parts count
FROM wanted
LEFT JOIN holding USING (firm_id, activity_id, status, basis)
LEFT JOIN _firm_registered_at(p_as_of, p_known_at) AS firm USING (firm_id)
LEFT JOIN _firm_renamed_at(p_as_of, p_known_at) AS renamed USING (firm_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

/* One row per firm, activity, basis and status: operated capacity (100 % of what it runs or builds), controlled
   capacity (100 % of everything under it, each thing once), and attributable capacity (product of stakes over all
   chains, cycles included). Do not add over firms: a venture's capacity counts under each of its owners. */
WITH
holding AS MATERIALIZED (SELECT * FROM _holding_at(p_as_of, p_known_at)),
wanted AS (
  SELECT firm_id, activity_id, status, unnest(['operated', 'controlled', 'attributable']) AS basis
  FROM (SELECT DISTINCT firm_id, activity_id, status FROM holding)
)
SELECT
  firm_id, -- the firm
  coalesce(renamed.latest.name, firm.name) AS firm_name, -- its name as of the date
  activity_id, -- activity of the capacity
  activity.unit AS unit, -- unit of the figure
  basis, -- operated, controlled or attributable
  status, -- operating or pending
  CASE WHEN holding.is_endless OR (holding.capacity = 0 AND holding.unknowns > 0) THEN NULL ELSE coalesce(holding.capacity, 0) END::DECIMAL(38, 3) AS capacity, -- gross, without deducting retirements; NULL if it cannot be computed or no part is exact
  CASE WHEN holding.capacity = 0 AND holding.unknowns > 0
       THEN 'not exact: no source states an exact figure or share for any of it'
       WHEN holding.is_endless
       THEN 'the chains of ownership do not converge: a circle of all but whole shares, or shares of a firm above 100 %' END AS reason, -- reason for a missing figure
  coalesce(holding.unknowns, 0)::INTEGER AS unknown_count, -- facilities or projects in it with an inexact figure; only exact parts count
  CASE WHEN holding.firm_id IS NULL THEN 0 ELSE holding.low END::DECIMAL(38, 3) AS capacity_low, -- it is at least this; NULL if it cannot be computed
  CASE WHEN holding.firm_id IS NULL THEN 0 ELSE holding.high END::DECIMAL(38, 3) AS capacity_high -- it is at most this; NULL when nothing bounds it
FROM wanted
LEFT JOIN holding USING (firm_id, activity_id, status, basis)
LEFT JOIN _firm_registered_at(p_as_of, p_known_at) AS firm USING (firm_id)
LEFT JOIN _firm_renamed_at(p_as_of, p_known_at) AS renamed USING (firm_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

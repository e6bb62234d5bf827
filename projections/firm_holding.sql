/* One row per firm, activity, basis and status: operated capacity (100 % of what it runs or builds), controlled
   capacity (100 % of everything under it, each thing once), and attributable capacity (product of stakes over all
   chains, cycles included). Do not add over firms: a venture's capacity counts under each of its owners. */
WITH
holding AS MATERIALIZED (SELECT * FROM _holding_at(p_as_of, p_known_at)),
-- Each firm, activity and status has a row for each basis, also where it holds nothing by it.
row_of_basis AS (
  SELECT firm_id, activity_id, status, basis, capacity, is_endless, unknowns, low, high FROM holding
  UNION ALL
  SELECT firm_id, activity_id, status, unnest(list_filter([operated, controlled, attributable], lambda basis: basis IS NOT NULL)), 0, FALSE, 0, 0, 0
  FROM (
    SELECT
      firm_id, activity_id, status,
      CASE WHEN count(*) FILTER (WHERE basis = 'operated') = 0 THEN 'operated' END AS operated,
      CASE WHEN count(*) FILTER (WHERE basis = 'controlled') = 0 THEN 'controlled' END AS controlled,
      CASE WHEN count(*) FILTER (WHERE basis = 'attributable') = 0 THEN 'attributable' END AS attributable
    FROM holding
    GROUP BY firm_id, activity_id, status
    HAVING count(*) < 3
  )
)
SELECT
  firm_id, -- the firm
  coalesce(renamed.latest.name, firm.name) AS firm_name, -- its name as of the date
  activity_id, -- activity of the capacity
  activity.unit AS unit, -- unit of the figure
  basis, -- operated, controlled or attributable
  status, -- operating or pending
  CASE WHEN holding.is_endless OR (holding.capacity = 0 AND holding.unknowns > 0) THEN NULL ELSE holding.capacity END::DECIMAL(38, 3) AS capacity, -- gross, without deducting retirements; NULL if it cannot be computed or no part is exact
  CASE WHEN holding.capacity = 0 AND holding.unknowns > 0
       THEN 'not exact: no source states an exact figure or share for any of it'
       WHEN holding.is_endless
       THEN 'the chains of ownership do not converge: a circle of all but whole shares, or shares of a firm above 100 %' END AS reason, -- reason for a missing figure
  holding.unknowns::INTEGER AS unknown_count, -- facilities or projects in it with an inexact figure; only exact parts count
  holding.low::DECIMAL(38, 3) AS capacity_low, -- it is at least this; NULL if it cannot be computed
  holding.high::DECIMAL(38, 3) AS capacity_high -- it is at most this; NULL when nothing bounds it
FROM row_of_basis AS holding
LEFT JOIN _firm_registered_at(p_as_of, p_known_at) AS firm USING (firm_id)
LEFT JOIN _firm_renamed_at(p_as_of, p_known_at) AS renamed USING (firm_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)

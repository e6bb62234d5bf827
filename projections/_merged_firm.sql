/* One row per firm that had merged into another: the firm that goes on at the end of the chain. A chain that comes
   back to itself is cut at 50 steps and left out. */
WITH RECURSIVE
merger AS (
  SELECT firm_id, arg_max(into_firm_id, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position))
    AS into_firm_id
  FROM firm_merger
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY firm_id
),
chain AS (
  SELECT firm_id, into_firm_id, 1 AS step FROM merger
  UNION ALL
  SELECT chain.firm_id, merger.into_firm_id, chain.step + 1
  FROM chain JOIN merger ON merger.firm_id = chain.into_firm_id
  WHERE chain.step < 50
)
SELECT firm_id, arg_max(into_firm_id, step) AS into_firm_id
FROM chain
GROUP BY firm_id
HAVING max(step) < 50

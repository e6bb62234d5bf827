/* One row per firm whose quotas count with another's on the date: it merged into that one, or a later notice counts its
   quota in that one's. A chain that comes back to itself is cut at 50 steps and left out. */
WITH RECURSIVE
link AS (
  SELECT firm_id, arg_max(into_firm_id, happened) AS into_firm_id
  FROM (
    SELECT firm_id, into_firm_id, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
    FROM firm_merger
    WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
      AND known_on <= p_known_at AND known_to > p_known_at
    UNION ALL
    SELECT firm_id, into_firm_id, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)
    FROM quota_inclusion
    WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
      AND known_on <= p_known_at AND known_to > p_known_at
  )
  GROUP BY firm_id
),
chain AS (
  SELECT firm_id, into_firm_id, 1 AS step FROM link
  UNION ALL
  SELECT chain.firm_id, link.into_firm_id, chain.step + 1
  FROM chain JOIN link ON link.firm_id = chain.into_firm_id
  WHERE chain.step < 50
)
SELECT firm_id, arg_max(into_firm_id, step) AS into_firm_id
FROM chain
GROUP BY firm_id
HAVING max(step) < 50

/* One row per project that had been announced, approved or more by the date: where it stands, what must go for what is
   still to come, and what is owed for what is commissioned. */
WITH swap AS (
  SELECT
    project_id,
    sum(at_least_zero(required - retired)) AS still_to_go,
    sum(owed) AS owed,
    count(*) FILTER (WHERE required IS NULL OR owed IS NULL) AS unknown_swaps
  FROM _swap_figure_at(p_as_of, p_known_at)
  WHERE NOT is_revoked
  GROUP BY project_id
)
SELECT
  state.*,
  CASE
    WHEN swap.unknown_swaps = 0 THEN swap.owed
    WHEN swap.unknown_swaps > 0 THEN NULL
    WHEN state.replacement IN ('equal', 'reduced') THEN CASE WHEN state.unknown_completions = 0 THEN state.completed END
    ELSE 0
  END AS owed,
  CASE
    WHEN NOT state.is_pending THEN 0
    WHEN swap.unknown_swaps = 0 THEN at_least_zero(swap.still_to_go - swap.owed)
    WHEN swap.unknown_swaps > 0 THEN NULL
    WHEN state.replacement IN ('equal', 'reduced') THEN state.remaining
    ELSE 0
  END AS retiring
FROM _project_state_at(p_as_of, p_known_at) AS state
LEFT JOIN swap USING (project_id)

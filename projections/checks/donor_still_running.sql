/* New capacity is commissioned, and the old capacity to retire for it still runs. Severity: warning. One row per swap.
   */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat(
    CASE WHEN state.unknown_completions > 0 THEN 'at least ' ELSE '' END, spoken(figure.completed_low), ' ', swap.unit,
    ' is commissioned; ', CASE WHEN swap.owed IS NULL THEN 'at least ' ELSE '' END, spoken(swap.owed_low),
    ' to be retired for it is still installed') AS message,
  list_concat(swap.positions, moved.positions) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN _project_state_at(p_as_of, p_known_at) AS state ON state.project_id = swap.project_id
JOIN _swap_figure_at(p_as_of, p_known_at) AS figure ON figure.swap_id = swap.swap_id
JOIN (
  SELECT terms.swap_id, list(move.position) AS positions
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  JOIN capacity_move AS move ON move.project_id = terms.project_id OR move.swap_id = terms.swap_id
  WHERE effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
    AND move.known_on <= p_known_at AND move.known_to > p_known_at
  GROUP BY terms.swap_id
) AS moved ON moved.swap_id = swap.swap_id
WHERE swap.owed_low > 0

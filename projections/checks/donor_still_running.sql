/* New capacity is commissioned, and the old capacity to retire for it still runs. Severity: warning. One row per swap.
   */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat(
    CASE WHEN state.is_completed_exact THEN '' ELSE 'at least ' END, spoken(figure.completed_low), ' ', swap.unit,
    ' is commissioned; ', CASE WHEN swap.owed IS NULL THEN 'at least ' ELSE '' END, spoken(swap.owed_low),
    ' to be retired for it is still installed') AS message,
  list_concat(swap.positions, moved.positions) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN _current_span_at(p_as_of, p_known_at) AS state ON state.project_id = swap.project_id
JOIN _swap_figure_at(p_as_of, p_known_at) AS figure ON figure.swap_id = swap.swap_id
JOIN (
  -- Two joins by one id each: by either of two ids, the engine compares each swap with each move.
  SELECT swap_id, list(position) AS positions
  FROM (
    SELECT terms.swap_id, move.position, move.effective_earliest, move.effective_latest, move.known_on, move.known_to
    FROM _swap_terms_at(p_as_of, p_known_at) AS terms JOIN capacity_move AS move ON move.project_id = terms.project_id
    UNION ALL
    SELECT swap_id, position, effective_earliest, effective_latest, known_on, known_to
    FROM capacity_move
    WHERE swap_id IS NOT NULL
  )
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id
) AS moved ON moved.swap_id = swap.swap_id
WHERE swap.owed_low > 0

/* A swap returned its credit, and its project is not cancelled. Severity: warning. One row per swap without another
   donor. */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat(spoken(gone_back.capacity), ' ', swap.unit, ' of credit went back; ',
         coalesce('project ' || swap.project_id || ' is ' || CASE state.status WHEN 'construction' THEN 'under construction'
                  WHEN 'trial' THEN 'in trial production' ELSE state.status END, 'nothing says what became of project ' || swap.project_id),
         ', and ', spoken(swap.undisclosed), ' of ', spoken(swap.required), ' ', swap.unit, ' has no named donor') AS message,
  list_concat(swap.positions, gone_back.positions) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN (
  SELECT swap_id, sum(capacity) AS capacity, list(position) AS positions
  FROM lot_return
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id
) AS gone_back ON gone_back.swap_id = swap.swap_id
LEFT JOIN _current_span_at(p_as_of, p_known_at) AS state ON state.project_id = swap.project_id
WHERE list_contains(swap.reasons, 'credit_returned') AND (state.status IS NULL OR state.status NOT IN ('cancelled', 'built_not_commissioned'))
